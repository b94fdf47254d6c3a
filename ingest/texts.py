"""The chunks of a store as the later stages want them: rows with fields, digests, texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from ingest.filters import Field, Fields

_AT_ONCE = 4_096
_SINGLE = (Field.TYPE, Field.DOCUMENT, Field.SECTION, Field.STATUS, Field.PUBLISHED)
_ROWS = (
    "SELECT row, digest, chunks.type, document_id, code, status, "
    "json_extract(source, '$.published') FROM chunks "
    "JOIN documents ON documents.id = document_id ORDER BY row"
)
_DRUGS = "SELECT row, drug FROM mentions ORDER BY row, drug"
_NONE: tuple[int, Iterator[tuple[int, str]]] = (-1, iter(()))


@dataclass(frozen=True, slots=True)
class Row:
    """One chunk, what it can be found by, and the digest of its text to embed."""

    row: int
    digest: bytes
    fields: Fields


def distinct_digests(store: Path) -> Iterator[list[bytes]]:
    """Yield the text digests of *store*, each once, some thousand at a time."""
    with _read(store) as db:
        cursor = db.execute("SELECT DISTINCT digest FROM chunks ORDER BY digest")
        while some := cursor.fetchmany(_AT_ONCE):
            yield [bytes(found[0]) for found in some]


def rows_in(store: Path) -> Iterator[list[Row]]:
    """Yield every row in order, some thousand at a time."""
    with _read(store) as db:
        named = groupby(db.execute(_DRUGS), key=itemgetter(0))
        naming, drugs = next(named, _NONE)
        cursor = db.execute(_ROWS)
        while some := cursor.fetchmany(_AT_ONCE):
            rows = []
            for row, digest, *values in some:
                names: tuple[str, ...] = ()
                if row == naming:
                    names = tuple(drug for _, drug in drugs)
                    naming, drugs = next(named, _NONE)
                rows.append(Row(row, bytes(digest), _fields(values, names)))
            yield rows


def texts_in(store: Path, at_once: int) -> Iterator[dict[bytes, str]]:
    """Yield what is to be embedded by its digest, in row order, *at_once* rows at a time."""
    with _read(store) as db:
        cursor = db.execute("SELECT digest, header, lead, text FROM chunks ORDER BY row")
        while some := cursor.fetchmany(at_once):
            yield {bytes(found[0]): "\n".join(filter(None, found[1:])) for found in some}


def _fields(values: Sequence[str | None], drugs: tuple[str, ...]) -> Fields:
    one = {
        field: () if value is None else (value,)
        for field, value in zip(_SINGLE, values, strict=True)
    }
    return {**one, Field.DRUG: drugs}


@contextmanager
def _read(store: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as db:
        yield db
