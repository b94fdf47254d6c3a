"""
openFDA's overlapping texts -> a tree in which every sentence stands once.

openFDA flattens each SPL section to one run of text, hands out nested sections both inside their
parent's text and on their own, and tables both inside the text and as markup. All three are found
again by comparing texts without their white space, which is all that flattening changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

SHORTEST_NESTED = 60
"""A shorter text found in another ("Rx only") may stand there by chance, not as its section."""
SHORTEST_TABLE = 12


@dataclass(slots=True)
class Text:
    """One text of one field, and what was found to stand inside it, by character span."""

    name: str
    text: str
    inside: dict[tuple[int, int], Text | Table] = field(default_factory=dict)
    key: str = field(init=False, repr=False)
    _starts: dict[int, int] = field(init=False, repr=False, default_factory=dict)
    _ends: dict[int, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the text without white space, for comparing."""
        self.key = "".join(self.text.split())

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the visible characters *start* to *end* stand; None within a word."""
        if not self._ends:
            at = 0
            for word in re.finditer(r"\S+", self.text):
                self._starts[at] = word.start()
                at += word.end() - word.start()
                self._ends[at] = word.end()
        first, last = self._starts.get(start), self._ends.get(end)
        return None if first is None or last is None else (first, last)

    def segments(self) -> Iterator[str | Text | Table]:
        """Yield the text left between what stands inside it, and those things, in order."""
        at = 0
        for (start, end), found in sorted(self.inside.items(), key=lambda item: item[0]):
            yield self.text[at:start].strip()
            yield found
            at = end
        yield self.text[at:].strip()


@dataclass(frozen=True, slots=True)
class Table:
    """A table's markup, the field it came from, and its words without white space."""

    name: str
    markup: str
    key: str


def nest(texts: Sequence[Text], tables: Iterable[Table], *, apart: frozenset[str]) -> list[Text]:
    """
    Put every text and table inside the smallest text that holds it; return the outermost texts.

    A text equal to an earlier one is dropped. Texts of the fields named in *apart* hold and are
    held by nothing. A table that no text of this record holds becomes a text of its own field
    with nothing but it; a table found already, through its parent's field, is dropped.
    """
    kept: list[Text] = []
    keys: set[str] = set()
    for text in texts:
        if text.key and text.key not in keys:
            keys.add(text.key)
            kept.append(text)
    by_size = sorted(kept, key=lambda text: len(text.key))
    roots: list[Text] = []
    for at, text in enumerate(by_size):
        holders = by_size[at + 1 :] if _may_nest(text, apart) else []
        if not any(_put(text.key, text, holder) for holder in holders if holder.name not in apart):
            roots.append(text)
    lost = _place_tables(by_size, tables)
    return [text for text in kept if text in roots] + lost


def _may_nest(text: Text, apart: frozenset[str]) -> bool:
    numbered = text.text[:1].isdigit() and "." in text.text[:5]
    return text.name not in apart and (numbered or len(text.key) >= SHORTEST_NESTED)


def _place_tables(by_size: list[Text], tables: Iterable[Table]) -> list[Text]:
    lost: list[Text] = []
    placed: set[tuple[str, int]] = set()
    for table in tables:
        holders = [text for text in by_size if table.key in text.key]
        if len(table.key) < SHORTEST_TABLE and holders:
            continue  # as good as prose, and too short to say where it stands
        if not holders:
            holder = Text(table.name, "")
            holder.inside[(0, 0)] = table
            lost.append(holder)
        else:
            # Its parent section's field names the same table again.
            seen = (table.key, id(holders[0]))
            if not _put(table.key, table, holders[0]) and seen not in placed:
                holders[0].inside[(len(holders[0].text), len(holders[0].text))] = table
            placed.add(seen)
    return lost


def _put(key: str, thing: Text | Table, holder: Text) -> bool:
    """Record where *key* first stands free in *holder*, from word start to word end."""
    at = holder.key.find(key)
    while at >= 0:
        span = holder.span(at, at + len(key))
        if span is not None and not _taken(span, holder):
            holder.inside[span] = thing
            return True
        at = holder.key.find(key, at + 1)
    return False


def _taken(span: tuple[int, int], holder: Text) -> bool:
    return any(start < span[1] and span[0] < end for start, end in holder.inside)
