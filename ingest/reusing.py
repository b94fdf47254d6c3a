"""
Vectors that are known already, by what was embedded and what embedded it.

A vector is looked for in the finished snapshots, then among those that unfinished builds and
shards computed. A metadata-only edit finds all of them; another embedder finds none, since
vectors of two identities are never looked for in one place.

    index/cache/vectors/<identity>/*.sqlite   a journal, and one file per shard; derived, disposable
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import structlog

from ingest.disposable import open_disposable
from ingest.embedding import Identity, Vectors
from ingest.errors import EmbedderError, IndexDamagedError, IndexMissingError, IngestError
from ingest.exact import VectorReader
from ingest.snapshots import (
    DOCUMENTS,
    VECTORS,
    Manifest,
    check_files,
    list_snapshots,
    read_manifest,
)
from ingest.texts import distinct_digests

log = structlog.get_logger()

JOURNAL = "journal"
LOOKED_IN = 3
"""Snapshots that are looked in, the newest first: the live one is among them or near."""
_WAIT = 60.0
_ROUNDING = 0.01
_SEAL = 4
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) STRICT"
)


class KnownVectors:
    """Finds vectors by text digest, and keeps new ones at once, so that a kill loses few."""

    def __init__(self, index: Path, identity: Identity, *, journal: str = JOURNAL) -> None:
        """Look below *index* for vectors of *identity*; keep new ones in *journal*."""
        self.identity = identity
        self._dtype = np.dtype("<f2")
        self._dimension = identity.dimension
        name = hashlib.sha256(json.dumps(asdict(identity), sort_keys=True).encode()).hexdigest()
        self._folder = index / "cache" / "vectors" / name[:16]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._own = _journal(self._folder / f"{journal}.sqlite")
        self._others = [
            _journal(path) for path in sorted(self._folder.glob("*.sqlite")) if path.stem != journal
        ]
        self._snapshots = list(_snapshots(index, identity))

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every file."""
        for db in (self._own, *self._others):
            db.close()
        for snapshot in self._snapshots:
            snapshot.close()

    def find(self, digests: Iterable[bytes]) -> dict[bytes, Vectors]:
        """Return those of the vectors wanted that are known, by digest; float32, shape (d,)."""
        wanted = set(digests)
        found: dict[bytes, Vectors] = {}
        for snapshot in self._snapshots:
            found |= snapshot.find(sorted(wanted - found.keys()))
        for db in (self._own, *self._others):
            left = sorted(wanted - found.keys())
            rows = _rows(db, "SELECT digest, vector FROM vectors WHERE digest IN", left)
            for digest, raw in rows:
                if (vector := self._unsealed(digest, raw)) is not None:
                    found[digest] = vector
        return found

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
        rounded = vectors.astype(self._dtype)
        with self._own:
            self._own.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                ((d, _sealed(d, v.tobytes())) for d, v in zip(digests, rounded, strict=True)),
            )

    def _unsealed(self, digest: bytes, raw: bytes) -> Vectors | None:
        """Return a kept vector; None where a bit of it is not as it was kept."""
        packed = raw[:-_SEAL]
        if raw != _sealed(digest, packed) or len(packed) != self._dtype.itemsize * self._dimension:
            return None
        vector: Vectors = np.frombuffer(packed, dtype=self._dtype).astype(np.float32)
        return vector

    def forget(self) -> None:
        """Close, and remove what unfinished builds had kept: a finished snapshot holds it now."""
        self.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)


def count_unknown(store: Path, known: KnownVectors) -> tuple[int, int]:
    """Return how many distinct texts of *store* have no known vector, and how many have one."""
    unknown = total = 0
    for digests in distinct_digests(store):
        unknown += len(set(digests) - known.find(digests).keys())
        total += len(digests)
    return unknown, total - unknown


class _SnapshotVectors:
    """The vectors of one finished snapshot, by text digest."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._vectors = VectorReader(
            folder / VECTORS, rows=manifest.rows, dimension=manifest.embedder.dimension
        )
        address = f"{(folder / DOCUMENTS).resolve().as_uri()}?mode=ro&immutable=1"
        self._db = sqlite3.connect(address, uri=True)

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        rows = dict(_rows(self._db, "SELECT digest, row FROM chunks WHERE digest IN", digests))
        vectors = self._vectors.vectors(list(rows.values()))
        return dict(zip(rows, vectors, strict=True))

    def close(self) -> None:
        self._db.close()


def _snapshots(index: Path, identity: Identity) -> Iterable[_SnapshotVectors]:
    for snapshot_id in list_snapshots(index)[:LOOKED_IN]:
        folder = index / "snapshots" / snapshot_id
        try:
            manifest = read_manifest(folder)
            if manifest.embedder != identity:
                continue
            # One flipped bit here would be copied into every snapshot to come.
            check_files(folder, manifest, only=(DOCUMENTS, VECTORS))
            yield _SnapshotVectors(folder, manifest)
        except (IndexDamagedError, IndexMissingError, IngestError) as error:
            log.warning("vectors_not_reused", snapshot=snapshot_id, error=str(error))


def _journal(path: Path) -> sqlite3.Connection:
    return open_disposable(path, _connected)


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_WAIT)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        with db:
            db.execute(_SCHEMA)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _sealed(digest: bytes, packed: bytes) -> bytes:
    """Return a vector's bytes with a checksum that also names its text."""
    return packed + zlib.crc32(digest + packed).to_bytes(_SEAL, "big")


def _rows(db: sqlite3.Connection, select: str, digests: Sequence[bytes]) -> list[tuple[bytes, Any]]:
    if not digests:
        return []
    marks = ",".join("?" * len(digests))
    return db.execute(f"{select} ({marks})", tuple(digests)).fetchall()
