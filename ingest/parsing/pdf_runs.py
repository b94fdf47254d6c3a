"""
PDF page -> runs of text with place, size and style, in the page's own units.

Coordinates are device space: x to the right, y upwards. Widths come from the fonts' own tables
(PDF 32000-1, 9.6-9.7), so that gaps between runs can be told from words that go on.
"""

from __future__ import annotations

import logging
import math
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from ingest.errors import ParseError

Widths = Callable[[str], float]

# What pypdf raises on broken files besides its own errors.
FAULTS = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_DEFAULT_WIDTH = 500.0
MAX_CODES = 65_536
"""Character codes of one font; ranges that name more say the same again."""
_BFCHAR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_BFRANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]+>|\[[^\]]*\])")


@dataclass(frozen=True, slots=True)
class Run:
    """Text drawn in one go: its start, baseline, font size and width, in points."""

    text: str
    x: float
    y: float
    size: float
    width: float
    bold: bool = False
    italic: bool = False

    @property
    def end(self) -> float:
        """Where the run ends, in points from the left."""
        return self.x + self.width


def open_pdf(data: bytes) -> PdfReader:
    """Open a PDF; raises ParseError for damaged files and for those that ask for a password."""
    # pypdf tells what it mends line by line, quoting the file; what it cannot mend it raises.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ParseError("the PDF is encrypted and asks for a password")
        if not len(reader.pages):
            raise ParseError("the PDF has no pages")
    except FAULTS as error:
        raise ParseError(f"not a readable PDF: {error}") from error
    return reader


def page_runs(page: PageObject, cache: dict[int, Widths]) -> list[Run]:
    """
    Return the runs of one page in the order they are drawn, spaces drawn alone among them.

    *cache* keeps the width tables of fonts already read. Raises ParseError for a damaged page.
    """
    runs: list[Run] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:  # noqa: ANN401 - pypdf gives a dictionary or None
        cleaned = text.replace("\n", "")
        if not cleaned:
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        across = abs(tm[0] * cm[0] + tm[1] * cm[2]) or 1.0
        upright = math.hypot(tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3])
        name = str(font.get("/BaseFont", "")).lower() if font is not None else ""
        widths = _widths_of(font, cache)
        width = sum(widths(char) for char in cleaned) / 1000 * size * across
        bold = "bold" in name or "black" in name or "heavy" in name
        italic = "italic" in name or "oblique" in name
        runs.append(Run(cleaned, x, y, size * (upright or 1.0), width, bold, italic))

    try:
        page.extract_text(visitor_text=visit)
    except FAULTS as error:
        raise ParseError(f"a page of the PDF cannot be read: {error}") from error
    return runs


def _widths_of(font: Any, cache: dict[int, Widths]) -> Widths:  # noqa: ANN401 - see visit
    if font is None:
        return lambda _: _DEFAULT_WIDTH
    if id(font) not in cache:
        try:
            cache[id(font)] = _font_widths(font)
        except FAULTS:
            # A font without a sound table still has its text: a gap may be misjudged, no more.
            cache[id(font)] = lambda _: _DEFAULT_WIDTH
    return cache[id(font)]


def _font_widths(font: Mapping[str, Any]) -> Widths:
    """Return a function from a character to its width in thousandths of the font size."""
    codes = _codes(font)
    if font.get("/Subtype") == "/Type0":
        descendant = font["/DescendantFonts"][0].get_object()
        table = _cid_widths(descendant.get("/W", []))
        default = float(descendant.get("/DW", 1000))
        return lambda char: table.get(codes.get(char, ord(char[0])), default)
    first = int(font.get("/FirstChar", 0))
    listed = [float(width) for width in font.get("/Widths", [])]

    def simple(char: str) -> float:
        code = codes.get(char)
        if code is None:
            code = char.encode("cp1252", "replace")[0]
        at = code - first
        return listed[at] if 0 <= at < len(listed) and listed[at] else _DEFAULT_WIDTH

    return simple


def _codes(font: Mapping[str, Any]) -> dict[str, int]:
    """Return character -> code, from the font's ToUnicode map; empty where it has none."""
    stream = font.get("/ToUnicode")
    if stream is None or not hasattr(stream.get_object(), "get_data"):
        return {}
    text = stream.get_object().get_data().decode("latin-1")
    codes: dict[str, int] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, target in _BFCHAR.findall(block):
            codes.setdefault(_unicode(target), int(code, 16))
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for char, code in islice(_ranged(block), 4 * MAX_CODES):
            codes.setdefault(char, code)
    return codes


def _ranged(block: str) -> Iterator[tuple[str, int]]:
    """Yield the character and the code of everything that the ranges of *block* map."""
    for low, high, target in _BFRANGE.findall(block):
        start, end = int(low, 16), min(int(high, 16), int(low, 16) + MAX_CODES - 1)
        if target.startswith("<"):
            base = int(target[1:-1] or "0", 16)
            for code in range(start, end + 1):
                if base + code - start <= sys.maxunicode:
                    yield chr(base + code - start), code
        else:
            for code, each in enumerate(re.findall(r"<([0-9A-Fa-f]+)>", target), start):
                yield _unicode(each), code


def _unicode(target: str) -> str:
    return bytes.fromhex(target.zfill(len(target) + len(target) % 2)).decode("utf-16-be", "replace")


def _cid_widths(table: Any) -> dict[int, float]:  # noqa: ANN401 - a PDF array
    """Read a Type0 font's /W array: "c [w1 w2 ...]" and "first last w"."""
    widths: dict[int, float] = {}
    entries = [entry.get_object() if hasattr(entry, "get_object") else entry for entry in table]
    at, left = 0, 4 * MAX_CODES
    while at + 1 < len(entries):
        first = int(entries[at])
        if isinstance(entries[at + 1], list):
            for offset, width in enumerate(entries[at + 1]):
                widths[first + offset] = float(width)
            at += 2
        elif at + 2 < len(entries):
            end = min(int(entries[at + 1]), first + MAX_CODES - 1)
            left -= max(0, end + 1 - first)
            if left < 0:
                break
            for code in range(first, end + 1):
                widths[code] = float(entries[at + 2])
            at += 3
        else:
            break
    return widths
