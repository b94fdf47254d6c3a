"""Engines of vectors for tests: one by hand, and records to fill any with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.documents import SourceType
from ingest.embedding import HashingEmbedder, Vectors
from ingest.engines import Capabilities, Hit, Records
from ingest.errors import IndexMismatchError
from ingest.filters import EVERYTHING, Field, Fields, Filter, matches

DIMENSION = HashingEmbedder.identity.dimension
WORDS = [f"word{n}" for n in range(60)]
DATES = ("2019", "2019-11", "2020-01-02", "2024-06", None)
DRUGS = ("zorvaxone", "quellomine", "tilimorex", "tilimorex+zorvaxone")


class MemoryEngine:
    """Every record in a dictionary, every search over all of them: what others are held to."""

    def __init__(self, dimension: int = DIMENSION) -> None:
        """Start with nothing published."""
        self.dimension = dimension
        self.published: dict[int, tuple[Vectors, Fields]] = {}
        self._draft: dict[int, tuple[Vectors, Fields]] | None = None

    def begin(self) -> None:
        """Start a draft with what is published."""
        self._draft = dict(self.published)

    def upsert(self, records: Records) -> None:
        """Write records to the draft."""
        if records.vectors.shape[1:] != (self.dimension,):
            raise IndexMismatchError(f"vectors of shape {records.vectors.shape}")
        if any(len(fields.get(Field.TYPE, ())) != 1 for fields in records.fields):
            raise IndexMismatchError("a record without one type")
        halved = records.vectors.astype(np.float16).astype(np.float32)
        for key, vector, fields in zip(records.keys, halved, records.fields, strict=True):
            self._begun()[key] = (vector, fields)

    def delete(self, keys: Sequence[int]) -> None:
        """Take records out of the draft."""
        for key in keys:
            self._begun().pop(key, None)

    def publish(self) -> None:
        """Make the draft what is read."""
        self.published, self._draft = self._begun(), None

    def rollback(self) -> None:
        """Forget the draft."""
        self._begun()
        self._draft = None

    def search(self, vectors: Vectors, where: Filter, *, limit: int) -> list[list[Hit]]:
        """Compare with every record."""
        allowed = [
            (key, vector)
            for key, (vector, fields) in self.published.items()
            if matches(where, key, fields)
        ]
        return [
            sorted(
                (Hit(key, round(float(vector @ asked), 4)) for key, vector in allowed),
                key=lambda hit: (-hit.similarity, hit.key),
            )[:limit]
            for asked in vectors
        ]

    def get(self, keys: Sequence[int]) -> Records:
        """Return the records that are there."""
        there = [(key, *self.published[key]) for key in keys if key in self.published]
        return Records(
            tuple(key for key, *_ in there),
            np.array([vector for _, vector, _ in there], dtype=np.float32).reshape(
                -1, self.dimension
            ),
            tuple(fields for *_, fields in there),
        )

    def count(self, where: Filter = EVERYTHING) -> int:
        """Count the records that match."""
        return sum(matches(where, key, fields) for key, (_, fields) in self.published.items())

    def health(self) -> list[str]:
        """Tell of vectors that are not of length 1."""
        return [
            f"record {key} has no vector of length 1"
            for key, (vector, _) in self.published.items()
            if not abs(float(np.linalg.norm(vector)) - 1) < 0.01
        ]

    def capabilities(self) -> Capabilities:
        """Promise exact search, for as long as the process lives."""
        return Capabilities(self.dimension, 1.0, durable=False)

    def close(self) -> None:
        """Forget the draft."""
        self._draft = None

    def _begun(self) -> dict[int, tuple[Vectors, Fields]]:
        if self._draft is None:
            raise RuntimeError("no draft was begun")
        return self._draft


def records(keys: Sequence[int], *, seed: int = 1) -> Records:
    """Records of texts that share words, as texts of one field do, with fields of every kind."""
    rng = np.random.default_rng(seed)
    types = list(SourceType)
    texts, fields = [], []
    for key in keys:
        texts.append(" ".join(rng.choice(WORDS, size=12)))
        date = DATES[int(rng.integers(len(DATES)))]
        named = rng.choice(DRUGS, size=int(rng.integers(3)), replace=False).tolist()
        fields.append(
            {
                Field.TYPE: (str(types[int(rng.choice(3, p=(0.1, 0.6, 0.3)))]),),
                Field.DRUG: tuple(sorted(named)),
                Field.DOCUMENT: (f"document-{key // 9}",),
                Field.SECTION: (f"section-{key % 5}",) if key % 7 else (),
                Field.STATUS: ("superseded" if rng.random() < 0.2 else "current",),
                Field.PUBLISHED: () if date is None else (date,),
            }
        )
    return Records(tuple(keys), HashingEmbedder().embed_passages(texts), tuple(fields))


def questions(count: int, *, seed: int = 7) -> Vectors:
    """Vectors of questions in the same words, shape (count, dimension)."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, size=5)) for _ in range(count)]
    return HashingEmbedder().embed_passages(texts)
