"""
How a PDF's text is set: body size, line pitch, and what the lines that look like headings share.

Readings of looks, used by ``ingest.parsing.pdf_outline``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.parsing.pdf_lines import Line

LARGER = 1.1
"""A line is a heading by size from this share of the body's size on."""
LONGEST_BOLD = 100
"""A longer bold line is emphasised text, unless it is numbered or in capitals."""
LONGEST_HEADING = 200
FULL = 0.85
"""A line is full that reaches this share of the right edge."""
BULLET = re.compile(r"(?:[•●▪■◦‣·]|o(?=\s)|[–—-](?=\s)|\uf0b7)\s*")
CAPTION = re.compile(r"(?:Table|TABLE|Figure|FIGURE|Box|BOX)\s+\w+[.:]?")
ENDS = re.compile(r"[.;,:]$")
NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Looks:
    """What is usual in a document: the body's font size, and the headings' styles in order."""

    size: float
    styles: tuple[tuple[float, bool, bool, bool], ...] = ()


def body_size(lines: Sequence[Line]) -> float:
    """Return the font size, to half a point, that most of the text is set in."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def looks_of(lines: Sequence[Line]) -> Looks:
    """Return the looks of a document; heading styles from the largest and boldest down."""
    size = body_size(lines)
    looks = Looks(size)
    styles = {
        style_of(line) for line in lines if may_head(line, looks) and not section_number(line)
    }
    ordered = sorted(styles, key=lambda style: (-style[0], not style[1], not style[3], style[2]))
    return Looks(size, tuple(ordered))


def style_of(line: Line) -> tuple[float, bool, bool, bool]:
    """Return a line's style: size in whole points, bold, italic, in capitals."""
    return (round(line.size), line.bold, line.italic, line.text.isupper())


def may_head(line: Line, looks: Looks) -> bool:
    """Tell whether a line looks like a heading, its neighbours aside."""
    if len(line.text) > LONGEST_HEADING or not re.search(r"[A-Za-z]{3}", line.text):
        return False
    if len(line.cells) > 1 or BULLET.match(line.text) or CAPTION.match(line.text):
        return False
    if line.size >= LARGER * looks.size:
        return True
    if not line.bold or ENDS.search(line.text) or not re.match(r"[A-Z\d(“\"]", line.text):
        return False
    return len(line.text) <= LONGEST_BOLD or bool(section_number(line)) or line.text.isupper()


def section_number(line: Line) -> re.Match[str] | None:
    """Match a section number: "5.1 Title" or "5 TITLE", not "5. Clinicians should"."""
    match = NUMBERED.match(line.text)
    if match is None or not ("." in match.group("number") or line.text.isupper()):
        return None
    return match


def pitches(pages: Sequence[Sequence[Line]], right: float) -> dict[int, float]:
    """Return each page's line pitch: how far text falls where a full line goes on."""
    full = {at: _falls(page, FULL * right) for at, page in enumerate(pages)}
    usual = [fall for falls in full.values() for fall in falls]
    usual = usual or [fall for page in pages for fall in _falls(page, 0.0)]
    everywhere = _low(usual) if usual else 0.0
    return {at: _low(falls) if len(falls) >= 3 else everywhere for at, falls in full.items()}  # noqa: PLR2004 - too few to tell


def _low(falls: list[float]) -> float:
    """Return the lower quartile: a line that goes on falls less than one that begins anew."""
    return sorted(falls)[len(falls) // 4]


def _falls(page: Sequence[Line], reach: float) -> list[float]:
    return [
        before.y - after.y
        for before, after in pairwise(page)
        if before.end >= reach and 0 < before.y - after.y < 4 * max(before.size, 1)
    ]


def right_edge(lines: Sequence[Line]) -> float:
    """Return where full lines end: the right edge that one line in ten reaches."""
    ends = sorted(line.end for line in lines)
    return ends[int(0.9 * (len(ends) - 1))] if ends else 0.0
