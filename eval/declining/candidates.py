"""
Every question that a label of the set may be asked, by kind and whether the label answers it.

A label is silent about a matter where the matter's pattern is found nowhere in the whole of it;
it answers where a section that may carry the answer names the matter in the question's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eval.declining.cases import Kind
from eval.declining.labels import SetLabel
from eval.declining.matters import (
    Attribute,
    Near,
    attributes,
    details,
    matters,
    near_misses,
    wordings,
    words_of,
)

REACTIONS = ("34084-4", "90374-0", "90375-7", "43685-7", "34071-1", "42232-9", "34066-1")
INTERACTIONS = ("34073-7", "34074-5", "43685-7", "34071-1", "42232-9", "34070-3", "34068-7")
INDICATIONS = ("34067-9",)
BOXED = "34066-1"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question not yet worded: one of ``wordings``, about a drug called ``name``."""

    kind: Kind
    aspect: str
    matter: str
    wordings: tuple[str, ...]
    name: str
    brands: tuple[str, ...] = ()
    label: SetLabel | None = None
    codes: tuple[str, ...] = ()
    filled: tuple[tuple[str, str], ...] = ()


def candidates(labels: Sequence[SetLabel], indexed: frozenset[str]) -> list[Candidate]:
    """
    Return what *labels* may be asked, in a fixed order.

    *indexed* are the drugs of all labels of the set: an interaction with one of them might stand
    in the other label, and is asked only where a label names it.
    """
    found: list[Candidate] = []
    for label in labels:
        found += _named(label, indexed)
        found += _attributes(label)
        found += _silent_details(label)
    by_name = {label.name: label for label in labels}
    return [*found, *_near(by_name)]


def _named(label: SetLabel, indexed: frozenset[str]) -> Iterator[Candidate]:
    """Yield what is asked by name: reactions, partners, conditions and comorbidities."""
    kinds = (
        ("events", "adverse_event", REACTIONS),
        ("partners", "interaction", INTERACTIONS),
        ("conditions", "indication", INDICATIONS),
        ("comorbidities", "comorbidity", ()),
    )
    for table, aspect, codes in kinds:
        for matter in matters(table):
            for name in matter.names:
                base = _of(label, aspect, name, wordings(aspect), (("matter", name),))
                held = label.saying(rf"\b{re.escape(name.lower())}", codes)
                if held and name not in label.name:
                    yield replace(base, kind=Kind.ANSWERABLE, codes=held)
                elif not label.says(matter.pattern) and name not in indexed:
                    yield base


def _attributes(label: SetLabel) -> Iterator[Candidate]:
    for table, aspect in (
        ("attributes", "attribute"),
        ("doses", "dose"),
        ("populations", "population"),
    ):
        for attribute in attributes(table):
            if held := label.saying(attribute.pattern, attribute.codes):
                amount = _amount(label, attribute)
                base = _of(label, aspect, amount or attribute.name, attribute.questions)
                filled = (("amount", amount),)
                yield replace(base, kind=Kind.ANSWERABLE, codes=held, filled=filled)


def _amount(label: SetLabel, attribute: Attribute) -> str:
    """Return the first dose that the label names, for questions on one dose; else nothing."""
    if not any("{amount}" in question for question in attribute.questions):
        return ""
    found = (
        match.group()
        for code, _, body in label.sections
        if code in attribute.codes and (match := re.search(attribute.pattern, body))
    )
    return next(found, "")


def _silent_details(label: SetLabel) -> Iterator[Candidate]:
    for detail in details():
        if label.says(detail.needs) and not label.says(detail.pattern):
            matter = detail.questions[0].format(drug="the drug")
            yield _of(label, "detail", matter, detail.questions)


def _near(labels: dict[str, SetLabel]) -> Iterator[Candidate]:
    kinds = (
        ("sisters", "sister"),
        ("conditions", "condition"),
        ("forms", "form"),
        ("elsewhere", "elsewhere"),
    )
    for table, aspect in kinds:
        for near in near_misses(table):
            label = labels.get(near.beside)
            if label is not None and _is_near(label, near, aspect):
                yield _near_miss(label, near, aspect)


def _is_near(label: SetLabel, near: Near, aspect: str) -> bool:
    if near.absent and label.says(near.absent):
        return False
    if near.absent == "boxed" and any(code == BOXED for code, _, _ in label.sections):
        return False
    return aspect == "sister" or label.says(near.near)


def _near_miss(label: SetLabel, near: Near, aspect: str) -> Candidate:
    if aspect == "sister":
        base = _of(label, aspect, near.drug, general())
        return replace(base, kind=Kind.NEAR_MISS, name=near.drug, brands=())
    if aspect == "condition":
        asked, matter = wordings("indication"), near.name
    elif aspect == "form":
        asked, matter = words_of("form_wordings"), near.form
    else:
        asked, matter = (near.question,), near.question
    filled = (("matter", near.name), ("form", near.form))
    return replace(_of(label, aspect, matter, asked, filled), kind=Kind.NEAR_MISS)


def general() -> tuple[str, ...]:
    """Return wordings that fit any drug: attributes, doses and populations."""
    return tuple(
        question
        for table in ("attributes", "doses", "populations")
        for attribute in attributes(table)
        for question in attribute.questions
        if "{amount}" not in question
    )


def _of(
    label: SetLabel,
    aspect: str,
    matter: str,
    asked: tuple[str, ...],
    filled: tuple[tuple[str, str], ...] = (),
) -> Candidate:
    return Candidate(
        Kind.LABEL_SILENT, aspect, matter, asked, label.name, label.brands, label, filled=filled
    )
