"""
Statement -> claims: which drug, what about it, and which way. Pure.

Two kinds can be compared: what is recommended for a condition, and what happens to a measure.
A sentence that is not clearly one of them makes no claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ingest.documents import Direction, LabelFacts, SourceType
from ingest.recommending import direction
from service.answers import Passage, Statement, Topic
from service.classes import DrugClass, classes_in
from service.conditions import listed_conditions
from service.drugs import Vocabulary, called
from service.effects import effects
from service.measures import is_adjective, mentions
from service.qualifiers import COMPARATOR, row_head
from service.topics import said


class Stance(StrEnum):
    """Which way a claim points."""

    FOR = "for"
    AGAINST = "against"
    MORE = "more"
    LESS = "less"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Claim:
    """
    One drug, what is claimed about it, and which way.

    ``drug`` is its identity (ingredients, or a class), ``name`` what to call it. ``about`` is a
    measure, or the conditions and groups that a recommendation is for. ``named`` is what exactly
    was measured, and ``reaction`` tells that a label lists it among its adverse reactions.
    """

    drug: tuple[str, ...]
    name: str
    about: tuple[str, ...]
    stance: Stance
    named: str = ""
    reaction: bool = False

    @property
    def recommends(self) -> bool:
        """Whether it says what to do, and not what happens."""
        return self.stance in (Stance.FOR, Stance.AGAINST)


_OTHER_ACT = re.compile(
    r"\b(?:stop\w*|discontinu\w+|withdraw\w*|taper\w*|deprescrib\w+|monitor\w*|measur\w+|screen\w*"
    r"|test(?:s|ed|ing)?|counsel\w*|educat\w+|inform\w*|titrat\w+|reduc\w+ the dose|switch\w*"
    r"|dose reduction|caution\w*)\b",
    re.IGNORECASE,
)
"""A recommendation of one of these is not one of the drug."""
_TOGETHER = re.compile(
    r"\b(?:combin\w+|together|concomitant\w*|added? to|adding|plus|adjunct\w*|alone|monotherapy)\b",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(r"\b(?:not|non|no|without|except|other than)[ -]$", re.IGNORECASE)
_INDICATED = re.compile(r"\bindicated (?:for|in|as|to)\b", re.IGNORECASE)
_CONTRAINDICATED = re.compile(r"\bcontraindicated (?:for|in)\b", re.IGNORECASE)
_REACTIONS = "34084-4"
_NEGATED = re.compile(
    r"\b(?:no|not|without|neither|nor|never|absence|free of|less|fewer|lower|similar|decreas\w+"
    r"|reduc\w+|improv\w+|except|unless|if|stopp\w+|discontinu\w+|withdrawal)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_POPULATIONS = (Topic.PREGNANCY, Topic.LACTATION, Topic.PEDIATRIC, Topic.RENAL, Topic.HEPATIC)


def claims(statement: Statement, vocabulary: Vocabulary) -> tuple[Claim, ...]:
    """Return what a cited statement claims, in order."""
    passage = statement.citations[0].passage
    if passage.source.type is SourceType.GUIDELINE and (told := _recommended(statement)):
        return tuple(_recommendation(statement.text, passage, told, vocabulary))
    if isinstance(passage.source.facts, LabelFacts):
        return tuple(_of_label(statement.text, passage, passage.source.facts))
    if not (found := effects(statement.text)):
        return ()
    return tuple(
        Claim(drug, name, (effect.measure,), Stance(effect.trend), effect.named)
        for drug, name in drugs_of(statement.text, passage, vocabulary)
        for effect in found
    )


def _recommended(statement: Statement) -> Stance | None:
    told = statement.citations[0].passage.chunk.recommendation
    way = told.direction if told is not None else direction(statement.text)
    return Stance(way) if way in (Direction.FOR, Direction.AGAINST) else None


def _recommendation(
    text: str, passage: Passage, stance: Stance, vocabulary: Vocabulary
) -> Iterator[Claim]:
    if _OTHER_ACT.search(text):
        return
    told = passage.chunk.recommendation
    about = _scope(f"{text} {told.population or ''}" if told else text)
    if about:
        for drug, name in drugs_of(text, passage, vocabulary):
            yield Claim(drug, name, about, stance)


def _of_label(text: str, passage: Passage, facts: LabelFacts) -> Iterator[Claim]:
    chunk = passage.chunk
    name = " and ".join(facts.ingredients)
    if chunk.code == _REACTIONS or any("adverse reaction" in h.lower() for h in chunk.headings):
        lead = row_head(text, chunk.lead)
        if not _NEGATED.search(text) and not _no_more_than_placebo(text, lead):
            for measure in _reactions(text, lead):
                yield Claim(facts.ingredients, name, (measure,), Stance.MORE, reaction=True)
    elif _CONTRAINDICATED.search(text):
        if not _NEGATED.search(text) and (about := _scope(text)):
            yield Claim(facts.ingredients, name, about, Stance.AGAINST)
    elif _INDICATED.search(text):
        if not _NEGATED.search(text) and (about := _scope(text)):
            yield Claim(facts.ingredients, name, about, Stance.FOR)
    else:
        for effect in effects(text):
            stance = Stance(effect.trend)
            yield Claim(facts.ingredients, name, (effect.measure,), stance, effect.named)


def _reactions(text: str, lead: str) -> Iterator[str]:
    """Yield the measures that a sentence or row of adverse reactions names, not its patients."""
    heads, cells = lead.rpartition("\n")[2].split(" | "), text.split(" | ")
    apart = len(cells) > 1 and len(heads) >= len(cells)
    heads = heads[-len(cells) :] if apart else [""] * len(cells)
    for head, cell in zip(heads, cells, strict=True):
        if not re.search(r"\b(?:population|group|patients|study|indication)\b", head.lower()):
            yield from (m.measure for m in mentions(cell) if not (m.of_patients or m.inverse))


def _no_more_than_placebo(text: str, lead: str) -> bool:
    """Tell whether two shares stand beside each other, and the drug's is not the greater."""
    shares = [float(share) for share in _PERCENT.findall(text)]
    whole = f"{lead} {text}".lower()
    return len(shares) == 2 and "placebo" in whole and shares[0] <= shares[1]  # noqa: PLR2004


def _scope(text: str) -> tuple[str, ...]:
    """Return the conditions and the groups of patients that a recommendation names, sorted."""
    found = {c.name for c in listed_conditions(text) if not is_adjective(text[c.start : c.end])}
    found |= {topic.value for topic in _POPULATIONS if said(topic, text)}
    if found and _TOGETHER.search(text):
        found.add("with another treatment")
    return tuple(sorted(found))


def drugs_of(
    text: str, passage: Passage, vocabulary: Vocabulary
) -> Iterator[tuple[tuple[str, ...], str]]:
    """
    Yield the drugs and classes that a sentence is about, each once.

    What it compares with is left out. A study's sentence that names none is about the drugs of
    the study's title, unless it speaks of the other arm.
    """
    found = dict(_named(COMPARATOR.sub(" ", text), vocabulary))
    other = COMPARATOR.search(text) or re.search(r"\bplacebo\b|\bcontrols?\b", text, re.IGNORECASE)
    if not found and other is None and passage.source.type is SourceType.STUDY:
        found = dict(_named(COMPARATOR.sub(" ", passage.source.title), vocabulary))
    yield from found.items()


def class_key(drug_class: DrugClass) -> tuple[str, ...]:
    """Return the identity of a class, which no drug has."""
    return (f"class: {drug_class.name}",)


def _named(text: str, vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, ...], str]]:
    for mention in vocabulary.find(text).mentions:
        exact = mention.correction is None or mention.correction.kind.value != "misspelling"
        if mention.settled and exact and not _LEFT_OUT.search(text[: mention.start]):
            yield mention.drugs[0].ingredients, called(mention.drugs[0]).partition(",")[0]
    for named in classes_in(text):
        if not _LEFT_OUT.search(text[: named.start]):
            yield class_key(named.drug_class), named.drug_class.name
