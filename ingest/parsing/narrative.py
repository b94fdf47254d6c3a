"""
SPL narrative markup -> passages: paragraphs, list items and table rows under their sub-headings.

Used for the ``<text>`` of SPL sections and for the tables that openFDA hands through as markup.
The element that is read is taken apart on the way: read each one once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.documents import Block, BlockKind
from ingest.markup import Element, flatten, local_name, squeeze, table_blocks
from ingest.parsing.footnotes import mark_footnotes
from ingest.parsing.listing import blocks_of_lines, has_bullet, lead_of, without_bullet

_PARAGRAPHS = frozenset({"paragraph", "p", "footnote"})
_LISTS = frozenset({"list", "ul", "ol"})
_ITEMS = frozenset({"item", "li"})
_BLOCKS = _PARAGRAPHS | _LISTS | {"table", "rendermultimedia", "div"}
_MAX_HEADING = 110
_MAX_HEADING_WORDS = 14
# Stands for <br/> while text is flattened: a private-use character no label contains.
_LINE = "\ue000"
_NUMBERED = re.compile(r"(?:table|figure)\s+\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of blocks under the sub-headings that the section's own text sets above it."""

    headings: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    """A paragraph wholly in bold (rank 0), underlined (1) or italic (2) type."""

    text: str
    rank: int


def read_narrative(element: Element, *, headings: bool = True) -> list[Passage]:
    """
    Return the passages of one section's text, in order; every visible word is in one of them.

    With *headings*, a short paragraph wholly in one emphasis is the heading of what follows it,
    unless nothing does; without, it is a paragraph like any other (package panels).
    """
    mark_footnotes(element)
    return _grouped(list(_pieces(element)), headings=headings)


def _grouped(pieces: list[Block | _Heading], *, headings: bool) -> list[Passage]:
    passages: list[Passage] = []
    stack: list[_Heading] = []
    blocks: list[Block] = []
    for at, piece in enumerate(pieces):
        if isinstance(piece, Block):
            blocks.append(piece)
            continue
        above = _above(piece, stack, pieces, at) if headings else None
        if above is None:
            blocks.append(Block(BlockKind.PROSE, piece.text))
            continue
        if blocks:
            passages.append(Passage(tuple(h.text for h in stack), tuple(blocks)))
            blocks = []
        stack = [*above, piece]
    if blocks:
        passages.append(Passage(tuple(h.text for h in stack), tuple(blocks)))
    return passages


def _above(
    heading: _Heading, stack: list[_Heading], pieces: list[Block | _Heading], at: int
) -> list[_Heading] | None:
    """
    Return the headings that stay open above *heading*; None where it heads nothing.

    One directly below another of its rank is that one's first part ("Elimination", "Metabolism");
    more in a row are lines of text, like the names on a package.
    """
    run = [heading]
    for piece in pieces[at + 1 :]:
        if isinstance(piece, Block):
            break
        run.append(piece)
    else:
        return None
    peers = sum(1 for other in run if other.rank == heading.rank)
    if any(other.rank < heading.rank for other in run) or peers > 2:  # noqa: PLR2004 - see above
        return None
    before = pieces[at - 1] if at else None
    if isinstance(before, _Heading) and before.rank == heading.rank and before in stack:
        return stack
    return [open_heading for open_heading in stack if open_heading.rank < heading.rank]


def _pieces(container: Element, lead: str = "") -> Iterator[Block | _Heading]:
    """Yield what *container* holds, in order; its loose text becomes paragraphs."""
    loose = etree.Element("paragraph")
    loose.text = container.text
    children = list(container)
    for child in [*children, None]:
        name = local_name(child) if child is not None else ""
        if child is not None and name not in _BLOCKS:
            loose.append(child)
            continue
        for piece in _paragraph(loose, lead):
            yield piece
            lead = _lead_after(piece, lead)
        loose = etree.Element("paragraph")
        if child is None:
            break
        loose.text, child.tail = child.tail, None
        for piece in _block(child, name, lead):
            yield piece
            lead = _lead_after(piece, lead)


def _lead_after(piece: Block | _Heading, lead: str) -> str:
    """Return what a list that follows *piece* hangs from."""
    if isinstance(piece, _Heading):
        return ""
    if piece.kind is BlockKind.PROSE or piece.text.endswith(":"):
        return lead_of(piece.text)
    return lead if piece.kind is BlockKind.ITEM else ""


def _block(element: Element, name: str, lead: str) -> Iterable[Block | _Heading]:
    if name in _PARAGRAPHS:
        nested = any(local_name(child) in _BLOCKS for child in element)
        return _pieces(element, lead) if nested else _paragraph(element, lead)
    if name in _LISTS:
        return _items(element, lead)
    if name == "table":
        return _table(element, lead)
    return _pieces(element, lead)


def _paragraph(element: Element, lead: str) -> Iterator[Block | _Heading]:
    """Yield a paragraph's blocks: line breaks set list lines apart, blank lines paragraphs."""
    heading = _cut_heading(element)
    if heading is not None:
        yield heading
    for line_break in element.iter():
        if local_name(line_break) == "br":
            line_break.text = _LINE
    yield from blocks_of_lines(map(squeeze, flatten(element).split(_LINE)), lead)


def _cut_heading(element: Element) -> _Heading | None:
    """Take the heading out of a paragraph that is one, or that sets one on its first line."""
    if (element.text or "").strip():
        return None
    styled: list[Element] = []
    for child in element:
        if local_name(child) == "br" and styled:
            break
        styled.append(child)
        if _ends_its_line(child):
            break
        if (child.tail or "").strip():
            return None
    heading = _heading_of(styled)
    if heading is not None:
        element.text = styled[-1].tail
        for child in styled:
            element.remove(child)
    return heading


def _ends_its_line(element: Element) -> bool:
    last = element[-1] if len(element) else None
    return last is not None and local_name(last) == "br" and not (last.tail or "").strip()


def _heading_of(styled: list[Element]) -> _Heading | None:
    styles = [(child.get("styleCode") or "").lower() for child in styled]
    ranks = [
        rank
        for rank, style in enumerate(("bold", "underline", "italics"))
        if styled and all(style in given for given in styles)
    ]
    text = squeeze(" ".join(map(flatten, styled)))
    plausible = (
        0 < len(text) <= _MAX_HEADING
        and len(text.split()) <= _MAX_HEADING_WORDS
        and text[0].isalpha()
        and text[-1] not in ".;,"
        and not _NUMBERED.match(text)
    )
    return _Heading(text.rstrip(" :"), ranks[0]) if ranks and plausible else None


def _items(element: Element, lead: str) -> Iterator[Block | _Heading]:
    for child in element:
        name = local_name(child)
        if name == "caption":
            text = flatten(child)
            if text:
                yield Block(BlockKind.PROSE, text)
                lead = lead_of(text, always=True)
        elif name in _ITEMS:
            yield from _item(child, lead)


def _item(element: Element, lead: str) -> Iterator[Block | _Heading]:
    """Yield a list item, then the items of lists inside it, which hang from its own text."""
    text = flatten(element, skip=lambda e: local_name(e) in _LISTS | {"table"})
    text = without_bullet(text)  # one drawn by hand, in the item's caption or its text
    if text:
        yield Block(BlockKind.ITEM, text, lead=lead)
    inner = lead_of(text, always=True) or lead
    for child in element:
        name = local_name(child)
        if name in _LISTS:
            yield from _items(child, inner)
        elif name == "table":
            yield from _table(child, inner)


def _table(table: Element, lead: str) -> Iterable[Block | _Heading]:
    """Return a table's rows; the cells of one that only lays text out are text."""
    rows = [
        [cell for cell in row if local_name(cell) in ("td", "th")]
        for row in table.iter()
        if local_name(row) == "tr" and _table_of(row) is table
    ]
    filled = [[cell for cell in row if flatten(cell)] for row in rows]
    is_layout = all(_opens_a_list(row[0]) for row in filled if len(row) > 1)
    if is_layout and not any(local_name(e) == "thead" for e in table):
        return _laid_out(table, [cell for row in rows for cell in row])
    captioned = any(local_name(e) == "caption" for e in table)
    return table_blocks(table, caption="" if captioned or not _NUMBERED.match(lead) else lead)


def _opens_a_list(cell: Element) -> bool:
    first = next(iter(cell), None)
    inner = first is not None and not (cell.text or "").strip() and local_name(first) in _LISTS
    return inner or has_bullet(flatten(cell))


def _table_of(element: Element) -> Element | None:
    return next((a for a in element.iterancestors() if local_name(a) == "table"), None)


def _laid_out(table: Element, cells: list[Element]) -> Iterator[Block | _Heading]:
    box = etree.Element("text")
    bullet = ""
    for caption in [e for e in table if local_name(e) == "caption"]:
        etree.SubElement(box, "paragraph").text = flatten(caption)
    for cell in cells:
        text = flatten(cell)
        if has_bullet(text) and not without_bullet(text):
            bullet = f"{text} "  # alone in its column: it belongs to the next cell
            continue
        holder = etree.SubElement(box, "div")
        holder.text = bullet + (cell.text or "")
        holder.extend(list(cell))
        if bullet and not (cell.text or "").strip() and len(holder):
            holder.text, holder[0].text = "", bullet + (holder[0].text or "")
        bullet = ""
    yield from _pieces(box)
