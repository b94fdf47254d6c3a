"""What a finished store holds, in figures: how many of what, how old, under which licence."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.documents import LabelFacts, Source, SourceKind, SourceType, Status
from ingest.errors import IndexDamagedError
from ingest.records import parse_source

LARGEST = 10
"""How many of the largest documents, and of the drugs with most labels, are named."""
_UNKNOWN = "not stated"


@dataclass(slots=True)
class TypeFigures:
    """Of one source type: documents by status, summaries among them, chunks, words in chunks."""

    documents: int = 0
    chunks: int = 0
    words: int = 0
    summaries: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Large:
    """A document and the words in its chunks."""

    id: str
    title: str
    words: int


@dataclass(slots=True)
class Stock:
    """
    The figures of a store.

    ``years`` counts documents by year of publication and ``licences`` by licence, "not stated"
    among both; ``oldest`` and ``newest`` are dates of publication as the sources give them.
    ``drugs`` counts labels by what they are of ("tilimorex + zorvaxone"). ``retracted`` are so
    by their own record, ``retracted_since`` by the table of retractions alone.
    """

    types: dict[str, TypeFigures]
    years: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    drugs: Counter[str] = field(default_factory=Counter)
    largest: tuple[Large, ...] = ()
    oldest: str | None = None
    newest: str | None = None
    retracted: int = 0
    retracted_since: int = 0
    needs_review: int = 0


def take_stock(store: Path, is_retracted: Callable[[Source], bool]) -> Stock:
    """
    Count what the documents file *store* holds; *is_retracted* asks the table of retractions.

    Raises IndexDamagedError where it cannot be read.
    """
    stock = Stock({str(source_type): TypeFigures() for source_type in SourceType})
    with _reading(store) as db:
        words = _count_words(db, stock)
        titles = {}
        fields = "SELECT id, type, status, source, needs_review FROM documents ORDER BY id"
        for document_id, kind, status, text, review in db.execute(fields):
            source = parse_source(text, SourceType(kind))
            titles[document_id] = source.title
            _count(stock, source, Status(status))
            stock.needs_review += review
            if Status(status) is not Status.RETRACTED:
                stock.retracted_since += is_retracted(source)
    stock.largest = tuple(Large(each, titles[each], n) for each, n in words.most_common(LARGEST))
    return stock


def published_range(store: Path) -> tuple[str | None, str | None]:
    """Return the oldest and the newest date of publication. Raises IndexDamagedError."""
    with _reading(store) as db:
        date = "json_extract(source, '$.published')"
        oldest, newest = db.execute(f"SELECT min({date}), max({date}) FROM documents").fetchone()  # noqa: S608 - ours
    return oldest, newest


def _count_words(db: sqlite3.Connection, stock: Stock) -> Counter[str]:
    """Count the chunks and their words by type; return the words of each document."""
    words: Counter[str] = Counter()
    for document_id, kind, text in db.execute("SELECT document_id, type, text FROM chunks"):
        number = len(text.split())
        words[document_id] += number
        stock.types[kind].chunks += 1
        stock.types[kind].words += number
    return words


def _count(stock: Stock, source: Source, status: Status) -> None:
    figures = stock.types[source.type]
    figures.documents += 1
    figures.statuses[status] += 1
    figures.summaries += source.kind is SourceKind.SUMMARY
    stock.retracted += status is Status.RETRACTED
    stock.licences[source.licence or _UNKNOWN] += 1
    stock.years[source.published[:4] if source.published else _UNKNOWN] += 1
    if source.published:
        stock.oldest = min(stock.oldest or source.published, source.published)
        stock.newest = max(stock.newest or source.published, source.published)
    if isinstance(source.facts, LabelFacts):
        stock.drugs[" + ".join(source.facts.ingredients) or _UNKNOWN] += 1


@contextmanager
def _reading(store: Path) -> Iterator[sqlite3.Connection]:
    address = f"{store.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            yield db
    except sqlite3.DatabaseError as error:
        raise IndexDamagedError(f"{store} cannot be read: {error}") from error
