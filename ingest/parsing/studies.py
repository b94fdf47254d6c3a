"""What PubMed XML, MEDLINE text and JATS share: a study's identity, dates and facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.appraising import appraise
from ingest.documents import (
    Block,
    BlockKind,
    Document,
    Notice,
    NoticeKind,
    Origin,
    Section,
    Source,
    SourceType,
    StudyFacts,
)
from ingest.errors import ParseError
from ingest.markup import squeeze
from ingest.reading import SourceFile

_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")

_RETRACTED_TITLE = re.compile(r"\W*RETRACTED(?: ARTICLE)?\b")


@dataclass(frozen=True, slots=True)
class Record:
    """
    One study as its record gives it, before it becomes a Document.

    ``abstract`` is all that is appraised; ``text`` follows it. ``subjects`` are the headings a
    journal files it under. ``fallback`` names a record that has no id.
    """

    title: str
    abstract: tuple[Section, ...] = ()
    text: tuple[Section, ...] = ()
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    vernacular: str | None = None
    journal: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    language: str | None = None
    notices: tuple[Notice, ...] = ()
    retracted: bool = False
    licence: str | None = None
    url: str | None = None
    fallback: str = ""


def document_of(record: Record, file: SourceFile, version: str) -> Document:
    """
    Build the Document of one study: its title is a section of its own, so that it is searched.

    Raises ParseError where the record has neither a title nor text.
    """
    titles = [text for text in (record.title, record.vernacular) if text]
    abstract = [section for section in record.abstract if section.blocks]
    sections = [*abstract, *(section for section in record.text if section.blocks)]
    if not titles and not sections:
        raise ParseError("the record has neither a title nor an abstract")
    if titles:
        blocks = tuple(Block(BlockKind.PROSE, text) for text in dict.fromkeys(titles))
        sections.insert(0, Section(("Title",), blocks, "title"))
    appraisal = appraise(
        title=record.title,
        abstract=abstract,
        publication_types=(*record.publication_types, *record.subjects),
        mesh=record.mesh,
    )
    retracted = (
        record.retracted
        or any(notice.kind is NoticeKind.RETRACTION_IN for notice in record.notices)
        or "retracted publication" in (kind.lower() for kind in record.publication_types)
        or _RETRACTED_TITLE.match(record.title) is not None
    )
    identity = _identity(record, file)
    facts = StudyFacts(
        pmid=record.pmid,
        pmcid=record.pmcid,
        doi=record.doi,
        journal=record.journal,
        year=int(record.published[:4]) if record.published else None,
        authors=record.authors,
        publication_types=record.publication_types,
        mesh=record.mesh,
        language=record.language,
        design=appraisal.design,
        participants=appraisal.participants,
        evidence_level=appraisal.evidence_level,
        notices=record.notices,
        retracted=retracted,
    )
    source = Source(
        id=identity,
        type=SourceType.STUDY,
        title=_without_full_stop(titles[0] if titles else identity),
        facts=facts,
        publisher=record.journal,
        published=record.published,
        url=record.url or _url(record),
        licence=record.licence,
    )
    name = record.pmid or record.pmcid or record.doi or record.fallback or None
    return Document(
        identity, source, tuple(sections), Origin(file.path, file.sha256, version, name)
    )


def _identity(record: Record, file: SourceFile) -> str:
    if record.pmid:
        return f"study:pmid:{record.pmid}"
    if record.pmcid:
        return f"study:pmcid:{record.pmcid}"
    if record.doi:
        return f"study:doi:{record.doi}"
    stem = PurePosixPath(file.path.rpartition("!")[2]).stem
    slug = re.sub(r"[^a-z0-9]+", "-", f"{stem} {record.fallback}".lower()).strip("-")
    return f"study:{slug}"


def _url(record: Record) -> str | None:
    if record.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/"
    if record.pmcid:
        return pmc_url(record.pmcid)
    return f"https://doi.org/{record.doi}" if record.doi else None


def pmc_url(pmcid: str) -> str:
    """Return the address of a full text in PubMed Central."""
    return f"https://www.ncbi.nlm.nih.gov/pmc/articles/{pmcid}/"


def _without_full_stop(title: str) -> str:
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def pmcid_of(text: str | None) -> str | None:
    """Return "PMC1065070" for "1065070", "PMC1065070" or "PMC1065070.1"; None for the rest."""
    found = re.fullmatch(r"(?:PMC)?(\d+)(?:\.\d+)?", squeeze(text or ""), re.IGNORECASE)
    return f"PMC{found.group(1)}" if found else None


def pmid_of(text: str | None) -> str | None:
    """Return a PubMed id, 1-8 digits; None for anything else."""
    text = squeeze(text or "")
    return text if re.fullmatch(r"[1-9]\d{0,7}", text) else None


def doi_of(text: str | None) -> str | None:
    """Return the first DOI in *text*, without the full stop that ends a citation."""
    found = _DOI.search(text or "")
    return found.group().rstrip(".,;") if found else None


def iso_date(year: str | None, month: str | None = None, day: str | None = None) -> str | None:
    """
    Return an ISO date as precise as its parts: ("2004", "Dec", "7") -> "2004-12-07".

    Months are numbers or English names; a season or a span of months ("Jul-Aug") gives the year.
    """
    year = squeeze(year or "")
    if not re.fullmatch(r"(?:1[5-9]|20)\d\d", year):
        return None
    month = squeeze(month or "").lower()
    if re.fullmatch(r"0?[1-9]|1[0-2]", month):
        number = f"{int(month):02d}"
    elif re.fullmatch(r"[a-z]{3,9}\.?", month) and month[:3] in _MONTHS:
        number = _MONTHS[month[:3]]
    else:
        return year
    day = squeeze(day or "")
    if not re.fullmatch(r"0?[1-9]|[12]\d|3[01]", day):
        return f"{year}-{number}"
    return f"{year}-{number}-{int(day):02d}"


def loose_date(text: str | None) -> str | None:
    """
    Return the ISO date of MEDLINE's free form: "2006 Mar 1", "1998 Dec-1999 Jan" -> "1998".

    A span of months, seasons or years gives the year it begins in.
    """
    text = squeeze(text or "")
    exact = re.fullmatch(r"(\d{4})(?: ([A-Za-z]{3,9})(?: (\d{1,2}))?)?", text)
    if exact:
        return iso_date(*exact.groups())
    years: list[str] = re.findall(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", text)
    return years[0] if years else None


def distinct(values: Sequence[str | None]) -> tuple[str, ...]:
    """Return the values that are there, each once, in order."""
    return tuple(dict.fromkeys(value for value in values if value))
