"""
PDF guidelines and drug labels: sections by the look of headings; always ``needs_review``.

A PDF whose text says "HIGHLIGHTS OF PRESCRIBING INFORMATION", "FULL PRESCRIBING INFORMATION" or
"Drug Facts" is a drug label (``ingest.parsing.pdf_label``); any other is read as a guideline. The
title is the file's own, else the largest line of its first page; the year is that of the title,
where it ends in one. A PDF without text (scanned pages) is a ParseError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from pypdf import PdfReader

from ingest.documents import DeadLetter, Document, GuidelineFacts, Origin, Source, SourceType
from ingest.errors import ParseError
from ingest.grading import CATEGORY_TYPE
from ingest.markup import squeeze
from ingest.parsing.front_matter import document_id, slug_of
from ingest.parsing.marking import Marks
from ingest.parsing.outlining import Piece, PieceKind, arrange
from ingest.parsing.pdf_label import is_label, label_document
from ingest.parsing.pdf_lines import Line, document_lines
from ingest.parsing.pdf_outline import pdf_pieces
from ingest.parsing.pdf_runs import FAULTS, Widths, open_pdf, page_runs
from ingest.reading import SourceFile

VERSION = "pdf/1"
MIN_TEXT = 200
"""Characters below which a PDF is pictures of text."""

_YEAR_LAST = re.compile(r"[,–—-]\s*((?:19|20)\d\d)\s*$")
_LISTS = re.compile(r"(?:table of )?contents|(?:\d+\.?\s+)?references", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.(?:docx?|pdf|indd)$|^untitled|^microsoft word", re.IGNORECASE)


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield the one document of a PDF, a label or a guideline.

    Raises ParseError for a damaged, encrypted or scanned file.
    """
    reader = open_pdf(file.data)
    cache: dict[int, Widths] = {}
    pages = document_lines([page_runs(page, cache) for page in reader.pages])
    if sum(len(line.text) for page in pages for line in page) < MIN_TEXT:
        raise ParseError("the PDF holds no text (scanned pages, perhaps)")
    title = _metadata_title(reader)
    pieces = pdf_pieces(pages)
    if is_label(pages):
        yield label_document(file, pages, pieces, VERSION)
    else:
        yield _guideline(file, title or _largest(pages), pieces)


def _guideline(file: SourceFile, title: str, pieces: list[Piece]) -> Document:
    title = title or PurePosixPath(file.path).stem
    year = _YEAR_LAST.search(title)
    scheme = _scheme(pieces)
    slug = slug_of(title) or slug_of(PurePosixPath(file.path).stem)
    source = Source(
        id=f"guideline:{slug}",
        type=SourceType.GUIDELINE,
        title=title,
        facts=GuidelineFacts(year=int(year.group(1)) if year else None, scheme=scheme),
        published=year.group(1) if year else None,
    )
    marks = Marks(scheme=scheme, strict=False)
    sections = arrange(_text_of(pieces, title), marks.judge, scheme=scheme)
    if not sections:
        raise ParseError("no text below the headings of the PDF")
    return Document(
        id=document_id(source),
        source=source,
        sections=sections,
        origin=Origin(file.path, file.sha256, VERSION),
        needs_review=True,
    )


def _metadata_title(reader: PdfReader) -> str:
    """Return the title in the file's own data, unless it is a file name or none."""
    try:
        title = squeeze(str(reader.metadata.title or "")) if reader.metadata else ""
    except FAULTS:
        return ""  # a damaged information dictionary says nothing; the text has a title too
    return "" if _FILE_NAME.search(title) else title


def _largest(pages: Sequence[Sequence[Line]]) -> str:
    """Return the largest lines of the first page that has text, joined."""
    page = next((page for page in pages if page), ())
    size = max((line.size for line in page), default=0.0)
    lines = [line for line in page if line.size >= size - 0.5]
    return " ".join(line.text for line in lines[:3])


def _scheme(pieces: list[Piece]) -> str | None:
    marked = sum(bool(re.search(r"recommendation category: ?[AB]", p.text)) for p in pieces)
    return CATEGORY_TYPE if marked else None


def _text_of(pieces: list[Piece], title: str) -> Iterator[Piece]:
    """Yield the guideline's text: not its title again, its table of contents, its references."""
    kept = True
    depth = 0
    for piece in pieces:
        if piece.kind is PieceKind.HEADING and (kept or piece.depth <= depth or depth == 0):
            if piece.text == title:
                continue
            kept = not _LISTS.fullmatch(piece.text)
            # What follows a table of contents is set like it: any heading ends it.
            depth = 0 if "content" in piece.text.lower() else piece.depth
        if kept:
            yield piece
