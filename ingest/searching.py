"""
A finished engine's files, searched: each filter in the way that is quickest for its matches.

A filter's matches are counted first. A whole collection is searched by Chroma; up to 5,000
matches exactly, from the memory map; more by fetching too many from Chroma and leaving out, and
exactly again where that comes up short. Nothing is ever asked of Chroma's own filters: they cost
100 ms and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from ingest.documents import SourceType
from ingest.embedding import Vectors
from ingest.engines import Hit, Records
from ingest.exact import VECTORS, VectorReader
from ingest.filters import Field, Filter
from ingest.indexing import CHROMA, IndexReader
from ingest.postings import FIELDS, Positions, load_postings
from ingest.straying import read_strays

EXACT_BELOW = 5_000
"""Matches that are searched exactly: 13 ms at most, where over-fetching costs as much."""
MOST_FETCHED = 2_000
"""Candidates that Chroma is asked for at most: 17 ms."""
MARGIN = 2
"""Times more candidates than a filter that has nothing to do with the question would need."""


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
        strays = self.postings.positions(read_strays(folder).tolist())
        self._strays = {
            source_type: strays[self._types[strays] == number]
            for number, source_type in enumerate(SourceType)
        }
        self._neighbours = IndexReader(folder / CHROMA)

    def search(self, vectors: Vectors, where: Filter, limit: int) -> list[list[Hit]]:
        """Search each collection in the way that its share of the matches calls for."""
        matched = np.flatnonzero(self.postings.matching(where))
        shares = np.bincount(self._types[matched], minlength=len(SourceType)).tolist()
        selective = []
        rankings: list[list[list[Hit]]] = []
        for number, (source_type, rows) in enumerate(self._of_type.items()):
            share = shares[number]
            if limit < share == len(rows):
                rankings.append(self._nearest(source_type, vectors, limit))
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

    def _nearest(self, source_type: SourceType, vectors: Vectors, limit: int) -> list[list[Hit]]:
        """Search one whole collection, and beside it what it does not find."""
        found = self._neighbours.search(source_type, vectors, limit=limit)
        strays = self._strays[source_type]
        if not len(strays):
            return found
        known = set(self.postings.keys[strays].tolist())
        found = [[hit for hit in each if hit.key not in known] for each in found]
        return _merged([found, self._exactly(vectors, strays, limit)], len(vectors), limit)

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
        for at, near in enumerate(self._nearest(source_type, vectors, fetched)):
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
