"""
Stage 2: source file -> documents, by the file's own structure.

Every parser module has ``VERSION`` ("spl/1") and ``parse(file) -> Iterator[Document |
DeadLetter]``. It yields one item per record; it raises ParseError where the file as a whole
cannot be read. It opens nothing: all it knows is in the SourceFile.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from ingest.documents import DeadLetter, Document
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


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """Parse one file by its format. Raises ParseError where it cannot be read as a whole."""
    module = import_module(f"{__name__}.{PARSERS[file.format]}")
    parsed: Iterator[Document | DeadLetter] = module.parse(file)
    return parsed
