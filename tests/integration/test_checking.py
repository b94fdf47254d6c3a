"""The check of a finished build, in a process of its own, finds what makes answers wrong."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ingest.checking import check_in_fresh_process
from ingest.errors import IndexDamagedError
from ingest.snapshots import DOCUMENTS, read_manifest
from tests.sample_index import Built


@pytest.fixture
def folder(built: Built, tmp_path: Path) -> Path:
    """A copy of a sound snapshot, to change at will."""
    return Path(shutil.copytree(built.folder, tmp_path / built.folder.name))


def check(folder: Path) -> dict[str, float]:
    """Check a folder against what its manifest says of it."""
    manifest = read_manifest(folder)
    return check_in_fresh_process(folder, manifest.embedder.dimension, manifest.chunks)


def test_a_sound_build_is_measured(folder: Path) -> None:
    """Every record finds itself, and the recalls are those of the manifest."""
    measured = check(folder)

    assert measured["self_found"] == 1
    assert measured.items() <= read_manifest(folder).verified.items()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE chunks SET start = start + 1, end = end + 1 WHERE row = 3", "does not stand in"),
        ("UPDATE chunks SET text = '', start = end WHERE row = 3", "does not stand in"),
        ("UPDATE documents SET status = 'current' WHERE status = 'retracted'", "retracted and not"),
        ("DELETE FROM chunks WHERE row = 3", "chunks of"),
        ("DELETE FROM documents WHERE type = 'study'", "chunks of"),
    ],
)
def test_a_store_that_would_make_answers_wrong_is_refused(
    folder: Path, change: str, fault: str
) -> None:
    """A quote from elsewhere, an empty one, a retracted study as if in force, a missing chunk."""
    with closing(sqlite3.connect(folder / DOCUMENTS)) as db, db:
        changed = db.execute(change).rowcount

    with pytest.raises(IndexDamagedError, match=fault):
        check(folder)

    assert changed > 0
