"""
Two texts, or two versions of an answer -> what differs, word by word. Pure.

The alignment is that of ``difflib.SequenceMatcher`` (Ratcliff and Obershelp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from service.serialising import Json
from service.streaming import SAFETY
from service.wording import wording

_ALIKE = 0.5
"""Share of words in common from which a statement counts as another, reworded."""
_WORDS = re.compile(r"\S+\s*|\s+")


class Fate(StrEnum):
    """What became of words, or of a statement."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that follow each other and share one fate: same, removed or added."""

    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A statement in two versions; a side is empty where that version has none there."""

    fate: Fate
    before: tuple[Run, ...]
    after: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What differs under one heading; ``same`` counts the statements that do not."""

    heading: str
    rows: tuple[Row, ...]
    same: int


def compared_words(old: str, new: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Return *old* with what was removed, and *new* with what was added; joined they are whole."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    before: list[Run] = []
    after: list[Run] = []
    # Blanks at a line's end are layout, so words are compared without them.
    matcher = SequenceMatcher(None, [w.strip() for w in a], [w.strip() for w in b], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        same = tag == "equal"
        if i < j:
            before.append(Run(Fate.SAME if same else Fate.REMOVED, "".join(a[i:j])))
        if k < m:
            after.append(Run(Fate.SAME if same else Fate.ADDED, "".join(b[k:m])))
    return tuple(before), tuple(after)


def compared_answers(old: Json, new: Json) -> tuple[Group, ...]:
    """Return what differs between two answers (their JSON), by section, in the order of *new*."""
    before, after = dict(_told(old)), dict(_told(new))
    return tuple(
        _group(heading, before.get(heading, []), after.get(heading, []))
        for heading in dict.fromkeys((*after, *before))
    )


def _told(answer: Json) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading with the statements under it."""
    if answer[SAFETY]:
        yield wording("heading.safety"), [notice["text"] for notice in answer[SAFETY]]
    for section in answer["sections"]:
        held = (*section["statements"], *section["more"])
        yield section["heading"], [statement["text"] for statement in held]


def _group(heading: str, old: Sequence[str], new: Sequence[str]) -> Group:
    """Pair the statements of a section, of which no two say the same."""
    kept = [text for text in old if text in new]
    in_place = _in_place(kept, [text for text in new if text in old])
    gone = [text for text in old if text not in new]
    rows: list[Row] = []
    for text in new:
        if text in kept:
            rows += [] if text in in_place else [_moved(text)]
            continue
        like = max(gone, key=lambda one: _alike(one, text), default=None)
        if like is not None and _alike(like, text) < _ALIKE:
            like = None
        if like is not None:
            gone.remove(like)
        rows.append(_row(like, text))
    rows += [_row(text, None) for text in gone]
    return Group(heading, tuple(rows), len(in_place))


def _in_place(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Return the statements that follow each other as before."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {text for at, _, size in blocks for text in old[at : at + size]}


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _row(old: str | None, new: str | None) -> Row:
    if new is None:
        return Row(Fate.REMOVED, (Run(Fate.REMOVED, old or ""),), ())
    if old is None:
        return Row(Fate.ADDED, (), (Run(Fate.ADDED, new),))
    return Row(Fate.CHANGED, *compared_words(old, new))


def _moved(text: str) -> Row:
    return Row(Fate.MOVED, (Run(Fate.SAME, text),), (Run(Fate.SAME, text),))
