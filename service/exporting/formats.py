"""The formats by name: what each is called in an address, its media type, its file suffix."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from service.exporting.bibtex import as_bibtex
from service.exporting.csl import as_csl_json
from service.exporting.exports import Export
from service.exporting.markdown import as_markdown
from service.exporting.plain import as_plain
from service.exporting.ris import as_ris
from service.exporting.web_page import as_html


class ExportFormat(StrEnum):
    """The name of a format, in addresses and on the command line."""

    MARKDOWN = "md"
    PLAIN = "txt"
    HTML = "html"
    RIS = "ris"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


@dataclass(frozen=True, slots=True)
class Writer:
    """How a format is written; media types are those registered with IANA where there is one."""

    write: Callable[[Export], str]
    media_type: str
    suffix: str


WRITERS = {
    ExportFormat.MARKDOWN: Writer(as_markdown, "text/markdown; charset=utf-8", "md"),
    ExportFormat.PLAIN: Writer(as_plain, "text/plain; charset=utf-8", "txt"),
    ExportFormat.HTML: Writer(as_html, "text/html; charset=utf-8", "html"),
    ExportFormat.RIS: Writer(as_ris, "application/x-research-info-systems", "ris"),
    ExportFormat.BIBTEX: Writer(as_bibtex, "application/x-bibtex", "bib"),
    ExportFormat.CSL_JSON: Writer(as_csl_json, "application/vnd.citationstyles.csl+json", "json"),
}

_WORD = re.compile(r"[a-z0-9]+")


def file_name(title: str, suffix: str) -> str:
    """Return a name that every file system takes: ASCII words of *title*, at most 60 characters."""
    words = "-".join(_WORD.findall(title.lower()))[:60].strip("-")
    return f"{words or 'followup'}.{suffix}"
