"""
Writes the documents of a snapshot: whole texts, where each chunk stands in them, which drug where.

One SQLite file, written once and read ever after: text is kept out of Chroma, whose own SQLite
grew by seven times the text it was given.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.documents import Chunk, Document, Facts, Origin, SourceType
from ingest.records import (
    CHUNK_FIELDS,
    ORIGIN,
    RECOMMENDATION,
    SECTIONS,
    Standing,
    dump_source,
    load_document,
    parse_source,
    text_digest,
)

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
  text TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, recommendation TEXT,
  digest BLOB NOT NULL
) STRICT;
CREATE TABLE mentions (
  drug TEXT NOT NULL, row INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (drug, type, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX chunks_by_document ON chunks (document_id, code);
CREATE INDEX chunks_by_digest ON chunks (digest);
CREATE INDEX documents_by_type ON documents (type, status);
"""


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
                dump_source(document.source),
                SECTIONS.dump_json(document.sections).decode(),
                ORIGIN.dump_json(document.origin).decode(),
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
            restated = replace(parse_source(source, SourceType(source_type)), facts=facts)
            self._db.execute(
                "UPDATE documents SET source = ? WHERE id = (SELECT id FROM staged WHERE key = ?)",
                (dump_source(restated), key),
            )

    def drop(self, key: int, duplicate_of: str, reason: str) -> Origin:
        """Leave a staged duplicate out, keeping word of it; return where it was read."""
        document_id, origin = self._db.execute(
            "SELECT id, origin FROM staged WHERE key = ?", (key,)
        ).fetchone()
        where = ORIGIN.validate_json(origin)
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
            stored = load_document(self._db, document_id)
            if stored is not None:
                yield stored.document

    def add_chunks(self, first_row: int, chunks: Sequence[Chunk]) -> None:
        """Store chunks at consecutive rows: row n is vector n."""
        self._db.executemany(
            f"INSERT INTO chunks (row, {CHUNK_FIELDS}, digest) "  # noqa: S608 - ours
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    RECOMMENDATION.dump_json(chunk.recommendation).decode()
                    if chunk.recommendation
                    else None,
                    text_digest(chunk.indexed_text),
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
