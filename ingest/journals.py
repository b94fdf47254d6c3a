"""
One file of vectors by text digest: what unfinished builds and shards computed.

Each row carries a checksum, since one flipped bit would be copied into every snapshot to come.
Whoever uses a file holds a shared lock beside it; a file in use is never removed.
"""

from __future__ import annotations

import fcntl
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.disposable import is_damage, opened, remove
from ingest.embedding import Vectors
from ingest.errors import EmbedderError

SUFFIX = ".sqlite"
_ROUNDING = 0.01
_STORED = np.dtype("<f2")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
  digest BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL
) STRICT
"""


class Journal:
    """An open file of vectors."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Open or create the file at *path* for vectors of *dimension* numbers."""
        self._path = path
        self._bytes = dimension * _STORED.itemsize
        path.parent.mkdir(parents=True, exist_ok=True)
        self._using = path.with_name(f"{path.name}.using").open("wb")
        fcntl.flock(self._using, fcntl.LOCK_SH)
        self._db = opened(path, _prepare)

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors that are there and sound; float32, shape (dimension,)."""
        if not digests:
            return {}
        marks = ",".join("?" * len(digests))
        sql = f"SELECT digest, vector, checksum FROM vectors WHERE digest IN ({marks})"  # noqa: S608
        try:
            rows = self._db.execute(sql, tuple(digests)).fetchall()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return {}
        return {
            digest: np.frombuffer(raw, dtype=_STORED).astype(np.float32)
            for digest, raw, checksum in rows
            if len(raw) == self._bytes and zlib.crc32(digest + raw) == checksum
        }

    def keep(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """
        Keep vectors under their digests; on disk when this returns.

        Raises EmbedderError for vectors that are not of length 1: no later build must find them.
        """
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.isfinite(lengths).all() or (abs(lengths - 1) > _ROUNDING).any():
            raise EmbedderError(
                "the embedder gave vectors that are not of length 1; nothing was kept of them"
            )
        raws = [vector.tobytes() for vector in vectors.astype(_STORED)]
        rows = [(d, raw, zlib.crc32(d + raw)) for d, raw in zip(digests, raws, strict=True)]
        try:
            self._insert(rows)
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            self._insert(rows)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        self._using.close()

    def forget(self) -> None:
        """Close, and remove the file where nobody else uses it."""
        self._db.close()
        try:
            fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # whoever uses it keeps it; the next build removes it
        else:
            remove(self._path)
        self._using.close()

    def _insert(self, rows: Sequence[tuple[bytes, bytes, int]]) -> None:
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """Put an empty file in place of a damaged one; raise *error* where it is not damaged."""
        if not is_damage(error):
            raise error
        self._db.close()
        remove(self._path)
        self._db = opened(self._path, _prepare)


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    with db:
        db.execute(_SCHEMA)
    # A file of another version has other columns; it is as good as damaged, and rare.
    db.execute("SELECT digest, vector, checksum FROM vectors LIMIT 1").fetchone()
