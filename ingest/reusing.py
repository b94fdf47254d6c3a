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
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Self

import structlog

from ingest.activating import live_first
from ingest.embedding import Identity, Vectors
from ingest.errors import IngestError
from ingest.exact import VectorReader
from ingest.journals import SUFFIX, Journal
from ingest.locking import Lease
from ingest.snapshots import (
    DOCUMENTS,
    MANIFEST,
    VECTORS,
    Manifest,
    check_files,
    folder_of,
    read_manifest,
)
from ingest.texts import distinct_digests

log = structlog.get_logger()

JOURNAL = "journal"
LOOKED_IN = 3
"""Sound snapshots of the embedder that are looked in: the live one, then the newest."""


class KnownVectors:
    """Finds vectors by text digest, and keeps new ones at once, so that a kill loses few."""

    def __init__(self, index: Path, identity: Identity, *, journal: str = JOURNAL) -> None:
        """Look below *index* for vectors of *identity*; keep new ones in *journal*."""
        self.identity = identity
        name = hashlib.sha256(json.dumps(asdict(identity), sort_keys=True).encode()).hexdigest()
        folder = index / "cache" / "vectors" / name[:16]
        names = [journal, *(p.stem for p in sorted(folder.glob(f"*{SUFFIX}")) if p.stem != journal)]
        # The first is this one's own, and the only one that is written to.
        self._journals = [Journal(folder / f"{n}{SUFFIX}", identity.dimension) for n in names]
        self._snapshots = list(islice(_snapshots(index, identity), LOOKED_IN))

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every file."""
        for journal in self._journals:
            journal.close()
        for snapshot in self._snapshots:
            snapshot.close()
        self._journals, self._snapshots = [], []

    def find(self, digests: Iterable[bytes]) -> dict[bytes, Vectors]:
        """Return those of the vectors wanted that are known, by digest; float32, shape (d,)."""
        wanted = set(digests)
        found: dict[bytes, Vectors] = {}
        for snapshot in self._snapshots:
            found |= snapshot.find(sorted(wanted - found.keys()))
        for journal in self._journals:
            found |= journal.find(sorted(wanted - found.keys()))
        return found

    def keep(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors under their digests; on disk when this returns. Raises EmbedderError."""
        self._journals[0].keep(digests, vectors)

    def forget(self) -> None:
        """Close, and remove what builds and shards had kept: a finished snapshot holds it now."""
        for journal in self._journals:
            journal.forget()
        self._journals = []
        self.__exit__()


def count_unknown(store: Path, known: KnownVectors) -> tuple[int, int]:
    """Return how many distinct texts of *store* have no known vector, and how many have one."""
    unknown = total = 0
    for digests in distinct_digests(store):
        unknown += len(set(digests) - known.find(digests).keys())
        total += len(digests)
    return unknown, total - unknown


class _SnapshotVectors:
    """The vectors of one finished snapshot, by text digest; it is not removed meanwhile."""

    def __init__(self, folder: Path, manifest: Manifest, lease: Lease) -> None:
        self._lease = lease
        self._vectors = VectorReader(
            folder / VECTORS, rows=manifest.rows, dimension=manifest.embedder.dimension
        )
        address = f"{(folder / DOCUMENTS).resolve().as_uri()}?mode=ro&immutable=1"
        self._db = sqlite3.connect(address, uri=True)

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        if not digests:
            return {}
        marks = ",".join("?" * len(digests))
        sql = f"SELECT digest, row FROM chunks WHERE digest IN ({marks})"  # noqa: S608 - marks
        rows = dict(self._db.execute(sql, tuple(digests)).fetchall())
        return dict(zip(rows, self._vectors.vectors(list(rows.values())), strict=True))

    def close(self) -> None:
        self._db.close()
        self._lease.close()


def _snapshots(index: Path, identity: Identity) -> Iterator[_SnapshotVectors]:
    for snapshot_id in live_first(index):
        folder = folder_of(index, snapshot_id)
        with ExitStack() as held:
            try:
                lease = held.enter_context(Lease(folder / MANIFEST))
                manifest = read_manifest(folder)
                if manifest.embedder != identity:
                    continue
                # One flipped bit here would be copied into every snapshot to come.
                check_files(folder, manifest, only=(DOCUMENTS, VECTORS))
            except IngestError as error:
                log.warning("vectors_not_reused", snapshot=snapshot_id, error=type(error).__name__)
                continue
            held.pop_all()
            yield _SnapshotVectors(folder, manifest, lease)
