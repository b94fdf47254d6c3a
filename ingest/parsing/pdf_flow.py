"""Whether a line of a PDF goes on from the one before it, or begins something new."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.parsing.pdf_lines import Line
from ingest.parsing.pdf_looks import BULLET, CAPTION, ENDS, FULL, LARGER, Looks, may_head

LOOSE = 1.3
"""A gap wider than this share of the page's line pitch begins a paragraph."""
DOUBLE = 2.7
"""How many font sizes text falls, at most, from line to line when it is double-spaced."""
SHORT = 0.25
"""A line that leaves this share of its width free is the last of its paragraph."""
INDENT = 6.0
"""Points by which the first line of a paragraph is set in, at least."""
ORDERED = re.compile(r"(?:\d{1,2}[.)]|\([a-z0-9]{1,2}\))\s+(?=\S)")


class Flow:
    """The lines of a document, their page's pitch, and where full lines end."""

    def __init__(
        self, lines: Sequence[Line], looks: Looks, pitches: dict[int, float], right: float
    ) -> None:
        """Take a document's *lines* as they are read; *right* is where full ones end."""
        self._lines = lines
        self._looks = looks
        self._pitches = pitches
        self._right = right

    def goes_on(self, at: int) -> bool:
        """Tell whether line *at* follows the one before it without a gap."""
        before, line = self._lines[at - 1], self._lines[at]
        if before.page != line.page:
            return True
        fall = before.y - line.y
        pitch = max(self._pitches[line.page], line.size)
        if 0 <= fall <= LOOSE * pitch:
            return True
        # Double spacing beside single: a full line that ends no sentence goes on below.
        ended = re.search(r"[.:;?!]$", before.text) and not _is_open(before.text)
        return before.end >= FULL * self._right and not ended and 0 < fall <= DOUBLE * line.size

    def reads_on(self, at: int) -> bool:
        """Tell whether line *at* is the middle of a sentence that began in bold."""
        line = self._lines[at]
        if line.page != self._lines[at - 1].page or ORDERED.match(line.text):
            return False
        wrapped = not self._is_short(self._lines[at - 1])
        return line.bold or (wrapped and (line.text[:1].islower() or line.text[:1] == "("))

    def continues(self, first: Line, at: int) -> bool:
        """Tell whether line *at* belongs to the paragraph or item that *first* begins."""
        line, before = self._lines[at], self._lines[at - 1]
        if not self.goes_on(at) or BULLET.match(line.text) or len(line.cells) > 1:
            return False
        if CAPTION.match(first.text) and first.bold and line.bold:
            return True
        if self._looks_apart(line, before):
            return False
        if BULLET.match(first.text) or ORDERED.match(first.text):
            # Text that returns to the left of the mark is no part of the item.
            beside = ORDERED.match(line.text) and abs(line.x - first.x) <= INDENT
            closed = before.text.endswith(".") and self._is_short(before)
            apart = closed and line.x <= first.x + 1 and line.text[:1].isupper()
            return line.x >= first.x - 1 and not beside and not apart
        return not self._begins(line, before, first)

    def _looks_apart(self, line: Line, before: Line) -> bool:
        """Tell whether a line is set so that it is a caption, a heading or of another size."""
        if CAPTION.match(line.text) and line.bold and not before.bold:
            return True
        if line.bold and not before.bold and may_head(line, self._looks):
            return True
        larger = LARGER * self._looks.size
        return line.size >= larger > before.size

    def _begins(self, line: Line, before: Line, first: Line) -> bool:
        """Tell whether a line begins a paragraph: numbered, set in, or after a short line."""
        if ORDERED.match(line.text) and (line.x > before.x + 1 or ENDS.search(before.text)):
            return True
        short = self._is_short(before)
        if before.page != line.page:
            ended = re.search(r"[.:?!]$", before.text)
            return bool(ended) and (short or line.x > before.x + INDENT)
        if short and line.text[:1].isupper():
            return True
        return line.x > before.x + INDENT and before is not first

    def _is_short(self, line: Line) -> bool:
        return line.end < self._right - SHORT * (self._right - line.x)


def _is_open(text: str) -> bool:
    """Tell whether a bracket opened in *text* is still open."""
    return text.count("(") > text.count(")")
