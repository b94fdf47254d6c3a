"""
Which mark of a quote a mark of the statement stands for. Pure.

A value is right only for the same drug, measure and group: two arms of one sentence hold each
other's figures. Where the statement keeps the quote's wording, marks are bound by their place in
it; elsewhere by what stands around them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from service.gates.marks import Kind, Mark, Reading
from service.gates.surroundings import agreement, belonging, likeness

CLEAR = 0.3
"""Agreement, -1 to 1, from which marks in another order are where they belong."""

OWNED = 0.5
"""Belonging, -1 to 1, from which a mark stands for what it seems to."""

DOUBTFUL = 2.5
"""How much more alike a wrong place may be while a mark still seems to stand for the right one."""

FAMILIAR = 3
"""Marks of other kinds that two texts must share in a row for a place in them to be the same."""

CLOSE = 3
"""Words within which two marks have the same surroundings: only their place tells them apart."""

VERBATIM = 0.85
"""Share of a statement's marks, 0-1, from which it keeps its quote's wording."""

PAIR = 2
"""Figures that may be listed in either order."""

_ORDERED = "respectively"

Test = Callable[[Mark, Mark], bool]


def _same_key(mark: Mark, other: Mark) -> bool:
    return mark.key == other.key


def _other_key(mark: Mark, other: Mark) -> bool:
    return mark.key != other.key


@dataclass(frozen=True, slots=True)
class Terms:
    """
    When marks of a kind are one, and when they are not; each test takes ours and theirs.

    ``differs`` is asked of two marks in the same place, ``rivals`` of any two that could be
    mistaken for each other. ``limit`` is the agreement, -1 to 1, below which two marks changed
    places; ``better`` how much more alike a wrong place must be than the right one.
    """

    equal: Test = _same_key
    differs: Test = _other_key
    rivals: Test = _other_key
    limit: float = -0.6
    better: float = 4.0


def stands_for_another(said: Reading, held: Reading, kind: Kind, terms: Terms) -> bool:
    """Tell whether a mark of *kind* stands, in the statement, where the quote has another."""
    places = {id(mark): other for mark, other in _in_place(said, held, kind)}
    for mark in said.of(kind):
        other = places.get(id(mark))
        if other is not None and terms.equal(mark, other):
            continue
        if other is not None and terms.differs(mark, other):
            if not _excused(said, mark, held, other):
                return True
            continue
        same = [each for each in held.of(kind) if terms.equal(mark, each)]
        rivals = [each for each in held.of(kind) if terms.rivals(mark, each)]
        if same and rivals and _exchanged(said, mark, held, same, rivals, terms):
            return True
    return False


def verbatim(said: Reading, held: Reading) -> bool:
    """Tell whether a statement keeps its quote's wording: nearly all its marks, in order."""
    return bool(said.marks) and len(partners(said, held)) / len(said.marks) >= VERBATIM


def partners(said: Reading, held: Reading) -> dict[int, int]:
    """Return which mark of the quote each mark of the statement is, by index, where one is."""
    return _partners(_masked(said.marks, None), _masked(held.marks, None))


def _exchanged(
    said: Reading,
    mark: Mark,
    held: Reading,
    same: Sequence[Mark],
    rivals: Sequence[Mark],
    terms: Terms,
) -> bool:
    """Tell whether *mark* is less at home where the quote has it than where it has a rival."""

    def at_home(other: Mark) -> tuple[float, int]:
        return likeness(said, mark, held, other), -other.at

    right = max(same, key=at_home)
    others = [rival for rival in rivals if rival.run != right.run]
    if not others:
        return False
    wrong = max(others, key=at_home)
    return not _prefers(said, mark, held, (right, wrong), terms)


def _prefers(
    said: Reading, mark: Mark, held: Reading, theirs: tuple[Mark, Mark], terms: Terms
) -> bool:
    right, wrong = theirs
    rival = _own(said, mark, wrong)
    owned = belonging(said, mark, rival, held, theirs) >= OWNED
    if rival is not None:
        if abs(rival.at - mark.at) <= CLOSE and abs(right.at - wrong.at) <= CLOSE:
            return True
        return owned or agreement(said, (mark, rival), held, theirs) >= terms.limit
    best, wrongly = likeness(said, mark, held, right), likeness(said, mark, held, wrong)
    return wrongly <= terms.better * best or (owned and wrongly <= DOUBTFUL * best)


def _own(said: Reading, mark: Mark, wrong: Mark) -> Mark | None:
    """Return the statement's mark that says what *wrong* says, the nearest to *mark*."""
    found = [other for other in said.of(mark.kind) if other.key == wrong.key]
    return min(found, key=lambda other: abs(other.at - mark.at), default=None)


def _in_place(said: Reading, held: Reading, kind: Kind) -> list[tuple[Mark, Mark]]:
    """
    Return the pairs of marks of *kind* that stand in the same place of the same wording.

    Both texts are compared with that kind masked; a pair counts where what is next to it, on both
    sides, is the same in both.
    """
    ours, theirs = _masked(said.marks, kind), _masked(held.marks, kind)
    others = sum(mark.kind is not kind for mark in said.marks)
    found: list[tuple[Mark, Mark]] = []
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        ends = len(ours) == block.a + block.size, len(theirs) == block.b + block.size
        shared = said.marks[block.a : block.a + block.size]
        known = sum(mark.kind is not kind for mark in shared)
        if known < min(FAMILIAR, others):
            continue
        for step, mark in enumerate(shared):
            inner = 0 < step < block.size - 1
            first = step == 0 and (block.a == 0 or block.b == 0)
            last = step == block.size - 1 and any(ends)
            if mark.kind is kind and (inner or first or last):
                found.append((mark, held.marks[block.b + step]))
    return found


def _partners(ours: list[str], theirs: list[str]) -> dict[int, int]:
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _masked(marks: Sequence[Mark], kind: Kind | None) -> list[str]:
    return [f"<{m.kind}>" if m.kind is kind else f"{m.kind}:{m.key}" for m in marks]


def _excused(said: Reading, mark: Mark, held: Reading, other: Mark) -> bool:
    """Tell whether another mark in the same place is only another order of saying the same."""
    if _ORDERED in held.keys(Kind.WORD):
        return False
    return _is_listed(said, mark, held, other) or _reordered(said, mark, held, other)


def _is_listed(said: Reading, mark: Mark, held: Reading, other: Mark) -> bool:
    """
    Tell whether the quote lists *mark* and *other* side by side: "A, B or C" has no order.

    Figures do where there are more than two, or another list of as many things beside them.
    """
    theirs = {m.key for m in held.marks if m.run == other.run and m.kind is other.kind}
    ours = {m.key for m in said.marks if m.run == mark.run and m.kind is mark.kind}
    if mark.key not in theirs or other.key not in said.keys(mark.kind):
        return False
    runs = Counter(m.run for m in held.marks if m.run and m.run != other.run)
    if mark.kind is not Kind.VALUE:
        return True
    return ours == theirs and len(theirs) == PAIR and PAIR not in runs.values()


def _reordered(said: Reading, mark: Mark, held: Reading, other: Mark) -> bool:
    """Tell whether both marks are in both texts as often, and each where it belongs."""
    ours = Counter(m.key for m in said.of(mark.kind))
    theirs = Counter(m.key for m in held.of(mark.kind))
    rival = _own(said, mark, other)
    if rival is None or ours[mark.key] > theirs[mark.key] or ours[other.key] < theirs[other.key]:
        return False
    rights = [right for right in held.of(mark.kind) if right.key == mark.key]
    return any(agreement(said, (mark, rival), held, (right, other)) >= CLEAR for right in rights)
