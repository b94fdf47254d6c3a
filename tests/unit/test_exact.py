"""Exact search over the vectors of a snapshot, from a memory map of half-precision numbers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.embedding import Vectors
from ingest.errors import IndexDamagedError
from ingest.exact import VectorReader, VectorWriter


def unit(rows: list[list[float]]) -> Vectors:
    """Rows of length 1."""
    vectors = np.asarray(rows, dtype=np.float32)
    unit_rows: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit_rows


def stored(path: Path, *batches: Vectors) -> VectorReader:
    """A reader of what was written in *batches*."""
    writer = VectorWriter(path, batches[0].shape[1])
    for batch in batches:
        writer.add(batch)
    writer.close()
    return VectorReader(path, rows=writer.rows, dimension=batches[0].shape[1])


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Batches follow one another; a row's number is its place; half precision keeps 3 digits."""
    first, second = unit([[1, 2, 2], [0, 3, 4]]), unit([[2, 1, 2]])

    reader = stored(tmp_path / "v", first, second)

    assert np.allclose(reader.vectors([2, 0]), [second[0], first[0]], atol=1e-3)


def test_nearest_ranks_only_the_rows_allowed(tmp_path: Path) -> None:
    """A filter is exact: the best row of all stays out when it is not among the rows given."""
    reader = stored(tmp_path / "v", unit([[1, 0], [1, 0.1], [0, 1], [-1, 0]]))

    assert reader.nearest(unit([[1, 0]]), [3, 2, 1], limit=2) == [1, 2]
    assert reader.nearest(unit([[1, 0]]), [], limit=2) == []


def test_equal_rows_are_ranked_by_number(tmp_path: Path) -> None:
    """The order is total, so that the same question has the same answer."""
    reader = stored(tmp_path / "v", unit([[0, 1], [1, 1], [1, 1], [1, 1]]))

    assert reader.nearest(unit([[1, 0]]), [3, 1, 2, 0], limit=3) == [1, 2, 3]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.lists(st.integers(-9, 9), min_size=3, max_size=3).filter(any), min_size=1, max_size=20
    )
)
def test_similarity_is_the_cosine(tmp_path: Path, rows: list[list[float]]) -> None:
    """Against double precision, half precision errs by less than 0.001."""
    vectors, question = unit(rows), unit([[1, 2, -3]])

    found = stored(tmp_path / "v", vectors).similarities(question, range(len(rows)))

    assert np.allclose(found, vectors.astype(float) @ question[0].astype(float), atol=1e-3)


def test_no_vectors_is_a_store_too(tmp_path: Path) -> None:
    """An empty file cannot be mapped, and is read all the same."""
    reader = stored(tmp_path / "v", np.zeros((0, 4), dtype=np.float32))

    assert reader.vectors([]).shape == (0, 4)


def test_a_file_of_another_size_is_damaged(tmp_path: Path) -> None:
    """A file cut short is refused before anything is read from it."""
    stored(tmp_path / "v", unit([[1, 0], [0, 1]]))

    with pytest.raises(IndexDamagedError, match="does not hold 3 vectors"):
        VectorReader(tmp_path / "v", rows=3, dimension=2)


def test_vectors_of_another_shape_are_refused(tmp_path: Path) -> None:
    """One vector of the wrong length would move every row after it."""
    writer = VectorWriter(tmp_path / "v", 3)

    with pytest.raises(IndexDamagedError, match="shape"):
        writer.add(unit([[1, 0]]))
    writer.close()
