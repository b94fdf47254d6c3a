"""
Check a finished build in a process of its own: ``python -m ingest.checking flush|check``.

A fresh process is the point: what the builder holds in memory cannot vouch for what is on disk.
``check`` reads the build's folder and expected counts as JSON on standard input, and prints what
it measured as JSON; it exits 1, naming the fault on standard error, when the build is unsound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ingest.documents import SourceType
from ingest.errors import IndexDamagedError, IngestError
from ingest.exact import VectorReader
from ingest.indexing import IndexReader, flush
from ingest.lexical import LexicalReader
from ingest.recalling import DocumentReader
from ingest.snapshots import CHROMA, DOCUMENTS, LEXICAL, VECTORS

SELF_FIND_SAMPLE = 2_000
RECALL_SAMPLE = 100
RECALL_AT = 20
ASKED_AT_ONCE = 200
MIN_RECALL = 0.99
SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Expected:
    """What the builder says it wrote: rows per source type, in row order."""

    folder: str
    dimension: int
    rows: dict[str, int]


def flush_in_fresh_process(folder: Path) -> None:
    """Flush Chroma's files. Raises IndexDamagedError when that fails."""
    _run("flush", str(folder / CHROMA))


def check_in_fresh_process(folder: Path, dimension: int, rows: dict[str, int]) -> dict[str, float]:
    """Check a build; return what was measured. Raises IndexDamagedError when it is unsound."""
    expected = Expected(str(folder), dimension, rows)
    measured: dict[str, float] = json.loads(_run("check", json.dumps(asdict(expected))))
    return measured


def _run(command: str, argument: str) -> str:
    result = subprocess.run(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", "ingest.checking", command],
        input=argument,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if result.returncode != 0:
        last = result.stderr.strip().splitlines()[-1:] or ["no message"]
        raise IndexDamagedError(f"the new snapshot failed its {command}: {last[0]}")
    return result.stdout


def check(expected: Expected) -> dict[str, float]:
    """
    Check counts, vectors, offsets, self-retrieval and recall of a build.

    Returns chunks, self_found (share of a sample whose own vector finds it or an equal one) and
    recall_at_20 (against exact search). Raises IndexDamagedError at the first fault.
    """
    folder = Path(expected.folder)
    total = sum(expected.rows.values())
    vectors = VectorReader(folder / VECTORS, rows=total, dimension=expected.dimension)
    _check_vectors(vectors, total)
    with DocumentReader(folder / DOCUMENTS) as documents:
        _check_offsets(documents, total)
    if (found := LexicalReader(folder / LEXICAL).count) != total:
        raise IndexDamagedError(f"the lexical index holds {found} chunks of {total}")
    neighbours = IndexReader(folder / CHROMA)
    self_found, recall = [], []
    at = 0
    for name, count in expected.rows.items():
        source_type = SourceType(name)
        rows = range(at, at + count)
        if neighbours.rows(source_type) != set(rows):
            raise IndexDamagedError(f"the collection {name} does not hold its {count} vectors")
        self_found += _self_found(neighbours, vectors, source_type, rows)
        recall += _recalls(neighbours, vectors, source_type, rows)
        at += count
    neighbours.close()
    measured = {
        "chunks": float(total),
        "self_found": round(float(np.mean(self_found or [1.0])), 4),
        "recall_at_20": round(float(np.mean(recall or [1.0])), 4),
    }
    if measured["self_found"] < MIN_RECALL or measured["recall_at_20"] < MIN_RECALL:
        raise IndexDamagedError(f"vector search misses its own records: {measured}")
    return measured


def _check_vectors(vectors: VectorReader, total: int) -> None:
    for start in range(0, total, 8192):
        lengths = np.linalg.norm(vectors.vectors(range(start, min(start + 8192, total))), axis=1)
        if not np.isfinite(lengths).all() or (abs(lengths - 1) > 0.01).any():  # noqa: PLR2004 - float16
            raise IndexDamagedError(f"vectors from row {start} on are not of length 1")


def _check_offsets(documents: DocumentReader, total: int) -> None:
    seen = 0
    after = ""
    while ids := documents.listing(after=after, limit=200):
        for document_id in ids:
            stored = documents.get(document_id)
            text = stored.document.text if stored else ""
            for chunk in documents.chunks_of(document_id):
                seen += 1
                if text[chunk.start : chunk.end] != chunk.text:
                    raise IndexDamagedError(f"chunk {chunk.id} does not stand in {document_id}")
        after = ids[-1]
    if seen != total:
        raise IndexDamagedError(f"the store holds {seen} chunks of {total}")


def _sample(rows: range, size: int) -> list[int]:
    if len(rows) <= size:
        return list(rows)
    chosen = np.random.default_rng(SEED).choice(len(rows), size=size, replace=False)
    return sorted(rows[int(i)] for i in chosen)


def _batches(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    return (rows[at : at + ASKED_AT_ONCE] for at in range(0, len(rows), ASKED_AT_ONCE))


def _self_found(
    neighbours: IndexReader, vectors: VectorReader, source_type: SourceType, rows: range
) -> list[float]:
    found = []
    for batch in _batches(_sample(rows, SELF_FIND_SAMPLE)):
        asked = vectors.vectors(batch)
        for vector, near in zip(
            asked, neighbours.nearest_each(source_type, asked, limit=1), strict=True
        ):
            nearest = vectors.similarities(vector, near)
            # An equal vector (the same sentence in two labels) is as good as the row itself.
            found.append(float(bool(nearest) and nearest[0] > 0.999))  # noqa: PLR2004 - float16
    return found


def _recalls(
    neighbours: IndexReader, vectors: VectorReader, source_type: SourceType, rows: range
) -> list[float]:
    """Recall@20 of noisy copies of stored vectors: like questions, near a passage, not on it."""
    rng = np.random.default_rng(SEED)
    recalls = []
    for batch in _batches(_sample(rows, RECALL_SAMPLE)):
        asked = vectors.vectors(batch)
        noise = rng.standard_normal(asked.shape).astype(np.float32)
        asked += noise / np.linalg.norm(noise, axis=1, keepdims=True)
        asked /= np.linalg.norm(asked, axis=1, keepdims=True)
        for vector, near in zip(
            asked, neighbours.nearest_each(source_type, asked, limit=RECALL_AT), strict=True
        ):
            exact = vectors.nearest(vector, rows, limit=RECALL_AT)
            worst = vectors.similarities(vector, exact)[-1]
            # float16 rounds: a row as similar as the last exact one is not a miss.
            good = sum(s >= worst - 0.001 for s in vectors.similarities(vector, near))
            recalls.append(good / len(exact))
    return recalls


def main() -> int:
    """Run one command; the exit status is 0 when the build is sound."""
    argument = sys.stdin.read()
    try:
        if sys.argv[1:] == ["flush"]:
            flush(Path(argument))
        elif sys.argv[1:] == ["check"]:
            sys.stdout.write(json.dumps(check(Expected(**json.loads(argument)))))
        else:
            sys.stderr.write("usage: python -m ingest.checking flush|check < JSON\n")
            return 2
    except IngestError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
