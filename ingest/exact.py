"""
Vectors as a float16 memory map: exact cosine search under selective filters.

Chroma's filtered search costs 100 ms and more where few records match; the dot product of a few
thousand rows costs under 15 ms, and is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.embedding import Vectors
from ingest.engines import Hit
from ingest.errors import IndexDamagedError

VECTORS = "vectors.f2"
Rows = npt.NDArray[np.int64]
_DECIMALS = 4
_BLOCK = 8_192
"""Rows brought into single precision at once: 12 MB of 384 dimensions."""


class VectorWriter:
    """Appends rows to the file; memory stays at one batch."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Create the file at *path* for vectors of *dimension* numbers."""
        self._stream = path.open("wb")
        self._dimension = dimension
        self.rows = 0

    def add(self, vectors: Vectors) -> None:
        """Append *vectors*, shape (n, dimension)."""
        if vectors.ndim != 2 or vectors.shape[1] != self._dimension:  # noqa: PLR2004 - a matrix
            raise IndexDamagedError(f"vectors of shape {vectors.shape}, not (n, {self._dimension})")
        self._stream.write(vectors.astype("<f2").tobytes())
        self.rows += len(vectors)

    def close(self) -> None:
        """Write everything out."""
        self._stream.close()


class VectorReader:
    """Scores rows against a query vector; safe from any thread."""

    def __init__(self, path: Path, *, rows: int, dimension: int) -> None:
        """Map the file. Raises IndexDamagedError when its size is not rows x dimension."""
        if not path.is_file() or path.stat().st_size != rows * dimension * 2:
            raise IndexDamagedError(f"{path} does not hold {rows} vectors of {dimension} numbers")
        self._map: npt.NDArray[np.float16] = (
            np.memmap(path, dtype="<f2", mode="r", shape=(rows, dimension))
            if rows
            else np.zeros((0, dimension), dtype=np.float16)
        )

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the vectors at *rows* as float32, shape (len(rows), dimension)."""
        return np.asarray(self._map[np.asarray(rows, dtype=np.int64)], dtype=np.float32)

    def faults(self) -> list[str]:
        """Return which stored vectors are none: not finite, or not of length 1."""
        wrong = []
        for start in range(0, len(self._map), _BLOCK):
            block = np.asarray(self._map[start : start + _BLOCK], dtype=np.float32)
            lengths = np.linalg.norm(block, axis=1)
            if not np.isfinite(lengths).all() or (abs(lengths - 1) > 0.01).any():  # noqa: PLR2004 - float16
                wrong.append(f"vectors from row {start} on are not of length 1")
        return wrong

    def similarities(self, vector: Vectors, rows: Sequence[int]) -> list[float]:
        """Return the cosine of *vector* to each row, 4 decimals: what is shown and compared."""
        scores = self._scores(vector, np.asarray(rows, dtype=np.int64))
        return [round(float(score), _DECIMALS) for score in scores]

    def nearest(self, vector: Vectors, rows: Sequence[int], *, limit: int) -> list[int]:
        """Return the *limit* most similar of *rows*, best first; ties go to the lower row."""
        wanted = np.asarray(rows, dtype=np.int64)
        scores = np.round(self._scores(vector, wanted), _DECIMALS)
        best: list[int] = wanted[np.lexsort((wanted, -scores))[:limit]].tolist()
        return best

    def search(self, vectors: Vectors, rows: Rows, *, limit: int) -> list[list[Hit]]:
        """Return, for each of *vectors*, the most similar of *rows*; ties go to the lower row."""
        scores = np.empty((len(vectors), len(rows)))
        for start in range(0, len(rows), _BLOCK):
            block = self.vectors(rows[start : start + _BLOCK])
            for at, vector in enumerate(vectors):
                # One by one: the product of two matrices rounds by how many vectors there are.
                scores[at, start : start + len(block)] = block @ vector
        scores = np.round(scores, _DECIMALS)
        found = []
        for each in scores:
            best = np.lexsort((rows, -each))[:limit]
            pairs = zip(rows[best].tolist(), each[best].tolist(), strict=True)
            found.append([Hit(row, score) for row, score in pairs])
        return found

    def _scores(self, vector: Vectors, rows: Rows) -> npt.NDArray[np.float64]:
        scores: npt.NDArray[np.float64] = (self.vectors(rows) @ vector.reshape(-1)).astype(float)
        return scores
