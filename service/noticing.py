"""
CSV -> retractions: the table as Crossref and Retraction Watch publish it. Pure, given its text.

Columns: OriginalPaperPubMedID, OriginalPaperDOI, RetractionNature, RetractionDate, Reason, Title,
RetractionDOI; others are ignored (https://doi.org/10.13003/c23rw1d9). A row that cannot be used is
reported by its line, never dropped in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.errors import CorpusError
from service.retractions import Nature, Retraction

NATURE, PMID, DOI = "RetractionNature", "OriginalPaperPubMedID", "OriginalPaperDOI"
LONGEST_FIELD = 1_000_000
"""Characters that one cell may have; the published table's longest have some thousands."""

_NATURES = frozenset(nature.value for nature in Nature)
_DOI = re.compile(r"10\.\d{4,9}/\S+?(?=[\s,;|]+(?:https?:|doi:|10\.)|\s|$)", re.IGNORECASE)
_PMID = re.compile(r"(?<![\d.])0*([1-9]\d*)(?:\.0+)?(?![\d.])")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not in the table, and why; ``line`` counts from 1, the header included."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Notices:
    """
    What a file holds. ``rows`` counts them all: ``retractions`` and ``refused`` make them up.

    ``undated`` counts the retractions whose date could not be read, which are kept.
    """

    rows: int
    retractions: tuple[Retraction, ...]
    refused: tuple[Refused, ...]
    undated: int = 0


def read_notices(path: Path) -> Notices:
    """Read the file at *path*. Raises CorpusError where it cannot be read or is no such table."""
    try:
        # Ids and dates are ASCII: a stray byte in a title must not cost the row.
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror or error}") from error
    return notices_in(text)


def notices_in(text: str) -> Notices:
    """Return the notices of a table given as *text*. Raises CorpusError where it is none."""
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restkey="")
    try:
        names = {(name or "").strip() for name in rows.fieldnames or ()}
        if NATURE not in names or not names & {PMID, DOI}:
            raise CorpusError(f"not a table of retractions: it needs {NATURE}, and {PMID} or {DOI}")
        found = list(_read(rows))
    except csv.Error as error:
        raise CorpusError(f"not a table of retractions: line {rows.line_num}: {error}") from error
    kept = tuple(each for each in found if isinstance(each, Retraction))
    return Notices(
        rows=len(found),
        retractions=kept,
        refused=tuple(each for each in found if isinstance(each, Refused)),
        undated=sum(not each.date for each in kept),
    )


def _read(rows: csv.DictReader[str]) -> Iterator[Retraction | Refused]:
    for row in rows:
        cells = {(k or "").strip(): (v or "").strip() for k, v in row.items() if k}
        yield _retraction(cells, rows.line_num)


def _retraction(cells: dict[str, str], line: int) -> Retraction | Refused:
    written = cells.get(NATURE, "").lower()
    if written not in _NATURES:
        return Refused(line, f"unknown nature {written!r}" if written else "no nature")
    pmids, dois = pmids_in(cells.get(PMID, "")), dois_in(cells.get(DOI, ""))
    if not pmids and not dois:
        return Refused(line, "no PMID and no DOI")
    return Retraction(
        pmids=pmids,
        dois=dois,
        nature=Nature(written),
        date=day_of(cells.get("RetractionDate", "")),
        reason="; ".join(
            part for r in cells.get("Reason", "").split(";") if (part := r.strip(" +"))
        ),
        title=cells.get("Title", ""),
        notice=next(iter(dois_in(cells.get("RetractionDOI", ""))), ""),
    )


def pmids_in(cell: str) -> tuple[str, ...]:
    """Return the PMIDs of a cell, each once; "0" and words are none."""
    return tuple(dict.fromkeys(match.group(1) for match in _PMID.finditer(cell)))


def dois_in(cell: str) -> tuple[str, ...]:
    """Return the DOIs of a cell in lower case, each once; "unavailable" is none."""
    found = (match.group().rstrip(".,;|").lower() for match in _DOI.finditer(cell))
    return tuple(dict.fromkeys(found))


def day_of(cell: str) -> str:
    """Return the day of "1/31/2020 0:00" (month first) or of an ISO date; "" for neither."""
    try:
        if match := _AMERICAN.fullmatch(cell):
            month, day, year = map(int, match.groups())
            return date(year, month, day).isoformat()
        return date.fromisoformat(cell[:10]).isoformat()
    except ValueError:
        return ""
