"""
Rows of a table -> blocks that can be read alone: each row with its heads, its group, its caption.

Pure: ``ingest.markup`` reads cells out of HTML, SPL and JATS; here it is decided what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.documents import Block, BlockKind

MAX_UNMARKED_HEADS = 3
"""A title and two stacked heads that no markup names; more would be a table of text."""
LONGEST_GROUP = 160
"""A row as wide as its table names the rows below it up to this many characters; else a note."""

# A cell that is a result: "12", "<0.1%", "−4.5 (2.1)", "16.0 ± 2", "n/a", "-".
_FIGURE = re.compile(r"[\s<>≤≥=~±+\-−–—(\[*†‡]*\d|(?:n/?a|NA|ND|NR|[-–—]+)$", re.IGNORECASE)
_COUNTED = re.compile(r"[\s(%]*(?:n\s*=\s*[\d,]+|n|%|no\.?)?[\s(%)]*", re.IGNORECASE)
_TITLE = re.compile(r"table\s+[0-9IVX]+", re.IGNORECASE)
_MOST = 0.6


@dataclass(frozen=True, slots=True)
class Cell:
    """One grid position; ``repeated`` where it is the cell to its left, spanning both columns."""

    text: str
    repeated: bool = False
    head: bool = False
    bold: bool = False


Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose row and column spans are filled in, part by part."""

    caption: str
    head: Sequence[Row]
    body: Sequence[Row]
    foot: Sequence[Row] = ()


def rows_as_blocks(table: Table) -> list[Block]:
    """
    Return one ROW block per body row, cells joined by " | ", caption and heads as its lead.

    A body row with text in its first column only ("Serious adverse events") is a row of its own,
    and named in the lead of those below it; so is the last first cell above a row whose own is
    blank. A head row as wide as the table belongs to the caption. Foot rows and sentences as wide
    as the table become PROSE: they are notes. No cell's text is left out.
    """
    count = _head_count(table)
    above = [row for row in (*table.head, *table.body[:count]) if any(c.text for c in row)]
    titles = [row[0].text for row in above if _is_one_cell(row)]
    columns = _heads([[cell.text for cell in row] for row in above if not _is_one_cell(row)])
    lead = " ".join(part for part in (table.caption, *titles, " | ".join(columns).strip()) if part)
    blocks = _body_blocks(table.body[count:], lead)
    for row in table.foot:
        note = " ".join(cell.text for cell in row if cell.text and not cell.repeated)
        if note:
            blocks.append(Block(BlockKind.PROSE, note, lead=table.caption))
    return blocks


def _is_one_cell(row: Row) -> bool:
    return len(row) > 1 and all(cell.repeated for cell in row[1:])


def _head_count(table: Table) -> int:
    """Return how many rows at the top of the body are heads too; the last row never is."""
    count = unmarked = 0
    named = any(row[0].text for row in table.head if row and not _is_one_cell(row))
    while count < len(table.body) - 1:
        row = table.body[count]
        if not row or not all(cell.head for cell in row):
            below = table.body[count + 1 :]
            headed = bool(table.head) or count > 0
            if unmarked >= MAX_UNMARKED_HEADS or not _reads_as_head(
                row, below, headed=headed, named=named
            ):
                break
            unmarked += 1
        named = named or bool(row[0].text and not _is_one_cell(row))
        count += 1
    return count


def _reads_as_head(row: Row, below: Sequence[Row], *, headed: bool, named: bool) -> bool:
    """
    Tell whether an unmarked row is a head: FDA labels seldom use ``th``.

    It is when its first cell alone is blank at the top of the table; when it is a numbered title
    as wide as the table; and, where no head above names the first column yet, when its cells are
    all bold and the next row's are not, or when it holds no figures above columns that hold
    little else.
    """
    cells = [cell for cell in row if not cell.repeated]
    if not any(cell.text for cell in cells[1:]):
        return bool(cells) and _is_one_cell(row) and bool(_TITLE.match(cells[0].text))
    if not cells[0].text:
        return any(other[0].text for other in below if other)
    if named:
        return False
    if _is_bold(row) and not _is_bold(below[0]):
        # "Men only | (N=80)" below a head is one if no "Women only | (N=75)" follows it.
        return not headed or not any(
            _names_a_group(other, below[at + 1 :]) and any(cell.text for cell in other[1:])
            for at, other in enumerate(below)
        )
    figures = [bool(_FIGURE.match(c.text)) for other in below for c in other[1:] if c.text]
    plain = not any(_FIGURE.match(cell.text) for cell in cells[1:])
    return plain and bool(figures) and sum(figures) >= _MOST * len(figures)


def _is_bold(row: Row) -> bool:
    return all(cell.bold for cell in row if cell.text)


def _heads(rows: list[list[str]]) -> list[str]:
    """Join stacked head rows column by column: "Dose" over "mg" -> "Dose mg"."""
    width = max((len(row) for row in rows), default=0)
    columns = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(width)]
    return [" ".join(dict.fromkeys(column)) for column in columns]


def _body_blocks(rows: Sequence[Row], lead: str) -> list[Block]:
    blocks: list[Block] = []
    group = first = ""
    for at, row in enumerate(rows):
        texts = [cell.text for cell in row if not cell.repeated]
        if not any(texts):
            continue
        text = " | ".join(texts).strip()
        alone = len(row) > 1 and bool(texts[0]) and not any(texts[1:])
        if alone and len(text) > LONGEST_GROUP:
            group = first = ""
            blocks.append(Block(BlockKind.PROSE, texts[0], lead=lead))
            continue
        if alone or _names_a_group(row, rows[at + 1 :]):
            # It leans on itself, so that it stays in one chunk with the rows that it names.
            text = texts[0] if alone else text
            group, first = text, ""
        else:
            first = texts[0] or first
        below = ", ".join(dict.fromkeys(t for t in (group, "" if texts[0] else first) if t))
        row_lead = f"{lead} (below: {below})".strip() if below else lead
        blocks.append(Block(BlockKind.ROW, text, lead=row_lead))
    return blocks


def _names_a_group(row: Row, below: Sequence[Row]) -> bool:
    """Tell whether a bold row of counts ("Men only | (N=80) | (N=75)") heads those below it."""
    return (
        bool(row[0].text)
        and bool(below)
        and _is_bold(row)
        and not _is_bold(below[0])
        and all(_COUNTED.fullmatch(cell.text) for cell in row[1:] if cell.text)
    )
