"""
Dialogue + answers -> what holds and what fails, turn by turn. Pure, but for the asking itself.

A snapshot may be judged by it before it goes live: see ``service.golden`` for the dialogues.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ingest.documents import LabelFacts
from ingest.recalling import DocumentReader
from service.answers import Answer, Statement, Turn
from service.citing import cited_passages
from service.drugs import called
from service.golden import Dialogue, Expectation, Quoted

_PAGE = 500

Ask = Callable[[str, Sequence[Turn]], Answer]
"""Answers a question after the turns of its conversation, oldest first."""


class Verdict(StrEnum):
    """How a turn came out."""

    HELD = "held"
    FAILED = "failed"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One turn of one dialogue; ``reasons`` tell what failed, or why it was not measured."""

    dialogue: str
    turn: int
    ask: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a snapshot holds: source and document ids, and the ingredients of its labels."""

    sources: frozenset[str]
    labelled: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, documents: DocumentReader) -> Self:
        """Return what a snapshot's *documents* are; reads every one's record once."""
        sources: set[str] = set()
        labelled: set[tuple[str, ...]] = set()
        last = ""
        while page := documents.listing(after=last, limit=_PAGE):
            for document_id in page:
                source, _ = documents.source(document_id)
                sources |= {document_id, source.id}
                if isinstance(source.facts, LabelFacts):
                    labelled.add(source.facts.ingredients)
            last = page[-1]
        return cls(frozenset(sources), frozenset(labelled))


def replay(dialogue: Dialogue, ask: Ask, holdings: Holdings) -> list[Replayed]:
    """
    Ask every turn of *dialogue* in order, and judge each answer.

    Turns of a dialogue that needs sources which are not there are neither asked nor measured.
    """
    if lacking := unmeasured(dialogue, holdings):
        return [
            Replayed(dialogue.id, number, turn.ask, Verdict.NOT_MEASURED, lacking)
            for number, turn in enumerate(dialogue.turns, start=1)
        ]
    told: list[Replayed] = []
    history: list[Turn] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        answer = ask(turn.ask, tuple(history))
        history.append(Turn(turn.ask, answer.query, answer.outcome, cited_passages(answer)))
        wrong = tuple(failures(answer, turn.expect))
        verdict = Verdict.FAILED if wrong else Verdict.HELD
        told.append(Replayed(dialogue.id, number, turn.ask, verdict, wrong))
    return told


def unmeasured(dialogue: Dialogue, holdings: Holdings) -> tuple[str, ...]:
    """Return why a snapshot cannot be judged by *dialogue*; () where it can."""
    held = holdings.sources
    missing = [f"not in this snapshot: {each}" for each in dialogue.sources if each not in held]
    present = {" and ".join(ingredients) for ingredients in holdings.labelled}
    extra = [f"labelled in this snapshot: {d}" for d in dialogue.unlabelled if d in present]
    return tuple(missing + extra)


def failures(answer: Answer, expected: Expectation) -> Iterator[str]:
    """Yield a line for everything about *answer* that is not as *expected*."""
    yield from _outcome(answer, expected)
    yield from _understanding(answer, expected)
    yield from _citations(answer, expected)
    yield from _quotes(answer, expected)
    yield from _conflicts(answer, expected)
    yield from _warnings(answer, expected)


def _outcome(answer: Answer, expected: Expectation) -> Iterator[str]:
    if expected.outcome and answer.outcome not in expected.outcome:
        yield f"outcome is {answer.outcome}, not {' or '.join(expected.outcome)}"
    if expected.decline is not None and answer.decline is not expected.decline:
        yield f"declined for {answer.decline}, not {expected.decline}"
    if expected.notice is not None and bool(answer.query.notice) is not expected.notice:
        yield "a notice is missing" if expected.notice else f"notice: {answer.query.notice}"


def _understanding(answer: Answer, expected: Expectation) -> Iterator[str]:
    query = answer.query
    drugs = tuple(called(drug) for drug in query.drugs)
    if expected.drugs is not None and drugs != expected.drugs:
        yield f"drugs are {list(drugs)}, not {list(expected.drugs)}"
    if expected.condition is not None and (query.condition or "") != expected.condition:
        yield f"condition is {query.condition!r}, not {expected.condition!r}"
    for topic in expected.topics:
        if topic not in query.topics:
            yield f"topic {topic} is not among {[str(each) for each in query.topics]}"
    corrections = tuple((c.heard, c.meant, c.kind) for c in query.corrections)
    if expected.corrections is not None and corrections != expected.corrections:
        yield f"corrections are {_listed(corrections)}, not {_listed(expected.corrections)}"
    carried = {note.partition(":")[0] for note in query.carried}
    if expected.carried is not None and carried != set(expected.carried):
        yield f"carried is {list(query.carried)}, not {list(expected.carried)}"
    labels = [choice.label for choice in query.choices]
    for choice in expected.choices:
        if choice not in labels:
            yield f"choice {choice} is not among {labels}"


def _citations(answer: Answer, expected: Expectation) -> Iterator[str]:
    shown = [statement for section in answer.sections for statement in section.statements]
    cited = {name for statement in shown for name in _names(statement)}
    for each in expected.cites:
        if each not in cited:
            yield f"not cited: {each}"
    if expected.cites_any and not cited.intersection(expected.cites_any):
        yield f"none is cited: {', '.join(expected.cites_any)}"
    further = {n for section in answer.sections for held in section.more for n in _names(held)}
    for each in expected.never_cites:
        if each in cited | further:
            yield f"cited: {each}"


def _quotes(answer: Answer, expected: Expectation) -> Iterator[str]:
    for quoted in expected.quotes:
        if not any(_is_quoted(quoted, held) for held in _of(answer, quoted)):
            yield f"no statement of {quoted.section} {_described(quoted)}"
    for quoted in expected.never_quotes:
        if any(_is_quoted(quoted, held) for held in _of(answer, quoted)):
            yield f"a statement of {quoted.section} {_described(quoted)}"


def _conflicts(answer: Answer, expected: Expectation) -> Iterator[str]:
    found = [(_names(c.first), _names(c.second)) for c in answer.conflicts]
    if expected.conflicts == () and found:
        yield "a conflict is shown"
    for one, other in expected.conflicts or ():
        if not any((one in a and other in b) or (one in b and other in a) for a, b in found):
            yield f"no conflict between {one} and {other}"


def _warnings(answer: Answer, expected: Expectation) -> Iterator[str]:
    shown = [(notice.drug, notice.kind) for notice in answer.safety]
    if expected.safety == () and shown:
        yield f"safety notices: {_listed(shown)}"
    for each in expected.safety or ():
        if (each.drug, each.kind) not in shown:
            yield f"no {each.kind} of {each.drug} is shown"


def _of(answer: Answer, quoted: Quoted) -> list[Statement]:
    sections = (section for section in answer.sections if section.kind is quoted.section)
    return [statement for section in sections for statement in section.statements]


def _is_quoted(quoted: Quoted, statement: Statement) -> bool:
    if quoted.source is not None and quoted.source not in _names(statement):
        return False
    told = (citation.passage.chunk.recommendation for citation in statement.citations)
    if quoted.direction and quoted.direction not in {each.direction for each in told if each}:
        return False
    return all(_holds(statement.text, words) for words in quoted.holds)


def _holds(text: str, words: str) -> bool:
    """Tell whether *words* stand in *text*; "3%" does not in "13%", nor "5 mg" in "0.5 mg"."""
    before = r"(?<![\d.,])" if words[0].isdigit() else ""
    after = r"(?![\d]|[.,]\d)" if words[-1].isdigit() else ""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    return re.search(before + pattern + after, text, re.IGNORECASE) is not None


def _names(statement: Statement) -> set[str]:
    """Return the source ids, document ids and source types that a statement is cited to."""
    passages = [citation.passage for citation in statement.citations]
    ids = {p.source.id for p in passages} | {p.chunk.document_id for p in passages}
    return ids | {str(p.source.type) for p in passages}


def _described(quoted: Quoted) -> str:
    parts = [f"cites {quoted.source}"] if quoted.source else []
    parts += [f"holds {', '.join(repr(each) for each in quoted.holds)}"] if quoted.holds else []
    parts += [f"is a recommendation {quoted.direction}"] if quoted.direction else []
    return " and ".join(parts)


def _listed(rows: Sequence[tuple[str, ...]]) -> str:
    return "[" + ", ".join(" / ".join(row) for row in rows) + "]"
