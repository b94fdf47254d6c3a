"""Boxed warnings and contraindications of the drugs asked about: verbatim, whole, first."""

from __future__ import annotations

from collections.abc import Iterable

from service.answers import Drug, Passage, SafetyKind, SafetyNotice
from service.citing import Numbering, quoted
from service.drugs import called
from service.retrieving import Retriever
from service.subjects import subject
from service.verifying import verify

CODES = {
    SafetyKind.BOXED_WARNING: frozenset({"34066-1"}),
    SafetyKind.CONTRAINDICATION: frozenset({"34070-3", "50570-1"}),
}
"""The label sections quoted, by LOINC code, in the order they are shown."""


def safety_notices(
    drugs: Iterable[Drug], retriever: Retriever, numbering: Numbering
) -> tuple[SafetyNotice, ...]:
    """
    Return the safety notices of every indexed drug, boxed warnings before contraindications.

    A notice is one stored passage, whole and contiguous; a long boxed warning is several, in the
    order of the label. Two labels that say the same in the same words are quoted once. What does
    not pass the gates is left out here and counted by the caller, which verifies it again.
    """
    found: list[SafetyNotice] = []
    for kind, codes in CODES.items():
        for drug in drugs:
            if drug.indexed:
                passages = _distinct(retriever.label_passages(drug, codes))
                found += [_notice(drug, kind, passage, numbering) for passage in passages]
    return tuple(found)


def _notice(drug: Drug, kind: SafetyKind, passage: Passage, numbering: Numbering) -> SafetyNotice:
    statement = quoted(passage, numbering, subject(passage, passage.chunk.lead))
    return SafetyNotice(called(drug), kind, verify(statement, [passage]))


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    kept: dict[str, Passage] = {}
    for passage in passages:
        kept.setdefault(" ".join(passage.chunk.text.split()).lower(), passage)
    return list(kept.values())
