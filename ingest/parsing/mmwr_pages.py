"""
CDC's MMWR supplements: one JSON object {address: page as Markdown} -> one document a page.

Three generations of page are told apart by their looks: one table cell that holds all the text
(before 2009), a title in ``#`` with names below it (to 2015), and titles with a date line (since).
The id is the page's name ("guideline:mmwr-su6202a1"); a volume's number gives its year (volume 1 is
1952), a date line its day, the oldest pages' suggested citation a year; else there is none.

Left out on purpose: navigation, authors and affiliations, reference lists, acknowledgments,
disclaimers and what stands below them. A page without text is a dead letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ingest.documents import (
    DeadLetter,
    Document,
    GuidelineFacts,
    Origin,
    Source,
    SourceType,
)
from ingest.errors import ParseError
from ingest.parsing.front_matter import document_id, slug_of
from ingest.parsing.guideline_markdown import decoded
from ingest.parsing.markdown_outline import markdown_pieces
from ingest.parsing.marking import Marks
from ingest.parsing.mmwr_layout import page_text
from ingest.parsing.outlining import Piece, PieceKind, arrange
from ingest.reading import SourceFile

VERSION = "mmwr/1"
PUBLISHER = "Centers for Disease Control and Prevention"
FIRST_YEAR = 1951
"""MMWR's volumes are yearly; volume 1 is 1952."""

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DATE_LINE = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})\s*/\s*\d+\(")
_VOLUME = re.compile(r"^su(\d{2})")
_CITED = re.compile(r"Centers for Disease Control[^.]*\.\s[^.]{0,250}\.\s_*MMWR_*\s(\d{4});")
_UNKEPT = re.compile(r"^(?:acknowledge?ments?|conflicts? of interest)\b", re.IGNORECASE)
_REFERENCES = re.compile(r"^(?:references|bibliography|literature cited)\b", re.IGNORECASE)
_BUTTON = re.compile(r"(?:Close|Tables?|Figures?|Top|Download Image.*|Related Pages?)\s*$")
_EXHIBIT = re.compile(r"^(?:TABLE|FIGURE|BOX|APPENDIX)\b")
EXHIBIT_LEVEL = 2


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield one document a page, in the file's order.

    Raises ParseError where the file is not a JSON object of addresses and texts.
    """
    try:
        pages = json.loads(decoded(file.data))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not readable JSON: {error}") from error
    if not isinstance(pages, dict) or not pages:
        raise ParseError("no object of addresses and pages in the JSON")
    for address, text in pages.items():
        if not isinstance(text, str):
            yield DeadLetter(file.path, "a page that is no text", record=address)
            continue
        try:
            yield _document(file, address, text)
        except ParseError as error:
            yield DeadLetter(file.path, str(error), record=address)


def _document(file: SourceFile, address: str, text: str) -> Document:
    page = page_text(text)
    name = slug_of(address.rstrip("/").rpartition("/")[2].partition(".")[0])
    published = _published(name, page.before)
    source = Source(
        id=f"guideline:mmwr-{name}",
        type=SourceType.GUIDELINE,
        title=page.title or name,
        facts=GuidelineFacts(year=int(published[:4]) if published else None),
        publisher=PUBLISHER,
        published=published,
        url=address,
    )
    marks = Marks(strict=False)
    sections = arrange(_kept(markdown_pieces(page.body)), marks.judge)
    if not sections:
        raise ParseError("a page without text")
    return Document(
        id=document_id(source),
        source=source,
        sections=sections,
        origin=Origin(file.path, file.sha256, VERSION, record=address),
    )


def _published(name: str, before: str) -> str | None:
    """Return the date line's day, else the volume's year, else the citation's, else None."""
    line = _DATE_LINE.search(before)
    if line is not None:
        month, day, year = line.groups()
        return f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}"
    volume = _VOLUME.match(name)
    if volume is not None:
        return str(FIRST_YEAR + int(volume.group(1)))
    cited = _CITED.search(before)
    return cited.group(1) if cited else None


def _kept(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield what says something: no reference lists, no sections about authors and metrics."""
    kept = listing = True
    for piece in pieces:
        if piece.kind is PieceKind.HEADING:
            kept = not _UNKEPT.match(piece.text)
            listing = not _REFERENCES.match(piece.text)
            exhibit = _EXHIBIT.match(piece.text)
            if kept and listing:
                depth = EXHIBIT_LEVEL if exhibit else piece.depth
                yield Piece(PieceKind.HEADING, piece.text, depth)
        elif kept and (listing or _is_exhibit(piece)) and not _BUTTON.match(piece.text or "x"):
            yield piece


def _is_exhibit(piece: Piece) -> bool:
    """Tell whether a piece below the references is a table or its title, not a reference."""
    return piece.kind is PieceKind.TABLE or bool(_EXHIBIT.match(piece.text))
