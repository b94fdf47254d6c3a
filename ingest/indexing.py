"""
Stage 5: vectors -> approximate nearest neighbours. The only module that knows Chroma.

One collection per source type, ids and vectors only; text and filters live beside it. Built by
one process, then only read: a folder that is being written must never be served (its readers
miss records and its files break when the writer is killed).
"""

from __future__ import annotations

import errno
import os
import warnings
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings

from ingest.documents import SourceType
from ingest.embedding import Vectors
from ingest.engines import Hit
from ingest.errors import DiskFullError, IndexDamagedError
from ingest.private_copies import PrivateCopy

CHROMA = "chroma"
MAX_BATCH = 5_000
"""Chroma refuses more than 5,461 records at once."""
EF_SEARCH = 1_000
"""Recall@20 at least 0.99 on 18,000 vectors in islands, where 400 gave 0.98; 1 ms more."""
_FLUSH_AT = 2


def _open(folder: Path) -> ClientAPI:
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _collection(client: ClientAPI, source_type: SourceType) -> Any:  # noqa: ANN401 - Chroma's
    # Passed again on purpose: without it Chroma brings back its default, which downloads a model.
    return client.get_collection(source_type, embedding_function=None)


class IndexWriter:
    """Builds the collections in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Create one empty collection per source type in *folder*."""
        self._client = _open(folder)
        self._collections = {
            source_type: self._client.create_collection(
                source_type,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
            )
            for source_type in SourceType
        }

    def add(self, source_type: SourceType, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under their row numbers."""
        for start in range(0, len(rows), MAX_BATCH):
            batch = slice(start, start + MAX_BATCH)
            self._collections[source_type].upsert(
                ids=[str(row) for row in rows[batch]], embeddings=vectors[batch]
            )

    def close(self) -> None:
        """Let go of the folder; :func:`flush` must follow, in another process."""
        self._client.close()  # type: ignore[attr-defined]


def flush(folder: Path) -> None:
    """
    Make Chroma write its index files out, so that no opening has to replay its log.

    There is no call for it: records below ``sync_threshold`` stay in the log. Lowering the
    threshold and writing four existing records again, in a fresh process, writes all.
    """
    _configure(folder, {"sync_threshold": _FLUSH_AT, "batch_size": _FLUSH_AT})
    client = _open(folder)
    for source_type in SourceType:
        collection = _collection(client, source_type)
        some = collection.get(limit=4, include=["embeddings"])
        if some["ids"]:
            collection.upsert(ids=some["ids"], embeddings=some["embeddings"])
    client.close()  # type: ignore[attr-defined]


def _configure(folder: Path, settings: dict[str, int]) -> None:
    """Change how collections are searched and written; it holds from the next opening."""
    client = _open(folder)
    with warnings.catch_warnings():
        # Chroma warns that a collection without an embedding function has an old one.
        warnings.simplefilter("ignore", DeprecationWarning)
        for source_type in SourceType:
            _collection(client, source_type).modify(configuration={"hnsw": settings})
    client.close()  # type: ignore[attr-defined]


class IndexReader:
    """
    Searches finished collections, in a private copy; safe from any thread.

    Chroma writes a row into its own database whenever it is opened. A copy keeps the snapshot as
    its manifest names it, whoever reads it, and lets it lie on a read-only disk.
    """

    def __init__(self, folder: Path, *, ef_search: int = EF_SEARCH) -> None:
        """
        Open the collections in *folder*, searched as thoroughly as *ef_search* says.

        Raises IndexDamagedError when one is missing.
        """
        try:
            self._private = PrivateCopy(folder)
        except OSError as error:
            if os.strerror(errno.ENOSPC) in str(error):
                raise DiskFullError(
                    "the temporary folder is full: each reader needs a copy of its snapshot's "
                    "vector index there; free some space, or set TMPDIR"
                ) from error
            raise IndexDamagedError(
                f"the vector index in {folder} cannot be opened: {error}"
            ) from error
        copy = self._private.folder
        try:
            if ef_search != EF_SEARCH:
                _configure(copy, {"ef_search": ef_search})
            self._client = _open(copy)
            self._collections = {t: _collection(self._client, t) for t in SourceType}
            self.counts = {t: int(c.count()) for t, c in self._collections.items()}
        except Exception as error:
            # Chroma raises its own kinds and SQLite's; they have no base in common.
            self._private.cleanup()
            where = f"the vector index in {folder} cannot be opened"
            raise IndexDamagedError(f"{where}: {error}") from error
        # Also when it is only dropped: a search under way may be the last to hold it.
        self._release = weakref.finalize(self, _let_go, self._client, self._private)

    def nearest(self, source_type: SourceType, vector: Vectors, *, limit: int) -> list[int]:
        """Return the rows nearest to *vector*, shape (1, dimension), best first."""
        (rows,) = self.nearest_each(source_type, vector.reshape(1, -1), limit=limit)
        return rows

    def nearest_each(
        self, source_type: SourceType, vectors: Vectors, *, limit: int
    ) -> list[list[int]]:
        """Return the rows nearest to each of *vectors*, at a fifth of the cost of one by one."""
        return [
            [hit.key for hit in hits] for hits in self.search(source_type, vectors, limit=limit)
        ]

    def search(self, source_type: SourceType, vectors: Vectors, *, limit: int) -> list[list[Hit]]:
        """Return the rows nearest to each of *vectors*; equal ones (to 6 decimals) by row."""
        limit = min(limit, self.counts[source_type])
        if limit <= 0 or not len(vectors):
            return [[] for _ in vectors]
        found = self._collections[source_type].query(
            query_embeddings=vectors, n_results=limit, include=["distances"]
        )
        return [
            [
                Hit(row, round(1 - distance, 4))
                for distance, row in sorted(
                    (round(float(d), 6), int(i)) for d, i in zip(*each, strict=True)
                )
            ]
            for each in zip(found["distances"], found["ids"], strict=True)
        ]

    def rows(self, source_type: SourceType) -> set[int]:
        """Return every row of one collection."""
        return {int(i) for i in self._collections[source_type].get(include=[])["ids"]}

    def close(self) -> None:
        """Let go of the copy, memory included."""
        self._release()


def _let_go(client: ClientAPI, private: PrivateCopy) -> None:
    client.close()  # type: ignore[attr-defined]
    private.cleanup()
