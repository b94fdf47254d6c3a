"""
Which records does Chroma not find by their own vector? They are searched beside it.

A graph of neighbours can lose a record that is near to no other: every link to it was given up
for a nearer one, and no search comes by. Of 57,000 chunks it lost 168. So every record is
searched once, after the files are flushed, and those that are missed are written down.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ingest.documents import SourceType
from ingest.errors import IndexDamagedError
from ingest.exact import VECTORS, VectorReader
from ingest.filters import Field
from ingest.indexing import CHROMA, IndexReader
from ingest.postings import FIELDS, Positions, load_postings

STRAYS = "strays.json"
SAME = 0.999
"""Cosine from which a vector is the same one, in half precision."""
EFFORT = 100
"""Chroma's ef_search here: who is missed with a tenth of the effort may be missed with all."""
MOST = 0.02
"""The share of a collection that may stray, beside a few; more, and something else is wrong."""
FEW = 20
_ASKED = 500
_THREADS = 2


def list_strays(folder: Path) -> list[int]:
    """
    Search every record of the engine in *folder* by its own vector; write down who is missed.

    A record whose equal is found instead is not missed. Returns the keys of the strays. Raises
    IndexDamagedError when they are more than ``FEW`` and two in a hundred of their collection.
    """
    postings = load_postings(folder / FIELDS)
    total = len(postings.keys)
    dimension = (folder / VECTORS).stat().st_size // (2 * max(1, total))
    vectors = VectorReader(folder / VECTORS, rows=total, dimension=dimension)
    neighbours = IndexReader(folder / CHROMA, ef_search=EFFORT)

    def missed(source_type: SourceType, asked: Positions) -> list[int]:
        found = neighbours.search(source_type, vectors.vectors(asked), limit=1)
        return [
            int(postings.keys[at])
            for at, hits in zip(asked.tolist(), found, strict=True)
            if not hits or hits[0].similarity < SAME
        ]

    strays: list[int] = []
    try:
        for source_type in SourceType:
            rows = postings.having(Field.TYPE, source_type)
            batches = [rows[at : at + _ASKED] for at in range(0, len(rows), _ASKED)]
            with ThreadPoolExecutor(_THREADS) as pool:
                found = pool.map(missed, [source_type] * len(batches), batches)
                lost = [key for batch in found for key in batch]
            if len(lost) > FEW + MOST * len(rows):
                raise IndexDamagedError(
                    f"vector search misses {len(lost)} of the {len(rows)} records in {source_type}"
                )
            strays += lost
    finally:
        neighbours.close()
    (folder / STRAYS).write_text(json.dumps(sorted(strays)) + "\n", encoding="ascii")
    return strays


def read_strays(folder: Path) -> Positions:
    """Return the keys written down; none where nobody looked. Raises IndexDamagedError."""
    path = folder / STRAYS
    try:
        text = path.read_text(encoding="ascii") if path.exists() else "[]"
        return np.array(json.loads(text), dtype=np.int64).reshape(-1)
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamagedError(f"{path} cannot be read: {error}") from error
