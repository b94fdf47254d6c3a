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
from ingest.embedding import Vectors
from ingest.engines import Records
from ingest.errors import IndexMismatchError
from ingest.exact import VECTORS, VectorWriter
from ingest.filters import Field
from ingest.indexing import CHROMA, MAX_BATCH, IndexWriter
from ingest.postings import FIELDS, PostingsWriter

_LOG = "log.f4"
_TYPES = frozenset(map(str, SourceType))


class Draft:
    """One folder of records being written; one writer."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Start an empty draft in *folder*, which is made anew."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self._dimension = dimension
        self._log = (folder / _LOG).open("wb")
        self._arrived = 0
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
        self._log.write(records.vectors.astype("<f4").tobytes())
        for key, fields in zip(records.keys, records.fields, strict=True):
            self._fields.add(self._arrived, fields)
            self._alive[key] = self._arrived
            self._arrived += 1

    def delete(self, keys: Sequence[int]) -> None:
        """Take records out; keys that are not there are passed over."""
        for key in keys:
            self._alive.pop(key, None)

    def finish(self) -> None:
        """Write the files that a reader opens; the log is gone after."""
        self._log.close()
        keys = np.array(sorted(self._alive), dtype=np.int64)
        arrivals = np.array([self._alive[int(key)] for key in keys], dtype=np.int64)
        postings = self._fields.finish(keys, arrivals, self._arrived)
        postings.save(self.folder / FIELDS)
        logged = self._logged()
        vectors = VectorWriter(self.folder / VECTORS, self._dimension)
        for start in range(0, len(keys), MAX_BATCH):
            vectors.add(logged[arrivals[start : start + MAX_BATCH]])
        vectors.close()
        neighbours = IndexWriter(self.folder / CHROMA)
        for source_type in SourceType:
            rows = postings.having(Field.TYPE, source_type)
            for start in range(0, len(rows), MAX_BATCH):
                batch = rows[start : start + MAX_BATCH]
                neighbours.add(source_type, keys[batch].tolist(), logged[arrivals[batch]])
        neighbours.close()
        (self.folder / _LOG).unlink()

    def abandon(self) -> None:
        """Remove the draft and everything in it."""
        self._log.close()
        shutil.rmtree(self.folder)

    def _logged(self) -> Vectors:
        if not self._arrived:  # An empty file cannot be mapped.
            return np.zeros((0, self._dimension), dtype=np.float32)
        shape = (self._arrived, self._dimension)
        return np.memmap(self.folder / _LOG, dtype="<f4", mode="r", shape=shape)
