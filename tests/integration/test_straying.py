"""Records that Chroma does not find by their own vector, against real Chroma folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.documents import SourceType
from ingest.embedded import EmbeddedEngine
from ingest.engines import Records
from ingest.errors import IndexDamagedError
from ingest.filters import Eq, Field
from ingest.indexing import IndexWriter
from ingest.straying import FEW, STRAYS, list_strays, read_strays
from tests.sample_engines import DIMENSION, records

TOTAL = 400
LABELS = Eq(Field.TYPE, SourceType.LABEL)


def labels() -> Records:
    """Four hundred labels."""
    made = records(range(TOTAL))
    fields = tuple({**each, Field.TYPE: (str(SourceType.LABEL),)} for each in made.fields)
    return Records(made.keys, made.vectors, fields)


def losing(folder: Path, lost: Sequence[int]) -> Path:
    """An engine's folder in whose collection the records *lost* are missing."""
    written = labels()
    engine = EmbeddedEngine(folder / "engine", DIMENSION)
    engine.begin()
    engine.upsert(written)
    engine.publish()
    engine.close()
    if lost:
        shutil.rmtree(folder / "engine" / "chroma")
        writer = IndexWriter(folder / "engine" / "chroma")
        kept = [key for key in written.keys if key not in lost]
        writer.add(SourceType.LABEL, kept, written.vectors[kept])
        writer.close()
    return folder / "engine"


def test_a_sound_index_has_no_strays(tmp_path: Path) -> None:
    """Every record finds itself; that nobody is missed is written down too."""
    folder = losing(tmp_path, ())

    assert list_strays(folder) == []
    assert json.loads((folder / STRAYS).read_text()) == []


def test_a_stray_is_found_all_the_same(tmp_path: Path) -> None:
    """What Chroma has lost is listed, and compared exactly with whatever is searched."""
    folder = losing(tmp_path, (7, 300))

    strays = list_strays(folder)

    engine = EmbeddedEngine(folder, DIMENSION)
    found = engine.search(labels().vectors[[7, 8, 300]], LABELS, limit=5)
    assert strays == [7, 300]
    assert [hits[0].key for hits in found] == [7, 8, 300]
    assert all(len({hit.key for hit in hits}) == 5 for hits in found)
    engine.close()


def test_too_many_strays_are_a_damaged_index(tmp_path: Path) -> None:
    """Where one in ten is lost, something else is wrong, and nothing is written down."""
    folder = losing(tmp_path, range(FEW + TOTAL // 10))

    with pytest.raises(IndexDamagedError, match="misses 60 of the 400 records in label"):
        list_strays(folder)
    assert not (folder / STRAYS).exists()


@pytest.mark.parametrize("text", ["", "{", '["a"]', '{"a": 1}', "ä"])
def test_a_damaged_list_is_told_in_our_own_words(tmp_path: Path, text: str) -> None:
    """A list that cannot be read is one of our errors, and names the file."""
    (tmp_path / STRAYS).write_text(text, encoding="utf-8")

    with pytest.raises(IndexDamagedError, match=STRAYS):
        read_strays(tmp_path)


def test_without_a_list_nobody_strays(tmp_path: Path) -> None:
    """Where nobody looked, Chroma is taken at its word."""
    assert read_strays(tmp_path).dtype == np.int64
    assert len(read_strays(tmp_path)) == 0
