"""
Stage 2: source file -> documents, by the file's own structure.

Every parser module has ``VERSION`` ("spl/1") and ``parse(file) -> Iterator[Document |
DeadLetter]``. It yields one item per record; it raises ParseError where the file as a whole
cannot be read. It opens nothing: all it knows is in the SourceFile. What a record may cost in
time and text is bounded here, for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from ingest.deadlines import deadline
from ingest.documents import DeadLetter, Document
from ingest.errors import ParseError
from ingest.reading import Format, SourceFile

PARSERS = {
    Format.SPL: "spl",
    Format.OPENFDA: "openfda",
    Format.PUBMED: "pubmed",
    Format.MEDLINE: "medline",
    Format.JATS: "jats",
    Format.MARKDOWN: "guideline_markdown",
    Format.HTML: "web_page",
    Format.PDF: "pdf",
    Format.NGC_XML: "ngc",
    Format.NGC_MARKDOWN: "ngc",
    Format.USPSTF: "uspstf",
    Format.PAGES_JSON: "mmwr_pages",
}
"""The parser module of each format, loaded when the first such file comes."""
RECORD_SECONDS = 120.0
"""Computing time of one record; the longest honest one, a PDF of 100 pages, takes ten."""
MAX_TEXT = 32 * 1024 * 1024
"""Characters of one document with what each block repeats of its table's head or list's lead."""


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Parse one file by its format.

    Raises ParseError where it cannot be read as a whole, or not within RECORD_SECONDS a record.
    """
    module = import_module(f"{__name__}.{PARSERS[file.format]}")
    records: Iterator[Document | DeadLetter] = module.parse(file)
    while True:
        with deadline(RECORD_SECONDS):
            record = next(records, None)
        if record is None:
            return
        if isinstance(record, Document) and _written_out(record) > MAX_TEXT:
            reason = f"unfolds to more than {MAX_TEXT >> 20} Mi characters; refused as a bomb"
            record = DeadLetter(file.path, reason, record.origin.record)
        yield record


def records_of(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield what *file* is made into; one that cannot be read, or holds no record, is a dead letter.

    Raises whatever a parser that is at fault raises: see :func:`fault_of`.
    """
    silent = True
    try:
        for record in parse(file):
            silent = False
            yield record
    except ParseError as error:
        yield DeadLetter(file.path, str(error))
        return
    if silent:
        yield DeadLetter(file.path, f"the {file.format} parser found no record in it")


def fault_of(file: SourceFile, error: Exception) -> DeadLetter:
    """Return the dead letter of a file whose parser is at fault: one odd file ends no run."""
    return DeadLetter(file.path, f"fault in the {file.format} parser: {error!r}")


def _written_out(document: Document) -> int:
    """Return the characters of *document* as it is stored, repetitions included."""
    return sum(
        sum(map(len, section.headings))
        + sum(len(block.text) + len(block.lead) for block in section.blocks)
        for section in document.sections
    )
