"""
Evidence -> draft: what is said in each section, each sentence with the passages it rests on.

The default composer only selects. It cannot word anything, so it cannot word anything wrongly:
what it must get right is relevance, and the subject of a sentence taken from its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.documents import SourceType, StudyFacts
from ingest.parsing.loinc import FOR_PATIENTS
from service.answers import Passage, SectionKind, StatementKind
from service.asked import Asked, Line
from service.constraining import worth
from service.gating import covers, is_pair, names_both
from service.quoting import Unit, units
from service.subjects import subject
from service.substance import without_references
from service.topics import in_section, said
from service.words import STOP_WORDS

PER_SECTION = 4
"""Statements shown per section; more do not fit a screen."""

MORE = 4
"""Further statements of a section that are kept one click away."""

PLAIN = 2
"""Statements written to patients that are kept among the further ones, where a label has them."""

PER_PASSAGE = 2
"""Statements taken from one passage while others have something to say."""

SAME = 0.6
"""Share of words in common (Jaccard) from which two sentences say the same."""

COVERAGE = 0.6
"""Share of the question's remaining content words that a sentence itself must hold."""

WORTH = 0.5
"""Share of the best score that a sentence must reach to stand beside it."""

LONG, SHORT = 400, 40
"""Characters beyond which a unit is tiring, and below which it says little."""


_FINDINGS = re.compile(
    r"\b(?:results?|findings?|conclusions?|outcomes?|interpretation)\b", re.IGNORECASE
)
_INTENTIONS = re.compile(
    r"\b(?:objectives?|aims?|background|introduction|purpose|importance|rationale)\b",
    re.IGNORECASE,
)
"""Parts of a study that say what was asked and not what was found."""
_METHODS = re.compile(r"\b(?:methods?|design|protocol|participants|setting)\b", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"\(\s*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?)*\s*\)\W*$")
"""Ends a line of a label's highlights, which the section named in the brackets says in full."""
_STRONG = frozenset({"strong", "a", "1", "i", "class i"})


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """
    One sentence as drafted, not yet cited or verified.

    ``markers`` count from 1 into the evidence the composer was given. ``quotes`` holds, for each
    marker, the words of that passage which the sentence rests on, and ``starts`` where they begin
    in the document, None where the composer does not know. ``more`` tells that it is kept for
    those who want to read on.
    """

    section: SectionKind
    text: str
    kind: StatementKind
    markers: tuple[int, ...]
    quotes: tuple[str, ...]
    starts: tuple[int | None, ...]
    subject: str = ""
    more: bool = False


class Composer(Protocol):
    """**Protocol:** anything that drafts an answer from evidence, and only from it."""

    @property
    def id(self) -> str:
        """What wrote the draft, with its version; kept in every answer."""

    def compose(
        self, asked: Asked, evidence: Sequence[tuple[SectionKind, Passage]]
    ) -> list[DraftSentence]:
        """
        Return the draft, section by section; passage n of *evidence* is marker n.

        Who reads is not told: ``service.personalizing`` orders and words, and facts stay.
        """


@dataclass(frozen=True, slots=True)
class _Candidate:
    marker: int
    passage: Passage
    unit: Unit
    score: float
    words: frozenset[str]
    paired: bool


class ExtractiveComposer:
    """Quotes the best sentences. No model, no network, no invention."""

    id = "extractive/1"

    def compose(
        self, asked: Asked, evidence: Sequence[tuple[SectionKind, Passage]]
    ) -> list[DraftSentence]:
        """Return verbatim sentences, best first in each section, four a section before the rest."""
        draft: list[DraftSentence] = []
        rest: list[DraftSentence] = []
        for kind in SectionKind:
            candidates = [
                candidate
                for marker, (section, passage) in enumerate(evidence, start=1)
                if section is kind
                for candidate in _candidates(marker, passage, asked)
            ]
            first, more = _select(_on_point(candidates))
            more += _plain(candidates, [*first, *more])
            draft += [_drafted(kind, chosen) for chosen in first]
            rest += [replace(_drafted(kind, chosen), more=True) for chosen in more]
        return [*draft, *rest]


def _candidates(marker: int, passage: Passage, asked: Asked) -> Iterable[_Candidate]:
    if passage.chunk.type is SourceType.STUDY and _INTENTIONS.search(_part(passage)):
        return
    for unit in units(passage):
        line = Line.of(f"{unit.head} {unit.text}")
        if (score := _relevance(passage, unit, line, asked)) is not None:
            told = Line.of(without_references(f"{unit.head} {unit.text}"))
            words = frozenset(word for word in told.stems if word not in STOP_WORDS)
            paired = is_pair(asked) and names_both(passage, line, asked)
            yield _Candidate(marker, passage, unit, score, words, paired)


def _relevance(passage: Passage, unit: Unit, line: Line, asked: Asked) -> float | None:
    """
    Return how well a unit answers, or None where it does not.

    Points, by hand: 3 for the condition or the words asked about, up to 1 for repeating the
    question, 4 for the amount asked about or 1.5 for a limit to it, 1 for what was asked for
    within the topic, 1.5 for each topic the unit itself speaks of and 1 for a section about it, 1
    for naming the drug and 2 for naming both of two, twice the similarity of its passage, 1 for a
    recommendation, up to 1 for the evidence level, 1 for what a study found; less for its methods,
    for sections written to patients, a label's own digest, a later rank, a connecting word, an
    implied subject, and a length that tires or says nothing.
    """
    context = _context(passage)
    own = covers(passage, line, asked, COVERAGE)
    if not (own or _reports(passage, context, asked)) or _of_another(passage, line, context, asked):
        return None
    chunk, topics = passage.chunk, asked.query.topics
    score = 2.0 * passage.similarity - 0.05 * passage.rank
    if asked.condition and asked.names_condition(line):
        score += 3.0
    score += 3.0 * asked.coverage(line) + asked.echo(line) + worth(asked.fixed, line.text)
    score += 1.0 * any(facet.said.search(line.text.lower()) for facet in asked.facets)
    for topic in topics:
        score += 1.5 * said(topic, line.text) + 1.0 * in_section(topic, chunk.code, chunk.headings)
    if any(held.named_in(line) for held in asked.drugs):
        score += 1.0
    elif asked.drugs and chunk.type is not SourceType.LABEL:
        score -= 0.5
    if len(asked.drugs) > 1 and names_both(passage, line, asked):
        score += 2.0
    score += _standing(passage) - 1.5 * (chunk.code in FOR_PATIENTS)
    score -= 0.7 * (_HIGHLIGHT.search(unit.text) is not None)
    score -= 0.5 * unit.connects + 0.3 * unit.leans
    score -= 0.5 * (len(unit.text) > LONG) + 0.8 * (len(unit.text) < SHORT and not unit.head)
    return score


def _context(passage: Passage) -> Line:
    """Return what every sentence of a passage is about: a study's title, a guideline's headings."""
    chunk = passage.chunk
    said_above = (
        passage.source.title if chunk.type is SourceType.STUDY else " ".join(chunk.headings)
    )
    return Line.of(said_above)


def _reports(passage: Passage, context: Line, asked: Asked) -> bool:
    """Tell whether a sentence is a finding of a study whose title covers what was asked."""
    if passage.chunk.type is not SourceType.STUDY or not _FINDINGS.search(_part(passage)):
        return False
    return covers(passage, context, asked, COVERAGE)


def _of_another(passage: Passage, line: Line, context: Line, asked: Asked) -> bool:
    """
    Tell whether a sentence of a passage that names the drug speaks of something else.

    A passage that does not name it at all was let in for its condition, and is not meant.
    """
    if not asked.drugs or passage.chunk.type is SourceType.LABEL:
        return False
    near = any(held.named_in(line) or held.named_in(context) for held in asked.drugs)
    whole = Line.of(passage.chunk.indexed_text)
    return not near and any(held.named_in(whole) for held in asked.drugs)


def _part(passage: Passage) -> str:
    return passage.chunk.headings[-1] if passage.chunk.headings else ""


def _standing(passage: Passage) -> float:
    """Return the weight of the source: recommendations by strength, studies by level and part."""
    if (told := passage.chunk.recommendation) is not None:
        return 1.5 if (told.strength or "").lower() in _STRONG else 1.0
    facts = passage.source.facts
    if not isinstance(facts, StudyFacts):
        return 0.0
    part = _part(passage)
    found = 1.0 * bool(_FINDINGS.search(part)) - 1.5 * bool(_METHODS.search(part))
    level = (5 - facts.evidence_level) / 4 if facts.evidence_level is not None else 0.0
    return found + level


def _on_point(candidates: list[_Candidate]) -> list[_Candidate]:
    """Where sentences on both of two drugs were found, keep to them."""
    paired = [candidate for candidate in candidates if candidate.paired]
    return paired or candidates


def _select(candidates: Sequence[_Candidate]) -> tuple[list[_Candidate], list[_Candidate]]:
    """Return the best candidates that say something new, and the next best; ties by place."""
    ordered = sorted(
        candidates,
        key=lambda c: (-round(c.score, 6), c.passage.rank, c.passage.id, c.unit.start),
    )
    chosen: list[_Candidate] = []
    # A section should show more than one place; where there is no other, one may say it all.
    for total, most in (
        (PER_SECTION, PER_PASSAGE),
        (PER_SECTION, PER_SECTION),
        (PER_SECTION + MORE, PER_SECTION + MORE),
    ):
        for candidate in ordered:
            if len(chosen) == total or candidate.score < WORTH * ordered[0].score:
                break
            taken = sum(other.marker == candidate.marker for other in chosen)
            if taken < most and not any(_same(candidate, other) for other in chosen):
                chosen.append(candidate)
    first, more = chosen[:PER_SECTION], chosen[PER_SECTION:]
    return sorted(first, key=ordered.index), sorted(more, key=ordered.index)


def _plain(candidates: Sequence[_Candidate], chosen: Sequence[_Candidate]) -> list[_Candidate]:
    """
    Return the best of what is written to patients and says something new; nothing beside nothing.

    They rank below what is written to prescribers, and are what a patient is to read first.
    """
    written = [c for c in candidates if c.passage.chunk.code in FOR_PATIENTS and c not in chosen]
    best, _ = _select(written)
    new = [c for c in best if not any(_same(c, other) for other in chosen)]
    return new[:PLAIN] if chosen else []


def _same(first: _Candidate, second: _Candidate) -> bool:
    """
    Tell near-duplicates: most words shared, or one said within the other, figures included.

    Recommendations are worded alike for one drug after the other: only equal words are the same.
    """
    if first.passage.chunk.recommendation and second.passage.chunk.recommendation:
        return first.words == second.words
    less, more = sorted((first.words, second.words), key=len)
    if not _figures(less) <= _figures(more):
        return False
    total = len(less | more)
    return total > 0 and (len(less & more) / total >= SAME or less <= more)


def _figures(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(char.isdigit() for char in word))


def _drafted(kind: SectionKind, chosen: _Candidate) -> DraftSentence:
    return DraftSentence(
        section=kind,
        text=chosen.unit.text,
        kind=StatementKind.QUOTE,
        markers=(chosen.marker,),
        quotes=(chosen.unit.text,),
        starts=(chosen.unit.start,),
        subject=subject(chosen.passage, chosen.unit.head),
    )
