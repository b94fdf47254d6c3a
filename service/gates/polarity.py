"""
Gate 5: denial, direction and strength agree with the quote.

A denial is compared by what it denies, a direction by its axis and what moves, the strength of
advice by whether something should or may be done; a recommendation also by what its source
states as data.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from ingest.documents import Direction
from ingest.recommending import reading as recommendation_in
from service.answers import Passage, Statement, Topic
from service.gates.binding import Terms, stands_for_another, verbatim
from service.gates.cues import opposed
from service.gates.grounds import grounds, says_the_quote, told
from service.gates.marks import Kind, Mark, Reader, Reading
from service.topics import in_section

SCOPE = 9
"""Words a denial reaches, as far as its clause goes."""

NEAR = 4
"""Words within which a denial turns a direction round."""

NEXT_TO = 3
"""Words within which a second denial undoes the first."""

SAID = 0.6
"""Share of what a quote denies from which the statement speaks of the same, 0-1."""

VERBATIM = 0.8
"""Share of marks in common from which a statement keeps its quote's wording, 0-1."""

_CONTENT = (Kind.WORD, Kind.DRUG, Kind.GROUP, Kind.ROUTE, Kind.DIRECTION, Kind.SEVERITY)
_OPPOSITES = {Direction.FOR: Direction.AGAINST, Direction.AGAINST: Direction.FOR}


def polarity_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return how *statement* turns its quote round, or None."""
    del passages
    if (reason := _recommendation(statement)) is not None or says_the_quote(statement):
        return reason
    said, held = told(statement, reader), grounds(statement, reader).quote
    denial = _denial(said, held)
    if denial == "denial_added" and _denies_by_its_section(statement):
        denial = None
    return denial or _direction(said, held) or _strength(said, held)


def _denies_by_its_section(statement: Statement) -> bool:
    """Tell whether what is cited stands among contraindications, which say "not" by their place."""
    chunks = [citation.passage.chunk for citation in statement.citations]
    return all(in_section(Topic.CONTRAINDICATION, c.code, c.headings[-1:]) for c in chunks)


def _recommendation(statement: Statement) -> str | None:
    """Compare what the words recommend with what the source states as data."""
    stated = {c.passage.chunk.recommendation for c in statement.citations}
    directions = {told.direction for told in stated if told is not None}
    if len(directions) != 1:
        return None
    words = recommendation_in(statement.text)
    reversed_ = words.explicit and words.direction is _OPPOSITES.get(directions.pop() or None)  # type: ignore[arg-type]
    return "recommendation_reversed" if reversed_ and words.direction is not None else None


def _denial(said: Reading, held: Reading) -> str | None:
    ours = [(mark, _scope(said, mark)) for mark in _denials(said)]
    theirs = [(mark, _scope(held, mark)) for mark in _denials(held)]
    undecided = "advice=" in held.keys(Kind.DIRECTION) - said.keys(Kind.DIRECTION)
    if undecided and ours:
        return "recommendation_reversed"
    for mark, scope in ours:
        if scope and not any(scope & other for _, other in theirs):
            clauses = (_clause(held, other) for other, _ in theirs)
            if not any(_shares(_clause(said, mark), clause) for clause in clauses):
                return "denial_added"
    words = said.keys(*_CONTENT)
    for mark, scope in theirs:
        about = _clause(held, mark)
        answered = any(
            scope & other or _shares(_clause(said, denial), about) for denial, other in ours
        )
        if answered or not scope:
            continue
        if len(scope & words) / len(scope) >= SAID or (
            scope & words and len(about & words) / len(about) >= SAID
        ):
            return "denial_dropped"
    if len(ours) != len(theirs) and _keeps_wording(said, held):
        return "denial_added" if len(ours) > len(theirs) else "denial_dropped"
    return None


def _denials(text: Reading) -> list[Mark]:
    """Return the denials that hold: of "cannot be avoided" and "not contraindicated" none does."""
    left: list[Mark] = []
    for mark in text.of(Kind.DENIAL):
        if left and left[-1].clause == mark.clause and mark.at - left[-1].at <= NEXT_TO:
            left.pop()
        else:
            left.append(mark)
    return left


def _clause(text: Reading, mark: Mark) -> frozenset[str]:
    return frozenset(m.key for m in text.of(*_CONTENT) if m.clause == mark.clause)


def _shares(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two clauses are about the same: a third of the shorter one's words in common."""
    return 3 * len(one & other) >= min(len(one), len(other)) > 0


def _scope(text: Reading, denial: Mark) -> frozenset[str]:
    """Return what a denial denies: what follows it in its clause; for "un-" words, both sides."""
    after, before = [], []
    for mark in text.marks:
        if mark.clause != denial.clause or mark.kind not in _CONTENT:
            continue
        if 0 < mark.at - denial.at <= SCOPE:
            after.append(mark.key)
        elif 0 < denial.at - mark.at <= SCOPE:
            before.append(mark.key)
    if denial.key == "un-" or not after:
        return frozenset([*before[-4:], *after[:4]])
    return frozenset(after[:4])


def _keeps_wording(said: Reading, held: Reading) -> bool:
    ours = [mark.key for mark in said.marks if mark.kind is not Kind.DENIAL]
    theirs = [mark.key for mark in held.marks if mark.kind is not Kind.DENIAL]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    shared = sum(block.size for block in blocks)
    return bool(ours) and shared / max(len(ours), len(theirs)) >= VERBATIM


def _direction(said: Reading, held: Reading) -> str | None:
    theirs = held.of(Kind.DIRECTION)
    for mark in said.of(Kind.DIRECTION):
        same = [other for other in theirs if other.key == mark.key]
        if same and not said.of(Kind.DENIAL) and all(_denied(held, each) for each in same):
            return "denial_dropped"
        rivals = any(_turned(said, mark, held, other) for other in theirs)
        if not same and (rivals or verbatim(said, held)):
            return "direction_reversed"

    def turned(mark: Mark, other: Mark) -> bool:
        return _turned(said, mark, held, other)

    terms = Terms(differs=turned, rivals=turned, limit=-0.1, better=1.15)
    if stands_for_another(said, held, Kind.DIRECTION, terms):
        return "direction_reversed"
    return None


def _turned(said: Reading, mark: Mark, held: Reading, other: Mark) -> bool:
    """Tell whether two directions are opposed; "not rapid" is not opposed to "slow"."""
    return opposed(mark.key, other.key) and _denied(said, mark) == _denied(held, other)


def _denied(text: Reading, mark: Mark) -> bool:
    return any(
        0 < mark.at - denial.at <= NEAR and denial.clause == mark.clause
        for denial in _denials(text)
    )


def _strength(said: Reading, held: Reading) -> str | None:
    ours, theirs = said.keys(Kind.STRENGTH), held.keys(Kind.STRENGTH)
    if ours == {"strong"} and theirs == {"weak"}:
        return "strength_raised"
    if ours == {"weak"} and theirs == {"strong"}:
        return "strength_lowered"
    return None
