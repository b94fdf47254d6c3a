"""
What a question takes over from the turns before it: drugs, condition, topics.

A follow-up replaces one slot of the question before and keeps the others: "and the injection?"
replaces the formulation, "and doxepin?" the drug, "and in liver disease?" the topic. A question
that says everything itself takes over nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.answers import Drug, Query, Topic, Turn
from service.drugs import Vocabulary, called, merged, same_drug
from service.hearing import Heard
from service.topics import TOPICS

ABOUT_A_DRUG = frozenset(
    {
        Topic.DOSE,
        Topic.INTERACTION,
        Topic.CONTRAINDICATION,
        Topic.PHARMACOKINETICS,
        Topic.STORAGE,
    }
)
"""Topics that are always about a drug, so that the last one is meant where none is named."""


@dataclass(frozen=True, slots=True)
class Carried:
    """
    What the query is about, own and inherited.

    ``inherited`` are the drugs that came from earlier turns; ``notes`` say what was carried
    ("drug: naltrexone"), for people to read.
    """

    drugs: tuple[Drug, ...] = ()
    condition: str | None = None
    topics: tuple[Topic, ...] = ()
    inherited: tuple[Drug, ...] = ()
    notes: tuple[str, ...] = ()


def carry(heard: Heard, turns: Sequence[Turn], vocabulary: Vocabulary) -> Carried:
    """Return what *heard* is about after *turns*, oldest first."""
    own = _formulated(heard.drugs, heard.formulation, vocabulary)
    condition = heard.condition.name if heard.condition else None
    topics = _with_interaction(heard, own)
    before = _last_subject(turns)
    if before is None or not (_takes_over(heard) if not own else _goes_on(heard)):
        return Carried(own, condition, topics)
    if own and heard.returns:
        before = _last_about(turns, own) or before
    inherited = _inherited(heard, before, own, vocabulary)
    ellipsis = heard.leads_on or heard.fragment or heard.leans_on is None
    kept_condition = before.condition if condition is None and ellipsis else None
    kept_topics = before.topics if not topics and ellipsis and not (own and condition) else ()
    if heard.joins and (own or heard.rest):
        topics = tuple(dict.fromkeys((*topics, Topic.INTERACTION)))
        kept_condition, kept_topics = None, ()
    return Carried(
        drugs=merged((*own, *inherited)),
        condition=condition or kept_condition,
        topics=topics or kept_topics,
        inherited=inherited,
        notes=_notes(inherited, kept_condition, kept_topics),
    )


def _takes_over(heard: Heard) -> bool:
    """Tell whether a question that names no drug means the last one."""
    if heard.unknown:
        return False
    if heard.leads_on or heard.leans_on is not None or heard.formulation is not None:
        return True
    if ABOUT_A_DRUG.intersection(heard.topics):
        return True
    return bool(heard.topics) and heard.condition is None and not heard.rest


def _goes_on(heard: Heard) -> bool:
    """Tell whether a question that names a drug still hangs on the turns before."""
    if heard.leans_on is not None or heard.joins:
        return True
    says_enough = bool(heard.topics or heard.condition)
    if heard.returns:
        return not says_enough
    return heard.leads_on or (heard.fragment and not says_enough and not heard.rest)


def _inherited(
    heard: Heard, before: Query, own: tuple[Drug, ...], vocabulary: Vocabulary
) -> tuple[Drug, ...]:
    if own and not (heard.leans_on is not None or heard.joins):
        return ()
    drugs = _formulated(before.drugs, heard.formulation, vocabulary)
    return tuple(d for d in drugs if not any(same_drug(d, mine) for mine in own))


def _formulated(
    drugs: tuple[Drug, ...], formulation: str | None, vocabulary: Vocabulary
) -> tuple[Drug, ...]:
    """Give the one drug the formulation asked for; of several, nobody knows which is meant."""
    if formulation is None or len(drugs) != 1:
        return drugs
    return (vocabulary.formulated(drugs[0], formulation),)


def _with_interaction(heard: Heard, own: tuple[Drug, ...]) -> tuple[Topic, ...]:
    """Add the interaction that two drugs in one question ask about, unless they are compared."""
    if len(own) < 2 or Topic.COMPARISON in heard.topics:  # noqa: PLR2004 - a pair
        return heard.topics
    return tuple(t for t in TOPICS if t in heard.topics or t is Topic.INTERACTION)


def _last_subject(turns: Sequence[Turn]) -> Query | None:
    """Return the last query that was about something."""
    for turn in reversed(turns):
        query = turn.query
        if query.decline is None and (query.drugs or query.condition or query.topics):
            return query
    return None


def _last_about(turns: Sequence[Turn], drugs: tuple[Drug, ...]) -> Query | None:
    for turn in reversed(turns):
        if any(same_drug(held, drug) for held in turn.query.drugs for drug in drugs):
            return turn.query
    return None


def _notes(
    drugs: tuple[Drug, ...], condition: str | None, topics: tuple[Topic, ...]
) -> tuple[str, ...]:
    notes = [f"drug: {called(drug)}" for drug in drugs]
    if condition is not None:
        notes.append(f"condition: {condition}")
    notes += [f"topic: {TOPICS[topic].name}" for topic in topics]
    return tuple(notes)
