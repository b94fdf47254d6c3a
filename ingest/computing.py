"""
Stage 4: texts -> vectors, those computed that nobody knows yet.

Vectors are kept as they are computed, so that a killed build loses few; which shard computes a
text follows from the text, so that shards can run anywhere, in any order, twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from ingest.embedding import Embedder
from ingest.engines import IndexEngine, Records
from ingest.reporting import Progress, Stopwatch
from ingest.reusing import KnownVectors
from ingest.texts import rows_in, texts_in

WINDOW = 1_024
"""Texts embedded together: enough to sort by length, few enough to bound memory."""
KEPT_EACH = 128
"""Vectors after which they are kept: what a kill loses at most, two seconds or so."""
SAMPLE = 64
"""Texts embedded to measure the rate where no build has."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part *number* of *of*, from 1."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read "2/8"; None where it is no shard."""
        found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
        if found is None or int(found[1]) > int(found[2]):
            return None
        return cls(int(found[1]), int(found[2]))

    def holds(self, digest: bytes) -> bool:
        """Tell whether a text is of this shard."""
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


WHOLE = Shard()


def compute(
    store: Path,
    embedder: Embedder,
    known: KnownVectors,
    *,
    watch: Stopwatch,
    progress: Progress,
    shard: Shard = WHOLE,
    total: int | None = None,
) -> int:
    """
    Compute and keep the vector of every text of *shard* that is not known; return how many.

    *total* is how many those are, where that was counted: it is shown.
    """
    done = 0
    for texts in texts_in(store, WINDOW):
        mine = [digest for digest in texts if shard.holds(digest)]
        with watch.time("reusing"):
            found = known.find(mine)
        missing = [digest for digest in mine if digest not in found]
        if not missing:
            continue
        # Like lengths together waste no padding, however few are embedded at once.
        missing.sort(key=lambda digest: -len(texts[digest]))
        for few in batched(missing, KEPT_EACH):
            with watch.time("embedding"):
                vectors = embedder.embed_passages([texts[digest] for digest in few])
            with watch.time("reusing"):
                known.keep(few, vectors)
            done += len(few)
            progress.advance("vectors", done, total)
    return done


def write(store: Path, known: KnownVectors, engine: IndexEngine, *, watch: Stopwatch) -> None:
    """Publish the vector and fields of every row in *engine*; all vectors must be known."""
    engine.begin()
    for rows in rows_in(store):
        with watch.time("reusing"):
            found = known.find(row.digest for row in rows)
            matrix = np.stack([found[row.digest] for row in rows])
        with watch.time("indexing"):
            keys = tuple(row.row for row in rows)
            engine.upsert(Records(keys, matrix, tuple(row.fields for row in rows)))
    with watch.time("indexing"):
        engine.publish()


def measured_rate(store: Path, embedder: Embedder, known: KnownVectors) -> float | None:
    """Embed and keep a sample of what is not known; return vectors a second, None for nothing."""
    for texts in texts_in(store, WINDOW):
        found = known.find(texts)
        missing: Sequence[bytes] = [digest for digest in texts if digest not in found][:SAMPLE]
        if missing:
            start = time.perf_counter()
            vectors = embedder.embed_passages([texts[digest] for digest in missing])
            spent = time.perf_counter() - start
            known.keep(missing, vectors)
            return len(missing) / spent
    return None


def batched(items: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    """Yield *items* in order, *size* at a time."""
    return (items[at : at + size] for at in range(0, len(items), size))
