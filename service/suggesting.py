"""Suggested next questions: only such as the indexed labels are known to answer."""

from __future__ import annotations

from collections.abc import Collection

from service.answers import Drug, Query, Topic
from service.apparatus import FollowUp
from service.retrieving import Retriever
from service.topics import TOPICS, codes_of

SUGGESTED = 3
"""Questions suggested at most."""

_ORDER = (
    Topic.INTERACTION,
    Topic.HEPATIC,
    Topic.RENAL,
    Topic.PREGNANCY,
    Topic.DOSE,
    Topic.ADVERSE_REACTION,
    Topic.INDICATION,
    Topic.PEDIATRIC,
    Topic.GERIATRIC,
    Topic.OVERDOSE,
    Topic.MECHANISM,
    Topic.PHARMACOKINETICS,
)
"""What clinicians tend to ask next, first things first."""


def follow_ups(
    query: Query, retriever: Retriever, asked: Collection[Topic] = ()
) -> tuple[FollowUp, ...]:
    """
    Return up to three questions about the query's first indexed drug, on topics not asked yet.

    Each names the drug, so that it stands alone, and each has a section of the drug's label
    behind it. *asked* are topics of earlier turns, left out as well.
    """
    drug = next((drug for drug in query.drugs if drug.indexed), None)
    if drug is None:
        return ()
    done = {*query.topics, *asked}
    found: list[FollowUp] = []
    for topic in _ORDER:
        if len(found) == SUGGESTED:
            break
        if topic not in done and retriever.label_passages(drug, codes_of([topic])):
            found.append(FollowUp(TOPICS[topic].question.format(drug=_spoken(drug))))
    return tuple(found)


def _spoken(drug: Drug) -> str:
    """Return the drug as a question says it; tablets go without saying, an injection does not."""
    form = drug.formulation or ""
    return f"{drug.name} {form}" if form.endswith(("injection", "patch", "implant")) else drug.name
