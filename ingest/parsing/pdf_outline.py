"""
Lines of a PDF -> pieces: headings by size, weight and number; paragraphs, items and table rows.

A PDF says how its text looks, not what it is; what is made of it here is a reading of looks, and
documents made of it carry ``needs_review``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.documents import Block, BlockKind
from ingest.parsing.outlining import Piece, PieceKind
from ingest.parsing.pdf_flow import INDENT, ORDERED, Flow
from ingest.parsing.pdf_lines import Line
from ingest.parsing.pdf_looks import (
    BULLET,
    CAPTION,
    LARGER,
    LONGEST_BOLD,
    LONGEST_HEADING,
    Looks,
    looks_of,
    may_head,
    pitches,
    right_edge,
    section_number,
    style_of,
)
from ingest.tables import Cell, Table, rows_as_blocks

HEADING_LINES = 3
MIN_ROWS = 2
LONGEST_CELL = 60
"""Characters of a line that may be part of a cell, below a caption."""


def pdf_pieces(pages: Sequence[Sequence[Line]]) -> list[Piece]:
    """Return the pieces of a document's lines, in reading order."""
    lines = [line for page in pages for line in page]
    looks, right = looks_of(lines), right_edge(lines)
    return list(_Walk(lines, looks, Flow(lines, looks, pitches(pages, right), right)).pieces())


class _Walk:
    """Reads lines one after the other into pieces."""

    def __init__(self, lines: list[Line], looks: Looks, flow: Flow) -> None:
        self._lines = lines
        self._looks = looks
        self._flow = flow
        numbered = [line for line in lines if line.bold and section_number(line)]
        self._has_numbers = len(numbered) >= 5  # noqa: PLR2004 - fewer may be a list
        self._under = 0
        # What stands between a table's caption and its rows: heads, however bold.
        self._caption: list[str] = []
        self._hanging: float | None = None

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while at < len(self._lines):
            rows = self._rows_from(at)
            if rows > at:
                yield self._table(at, rows)
                at = rows
                continue
            end = self._heading_from(at)
            if end > at:
                self._caption, self._hanging = [], None
                yield self._heading(self._lines[at:end])
                at = end
                continue
            end = self._paragraph_from(at)
            yield self._paragraph(self._lines[at:end])
            at = end

    def _rows_from(self, at: int) -> int:
        """
        Return where the table that begins at line *at* ends; *at* if none does.

        Below a caption, short lines between rows are part of the table: parts of cells.
        """
        end = last = at
        while end < len(self._lines):
            line = self._lines[end]
            if BULLET.match(line.text) or CAPTION.match(line.text):
                break
            if len(line.cells) > 1:
                last = end + 1
            elif not self._caption or self._ends_table(line):
                break
            end += 1
        rows = sum(len(line.cells) > 1 for line in self._lines[at:last])
        return last if rows >= MIN_ROWS and len(self._lines[at].cells) > 1 else at

    def _ends_table(self, line: Line) -> bool:
        section = self._has_numbers and line.bold and bool(section_number(line))
        return section or len(line.text) > LONGEST_CELL

    def _table(self, start: int, end: int) -> Piece:
        """
        Return a table's rows; one paragraph where its cells cannot be told apart.

        Cells of several lines stand at heights of their own: a row read across them would join
        what does not belong together, and a wrong row is worse than none.
        """
        lines = self._lines[start:end]
        caption = " ".join(self._caption)
        if not _is_regular(lines):
            text = " ".join(line.text for line in lines)
            block = Block(BlockKind.PROSE, text, lead=caption)
            return Piece(PieceKind.TABLE, rows=(block,))
        rows = [[Cell(text) for text in line.cells] for line in lines]
        bold = lines[0].bold and not lines[1].bold
        table = Table(caption, rows[:1] if bold else [], rows[1:] if bold else rows)
        return Piece(PieceKind.TABLE, rows=tuple(rows_as_blocks(table)))

    def _heading_from(self, at: int) -> int:
        """Return where the heading that begins at *at* ends; *at* if there is none."""
        first = self._lines[at]
        number = section_number(first) if self._has_numbers else None
        if not may_head(first, self._looks) or (self._caption and not number):
            return at
        end = at + 1
        while (
            end < len(self._lines)
            and self._lines[end].page == first.page
            and self._flow.goes_on(end)
            and not ORDERED.match(self._lines[end].text)
            and style_of(self._lines[end])[:3] == style_of(first)[:3]
            and not section_number(self._lines[end])
        ):
            end += 1
        text = " ".join(line.text for line in self._lines[at:end])
        if end - at > HEADING_LINES or len(text) > LONGEST_HEADING:
            # A paragraph in bold is a warning, not a heading: unless its first line is numbered.
            return at + 1 if number else at
        plain = first.size < LARGER * self._looks.size and not number
        if plain and text.endswith((".", ";", ",")):
            return at
        if plain and re.search(r"[a-z]\.\s+[A-Z]", text):
            return at
        runs_on = end < len(self._lines) and self._flow.goes_on(end) and self._flow.reads_on(end)
        return at if plain and runs_on and not text.isupper() else end

    def _heading(self, lines: Sequence[Line]) -> Piece:
        text = " ".join(line.text for line in lines)
        number = section_number(lines[0])
        styles = self._looks.styles
        rank = (
            styles.index(style_of(lines[0])) + 1
            if style_of(lines[0]) in styles
            else len(styles) + 1
        )
        if number is not None and self._has_numbers:
            level = number.group("number").count(".") + 1
            self._under = level
        elif text.isupper() or not self._has_numbers:
            level = rank
            self._under = 0 if self._has_numbers else level
        else:
            level = self._under + rank
        return Piece(PieceKind.HEADING, text, level)

    def _paragraph_from(self, at: int) -> int:
        first = self._lines[at]
        end = at + 1
        while end < len(self._lines) and self._flow.continues(first, end):
            end += 1
        return end

    def _paragraph(self, lines: Sequence[Line]) -> Piece:
        text = _joined([line.text for line in lines])
        mark = BULLET.match(text)
        if mark is not None:
            depth = 1 + (lines[0].text.startswith("o ") or lines[0].text[0] in "–—-◦")
            return Piece(PieceKind.ITEM, text[mark.end() :], depth)
        if ORDERED.match(text):
            return Piece(PieceKind.ITEM, text, 1)
        self._note_caption(text, lines)
        return self._text_or_item(text, lines[0])

    def _note_caption(self, text: str, lines: Sequence[Line]) -> None:
        if CAPTION.match(text) and len(text) <= 2 * LONGEST_HEADING:
            self._caption = [text]
        elif self._caption and len(text) <= LONGEST_BOLD and len(lines) <= HEADING_LINES:
            self._caption.append(text)
        else:
            self._caption = []

    def _text_or_item(self, text: str, first: Line) -> Piece:
        """Return an item where bullets were drawn as pictures: set in below a colon."""
        if self._hanging is not None and first.x > self._hanging + INDENT:
            return Piece(PieceKind.ITEM, text, 1)
        self._hanging = first.x if text.endswith(":") else None
        return Piece(PieceKind.TEXT, text)


def _is_regular(lines: Sequence[Line]) -> bool:
    """Tell whether all lines have cells in the same columns: flush left, right or centred."""
    if len({len(line.cells) for line in lines}) > 1:
        return False
    near = 2 * lines[0].size
    for column in zip(*(line.spans for line in lines), strict=True):
        starts, ends = [start for start, _ in column], [end for _, end in column]
        centres = [(start + end) / 2 for start, end in column]
        if min(max(xs) - min(xs) for xs in (starts, ends, centres)) > near:
            return False
    return True


def _joined(texts: Sequence[str]) -> str:
    """Join lines; a hyphen at a line's end stays, without a space ("person-" "centered")."""
    joined = ""
    for text in texts:
        if joined.endswith("-") and text[:1].islower() and not joined.endswith((" -", "--")):
            joined += text
        else:
            joined += f" {text}" if joined else text
    return joined
