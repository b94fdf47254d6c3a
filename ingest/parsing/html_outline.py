"""
HTML -> pieces: headings, paragraphs, nested list items and tables, in reading order.

Reads elements, whoever parsed them; scripts and styles must be gone. A table of one column that
holds paragraphs or lists is a box around text, and is read as text.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.markup import (
    Element,
    Skip,
    flatten,
    local_name,
    lowered,
    raised,
    squeeze,
    table_blocks,
)
from ingest.parsing.outlining import Piece, PieceKind

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu"))
_CONTAINERS = frozenset(
    "html body div section article main blockquote center fieldset form figure details p address"
    " header footer dl dd dt tbody thead tr td th table caption figcaption summary pre".split()
)
_DROPPED = frozenset(
    "head script style noscript template img svg nav button select input iframe".split()
)
_STYLES = {"strong": "b", "b": "b", "u": "u", "em": "i", "i": "i"}
LONGEST_HEADING = 160
"""Characters; longer bold paragraphs are emphasised text."""
BOLD_LEVEL = 4
_BOX_TEXT = 300
"""A lone cell longer than this is prose in a box, not a value."""


def name_headings(root: Element) -> None:
    """
    Make headings of the paragraphs of *root* that are bold, underlined or italic throughout.

    Bold and underlined is the highest (h3), then bold, italic, underlined (h4 to h6). Changes
    *root*. For publishers that use no heading elements.
    """
    for paragraph in [e for e in root.iter() if local_name(e) == "p"]:
        style = _style(paragraph)
        if style and len(flatten(paragraph)) <= LONGEST_HEADING:
            order = {"bu": BOLD_LEVEL - 1, "b": BOLD_LEVEL, "i": BOLD_LEVEL + 1}
            set_as = "".join(sorted(style & {"b", "u"})) or "i"
            paragraph.tag = f"h{order.get(set_as, BOLD_LEVEL + 2)}"


def _style(paragraph: Element) -> set[str]:
    """Return how all of a paragraph's words are set: some of b, u, i; empty where some are not."""
    runs: list[tuple[str, set[str]]] = []

    def walk(element: Element, style: set[str]) -> None:
        runs.append((element.text or "", style))
        for child in element:
            name = local_name(child)
            own = {_STYLES[name]} if name in _STYLES else set()
            if "underline" in (child.get("style") or ""):
                own = own | {"u"}
            walk(child, style | own)
            runs.append((child.tail or "", style))

    walk(paragraph, set())
    styles = [style for text, style in runs if text.strip(" \t\r\n\xa0:*")]
    return set.intersection(*styles) if styles else set()


def html_pieces(root: Element, *, skip: Skip | None = None) -> Iterator[Piece]:
    """Yield the pieces below *root*; *skip* names elements to leave out whole."""
    yield from _Walk(skip).inside(root, 0)


class _Walk:
    """Collects inline runs into paragraphs between block elements."""

    def __init__(self, skip: Skip | None) -> None:
        self._skip = skip

    def inside(self, element: Element, depth: int) -> Iterator[Piece]:
        """Yield the pieces of *element*'s content; *depth* is how many lists it is in."""
        run = _Inline(element.text or "")
        for child in element:
            name = local_name(child)
            if not name or name in _DROPPED or (self._skip is not None and self._skip(child)):
                run.add(child.tail or "")
            elif self._is_block(child, name):
                yield from run.piece()
                yield from self._block(child, name, depth)
                run = _Inline(child.tail or "")
            else:
                run.element(child, self._skip)
                run.add(child.tail or "")
        yield from run.piece()

    def _is_block(self, element: Element, name: str) -> bool:
        if name in _HEADINGS or name in _LISTS or name in _CONTAINERS or name in ("li", "hr"):
            return True
        # An inline element around a block (<a><h2>, <span><p>) is one too.
        return any(
            local_name(e) in _HEADINGS or local_name(e) in _LISTS or local_name(e) in ("p", "table")
            for e in element.iterdescendants()
        )

    def _block(self, element: Element, name: str, depth: int) -> Iterator[Piece]:
        if name in _HEADINGS:
            if text := flatten(element, skip=self._skip):
                yield Piece(PieceKind.HEADING, text, _HEADINGS[name])
        elif name in _LISTS:
            for item in element:
                if local_name(item) in _LISTS:
                    yield from self._block(item, local_name(item), depth + 1)
                elif local_name(item) == "li":
                    yield from self._item(item, depth + 1)
        elif name == "li":
            yield from self._item(element, depth + 1)
        elif name == "table" and not self._is_box(element):
            yield Piece(PieceKind.TABLE, rows=tuple(table_blocks(element, skip=self._skip)))
        elif name != "hr":
            yield from self.inside(element, depth)

    def _item(self, item: Element, depth: int) -> Iterator[Piece]:
        """Yield a list item: its first paragraph is the item, the others go on with it."""
        first = True
        for piece in self.inside(item, depth):
            if piece.kind is PieceKind.TEXT and piece.depth == 0:
                kind = PieceKind.ITEM if first else PieceKind.TEXT
                yield Piece(kind, piece.text, depth, piece.opening)
            else:
                yield piece
            first = False

    def _is_box(self, table: Element) -> bool:
        if any(local_name(e) == "table" for e in table.iterdescendants()):
            return True
        rows = [row for row in table.iter() if local_name(row) == "tr"]
        cells = [[cell for cell in row if local_name(cell) in ("td", "th")] for row in rows]
        filled = [[cell for cell in row if flatten(cell)] for row in cells]
        if any(len(row) > 1 for row in filled):
            return False
        return len(rows) == 1 or any(
            len(flatten(cell)) > _BOX_TEXT or any(local_name(e) in _LISTS for e in cell.iter())
            for row in filled
            for cell in row
        )


class _Inline:
    """A run of text and inline elements on its way to one paragraph."""

    def __init__(self, text: str) -> None:
        self._parts = [text]
        self._opening = ""

    def add(self, text: str) -> None:
        self._parts.append(text)

    def element(self, element: Element, skip: Skip | None) -> None:
        name = local_name(element)
        if name == "br":
            self._parts.append(" ")
            return
        # flatten() drops the white space at both ends of an inline element.
        inside = _spaced(element, skip)
        if name in ("strong", "b") and not "".join(self._parts).strip():
            self._opening = squeeze(inside)
        self._parts.append(inside)

    def piece(self) -> Iterator[Piece]:
        """Yield the paragraph, if there is one."""
        if text := squeeze("".join(self._parts)):
            yield Piece(PieceKind.TEXT, text, opening=self._opening)


def _spaced(element: Element, skip: Skip | None) -> str:
    """Return an inline element's text with the white space at its ends that flatten() drops."""
    inner = flatten(element, skip=skip)
    name = local_name(element)
    if name in ("sup", "sub"):
        return raised(inner) if name == "sup" else lowered(inner)
    texts = [text for text in element.itertext() if text]
    before = " " if texts and texts[0][:1].isspace() else ""
    after = " " if texts and texts[-1][-1:].isspace() else ""
    return f"{before}{inner}{after}"
