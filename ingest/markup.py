"""
XML and HTML -> text whose units survive: 10⁹/L, m², ≤, µg, minus signs, table cells.

Shared by every parser that reads markup. Parsing refuses entities, network and size bombs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from html.entities import html5

from lxml import etree
from lxml import html as lxml_html

from ingest.documents import Block
from ingest.errors import ParseError
from ingest.tables import Cell, Table, rows_as_blocks

Element = etree._Element  # noqa: SLF001 - lxml publishes no other name for its element type
Skip = Callable[[Element], bool]
_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_RAISABLE = re.compile(r"[0-9+\-−–=()n]+")
_IN_PARENTHESES = re.compile(r"\([^()]*\)")
# A sign belongs to its number: kg<sup>− 1</sup> is kg⁻¹.
_SIGN = re.compile(r"^([+\-−–]) (?=\d)")
_LOWERABLE = re.compile(r"[0-9+\-−–=()]+")
# Marks that are raised in print but mean the same on the line (®, *, †), and ordinals: 5th.
_PLAIN_RAISED = re.compile(r"[^\w\s]+|st|nd|rd|th")
# A raised o is a degree sign (20ºC), raised letters after a name a trade or service mark.
_RAISED_SIGNS = {"o": "º", "TM": "™", "SM": "℠"}
# Subscripts that are spelled on the line wherever plain text is written: HbA1c, Cmax, t1/2.
_PLAIN_LOWERED = re.compile(r"[0-9]*(?:max|min|peak|trough|avg|last|tau|ss|c|C|d|m)|1/2|½|[^\w\s]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_CELLS = frozenset({"td", "th"})
_ITEM_TAGS = frozenset({"li", "item", "list-item"})
MAX_ELEMENTS = 8_000_000
"""Elements of one file: each takes some 200 bytes of memory, while "<a/>" takes four on disk."""
MAX_CELLS = 250_000
"""Cells of one table with its spans filled in, and a hundred times as many characters."""
_BLOCK_TAGS = frozenset(
    "address article blockquote br break caption dd div dl dt fig footer h1 h2 h3 h4 h5 h6 header"
    " hr item label li list list-item ol p paragraph pre row sec section sectiontitle"
    " table table-wrap tbody td text tfoot th thead title tr ul".split()
)


def parse_xml(data: bytes) -> Element:
    """
    Parse untrusted XML into its root element.

    Raises ParseError for malformed XML, entity declarations (bombs and external files alike),
    nesting or text beyond libxml2's limits. Nothing outside *data* is ever opened.
    """
    if data.count(b"</") + data.count(b"/>") > MAX_ELEMENTS:
        raise ParseError(f"more than {MAX_ELEMENTS:,} elements; refused as a possible bomb")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"not well-formed XML: {error}") from error
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and internal.entities():  # type: ignore[union-attr]  # missing in stubs
        raise ParseError("the XML declares its own entities; refused as unsafe")
    return root


def parse_html(text: str) -> Element:
    """Parse untrusted HTML, whole page or fragment, into one root element."""
    if not text.strip():
        raise ParseError("the HTML is empty")
    if text.count("<") > MAX_ELEMENTS // 4:
        raise ParseError(f"more than {MAX_ELEMENTS // 4:,} tags; refused as a possible bomb")
    try:
        root = lxml_html.fromstring(f"<div>{text}</div>" if "<html" not in text.lower() else text)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise ParseError(f"not readable HTML: {error}") from error
    etree.strip_elements(root, "script", "style", "noscript", "template", with_tail=False)
    etree.strip_tags(root, etree.Comment)
    return root


def local_name(element: Element) -> str:
    """Return the tag without its namespace, lower case; "" for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def squeeze(text: str) -> str:
    """Collapse white space and drop invisible characters; every visible one stays."""
    return " ".join(_INVISIBLE.sub("", text).split())


def raised(text: str) -> str:
    """Write a superscript in plain text: 10 + "9" -> "⁹"; letters become "^a", "^(ab)"."""
    text = _SIGN.sub(r"\1", squeeze(text))
    if _RAISABLE.fullmatch(text):
        return text.translate(_SUPERSCRIPTS)
    if _PLAIN_RAISED.fullmatch(text):
        return text
    if text in _RAISED_SIGNS:
        return _RAISED_SIGNS[text]
    return f"^{_enclosed(text)}" if text else ""


def lowered(text: str) -> str:
    """Write a subscript in plain text: H + "2" + O -> "H₂O"; letters become "_(trend)"."""
    text = _SIGN.sub(r"\1", squeeze(text))
    if _LOWERABLE.fullmatch(text):
        return text.translate(_SUBSCRIPTS)
    if _PLAIN_LOWERED.fullmatch(text):
        return text
    return f"_{_enclosed(text)}" if text else ""


def _enclosed(text: str) -> str:
    """Put several characters into parentheses, unless they stand in some: (a), F(1, 111)."""
    return text if len(text) == 1 or _IN_PARENTHESES.fullmatch(text) else f"({text})"


def flatten(element: Element, *, skip: Skip | None = None) -> str:
    """
    Return an element's text on one line, sup and sub kept as characters.

    *skip* names descendants to leave out (reference markers, nested sections); the text after
    them stays. Block-level children are set apart by a space, inline ones are not.
    """
    parts: list[str] = []
    _collect(element, parts, skip)
    return squeeze("".join(parts))


def _collect(
    element: Element, parts: list[str], skip: Skip | None, *, bullets: bool = False
) -> None:
    parts.append(element.text or "")
    for child in element:
        if isinstance(child, etree._Entity):  # noqa: SLF001 - see Element
            parts.append(html5.get(f"{child.name};", f"&{child.name};"))
        elif isinstance(child.tag, str) and not (skip is not None and skip(child)):
            name = local_name(child)
            if name in ("sup", "sub"):
                inner: list[str] = []
                _collect(child, inner, skip)
                script = "".join(inner)
                parts.append(raised(script) if name == "sup" else lowered(script))
                # The space between two words may stand inside the mark: C3<sup>® </sup>with.
                if script[-1:].isspace() and re.match(r"[\w(\[]", child.tail or ""):
                    parts.append(" ")
            elif name in _BLOCK_TAGS:
                inside: list[str] = []
                _collect(child, inside, skip, bullets=bullets)
                mark = bullets and name in _ITEM_TAGS and not _opens_with_mark("".join(inside))
                parts += [" • " if mark else " ", *inside, " "]
            elif name == "content":
                parts += _styled(child, "".join(parts[-2:]), skip)
            else:
                _collect(child, parts, skip, bullets=bullets)
        parts.append(child.tail or "")


def _opens_with_mark(text: str) -> bool:
    return not text.strip()[:1].isalnum() or text.strip()[:2] == "o "


def _styled(element: Element, before: str, skip: Skip | None) -> list[str]:
    """
    Return the text of SPL's ``<content styleCode=...>``.

    Pretty-printed labels lose the spaces around styled phrases ("in <i>H. pylori</i>and"); they
    are put back beside a phrase of several words or one that ends in punctuation, never beside a
    single word, which may be tall-man lettering (hydr<b>OXY</b>zine).
    """
    style = (element.get("styleCode") or element.get("stylecode") or "").lower()
    if "superscript" in style or "subscript" in style:
        inner = flatten(element, skip=skip)
        return [raised(inner) if "superscript" in style else lowered(inner)]
    inside: list[str] = []
    _collect(element, inside, skip)
    text = "".join(inside)
    phrase = " " in text.strip()
    opens = phrase and before[-1:].isalnum() and text[:1].isalnum()
    after = (element.tail or "")[:1]
    closes = after.isalnum() and (
        (phrase and text[-1:].isalnum()) or (len(text) > 1 and text[-1:] in ":;,.)")
    )
    return [" " if opens else "", text, " " if closes else ""]


def table_blocks(table: Element, *, caption: str = "", skip: Skip | None = None) -> list[Block]:
    """
    Return one ROW block per body row, cells joined by " | ", head and caption as its lead.

    Reads HTML, SPL and JATS tables (thead/tbody/tfoot/tr/td/th). Row and column spans are filled
    in, so that a row says everything it says on paper. How heads, groups and notes are told apart
    is ``ingest.tables``'s business; rows of tables inside a cell are part of that cell. Raises
    ParseError where the spans unfold a small table to a huge one.
    """
    caption = caption or " ".join(
        flatten(e, skip=skip)
        for e in table.iter()
        if local_name(e) == "caption" and not _inside(e, table, _CELLS | _ITEM_TAGS)
    )
    parts = {name: _grid(rows, skip) for name, rows in _own_rows(table).items()}
    return rows_as_blocks(Table(caption, parts["thead"], parts["tbody"], parts["tfoot"]))


def _own_rows(table: Element) -> dict[str, list[Element]]:
    """Return the rows of each part of *table*; rows of tables inside its cells are theirs."""
    parts: dict[str, list[Element]] = {"thead": [], "tbody": [], "tfoot": []}
    for row in table.iter():
        if local_name(row) == "tr" and not _inside(row, table, _CELLS):
            parent = row.getparent()
            name = local_name(parent) if parent is not None else ""
            parts[name if name in parts else "tbody"].append(row)
    return parts


def _inside(element: Element, outer: Element, names: frozenset[str]) -> bool:
    for ancestor in element.iterancestors():
        if ancestor is outer:
            return False
        if local_name(ancestor) in names:
            return True
    return False


def _grid(rows: Iterable[Element], skip: Skip | None) -> list[list[Cell]]:
    grid: list[list[Cell]] = []
    open_spans: dict[int, tuple[int, Cell]] = {}
    filled_in = written = 0
    for row in rows:
        cells: list[Cell] = []
        for cell in row:
            if local_name(cell) not in _CELLS:
                continue
            _fill_spans(cells, open_spans)
            first = _read_cell(cell, skip)
            down = _span(cell, "rowspan")
            for column in range(_span(cell, "colspan")):
                filled = replace(first, repeated=column > 0)
                if down > 1:
                    open_spans[len(cells)] = (down - 1, filled)
                cells.append(filled)
        _fill_spans(cells, open_spans)
        filled_in += len(cells)
        written += sum(len(cell.text) for cell in cells if not cell.repeated)
        if filled_in > MAX_CELLS or written > 100 * MAX_CELLS:
            raise ParseError("a table that its spans unfold to a huge one; refused as a bomb")
        grid.append(cells)
    return grid


def _read_cell(cell: Element, skip: Skip | None) -> Cell:
    parts: list[str] = []
    _collect(cell, parts, skip, bullets=True)
    text = squeeze("".join(parts))
    bold = [
        flatten(e, skip=skip)
        for e in cell.iter()
        if local_name(e) in ("b", "strong") or "bold" in (e.get("styleCode") or "").lower()
    ]
    is_bold = bool(text) and len("".join(bold)) >= 0.8 * len(text)
    return Cell(text, head=local_name(cell) == "th", bold=is_bold)


def _fill_spans(cells: list[Cell], open_spans: dict[int, tuple[int, Cell]]) -> None:
    while (span := open_spans.pop(len(cells), None)) is not None:
        left, filled = span
        if left > 1:
            open_spans[len(cells)] = (left - 1, filled)
        cells.append(filled)


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "").strip()
    # A table wider or longer than this is a bomb, not a table.
    return min(int(value), 200) if value.isascii() and value.isdigit() and int(value) > 0 else 1
