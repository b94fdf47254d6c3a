"""
Records under construction -> the files of the embedded engine.

A draft is a log: vectors go to disk as they come, fields to memory, and a record written twice or
deleted only leaves its older lines behind. Finishing puts what is alive in the order of its keys
and builds Chroma's collections from that, once: a graph in which records are replaced and deleted
finds worse.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.documents import SourceType
from ingest.engines import Records
from ingest.errors import IndexMismatchError
from ingest.exact import Rows, VectorReader, VectorWriter
from ingest.filters import Field
from ingest.indexing import MAX_BATCH, IndexWriter
from ingest.postings import PostingsWriter

VECTORS = "vectors.f2"
FIELDS = "fields.npz"
CHROMA = "chroma"
_LOG = "log.f2"
_TYPES = frozenset(map(str, SourceType))


class Draft:
    """One folder of records being written; one writer."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Start an empty draft in *folder*, which is made anew."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self._dimension = dimension
        self._log = VectorWriter(folder / _LOG, dimension)
        self._fields = PostingsWriter()
        self._alive: dict[int, int] = {}

    def upsert(self, records: Records) -> None:
        """Write records, in place of those with the same keys. Raises IndexMismatchError."""
        if records.vectors.shape != (len(records.keys), self._dimension):
            raise IndexMismatchError(
                f"vectors of shape {records.vectors.shape} for {len(records.keys)} records; "
                f"this index holds vectors of {self._dimension} numbers"
            )
        for key, fields in zip(records.keys, records.fields, strict=True):
            types = fields.get(Field.TYPE, ())
            if len(types) != 1 or types[0] not in _TYPES:
                raise IndexMismatchError(f"record {key} must have one source type, not {types}")
        first = self._log.rows
        self._log.add(records.vectors)
        for arrival, (key, fields) in enumerate(
            zip(records.keys, records.fields, strict=True), start=first
        ):
            self._fields.add(arrival, fields)
            self._alive[key] = arrival

    def delete(self, keys: Sequence[int]) -> None:
        """Take records out; keys that are not there are passed over."""
        for key in keys:
            self._alive.pop(key, None)

    def finish(self) -> None:
        """Write the files that a reader opens; the log is gone after."""
        self._log.close()
        keys = np.array(sorted(self._alive), dtype=np.int64)
        arrivals = np.array([self._alive[int(key)] for key in keys], dtype=np.int64)
        vectors = self._in_order(arrivals)
        postings = self._fields.finish(keys, arrivals, self._log.rows)
        postings.save(self.folder / FIELDS)
        writer = IndexWriter(self.folder / CHROMA)
        for source_type in SourceType:
            rows = postings.having(Field.TYPE, source_type)
            for start in range(0, len(rows), MAX_BATCH):
                batch = rows[start : start + MAX_BATCH]
                writer.add(source_type, keys[batch].tolist(), vectors.vectors(batch))
        writer.close()

    def abandon(self) -> None:
        """Remove the draft and everything in it."""
        self._log.close()
        shutil.rmtree(self.folder)

    def _in_order(self, arrivals: Rows) -> VectorReader:
        """Turn the log into the file of vectors in the order of keys."""
        log, path = self.folder / _LOG, self.folder / VECTORS
        if np.array_equal(arrivals, np.arange(self._log.rows)):
            log.rename(path)
        else:
            logged = VectorReader(log, rows=self._log.rows, dimension=self._dimension)
            ordered = VectorWriter(path, self._dimension)
            for start in range(0, len(arrivals), MAX_BATCH):
                ordered.add(logged.vectors(arrivals[start : start + MAX_BATCH]))
            ordered.close()
            log.unlink()
        return VectorReader(path, rows=len(arrivals), dimension=self._dimension)
