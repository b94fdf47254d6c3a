"""
What a question takes over from the turns before it: drugs, condition, topics.

A follow-up replaces one slot of the question before and keeps the others: "and the injection?"
replaces the formulation, "and doxepin?" the drug, "and in liver disease?" the topic. A question
that says everything itself takes over nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.answers import Drug, NamedClass, Query, Topic, Turn
from service.drugs import Vocabulary, called, merged, same_drug
from service.hearing import Denied, Heard
from service.lookalikes import LOOK_ALIKES
from service.topics import POPULATION_TOPICS, TOPICS

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

DOSED_BY_GROUP = frozenset({Topic.RENAL, Topic.HEPATIC, Topic.PEDIATRIC, Topic.GERIATRIC})
"""Groups of patients whose dose is meant where the dose was asked about just before."""

_PAIR = 2
_LISTED = re.compile(r"[^:?]+: ")


@dataclass(frozen=True, slots=True)
class Carried:
    """
    What the query is about, own and inherited.

    ``inherited`` are the drugs that came from earlier turns; ``notes`` say what was carried
    ("drug: naltrexone") or taken back ("left out: tramadol"), for people to read.
    """

    drugs: tuple[Drug, ...] = ()
    condition: str | None = None
    topics: tuple[Topic, ...] = ()
    inherited: tuple[Drug, ...] = ()
    notes: tuple[str, ...] = ()
    classes: tuple[NamedClass, ...] = ()
    inherited_classes: tuple[NamedClass, ...] = ()


def carry(heard: Heard, turns: Sequence[Turn], vocabulary: Vocabulary) -> Carried:
    """Return what *heard* is about after *turns*, oldest first."""
    own = _formulated(heard.drugs, heard.formulation, vocabulary)
    classes = tuple(map(vocabulary.named_class, heard.classes))
    condition = heard.condition.name if heard.condition else None
    topics = _with_interaction(heard, own)
    named = bool(own or classes)
    before = _last_subject(turns)
    if before is not None and heard.denied.pronoun:
        # "Without it" means the last of the drugs talked of.
        heard = replace(heard, denied=replace(heard.denied, drugs=before.drugs[-1:]))
    if before is None or not (_goes_on(heard) if named else _takes_over(heard)):
        return Carried(own, condition, topics, classes=classes)
    if own and heard.returns:
        before = _last_about(turns, own) or before
    beside = not named or heard.leans_on is not None or heard.joins
    inherited = _inherited(heard, before, own, beside=beside, vocabulary=vocabulary)
    kept_classes = _kept_classes(heard, before, classes) if beside else ()
    ellipsis = heard.leads_on or heard.fragment or heard.leans_on is None
    kept_condition = before.condition if condition is None and ellipsis else None
    if kept_condition == heard.denied.condition:
        kept_condition = None
    kept_topics = _kept_topics(heard, before, topics) if ellipsis else ()
    if condition and named:
        kept_topics = ()
    if heard.joins and (inherited or kept_classes) and (named or heard.rest):
        topics = tuple(dict.fromkeys((*topics, Topic.INTERACTION)))
        kept_condition, kept_topics = None, ()
    drugs, all_classes = merged((*own, *inherited)), (*classes, *kept_classes)
    if len(drugs) + len(all_classes) < _PAIR and heard.denied != Denied():
        kept_topics = tuple(t for t in kept_topics if t is not Topic.INTERACTION)
    left_out = _left_out(heard, before, drugs)
    return Carried(
        drugs=drugs,
        condition=condition or kept_condition,
        topics=tuple(t for t in TOPICS if t in topics or t in kept_topics),
        inherited=inherited,
        notes=_notes(inherited, kept_classes, kept_condition, kept_topics, left_out),
        classes=all_classes,
        inherited_classes=kept_classes,
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
    heard: Heard,
    before: Query,
    own: tuple[Drug, ...],
    *,
    beside: bool,
    vocabulary: Vocabulary,
) -> tuple[Drug, ...]:
    """
    Return the drugs of the turn before that are still meant.

    A drug of one's own stands in their place, but for a pair of which one was taken back, or was
    mistaken for it.
    """
    kept = [d for d in before.drugs if not _among(d, (*own, *heard.denied.drugs))]
    if not beside:
        mistaken = [d for d in kept if any(_look_alike(d, mine) for mine in own)]
        if not heard.corrects or not (
            mistaken or any(_among(d, heard.denied.drugs) for d in before.drugs)
        ):
            return ()
        kept = [d for d in kept if d not in mistaken]
    return _formulated(tuple(kept), heard.formulation, vocabulary)


def _kept_classes(
    heard: Heard, before: Query, own: tuple[NamedClass, ...]
) -> tuple[NamedClass, ...]:
    gone = {held.name for held in own} | {held.name for held in heard.denied.classes}
    return tuple(held for held in before.classes if held.name not in gone)


def _kept_topics(heard: Heard, before: Query, own: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """
    Return the topics of the turn before that are still meant.

    All of them where none is named. A correction of the group of patients keeps what was asked
    of it, and the other way round; the dose is meant in the organ failure or the age named next.
    """
    held = tuple(topic for topic in before.topics if topic not in heard.denied.topics)
    if not own:
        return held
    groups = all(topic in POPULATION_TOPICS for topic in own)
    if heard.corrects:
        same_kind = (topic in POPULATION_TOPICS for topic in own)
        if groups or not any(same_kind):
            return tuple(t for t in held if (t in POPULATION_TOPICS) is not groups)
    if groups and DOSED_BY_GROUP.issuperset(own) and heard.leads_on:
        return tuple(topic for topic in held if topic is Topic.DOSE)
    return ()


def _among(drug: Drug, others: Iterable[Drug]) -> bool:
    return any(same_drug(drug, other) for other in others)


def _look_alike(first: Drug, second: Drug) -> bool:
    return second.name in LOOK_ALIKES.get(first.name, ())


def _formulated(
    drugs: tuple[Drug, ...], formulation: str | None, vocabulary: Vocabulary
) -> tuple[Drug, ...]:
    """Give the one drug the formulation asked for; of several, nobody knows which is meant."""
    if formulation is None or len(drugs) != 1:
        return drugs
    return (vocabulary.formulated(drugs[0], formulation),)


def _with_interaction(heard: Heard, own: tuple[Drug, ...]) -> tuple[Topic, ...]:
    """
    Add the interaction that two drugs in one question ask about, unless they are compared.

    A class beside a drug that is of it ("Is naltrexone an opioid antagonist?") is no second one,
    and "doxepin and zolpidem: overdose" says what is asked.
    """
    others = [c for c in heard.classes if not any(d.name in c.members for d in own)]
    if len(own) + len(others) < _PAIR or Topic.COMPARISON in heard.topics:
        return heard.topics
    listed = _LISTED.match(heard.question)
    if listed is not None and all(mention.end < listed.end() for mention in heard.mentions):
        return heard.topics
    return tuple(t for t in TOPICS if t in heard.topics or t is Topic.INTERACTION)


def _last_subject(turns: Sequence[Turn]) -> Query | None:
    """Return the last query that was about something."""
    for turn in reversed(turns):
        query = turn.query
        if query.decline is None and (
            query.drugs or query.classes or query.condition or query.topics
        ):
            return query
    return None


def _last_about(turns: Sequence[Turn], drugs: tuple[Drug, ...]) -> Query | None:
    for turn in reversed(turns):
        if any(_among(held, drugs) for held in turn.query.drugs):
            return turn.query
    return None


def _left_out(heard: Heard, before: Query, drugs: tuple[Drug, ...]) -> list[str]:
    """Return what the turn before was about and this one takes back, in words."""
    denied = heard.denied
    gone = [d for d in before.drugs if not _among(d, drugs)]
    taken = [d.name for d in gone if heard.corrects or _among(d, denied.drugs)]
    if heard.corrects and not heard.drugs:
        taken = [d.name for d in gone if _among(d, denied.drugs)]
    taken += [drug_class.name for drug_class in denied.classes]
    taken += [denied.condition] if denied.condition else []
    return [*taken, *(TOPICS[topic].name for topic in denied.topics)]


def _notes(
    drugs: tuple[Drug, ...],
    classes: tuple[NamedClass, ...],
    condition: str | None,
    topics: tuple[Topic, ...],
    left_out: Sequence[str],
) -> tuple[str, ...]:
    notes = [f"drug: {called(drug)}" for drug in drugs]
    notes += [f"class: {held.name}" for held in classes]
    if condition is not None:
        notes.append(f"condition: {condition}")
    notes += [f"topic: {TOPICS[topic].name}" for topic in topics]
    return (*notes, *(f"left out: {name}" for name in left_out))
