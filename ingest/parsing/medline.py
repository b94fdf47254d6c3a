"""MEDLINE text (PubMed's "PubMed format" download): tagged fields, one record per PMID."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.documents import DeadLetter, Document, Notice, NoticeKind, Section
from ingest.errors import ParseError
from ingest.markup import squeeze
from ingest.parsing.abstracts import ABSTRACT, abstract_part, merged
from ingest.parsing.studies import (
    Record,
    distinct,
    document_of,
    doi_of,
    iso_date,
    loose_date,
    pmcid_of,
    pmid_of,
)
from ingest.reading import SourceFile

VERSION = "medline/1"

# https://www.nlm.nih.gov/bsd/mms/medlineelements.html: a tag of up to four letters, "- ", a
# value that goes on in lines of six spaces.
_FIELD = re.compile(r"(?P<tag>[A-Z][A-Z0-9]{1,4}) {0,2}-(?: (?P<value>.*))?")
_PMID = re.compile(r"PMID: ?(\d{1,8})")
_NOTICES: dict[str, NoticeKind] = {
    "RIN": NoticeKind.RETRACTION_IN,
    "RRI": NoticeKind.RETRACTION_IN,
    "ROF": NoticeKind.RETRACTION_OF,
    "EIN": NoticeKind.ERRATUM_IN,
    "CRI": NoticeKind.ERRATUM_IN,
    "EFR": NoticeKind.ERRATUM_FOR,
    "UIN": NoticeKind.UPDATE_IN,
    "UOF": NoticeKind.UPDATE_OF,
    "ECI": NoticeKind.CONCERN_IN,
    "ECF": NoticeKind.CONCERN_FOR,
    "CIN": NoticeKind.COMMENT_IN,
    "CON": NoticeKind.COMMENT_ON,
    "PRIN": NoticeKind.OTHER,
    "PROF": NoticeKind.OTHER,
    "RPI": NoticeKind.OTHER,
    "RPF": NoticeKind.OTHER,
    "CRF": NoticeKind.OTHER,
    "RRF": NoticeKind.OTHER,
    "ORI": NoticeKind.OTHER,
    "SPIN": NoticeKind.OTHER,
}

Fields = dict[str, list[str]]


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield one Document or DeadLetter per record, in the file's order.

    Raises ParseError where the file is not UTF-8 text or holds no tagged field at all.
    """
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 text: {error.reason} at byte {error.start}") from error
    records = list(_records(text))
    if not any(fields for fields, _ in records):
        raise ParseError("no MEDLINE field in the file")
    for number, (fields, stray) in enumerate(records, start=1):
        pmid = _first(fields, "PMID")
        if stray:
            yield DeadLetter(file.path, f"a line that is no field: {stray[:60]!r}", pmid)
        elif fields:
            try:
                yield document_of(_record(fields, str(number)), file, VERSION)
            except ParseError as error:
                yield DeadLetter(file.path, str(error), pmid or f"record {number}")


def _records(text: str) -> Iterator[tuple[Fields, str]]:
    """
    Yield each record's fields, and the first line that fits nowhere ("" in a sound record).

    A record begins at its PMID; a blank line ends one too, where the next line is a field that
    the record already has.
    """
    fields: Fields = {}
    stray, last, gap = "", "", False
    lines: list[str] = []  # of the value under way: joined once, not once a line
    for line in text.splitlines():
        field = _FIELD.fullmatch(line.rstrip())
        if not line.strip():
            gap = True
        elif field is not None:
            if lines:
                fields[last][-1] = " ".join(lines)
            last = field["tag"]
            if fields and (last == "PMID" or (gap and last in fields and last in _ONCE)):
                yield fields, stray
                fields, stray = {}, ""
            lines = [field["value"] or ""]
            fields.setdefault(last, []).append(lines[0])
            gap = False
        elif line[0].isspace() and last and not gap:
            lines.append(line.strip())
        else:
            stray = stray or line.strip()
    if lines:
        fields[last][-1] = " ".join(lines)
    if fields or stray:
        yield fields, stray


_ONCE = frozenset({"PMID", "OWN", "STAT", "TI", "DP"})


def _record(fields: Fields, number: str) -> Record:
    title, vernacular = _first(fields, "TI") or "", _first(fields, "TT")
    if not title or title.lower().startswith("[not available"):
        title = vernacular or _first(fields, "BTI") or ""
    ids = [*fields.get("AID", ()), *fields.get("LID", ())]
    abstract = [s for text in fields.get("AB", ()) for s in abstract_part(None, squeeze(text))]
    return Record(
        title=title,
        vernacular=vernacular,
        abstract=tuple(merged(abstract)),
        text=tuple(_others(fields)),
        pmid=pmid_of(_first(fields, "PMID")),
        pmcid=pmcid_of(_first(fields, "PMC")),
        doi=doi_of(next((text for text in ids if text.rstrip().endswith("[doi]")), None)),
        journal=_first(fields, "JT") or _first(fields, "TA") or _first(fields, "BTI"),
        published=loose_date(_first(fields, "DP")) or _compact_date(_first(fields, "DEP")),
        authors=distinct([*fields.get("AU", ()), *fields.get("CN", ())]),
        publication_types=distinct([squeeze(text) for text in fields.get("PT", ())]),
        mesh=_mesh(fields.get("MH", [])),
        language=_first(fields, "LA"),
        notices=_notices(fields),
        licence=_first(fields, "CI"),
        fallback=number,
    )


def _others(fields: Fields) -> Iterator[Section]:
    """Yield the abstracts by other hands (OAB) or in other languages (OABL)."""
    languages = [*fields.get("OABL", ())]
    for index, text in enumerate(fields.get("OAB", ())):
        kind, _, body = text.partition(": ") if text.startswith("Publisher:") else ("", "", text)
        language = squeeze(languages[index]) if index < len(languages) else "eng"
        head = f"{ABSTRACT} ({', '.join(part for part in (kind, language) if part)})"
        for part in abstract_part(None, squeeze(body)):
            yield Section((head, *part.headings[1:]), part.blocks, part.code)


def _compact_date(text: str | None) -> str | None:
    digits = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text or "")
    return iso_date(*digits.groups()) if digits else None


def _mesh(values: list[str]) -> tuple[str, ...]:
    """Split "Software/*methods/trends" into a heading for each qualifier; stars mark emphasis."""
    headings: list[str | None] = []
    for value in values:
        descriptor, *qualifiers = squeeze(value.replace("*", "")).split("/")
        headings += [f"{descriptor}/{q}" for q in qualifiers] if qualifiers else [descriptor]
    return distinct(headings)


def _notices(fields: Fields) -> tuple[Notice, ...]:
    notices = []
    for tag, kind in _NOTICES.items():
        for value in fields.get(tag, ()):
            text, pmid = squeeze(value), _PMID.search(value)
            told = text if kind is not NoticeKind.OTHER else f"{tag}: {text}"
            notices.append(Notice(kind, pmid.group(1) if pmid else None, doi_of(text), told))
    return tuple(notices)


def _first(fields: Fields, tag: str) -> str | None:
    return squeeze(fields.get(tag, [""])[0]) or None
