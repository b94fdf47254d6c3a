"""Stage 1: source folders -> source files, their format known from content."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """The native formats that have a parser; the value is the parser's name."""

    SPL = "spl"
    OPENFDA = "openfda"
    PUBMED = "pubmed"
    MEDLINE = "medline"
    JATS = "jats"
    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    NGC_XML = "ngc-xml"
    NGC_MARKDOWN = "ngc-markdown"
    USPSTF = "uspstf"
    PAGES_JSON = "pages-json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """
    One file, or one member of an archive, read whole.

    ``path`` is its name below the source folder ("labels/x.xml", "mmwr.zip!mmwr.json").
    """

    path: str
    data: bytes
    sha256: str
    format: Format
