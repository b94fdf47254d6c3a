"""
National Guideline Clearinghouse summaries (AHRQ, closed 2018), as XML and as Markdown.

Both hold the same named fields, and both give the same document id: the number is in the file's
name ("ngc-10532.xml") and, in Markdown, in the front matter. ``ingest.parsing.ngc_fields`` says
which field becomes what.

Left out on purpose, because they say nothing about care: guideline category, clinical specialty,
intended users, lists and descriptions of methods (the rating schemes are kept), number of source
documents, cost analysis, validation, implementation, IOM categories, bibliographic source,
adaptation, funding, committee, group composition, financial disclosures, endorsers, NGC status,
guideline status (read as data: what it updates), availability (read as data: the address),
companion documents, patient resources, copyright statement (read as data: the licence), NEATS
assessment, NGC disclaimer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.documents import DeadLetter, Document, Origin
from ingest.errors import ParseError
from ingest.markup import Element, local_name, parse_html, parse_xml
from ingest.parsing.front_matter import document_id
from ingest.parsing.guideline_markdown import decoded, front_matter
from ingest.parsing.html_outline import BOLD_LEVEL, LONGEST_HEADING, html_pieces, name_headings
from ingest.parsing.markdown_outline import markdown_pieces
from ingest.parsing.ngc_fields import sections_of, source_of
from ingest.parsing.outlining import Piece, PieceKind
from ingest.reading import Format, SourceFile

VERSION = "ngc/1"

_HEADING = re.compile(r"^(#{1,2}) (\S.*?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"(?:^|\D)(\d{4,6})(?=\D*$)")
_ITEM = re.compile(r"( {2,})(?=(?:[*+-]|\d+\.) )")
# html2text left superscripts between double spaces: "25 kg/m  2  )", "HbSβ  \+  -thalassemia".
# html2text put the closing mark behind a space: "_**against** _", "**_not_ **".
_SPLIT_MARKS = re.compile(r"(?:_\*\*|\*\*_)\s*([^*_\n]+?)\s*(?:\*\*\s*_|_\s*\*\*)")
_LOST_SUPERSCRIPT = re.compile(r"(?<=\S)  (\d|\\?\+)  (?=\S)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its pieces, and its addresses, which pieces do not keep."""

    pieces: tuple[Piece, ...]
    addresses: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The field's text on one line, its tables' cells too."""
        return " ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The text of each piece."""
        parts = [text for p in self.pieces for text in (p.text, *(row.text for row in p.rows))]
        return tuple(filter(None, parts))


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """Yield the guideline of an NGC file, XML or Markdown; raises ParseError where it has none."""
    if file.format is Format.NGC_MARKDOWN:
        yield from parse_markdown_file(file)
    else:
        yield from parse_xml_file(file)


def parse_xml_file(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """Yield the guideline of an NGC XML file (``Version/Section/Field/FieldValue``)."""
    fields: dict[str, Field] = {}
    for element in parse_xml(file.data).iter():
        name = element.get("Name")
        if local_name(element) == "field" and name and name not in fields:
            fields[name] = _xml_field(element)
    yield _document(file, fields, None)


def parse_markdown_file(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """Yield the guideline of an NGC Markdown file (``# Section``, ``## Field``)."""
    values, body = front_matter(decoded(file.data))
    fields: dict[str, Field] = {}
    heads = list(_HEADING.finditer(body))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(body)
        name = head.group(2)
        if head.group(1) == "##" and name not in fields:
            fields[name] = _markdown_field(body[head.end() : end])
    number = values.get("id")
    yield _document(file, fields, number if isinstance(number, str) else None)


def _xml_field(element: Element) -> Field:
    pieces: list[Piece] = []
    addresses: list[str] = []
    values = [e.get("Value") or "" for e in element if local_name(e) == "fieldvalue"]
    several = len(values) > 1 or (element.get("Type") or "").startswith(("picklist", "orglist"))
    for value in filter(str.strip, values):
        root = parse_html(value)
        name_headings(root)
        addresses += [href for e in root.iter() if (href := e.get("href"))]
        found = list(html_pieces(root))
        if several:
            found = [Piece(PieceKind.ITEM, piece.text, 1) for piece in found]
        pieces += found
    return Field(tuple(pieces), tuple(addresses))


def _markdown_field(text: str) -> Field:
    addresses = re.findall(r"\]\((\S{1,500}?)(?: \"[^\"]{0,200}\")?\)|<(https?://[^>\s]+)>", text)
    text = _SPLIT_MARKS.sub(r"**\1**", text)
    text = _LOST_SUPERSCRIPT.sub(r" <sup>\1</sup>", text)
    text = re.sub(r" (<sup>)", r"\1", text).replace(r"<sup>\+", "<sup>+")
    pieces = tuple(_named(piece) for piece in markdown_pieces(_indented(text)))
    return Field(pieces, tuple(a or b for a, b in addresses))


def _indented(text: str) -> str:
    """
    Indent nested lists as CommonMark wants them: to the text of the item above.

    html2text indents each level by two, and goes on at that depth after a table or heading.
    """
    lines: list[str] = []
    base: int | None = None
    for line in text.split("\n"):
        match = _ITEM.match(line)
        if match is not None:
            level = len(match.group(1)) // 2 - 1
            if base is None:
                lines.append("")  # a list may not begin in the line below a paragraph
            base = level if base is None else min(base, level)
            lines.append(" " * (5 * (level - base)) + line[match.end() :])
            continue
        if line.strip() and not line.startswith(" "):
            base = None
        lines.append(line)
    return "\n".join(lines)


def _named(piece: Piece) -> Piece:
    """Close html2text's gaps; a paragraph in bold throughout is a heading, as in the XML."""
    text, opening = _closed_up(piece.text), _closed_up(piece.opening)
    if (
        piece.kind is PieceKind.TEXT
        and text.rstrip(": ") == opening
        and len(text) <= LONGEST_HEADING
    ):
        return Piece(PieceKind.HEADING, text, BOLD_LEVEL)
    return Piece(piece.kind, text, piece.depth, opening, piece.rows)


def _closed_up(text: str) -> str:
    """Close the gaps that html2text puts around emphasis: "( Weak For )" -> "(Weak For)"."""
    return re.sub(r"\s+([),;:.])(?=[\s),;:.]|$)", r"\1", re.sub(r"\(\s+", "(", text))


def _document(file: SourceFile, fields: dict[str, Field], number: str | None) -> Document:
    stem = PurePosixPath(file.path.replace("!", "/")).stem
    named = _NUMBER.search(stem)
    number = number or (named.group(1) if named else None)
    texts = {name: field.text for name, field in fields.items()}
    developers = fields.get("Guideline Developer(s)", Field(()))
    texts["Guideline Developer(s)"] = "\n".join(developers.lines)
    if not texts.get("Guideline Title") or "Major Recommendations" not in fields:
        raise ParseError("an NGC file without title or major recommendations")
    addresses = {name: field.addresses for name, field in fields.items()}
    source = source_of(number, texts, addresses)
    sections = sections_of({name: field.pieces for name, field in fields.items()}, texts)
    return Document(
        id=document_id(source),
        source=source,
        sections=sections,
        origin=Origin(file.path, file.sha256, VERSION, record=number),
    )
