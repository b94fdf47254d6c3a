"""
The documents of a snapshot: whole texts, where each chunk stands in them, which drug is where.

One SQLite file, written once and read ever after: text is kept out of Chroma, whose own SQLite
grew by seven times the text it was given.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter

from ingest.documents import (
    Chunk,
    Document,
    Facts,
    GuidelineFacts,
    LabelFacts,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.errors import IndexDamagedError

_SCHEMA = """
CREATE TABLE documents (
  id TEXT PRIMARY KEY, source_id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
  superseded_by TEXT, siblings TEXT NOT NULL, source TEXT NOT NULL, sections TEXT NOT NULL,
  origin TEXT NOT NULL, needs_review INTEGER NOT NULL
) STRICT;
CREATE TABLE staged (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, source_id TEXT NOT NULL, type TEXT NOT NULL,
  source TEXT NOT NULL, sections TEXT NOT NULL, origin TEXT NOT NULL, needs_review INTEGER NOT NULL
) STRICT;
CREATE TABLE duplicates (
  path TEXT NOT NULL, record TEXT, document_id TEXT NOT NULL, duplicate_of TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE chunks (
  row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL, type TEXT NOT NULL,
  headings TEXT NOT NULL, code TEXT, header TEXT NOT NULL, lead TEXT NOT NULL,
  text TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, recommendation TEXT
) STRICT;
CREATE TABLE mentions (
  drug TEXT NOT NULL, row INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (drug, type, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX chunks_by_document ON chunks (document_id, code);
CREATE INDEX documents_by_type ON documents (type, status);
"""
_FACTS: dict[SourceType, TypeAdapter[Any]] = {
    SourceType.LABEL: TypeAdapter(LabelFacts),
    SourceType.STUDY: TypeAdapter(StudyFacts),
    SourceType.GUIDELINE: TypeAdapter(GuidelineFacts),
}
_SECTIONS = TypeAdapter(tuple[Section, ...])
_ORIGIN = TypeAdapter(Origin)
_RECOMMENDATION = TypeAdapter(Recommendation)
_CHUNK_FIELDS = "id, document_id, type, headings, code, header, lead, text, start, end"
_CHUNK_FIELDS += ", recommendation"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a document is today, and which others say the same."""

    status: Status
    superseded_by: str | None = None
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the snapshot holds it."""

    document: Document
    standing: Standing


class DocumentWriter:
    """Builds the store; one writer, documents are staged first, then kept or dropped."""

    def __init__(self, path: Path) -> None:
        """Create an empty store at *path*."""
        self._db = sqlite3.connect(path)
        # A build is thrown away when it dies: durability comes from one sync at its end.
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_SCHEMA)

    def stage(self, document: Document) -> int:
        """Put one parsed document aside, and return its key: two may still share an id."""
        cursor = self._db.execute(
            "INSERT INTO staged (id, source_id, type, source, sections, origin, needs_review) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document.id,
                document.source.id,
                document.source.type,
                _dump_source(document.source),
                _SECTIONS.dump_json(document.sections).decode(),
                _ORIGIN.dump_json(document.origin).decode(),
                int(document.needs_review),
            ),
        )
        return int(cursor.lastrowid or 0)

    def keep(self, key: int, standing: Standing, facts: Facts | None = None) -> None:
        """Take a staged document in, with *facts* in place of its own where they are given."""
        self._db.execute(
            "INSERT INTO documents SELECT id, source_id, type, ?, ?, ?, source, sections, origin, "
            "needs_review FROM staged WHERE key = ?",
            (standing.status, standing.superseded_by, json.dumps(standing.siblings), key),
        )
        if facts is not None:
            source_type, source = self._db.execute(
                "SELECT type, source FROM staged WHERE key = ?", (key,)
            ).fetchone()
            restated = replace(_parse_source(source, SourceType(source_type)), facts=facts)
            self._db.execute(
                "UPDATE documents SET source = ? WHERE id = (SELECT id FROM staged WHERE key = ?)",
                (_dump_source(restated), key),
            )

    def drop(self, key: int, duplicate_of: str, reason: str) -> Origin:
        """Leave a staged duplicate out, keeping word of it; return where it was read."""
        document_id, origin = self._db.execute(
            "SELECT id, origin FROM staged WHERE key = ?", (key,)
        ).fetchone()
        where = _ORIGIN.validate_json(origin)
        self._db.execute(
            "INSERT INTO duplicates VALUES (?, ?, ?, ?, ?)",
            (where.path, where.record, document_id, duplicate_of, reason),
        )
        return where

    def settle(self) -> None:
        """Forget what was staged; only what was kept remains."""
        self._db.execute("DROP TABLE staged")

    def documents(self) -> Iterator[Document]:
        """Yield every kept document, by type and id, one in memory at a time."""
        ids = [row[0] for row in self._db.execute("SELECT id FROM documents ORDER BY type, id")]
        for document_id in ids:
            stored = _load(self._db, document_id)
            if stored is not None:
                yield stored.document

    def add_chunks(self, first_row: int, chunks: Sequence[Chunk]) -> None:
        """Store chunks at consecutive rows: row n is vector n."""
        self._db.executemany(
            f"INSERT INTO chunks (row, {_CHUNK_FIELDS}) "  # noqa: S608 - our own constant
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    first_row + offset,
                    chunk.id,
                    chunk.document_id,
                    chunk.type,
                    json.dumps(chunk.headings, ensure_ascii=False),
                    chunk.code,
                    chunk.header,
                    chunk.lead,
                    chunk.text,
                    chunk.start,
                    chunk.end,
                    _RECOMMENDATION.dump_json(chunk.recommendation).decode()
                    if chunk.recommendation
                    else None,
                )
                for offset, chunk in enumerate(chunks)
            ],
        )

    def add_mentions(self, row: int, source_type: SourceType, drugs: Iterable[str]) -> None:
        """Record which drugs (by ``ingest.naming.drug_key``) a chunk is about or names."""
        self._db.executemany(
            "INSERT OR IGNORE INTO mentions VALUES (?, ?, ?)",
            [(drug, row, source_type) for drug in drugs],
        )

    def close(self) -> None:
        """Write everything out."""
        self._db.commit()
        self._db.execute("VACUUM")
        self._db.close()


class DocumentReader:
    """Reads a finished store from any thread; never writes."""

    def __init__(self, path: Path) -> None:
        """Open the store at *path*. Raises IndexDamagedError when it is not one."""
        try:
            # As a URI, since only one can say that the file never changes.
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self._db.execute("SELECT count(*) FROM documents").fetchone()
        except sqlite3.DatabaseError as error:
            raise IndexDamagedError(f"{path} cannot be read: {error}") from error
        self._lock = threading.Lock()
        self._source = lru_cache(maxsize=4096)(self._load_source)
        self._labels: tuple[tuple[str, Source, Standing], ...] | None = None

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def get(self, document_id: str) -> Stored | None:
        """Return one document whole, or None."""
        with self._lock:
            return _load(self._db, document_id)

    def source(self, document_id: str) -> tuple[Source, Standing]:
        """Return a document's source and standing; cached."""
        return self._source(document_id)

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """Return the chunks at *rows*, in that order."""
        marks = ",".join("?" * len(rows))
        sql = f"SELECT row, {_CHUNK_FIELDS} FROM chunks WHERE row IN ({marks})"  # noqa: S608 - marks
        found = {row[0]: _chunk(row[1:]) for row in self._all(sql, rows)}
        return [found[row] for row in rows]

    def row_of(self, chunk_id: str) -> int | None:
        """Return a chunk's row, or None."""
        found = self._all("SELECT row FROM chunks WHERE id = ?", (chunk_id,))
        return int(found[0][0]) if found else None

    def rows_of(self, chunk_ids: Sequence[str]) -> dict[str, int]:
        """Return the rows of several chunks by id."""
        marks = ",".join("?" * len(chunk_ids))
        sql = f"SELECT id, row FROM chunks WHERE id IN ({marks})"  # noqa: S608 - marks
        return {str(i): int(row) for i, row in self._all(sql, chunk_ids)}

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """Return every chunk of a document, in order."""
        sql = f"SELECT {_CHUNK_FIELDS} FROM chunks WHERE document_id = ? ORDER BY row"  # noqa: S608
        return [_chunk(row) for row in self._all(sql, (document_id,))]

    def document_rows(self, document_id: str, codes: Iterable[str] = ()) -> list[int]:
        """Return a document's rows in order, of the sections in *codes* where any are given."""
        wanted = tuple(codes)
        sql = "SELECT row FROM chunks WHERE document_id = ?"
        if wanted:
            sql += f" AND code IN ({','.join('?' * len(wanted))})"
        return [int(row[0]) for row in self._all(f"{sql} ORDER BY row", (document_id, *wanted))]

    def drug_rows(self, drug: str, source_type: SourceType) -> list[int]:
        """Return the rows of one source type that are about, or name, a drug key."""
        sql = "SELECT row FROM mentions WHERE drug = ? AND type = ? ORDER BY row"
        return [int(row[0]) for row in self._all(sql, (drug, source_type))]

    def labels(self) -> tuple[tuple[str, Source, Standing], ...]:
        """Return every label's document id, source and standing, by id; read once."""
        if self._labels is None:
            sql = "SELECT id FROM documents WHERE type = ? ORDER BY id"
            ids = [str(row[0]) for row in self._all(sql, (SourceType.LABEL,))]
            self._labels = tuple((each, *self.source(each)) for each in ids)
        return self._labels

    def listing(
        self, *, after: str = "", limit: int = 50, source_type: SourceType | None = None
    ) -> list[str]:
        """Return up to *limit* document ids above *after*, in order."""
        sql = (
            "SELECT id FROM documents WHERE id > ? AND (? IS NULL OR type = ?) ORDER BY id LIMIT ?"
        )
        return [str(r[0]) for r in self._all(sql, (after, source_type, source_type, limit))]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _load_source(self, document_id: str) -> tuple[Source, Standing]:
        sql = "SELECT source, status, superseded_by, siblings, type FROM documents WHERE id = ?"
        found = self._all(sql, (document_id,))
        if not found:
            raise IndexDamagedError(f"document {document_id} is missing from the snapshot")
        source, status, superseded_by, siblings, kind = found[0]
        standing = Standing(Status(status), superseded_by, tuple(json.loads(siblings)))
        return _parse_source(source, SourceType(kind)), standing

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, tuple(values)).fetchall()


def _load(db: sqlite3.Connection, document_id: str) -> Stored | None:
    found = db.execute(
        "SELECT source, type, sections, origin, needs_review, status, superseded_by, siblings "
        "FROM documents WHERE id = ?",
        (document_id,),
    ).fetchone()
    if found is None:
        return None
    source, kind, sections, origin, review, status, superseded_by, siblings = found
    document = Document(
        document_id,
        _parse_source(source, SourceType(kind)),
        _SECTIONS.validate_json(sections),
        _ORIGIN.validate_json(origin),
        bool(review),
    )
    standing = Standing(Status(status), superseded_by, tuple(json.loads(siblings)))
    return Stored(document, standing)


def _chunk(row: Sequence[Any]) -> Chunk:
    chunk_id, document_id, kind, headings, code, header, lead, text, start, end, rec = row
    return Chunk(
        chunk_id,
        document_id,
        SourceType(kind),
        tuple(json.loads(headings)),
        code,
        header,
        lead,
        text,
        start,
        end,
        _RECOMMENDATION.validate_json(rec) if rec else None,
    )


def _dump_source(source: Source) -> str:
    facts: dict[str, Any] = _FACTS[source.type].dump_python(source.facts, mode="json")
    return json.dumps(
        {
            "id": source.id,
            "title": source.title,
            "kind": source.kind,
            "publisher": source.publisher,
            "published": source.published,
            "url": source.url,
            "licence": source.licence,
            "summary_of": source.summary_of,
            "facts": facts,
        },
        ensure_ascii=False,
    )


def _parse_source(text: str, source_type: SourceType) -> Source:
    raw: dict[str, Any] = json.loads(text)
    facts: Facts = _FACTS[source_type].validate_python(raw.pop("facts"), strict=False)
    kind = SourceKind(raw.pop("kind"))
    return Source(type=source_type, facts=facts, kind=kind, **raw)
