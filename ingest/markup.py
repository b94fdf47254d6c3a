"""
XML and HTML -> text whose units survive: 10⁹/L, m², ≤, µg, minus signs, table cells.

Shared by every parser that reads markup. Parsing refuses entities, network and size bombs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html.entities import html5

from lxml import etree
from lxml import html as lxml_html

from ingest.documents import Block, BlockKind
from ingest.errors import ParseError

Element = etree._Element  # noqa: SLF001 - lxml publishes no other name for its element type
Skip = Callable[[Element], bool]
# A table cell's text, and whether it only repeats the cell to its left, which spans both columns.
_Cell = tuple[str, bool]

_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_RAISABLE = re.compile(r"[0-9+\-−–=()n]+")
_LOWERABLE = re.compile(r"[0-9+\-−–=()]+")
# Marks that are raised in print but mean the same on the line (®, *, †), and ordinals: 5th.
_PLAIN_RAISED = re.compile(r"[^\w\s]+|st|nd|rd|th")
# Subscripts that are spelled on the line wherever plain text is written: HbA1c, Cmax, t1/2.
_PLAIN_LOWERED = re.compile(r"[0-9]*(?:max|min|peak|ss|c|C)|1/2|½")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_BLOCK_TAGS = frozenset(
    "address article blockquote br break caption dd div dl dt fig footer h1 h2 h3 h4 h5 h6 header"
    " hr item label li linkhtml list list-item ol p paragraph pre row sec section sectiontitle"
    " table table-wrap tbody td text tfoot th thead title tr ul".split()
)


def parse_xml(data: bytes) -> Element:
    """
    Parse untrusted XML into its root element.

    Raises ParseError for malformed XML, entity declarations (bombs and external files alike),
    nesting or text beyond libxml2's limits. Nothing outside *data* is ever opened.
    """
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
    text = squeeze(text)
    if _RAISABLE.fullmatch(text):
        return text.translate(_SUPERSCRIPTS)
    if _PLAIN_RAISED.fullmatch(text):
        return text
    return f"^{text}" if len(text) == 1 else (f"^({text})" if text else "")


def lowered(text: str) -> str:
    """Write a subscript in plain text: H + "2" + O -> "H₂O"; letters become "_(trend)"."""
    text = squeeze(text)
    if _LOWERABLE.fullmatch(text):
        return text.translate(_SUBSCRIPTS)
    if _PLAIN_LOWERED.fullmatch(text):
        return text
    return f"_{text}" if len(text) == 1 else (f"_({text})" if text else "")


def flatten(element: Element, *, skip: Skip | None = None) -> str:
    """
    Return an element's text on one line, sup and sub kept as characters.

    *skip* names descendants to leave out (reference markers, nested sections); the text after
    them stays. Block-level children are set apart by a space, inline ones are not.
    """
    parts: list[str] = []
    _collect(element, parts, skip)
    return squeeze("".join(parts))


def _collect(element: Element, parts: list[str], skip: Skip | None) -> None:
    parts.append(element.text or "")
    for child in element:
        if isinstance(child, etree._Entity):  # noqa: SLF001 - see Element
            parts.append(html5.get(f"{child.name};", f"&{child.name};"))
        elif isinstance(child.tag, str) and not (skip is not None and skip(child)):
            name = local_name(child)
            if name in ("sup", "sub"):
                inner = flatten(child, skip=skip)
                parts.append(raised(inner) if name == "sup" else lowered(inner))
            elif name in _BLOCK_TAGS:
                parts.append(" ")
                _collect(child, parts, skip)
                parts.append(" ")
            elif name == "content" and _is_raised(child):
                parts.append(raised(flatten(child, skip=skip)))
            else:
                _collect(child, parts, skip)
        parts.append(child.tail or "")


def _is_raised(element: Element) -> bool:
    """SPL writes superscripts as ``<content styleCode="Superscript">`` too."""
    return "superscript" in (element.get("styleCode") or "").lower()


def table_blocks(table: Element, *, caption: str = "", skip: Skip | None = None) -> list[Block]:
    """
    Return one ROW block per body row, cells joined by " | ", head and caption as its lead.

    Reads HTML, SPL and JATS tables (thead/tbody/tr/td/th). Row and column spans are filled in,
    so that a row says everything it says on paper. A body row with text in its first column
    only ("Serious adverse events") is a row of its own, and named in the lead of those below it.
    """
    caption = caption or " ".join(
        flatten(e, skip=skip) for e in table.iter() if local_name(e) == "caption"
    )
    rows = [e for e in table.iter() if local_name(e) == "tr"]
    grid = _grid(rows, skip)
    heads = 0
    for row in rows:
        cells = [local_name(cell) for cell in row if local_name(cell) in ("td", "th")]
        in_head = any(local_name(a) == "thead" for a in row.iterancestors())
        if not in_head and not (cells and all(name == "th" for name in cells)):
            break
        heads += 1
    columns = _heads([[text for text, _ in row] for row in grid[:heads]])
    lead = squeeze(" ".join(part for part in (caption, " | ".join(columns)) if part))
    blocks: list[Block] = []
    group = ""
    for filled in grid[heads:]:
        texts = [text for text, repeated in filled if not repeated]
        if not any(texts):
            continue
        if len(filled) > 1 and texts[0] and not any(texts[1:]):
            group = texts[0]
            blocks.append(Block(BlockKind.ROW, group, lead=lead))
        else:
            below = f"{lead} (below: {group})".strip() if group else lead
            blocks.append(Block(BlockKind.ROW, " | ".join(texts).strip(), lead=below))
    return blocks


def _grid(rows: Iterable[Element], skip: Skip | None) -> list[list[_Cell]]:
    grid: list[list[_Cell]] = []
    open_spans: dict[int, tuple[int, _Cell]] = {}
    for row in rows:
        cells: list[_Cell] = []
        for cell in row:
            if local_name(cell) not in ("td", "th"):
                continue
            _fill_spans(cells, open_spans)
            text = flatten(cell, skip=skip)
            down = _span(cell, "rowspan")
            for column in range(_span(cell, "colspan")):
                filled = (text, column > 0)
                if down > 1:
                    open_spans[len(cells)] = (down - 1, filled)
                cells.append(filled)
        _fill_spans(cells, open_spans)
        grid.append(cells)
    return grid


def _fill_spans(cells: list[_Cell], open_spans: dict[int, tuple[int, _Cell]]) -> None:
    while (span := open_spans.pop(len(cells), None)) is not None:
        left, filled = span
        if left > 1:
            open_spans[len(cells)] = (left - 1, filled)
        cells.append(filled)


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "").strip()
    # A table wider or longer than this is a bomb, not a table.
    return min(int(value), 200) if value.isascii() and value.isdigit() and int(value) > 0 else 1


def _heads(rows: list[list[str]]) -> list[str]:
    """Join stacked head rows column by column: "Dose" over "mg" -> "Dose mg"."""
    width = max((len(row) for row in rows), default=0)
    columns = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(width)]
    return [" ".join(dict.fromkeys(column)) for column in columns]
