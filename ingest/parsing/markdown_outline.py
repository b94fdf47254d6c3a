"""
Markdown -> pieces: headings, paragraphs, nested list items and tables, white space aside verbatim.

Emphasis marks and images are dropped, links reduced to their text. CommonMark and pipe tables, as
``markdown-it-py`` reads them; HTML tables inside are read as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.errors import ParseError
from ingest.markup import lowered, parse_html, raised, squeeze
from ingest.parsing.html_outline import html_pieces
from ingest.parsing.outlining import Piece, PieceKind
from ingest.tables import Cell, Table, rows_as_blocks

MAX_BRACKETS = 500
"""Opening brackets of one paragraph up to which links are looked for."""

_HTML_TABLE = re.compile(r"<(/?)table\b[^>]*>", re.IGNORECASE)
_HELD = re.compile(r"table held aside (\d+)")
# What opens and never closes reaches to the end: looked for once, not from each opening on.
_UNSHOWN = re.compile(r"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)(sup|sub|br)\b[^>]*>", re.IGNORECASE)


def markdown_pieces(text: str) -> list[Piece]:
    """
    Return the pieces of a Markdown text in reading order.

    Raises ParseError where lists or quotes are nested beyond what the reader follows.
    """
    held, body = _set_tables_aside(text)
    # Guidelines indent lists deeply and quote no program code: "code" would swallow the items.
    reader = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").disable("code")
    try:
        tokens = reader.parse(_tamed(body))
    except RecursionError as error:
        raise ParseError("Markdown nested too deeply") from error
    return list(_Walk(held).pieces(tokens))


def _tamed(text: str) -> str:
    """Take brackets at their word where there are too many: reading links is quadratic."""
    if text.count("[") <= MAX_BRACKETS:
        return text
    paragraphs = re.split(r"(\n\s*\n)", text)
    return "".join(
        part.replace("[", r"\[") if part.count("[") > MAX_BRACKETS else part for part in paragraphs
    )


def _set_tables_aside(text: str) -> tuple[list[str], str]:
    """Put a paragraph in the place of each HTML table: CommonMark ends them at a blank line."""
    held: list[str] = []
    out: list[str] = []
    at = depth = start = 0
    for match in _HTML_TABLE.finditer(text):
        if not match.group(1):
            if depth == 0:
                start = match.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                out += [text[at:start], f"\n\ntable held aside {len(held)}\n\n"]
                held.append(text[start : match.end()])
                at = match.end()
    out.append(text[at:])
    return held, "".join(out)


class _Walk:
    """Walks the tokens of one text; knows how deep in lists it is."""

    def __init__(self, held: list[str]) -> None:
        self._held = held
        self._depth = 0
        self._opens_item = False

    def pieces(self, tokens: list[Token]) -> Iterator[Piece]:
        table_start: int | None = None
        for at, token in enumerate(tokens):
            if token.type == "table_open":
                table_start = at
            elif token.type == "table_close" and table_start is not None:
                rows = rows_as_blocks(_table(tokens[table_start:at]))
                yield Piece(PieceKind.TABLE, rows=tuple(rows))
                table_start = None
            elif table_start is None:
                yield from self._one(token, tokens[at - 1])

    def _one(self, token: Token, before: Token) -> Iterator[Piece]:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._depth -= 1
        elif token.type == "list_item_open":
            self._opens_item = True
        elif token.type == "list_item_close":
            self._opens_item = False
        elif token.type == "inline":
            yield from self._inline(token, before)
        elif token.type == "fence":
            yield Piece(PieceKind.TEXT, squeeze(token.content))
        elif token.type == "html_block" and _shown(token.content):
            yield from html_pieces(parse_html(token.content))

    def _inline(self, token: Token, before: Token) -> Iterator[Piece]:
        text, opening = inline_text(token)
        if before.type == "heading_open":
            yield Piece(PieceKind.HEADING, text, int(before.tag[1:]))
        elif (aside := _HELD.fullmatch(text)) is not None:
            yield from html_pieces(parse_html(self._held[int(aside.group(1))]))
        elif text and self._opens_item:
            yield Piece(PieceKind.ITEM, text, self._depth, opening)
            self._opens_item = False
        elif text:
            yield Piece(PieceKind.TEXT, text, self._depth, opening)


def _shown(html: str) -> bool:
    return bool(_UNSHOWN.sub("", html).strip())


def inline_text(token: Token) -> tuple[str, str]:
    """Return a paragraph's text on one line, and the bold words that it opens with."""
    parts: list[str] = []
    bold_end: int | None = None
    opens_bold = False
    stack: list[tuple[str, int]] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "strong_open":
            opens_bold = opens_bold or not "".join(parts).strip()
        elif child.type == "strong_close" and opens_bold and bold_end is None:
            bold_end = len(parts)
        elif child.type == "html_inline":
            _html_inline(child.content, parts, stack)
    opening = "".join(parts[:bold_end]) if bold_end is not None else ""
    return squeeze("".join(parts)), squeeze(opening)


def _html_inline(tag: str, parts: list[str], stack: list[tuple[str, int]]) -> None:
    """Turn "<sup>" and "<sub>" into characters; every other tag is dropped, its text stays."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return
    name = match.group(2).lower()
    if name == "br":
        parts.append(" ")
    elif not match.group(1):
        stack.append((name, len(parts)))
    elif stack and stack[-1][0] == name:
        _, start = stack.pop()
        inner = "".join(parts[start:])
        parts[start:] = [raised(inner) if name == "sup" else lowered(inner)]


def _table(tokens: list[Token]) -> Table:
    rows: dict[str, list[list[Cell]]] = {"thead": [], "tbody": []}
    part = "tbody"
    for at, token in enumerate(tokens):
        if token.type in ("thead_open", "tbody_open"):
            part = token.tag
        elif token.type == "tr_open":
            rows[part].append([])
        elif token.type in ("th_open", "td_open"):
            text, opening = inline_text(tokens[at + 1])
            rows[part][-1].append(
                Cell(text, head=token.tag == "th", bold=bool(text) and opening == text)
            )
    return Table("", rows["thead"], rows["tbody"])
