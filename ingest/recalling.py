"""Reads a finished store: documents, chunks, and which drug is where."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from ingest.documents import Chunk, Source, SourceType, Status
from ingest.errors import IndexDamagedError
from ingest.records import CHUNK_FIELDS, Standing, Stored, chunk_from, load_document, parse_source


@dataclass(frozen=True, slots=True)
class Entry:
    """What a store says about a document beside its text; equal where all of it is equal."""

    source_id: str
    document_id: str
    status: Status
    said: bytes


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
            return load_document(self._db, document_id)

    def source(self, document_id: str) -> tuple[Source, Standing]:
        """Return a document's source and standing; cached."""
        return self._source(document_id)

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """Return the chunks at *rows*, in that order."""
        marks = ",".join("?" * len(rows))
        sql = f"SELECT row, {CHUNK_FIELDS} FROM chunks WHERE row IN ({marks})"  # noqa: S608 - marks
        found = {row[0]: chunk_from(row[1:]) for row in self._all(sql, rows)}
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
        sql = f"SELECT {CHUNK_FIELDS} FROM chunks WHERE document_id = ? ORDER BY row"  # noqa: S608
        return [chunk_from(row) for row in self._all(sql, (document_id,))]

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

    def drugs(self, source_type: SourceType) -> list[str]:
        """Return the drug keys that have rows of one source type, the most frequent first."""
        sql = "SELECT drug FROM mentions WHERE type = ? GROUP BY drug ORDER BY count(*) DESC, drug"
        return [str(row[0]) for row in self._all(sql, (source_type,))]

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

    def entries(self) -> Iterator[Entry]:
        """Yield every document's entry, by source id and document id, one in memory at a time."""
        sql = (
            "SELECT source_id, id, status, source, superseded_by, siblings, needs_review "
            "FROM documents ORDER BY source_id, id"
        )
        for source_id, document_id, status, *said in self._db.execute(sql):
            digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
            yield Entry(str(source_id), str(document_id), Status(status), digest)

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
        return parse_source(source, SourceType(kind)), standing

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, tuple(values)).fetchall()
