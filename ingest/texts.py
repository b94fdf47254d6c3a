"""The chunks of a store as the later stages want them: rows, text digests, texts to embed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.documents import SourceType

_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Row:
    """One chunk: row n is vector n; ``digest`` is that of its text to embed."""

    row: int
    type: SourceType
    digest: bytes


def distinct_digests(store: Path) -> Iterator[list[bytes]]:
    """Yield the text digests of *store*, each once, some thousand at a time."""
    with _read(store) as db:
        cursor = db.execute("SELECT DISTINCT digest FROM chunks ORDER BY digest")
        while some := cursor.fetchmany(_AT_ONCE):
            yield [bytes(found[0]) for found in some]


def rows_in(store: Path) -> Iterator[list[Row]]:
    """Yield every row in order, some thousand at a time."""
    with _read(store) as db:
        cursor = db.execute("SELECT row, type, digest FROM chunks ORDER BY row")
        while some := cursor.fetchmany(_AT_ONCE):
            yield [Row(row, SourceType(kind), bytes(digest)) for row, kind, digest in some]


def texts_in(store: Path, at_once: int) -> Iterator[dict[bytes, str]]:
    """Yield what is to be embedded by its digest, in row order, *at_once* rows at a time."""
    with _read(store) as db:
        cursor = db.execute("SELECT digest, header, lead, text FROM chunks ORDER BY row")
        while some := cursor.fetchmany(at_once):
            yield {bytes(found[0]): "\n".join(filter(None, found[1:])) for found in some}


@contextmanager
def _read(store: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as db:
        yield db
