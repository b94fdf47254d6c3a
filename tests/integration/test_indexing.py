"""Nearest neighbours, against a real Chroma folder."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.documents import SourceType
from ingest.embedding import HashingEmbedder, Vectors
from ingest.errors import IndexDamagedError
from ingest.indexing import IndexReader, IndexWriter

LABELS = 300
STUDIES = 40


def vectors(count: int, seed: int) -> Vectors:
    """Vectors of *count* texts that share words, as texts of one field do."""
    rng = np.random.default_rng(seed)
    words = [f"word{n}" for n in range(60)]
    return HashingEmbedder().embed_passages(
        [" ".join(rng.choice(words, size=12)) for _ in range(count)]
    )


LABEL_VECTORS, STUDY_VECTORS = vectors(LABELS, 1), vectors(STUDIES, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flushed index: labels from row 0, studies after them, no guideline."""
    path = tmp_path_factory.mktemp("chroma") / "chroma"
    writer = IndexWriter(path)
    for start in range(0, LABELS, 128):
        rows = range(start, min(start + 128, LABELS))
        writer.add(SourceType.LABEL, rows, LABEL_VECTORS[rows.start : rows.stop])
    writer.add(SourceType.STUDY, range(LABELS, LABELS + STUDIES), STUDY_VECTORS)
    writer.close()
    script = "import sys; from ingest.indexing import flush; from pathlib import Path; "
    script += "flush(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, path], check=True, cwd=Path.cwd())
    return path


def digests(folder: Path) -> dict[str, str]:
    """The digest of every file below *folder*."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_row_is_in_its_collection(folder: Path) -> None:
    """Counts and rows are as written, per source type; an empty collection is one too."""
    reader = IndexReader(folder)

    assert reader.counts == {
        SourceType.GUIDELINE: 0,
        SourceType.LABEL: LABELS,
        SourceType.STUDY: STUDIES,
    }
    assert reader.rows(SourceType.STUDY) == set(range(LABELS, LABELS + STUDIES))
    reader.close()


def test_the_nearest_rows_are_those_of_exact_search(folder: Path) -> None:
    """Every stored vector finds itself first, and nine in ten of its true neighbours after."""
    reader = IndexReader(folder)
    exact = np.argsort(-(LABEL_VECTORS @ LABEL_VECTORS.T), axis=1, kind="stable")[:, :10]

    found = [reader.nearest(SourceType.LABEL, vector, limit=10) for vector in LABEL_VECTORS]

    assert [rows[0] for rows in found] == list(range(LABELS))
    shared = sum(len(set(a) & set(b)) for a, b in zip(found, exact.tolist(), strict=True))
    assert shared / (10 * LABELS) > 0.9
    reader.close()


def test_a_collection_gives_no_more_than_it_holds(folder: Path) -> None:
    """Chroma refuses to be asked for more rows than there are; nobody has to count first."""
    reader = IndexReader(folder)

    assert len(reader.nearest(SourceType.STUDY, STUDY_VECTORS[:1], limit=999)) == STUDIES
    assert reader.nearest(SourceType.GUIDELINE, STUDY_VECTORS[:1], limit=5) == []
    reader.close()


def test_a_search_stays_in_its_source_type(folder: Path) -> None:
    """The nearest label to a study's vector is a label."""
    reader = IndexReader(folder)

    rows = reader.nearest(SourceType.LABEL, STUDY_VECTORS[:1], limit=5)

    assert all(row < LABELS for row in rows)
    reader.close()


def test_equal_vectors_are_ranked_by_row(tmp_path: Path) -> None:
    """The same sentence in several labels has a total order too."""
    writer = IndexWriter(tmp_path / "chroma")
    writer.add(SourceType.LABEL, [5, 3, 9], np.repeat(LABEL_VECTORS[:1], 3, axis=0))
    writer.close()
    reader = IndexReader(tmp_path / "chroma")

    assert reader.nearest(SourceType.LABEL, LABEL_VECTORS[:1], limit=3) == [3, 5, 9]
    reader.close()


def test_a_flushed_folder_has_its_graph_on_disk(folder: Path) -> None:
    """Nothing is left in Chroma's log alone, where each opening would have to replay it."""
    assert {path.name for path in folder.rglob("*.bin")} >= {"data_level0.bin", "link_lists.bin"}
    assert {path.name for path in folder.rglob("*.pickle")} == {"index_metadata.pickle"}


def test_reading_changes_no_byte(folder: Path) -> None:
    """Chroma writes whenever it is opened; what it writes to is a copy of its own."""
    before = digests(folder)

    for _ in range(2):
        reader = IndexReader(folder)
        reader.nearest(SourceType.LABEL, LABEL_VECTORS[:1], limit=5)
        reader.close()

    assert digests(folder) == before


def test_closing_removes_the_copy(folder: Path) -> None:
    """A service that opens a hundred snapshots leaves no hundred copies behind."""
    reader = IndexReader(folder)
    copy = reader._private.folder
    assert copy.is_dir()

    reader.close()

    assert not copy.exists()


@pytest.mark.parametrize("fault", ["gone", "empty", "cut"])
def test_a_damaged_folder_is_told_in_our_own_words(
    folder: Path, tmp_path: Path, fault: str
) -> None:
    """A missing folder, an empty one and a cut database are an IndexDamagedError each."""
    damaged = tmp_path / "chroma"
    if fault == "empty":
        damaged.mkdir()
    elif fault == "cut":
        shutil.copytree(folder, damaged)
        database = damaged / "chroma.sqlite3"
        database.write_bytes(database.read_bytes()[:2048])

    with pytest.raises(IndexDamagedError, match="cannot be opened"):
        IndexReader(damaged)
