"""
The engine inside the process: Chroma for what is broad, exact search for what is selective.

    folder/vectors.f2     vectors in half precision, in the order of keys
    folder/fields.npz     keys, and which record has which value of a field
    folder/chroma/        one collection per source type
    folder/strays.json    the few records that Chroma does not find, searched beside it

Searching is in ``ingest.searching``, writing in ``ingest.drafting``.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.drafting import Draft
from ingest.embedding import Vectors
from ingest.engines import Capabilities, Hit, Records
from ingest.errors import IndexDamagedError
from ingest.filters import EVERYTHING, Filter
from ingest.searching import EXACT_BELOW, Published

RECALL = 0.99
_COPIED = 4_096


class EmbeddedEngine:
    """One folder of records, searched in this process; see ``ingest.engines.IndexEngine``."""

    def __init__(self, folder: Path, dimension: int, *, exact_below: int = EXACT_BELOW) -> None:
        """
        Open what is published in *folder*, or nothing where there is no such folder.

        Up to *exact_below* matches of a filter are searched exactly. Raises IndexDamagedError
        when a part of it is missing or unreadable.
        """
        self._folder = folder
        self._dimension = dimension
        self._exact_below = exact_below
        self._lock = threading.Lock()
        self._draft: Draft | None = None
        self._former = folder.with_name(f"{folder.name}.former")
        if self._former.exists() and not folder.exists():
            self._former.rename(folder)  # The writer died between the two renames of publishing.
        self._published = self._open() if folder.exists() else None

    def begin(self) -> None:
        """Start a draft with what is published. Forgets one that was not ended."""
        if self._draft is not None:
            self._draft.abandon()
        self._draft = Draft(self._folder.with_name(f"{self._folder.name}.draft"), self._dimension)
        if (published := self._reader()) is not None:
            keys = published.postings.keys.tolist()
            for start in range(0, len(keys), _COPIED):
                self._draft.upsert(published.get(keys[start : start + _COPIED]))

    def upsert(self, records: Records) -> None:
        """Write *records* to the draft. Raises IndexMismatchError."""
        self._begun().upsert(records)

    def delete(self, keys: Sequence[int]) -> None:
        """Take records out of the draft."""
        self._begun().delete(keys)

    def publish(self) -> None:
        """Put the draft in place of what was published; searches under way end on the former."""
        draft = self._begun()
        draft.finish()
        with self._lock:
            if self._folder.exists():
                shutil.rmtree(self._former, ignore_errors=True)
                self._folder.rename(self._former)
            draft.folder.rename(self._folder)
            self._draft = None
            # Opened by the first search: who only builds never needs to hold it.
            self._published = None
        shutil.rmtree(self._former, ignore_errors=True)

    def rollback(self) -> None:
        """Forget the draft."""
        self._begun().abandon()
        self._draft = None

    def search(self, vectors: Vectors, where: Filter, *, limit: int) -> list[list[Hit]]:
        """Return, for each vector, the nearest records for which *where* holds, best first."""
        published = self._reader()
        return (
            [[] for _ in vectors] if published is None else published.search(vectors, where, limit)
        )

    def get(self, keys: Sequence[int]) -> Records:
        """Return the records of *keys* that are there."""
        if (published := self._reader()) is None:
            return Records((), np.zeros((0, self._dimension), dtype=np.float32), ())
        return published.get(keys)

    def count(self, where: Filter = EVERYTHING) -> int:
        """Return how many records match."""
        published = self._reader()
        return 0 if published is None else int(published.postings.matching(where).sum())

    def health(self) -> list[str]:
        """Return what is wrong with what is published."""
        try:
            published = self._reader()
        except IndexDamagedError as error:
            return [str(error)]
        return [] if published is None else published.faults()

    def capabilities(self) -> Capabilities:
        """Return what this engine promises."""
        return Capabilities(self._dimension, RECALL, durable=True)

    def close(self) -> None:
        """Let go of everything."""
        if self._draft is not None:
            self.rollback()
        if self._published is not None:
            self._published.close()
            self._published = None

    def _begun(self) -> Draft:
        if self._draft is None:
            raise RuntimeError("no draft was begun")
        return self._draft

    def _reader(self) -> Published | None:
        with self._lock:
            if self._published is None and self._folder.exists():
                self._published = self._open()
            return self._published

    def _open(self) -> Published:
        return Published(self._folder, self._dimension, self._exact_below)
