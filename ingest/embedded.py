"""
The engine inside the process: Chroma for what is broad, exact search for what is selective.

    folder/vectors.f2     vectors in half precision, in the order of keys
    folder/fields.npz     keys, and which record has which value of a field
    folder/chroma/        one collection per source type

A filter's matches are counted first. A whole collection is searched by Chroma; up to 5,000
matches exactly, from the memory map; more by fetching too many from Chroma and leaving out, and
exactly again where that comes up short. Nothing is ever asked of Chroma's own filters: they cost
100 ms and more.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from ingest.documents import SourceType
from ingest.drafting import CHROMA, FIELDS, VECTORS, Draft
from ingest.embedding import Vectors
from ingest.engines import Capabilities, Hit, Records
from ingest.errors import IndexDamagedError
from ingest.exact import VectorReader
from ingest.filters import EVERYTHING, Field, Filter
from ingest.indexing import IndexReader
from ingest.postings import Positions, load_postings

EXACT_BELOW = 5_000
"""Matches that are searched exactly: 13 ms at most, where over-fetching costs as much."""
MOST_FETCHED = 2_000
"""Candidates that Chroma is asked for at most: 17 ms."""
MARGIN = 2
"""Times more candidates than a filter that has nothing to do with the question would need."""
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


class Published:
    """The finished files of one engine, opened; safe from any thread."""

    def __init__(self, folder: Path, dimension: int, exact_below: int) -> None:
        """Open every file. Raises IndexDamagedError."""
        self._exact_below = exact_below
        self.postings = load_postings(folder / FIELDS)
        self._vectors = VectorReader(
            folder / VECTORS, rows=len(self.postings.keys), dimension=dimension
        )
        self._of_type = {t: self.postings.having(Field.TYPE, t) for t in SourceType}
        self._types = np.zeros(len(self.postings.keys), dtype=np.int8)
        for number, positions in enumerate(self._of_type.values()):
            self._types[positions] = number
        self._neighbours = IndexReader(folder / CHROMA)

    def search(self, vectors: Vectors, where: Filter, limit: int) -> list[list[Hit]]:
        """Search each collection in the way that its share of the matches calls for."""
        matched = np.flatnonzero(self.postings.matching(where))
        shares = np.bincount(self._types[matched], minlength=len(SourceType)).tolist()
        selective = []
        rankings: list[list[list[Hit]]] = []
        for number, (source_type, rows) in enumerate(self._of_type.items()):
            share = shares[number]
            if share and share == len(rows):
                rankings.append(self._neighbours.search(source_type, vectors, limit=limit))
            elif share > self._exact_below:
                mine = matched[self._types[matched] == number]
                rankings.append(self._broad(source_type, vectors, mine, limit))
            elif share:
                selective.append(number)
        if selective:
            mine = matched[np.isin(self._types[matched], selective)]
            rankings.append(self._exactly(vectors, mine, limit))
        return _merged(rankings, len(vectors), limit)

    def get(self, keys: Sequence[int]) -> Records:
        """Return the records of *keys* that are there."""
        at = self.postings.positions(keys)
        return Records(
            tuple(self.postings.keys[at].tolist()),
            self._vectors.vectors(at),
            self.postings.fields(at),
        )

    def faults(self) -> list[str]:
        """Return what is wrong: vectors that are none, and collections that hold other records."""
        wrong = self._vectors.faults()
        for source_type, rows in self._of_type.items():
            if self._neighbours.rows(source_type) != set(self.postings.keys[rows].tolist()):
                wrong.append(f"the collection {source_type} does not hold its {len(rows)} vectors")
        return wrong

    def close(self) -> None:
        """Let go of the files."""
        self._neighbours.close()

    def _exactly(self, vectors: Vectors, positions: Positions, limit: int) -> list[list[Hit]]:
        found = self._vectors.search(vectors, positions, limit=limit)
        return [[Hit(int(self.postings.keys[at]), score) for at, score in each] for each in found]

    def _broad(
        self, source_type: SourceType, vectors: Vectors, positions: Positions, limit: int
    ) -> list[list[Hit]]:
        """Fetch too many and leave out; exactly for the vectors for which that is not enough."""
        share = len(positions) / len(self._of_type[source_type])
        fetched = min(MOST_FETCHED, int(MARGIN * limit / share))
        if fetched * share < limit:
            return self._exactly(vectors, positions, limit)
        allowed = np.zeros(len(self._types), dtype=np.bool_)
        allowed[positions] = True
        rankings = []
        for at, near in enumerate(self._neighbours.search(source_type, vectors, limit=fetched)):
            let_through = allowed[self.postings.positions([hit.key for hit in near])]
            kept = list(compress(near, let_through))[:limit]
            if len(kept) < limit:
                (kept,) = self._exactly(vectors[at : at + 1], positions, limit)
            rankings.append(kept)
        return rankings


def _merged(rankings: list[list[list[Hit]]], asked: int, limit: int) -> list[list[Hit]]:
    """Return one ranking for each vector of those of several collections."""
    if len(rankings) == 1:
        return rankings[0]
    return [
        sorted(
            (hit for ranking in rankings for hit in ranking[at]),
            key=lambda hit: (-hit.similarity, hit.key),
        )[:limit]
        for at in range(asked)
    ]
