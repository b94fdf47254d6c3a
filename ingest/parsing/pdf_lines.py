"""
Runs -> lines: superscripts put back in their place, columns in turn, furniture taken away.

A run smaller than its line and off its baseline is a super- or subscript, wherever in the file it
was drawn. Running heads, footers, page numbers and margin line numbers are left out.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.markup import lowered, raised, squeeze
from ingest.parsing.pdf_runs import Run

SMALL = 0.85
"""A run below this share of its line's font size may be a super- or subscript."""
OFF_BASELINE = 0.08
"""... if its baseline is off by at least this share of the line's font size."""
REACH = 0.75
"""... and by no more than this share."""
SPACE = 0.15
"""A gap wider than this share of the font size is a space."""
CELL_GAP = 1.8
"""A gap wider than this many font sizes sets two cells apart."""
MARGIN_ZONE = 3
"""How many lines at the top and the bottom of a page may be running heads."""
EDGE = 45.0
"""... and how many points from the first or last of them, at most."""
MIN_COLUMN_ROWS = 12

_PAGE_NUMBER = re.compile(r"(?:page )?[-–— ]*#[-–— ]*(?:(?:of|/) ?#)?")


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of text, or one cell row; ``cells`` are its parts set apart by wide gaps.

    ``spans`` are where each cell starts and ends. ``y`` falls down the page; ``bold`` and
    ``italic`` mean throughout.
    """

    text: str
    x: float
    end: float
    y: float
    size: float
    page: int
    bold: bool = False
    italic: bool = False
    cells: tuple[str, ...] = ()
    spans: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class _Row:
    y: float
    runs: list[Run]

    @property
    def size(self) -> float:
        return max(self.runs, key=lambda run: len(run.text.strip())).size


def document_lines(pages: Sequence[list[Run]]) -> list[list[Line]]:
    """Return the lines of every page, top to bottom, without what repeats around the text."""
    numbered = _without_line_numbers(pages)
    return _without_furniture([page_lines(runs, at) for at, runs in enumerate(numbered)])


def page_lines(runs: Iterable[Run], page: int = 0) -> list[Line]:
    """Return the lines of one page in reading order."""
    rows = _attached(_rows(runs))
    ordered = _in_columns(rows)
    return [line for row in ordered if (line := _line(row, page)).text]


def _rows(runs: Iterable[Run]) -> list[_Row]:
    """Group runs by baseline, from the top."""
    rows: list[_Row] = []
    for run in sorted(runs, key=lambda run: (-run.y, run.x)):
        if rows and abs(rows[-1].y - run.y) <= 0.2 * max(run.size, rows[-1].runs[-1].size):
            rows[-1].runs.append(run)
        else:
            rows.append(_Row(run.y, [run]))
    for row in rows:
        row.y = max(row.runs, key=lambda run: len(run.text.strip())).y
    return rows


def _attached(rows: list[_Row]) -> list[_Row]:
    """Put rows of small runs into the line whose super- or subscripts they are."""
    kept: list[_Row] = []
    for at, row in enumerate(rows):
        near = [rows[i] for i in (at - 2, at - 1, at + 1, at + 2) if 0 <= i < len(rows)]
        home = min(
            (other for other in near if _is_script_of(row, other)),
            key=lambda other: abs(other.y - row.y),
            default=None,
        )
        if home is None:
            kept.append(row)
        else:
            home.runs.extend(row.runs)
    return kept


def _is_script_of(row: _Row, other: _Row) -> bool:
    size = other.size
    if not all(run.size <= SMALL * size for run in row.runs):
        return False
    if not OFF_BASELINE * size <= abs(row.y - other.y) <= REACH * size:
        return False
    start = min(run.x for run in other.runs) - size
    end = max(run.end for run in other.runs) + 2 * size
    return all(start <= run.x <= end and len(run.text.strip()) <= 20 for run in row.runs)  # noqa: PLR2004 - longer is text of its own


def _line(row: _Row, page: int) -> Line:
    runs = sorted(row.runs, key=lambda run: run.x)
    size = row.size
    cells: list[tuple[str, float, float]] = []
    for run in runs:
        text = _scripted(run, row, size)
        gap = run.x - cells[-1][2] if cells else 0.0
        if not cells or gap > CELL_GAP * size:
            cells.append((text, run.x, run.end))
            continue
        before, start, _ = cells[-1]
        space = " " if gap > SPACE * size and not before.endswith(" ") else ""
        cells[-1] = (before + space + text, start, run.end)
    kept = [(text, (start, end)) for cell, start, end in cells if (text := squeeze(cell))]
    texts = tuple(text for text, _ in kept)
    full = [run for run in runs if run.size > SMALL * size and re.search(r"\w", run.text)]
    return Line(
        text=" ".join(texts),
        x=runs[0].x,
        end=max(run.end for run in runs),
        y=row.y,
        size=size,
        page=page,
        bold=bool(full) and all(run.bold for run in full),
        italic=bool(full) and all(run.italic for run in full),
        cells=texts,
        spans=tuple(span for _, span in kept),
    )


def _scripted(run: Run, row: _Row, size: float) -> str:
    """Return a run's text; a small one off the line's baseline as super- or subscript."""
    off = run.y - row.y
    inner = run.text.strip()
    if not inner or run.size > SMALL * size or abs(off) < OFF_BASELINE * size:
        return run.text
    return run.text.replace(inner, raised(inner) if off > 0 else lowered(inner))


def _in_columns(rows: list[_Row]) -> list[_Row]:
    """Return rows in reading order: where most have a gutter at one place, left before right."""
    gutter = _gutter(rows)
    if gutter is None:
        return rows
    ordered: list[_Row] = []
    left: list[_Row] = []
    right: list[_Row] = []
    for row in rows:
        if any(run.x < gutter - 2 < run.end - row.size for run in row.runs):
            ordered += [*left, *right, row]
            left, right = [], []
            continue
        for side, into in (
            ([run for run in row.runs if run.x < gutter - 2], left),
            ([run for run in row.runs if run.x >= gutter - 2], right),
        ):
            if side:
                into.append(_Row(row.y, side))
    return [*ordered, *left, *right]


def _gutter(rows: list[_Row]) -> float | None:
    """Return where the right column begins, or None for a page of one column or a table."""
    starts: Counter[int] = Counter()
    for row in rows:
        runs = sorted(row.runs, key=lambda run: run.x)
        gaps = [b for a, b in pairwise(runs) if b.x - a.end > 0.8 * row.size]
        if len(gaps) == 1:
            starts[round(gaps[0].x / 3)] += 1
    if not starts:
        return None
    place, count = starts.most_common(1)[0]
    if count < MIN_COLUMN_ROWS or count < 0.5 * len(rows):
        return None
    x = place * 3.0
    left = min(run.x for row in rows for run in row.runs)
    right = max(run.end for row in rows for run in row.runs)
    # Table columns begin anywhere; a page's second column begins near the middle.
    return x - 2 if 0.4 <= (x - left) / max(right - left, 1) <= 0.6 else None  # noqa: PLR2004 - see above


def _without_line_numbers(pages: Sequence[list[Run]]) -> list[list[Run]]:
    """Leave out numbers that count the lines in the left margin of a draft."""
    starts = Counter(round(run.x) for runs in pages for run in runs if len(run.text) > 20)  # noqa: PLR2004 - a line of prose
    if not starts:
        return list(pages)
    margin = min(x for x, count in starts.items() if count >= 0.1 * sum(starts.values())) - 4
    digits = re.compile(r"\s*\d{1,5}\s*")
    found = [[r for r in runs if digits.fullmatch(r.text) and r.end < margin] for runs in pages]
    if statistics.mean(len(page) for page in found) < 5:  # noqa: PLR2004 - a few are list numbers
        return list(pages)
    return [
        [run for run in runs if run not in dropped]
        for runs, dropped in zip(pages, (set(page) for page in found), strict=True)
    ]


def _without_furniture(pages: list[list[Line]]) -> list[list[Line]]:
    """Leave out the lines that stand at the edge of many pages, numbers aside."""
    seen: Counter[str] = Counter()
    for lines in pages:
        seen.update({_key(line) for line in _edges(lines)})
    often = {key for key, count in seen.items() if count >= max(3, 0.3 * len(pages))}
    often |= {key for key in seen if _PAGE_NUMBER.fullmatch(key)}
    kept: list[list[Line]] = []
    for lines in pages:
        dropped = {id(line) for line in _edges(lines) if _key(line) in often}
        kept.append([line for line in lines if id(line) not in dropped])
    for before, after in pairwise(kept):
        # Pages printed from a browser repeat the line that the break cuts, whole the second time.
        if before and after and _words(before[-1]) == _words(after[0]) != "":
            before.pop()
    return kept


def _words(line: Line) -> str:
    """Return a line's letters; "" where they are too few to tell it from another."""
    letters = "".join(char for char in line.text if char.isalpha())
    return letters if len(letters) > 10 else ""  # noqa: PLR2004 - see above


def _edges(lines: list[Line]) -> list[Line]:
    """Return the lines near the top and the bottom of a page's text."""
    by_height = sorted(lines, key=lambda line: -line.y)
    top = [line for line in by_height if line.y >= by_height[0].y - EDGE]
    bottom = [line for line in by_height if line.y <= by_height[-1].y + EDGE]
    return [*top[:MARGIN_ZONE], *bottom[-MARGIN_ZONE:]]


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.casefold())
