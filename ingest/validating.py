"""Source folders -> what is wrong with them, or lacking, before anything is indexed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from ingest.documents import DeadLetter, Document, LabelFacts, StudyFacts
from ingest.errors import CorpusError, RefusedError
from ingest.manifests import with_entry
from ingest.parsing import fault_of, records_of
from ingest.reading import SourceFile, check_folders, read_sources
from ingest.reporting import Progress, Silent


class Grade(StrEnum):
    """How bad a fault is: the thing cannot be used as it is, or is used with less to say of it."""

    WRONG = "wrong"
    LACKING = "lacking"


class Kind(StrEnum):
    """What is the matter; in the order in which it is told."""

    MANIFEST = "manifest mistake"
    DEAD_LETTER = "dead letter"
    NO_TEXT = "document without text"
    FUTURE = "date in the future"
    DUPLICATE = "document id given twice"
    NO_PMID = "study without PMID"
    NO_SET_ID = "label without set id"
    EMPTY_SECTION = "section without text"
    NO_LICENCE = "no licence"
    NO_URL = "no url"


_WRONG = frozenset({Kind.MANIFEST, Kind.DEAD_LETTER, Kind.NO_TEXT, Kind.FUTURE})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is the matter: with a file or one record of it, and what."""

    kind: Kind
    path: str
    said: str
    record: str | None = None

    @property
    def grade(self) -> Grade:
        """How bad it is."""
        return Grade.WRONG if self.kind in _WRONG else Grade.LACKING


@dataclass(slots=True)
class FileFacts:
    """What one file came to; ``format`` is None where it could not be told."""

    path: str
    format: str | None = None
    records: int = 0
    documents: int = 0


@dataclass(slots=True)
class Validation:
    """Every file with what it came to, and every fault, in the order they were met."""

    files: dict[str, FileFacts] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """The number of documents."""
        return sum(each.documents for each in self.files.values())

    def is_fit(self, *, strict: bool = False) -> bool:
        """Tell whether nothing is wrong; with *strict*, whether nothing is lacking either."""
        bad = set(Grade) if strict else {Grade.WRONG}
        return not any(each.grade in bad for each in self.faults)


def validate(
    folders: Sequence[Path], today: date, *, progress: Progress | None = None
) -> Validation:
    """
    Read and parse every file of *folders*, and index none.

    A manifest that cannot be used, and an empty folder, are faults. Raises CorpusError where a
    folder is missing.
    """
    check_folders(folders)
    shown = progress or Silent()
    found = Validation()
    first: dict[str, str] = {}
    for folder in folders:
        try:
            for item in read_sources([folder]):
                _take(found, item, first, today, str(folder))
                shown.advance("files", len(found.files), None)
        except (CorpusError, RefusedError) as error:
            found.faults.append(Fault(Kind.MANIFEST, str(folder), str(error)))
    return found


def _take(
    found: Validation,
    item: SourceFile | DeadLetter,
    first: dict[str, str],
    today: date,
    folder: str,
) -> None:
    """Parse one file into *found*; *first* tells where each document id was met first."""
    path = f"{folder}/{item.path}"
    facts = found.files.setdefault(path, FileFacts(path))
    if isinstance(item, DeadLetter):
        facts.records += 1
        found.faults.append(Fault(Kind.DEAD_LETTER, path, item.reason, item.record))
        return
    facts.format = item.format
    for record in _records(item):
        facts.records += 1
        if isinstance(record, DeadLetter):
            found.faults.append(Fault(Kind.DEAD_LETTER, path, record.reason, record.record))
            continue
        facts.documents += 1
        found.faults += inspect(record, path, today)
        if (before := first.setdefault(record.id, path)) != path:
            said = f"{record.id} is also in {before}"
            found.faults.append(Fault(Kind.DUPLICATE, path, said, record.origin.record))


def _records(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """Yield what ingestion would make of *file*, with its dead letters."""
    try:
        for record in records_of(file):
            if isinstance(record, DeadLetter):
                yield record
                continue
            document = with_entry(record, file.entry)
            try:
                document.text.encode()
            except UnicodeEncodeError as error:
                # JSON can spell half a character, which no UTF-8 file can hold.
                reason = f"text that cannot be stored: {error}"
                yield DeadLetter(file.path, reason, record.origin.record)
                continue
            yield document
    except Exception as error:  # noqa: BLE001 - as in ingestion
        yield fault_of(file, error)


def inspect(document: Document, path: str, today: date) -> Iterator[Fault]:
    """Yield what is wrong with, or lacking in, one document that was read from *path*."""
    source = document.source

    def fault(kind: Kind, said: str) -> Fault:
        return Fault(kind, path, said, document.origin.record)

    empty = [section for section in document.sections if not section.text.strip()]
    if len(empty) == len(document.sections):
        yield fault(Kind.NO_TEXT, f"{document.id} has no text")
    else:
        for section in empty:
            heading = " > ".join(section.headings) or section.code or "without a heading"
            yield fault(Kind.EMPTY_SECTION, f"{document.id}: {heading}")
    # Dates are cut to what is known of them, and so is today.
    if source.published and source.published > today.isoformat()[: len(source.published)]:
        yield fault(Kind.FUTURE, f"{document.id} is of {source.published}")
    if isinstance(source.facts, StudyFacts) and not source.facts.pmid:
        yield fault(Kind.NO_PMID, document.id)
    if isinstance(source.facts, LabelFacts) and not source.facts.set_id:
        yield fault(Kind.NO_SET_ID, document.id)
    if not source.licence:
        yield fault(Kind.NO_LICENCE, document.id)
    if not source.url:
        yield fault(Kind.NO_URL, document.id)
