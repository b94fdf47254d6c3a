"""What a build reuses is checked as it is used: a damaged cache costs time, never a snapshot."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.computing import Shard
from ingest.disposable import opened
from ingest.embedding import HashingEmbedder
from ingest.exact import VectorReader
from ingest.pipeline import embed_shard, ingest
from ingest.snapshots import VECTORS, folder_of, read_manifest
from tests import sample_corpus


def flip_vectors(cache: Path) -> None:
    """Change a byte of every kept vector, as a disk does: SQLite does not notice."""
    (path,) = cache.glob("vectors/*/*.sqlite")
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT digest, vector FROM vectors").fetchall()
        db.executemany(
            "UPDATE vectors SET vector = ? WHERE digest = ?",
            [(bytes([raw[0] ^ 64]) + raw[1:], digest) for digest, raw in rows],
        )
    db.close()


def flip_parsed(cache: Path) -> None:
    """Change a byte of everything that was parsed."""
    with sqlite3.connect(cache / "parsed.sqlite") as db:
        rows = db.execute("SELECT key, items FROM parsed").fetchall()
        db.executemany(
            "UPDATE parsed SET items = ? WHERE key = ?",
            [(raw[:-1] + bytes([raw[-1] ^ 1]), key) for key, raw in rows],
        )
    db.close()


def tear(cache: Path) -> None:
    """Write nonsense over a page in the middle of each file."""
    for path in (cache / "parsed.sqlite", *cache.glob("vectors/*/*.sqlite")):
        data = path.read_bytes()
        path.write_bytes(data[:4096] + b"\xa5" * 4096 + data[8192:])


@pytest.mark.parametrize("harm", [flip_vectors, flip_parsed, tear])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """The snapshot is the one that a build without any cache makes."""
    source = sample_corpus.write(tmp_path / "corpus", sample_corpus.files())
    index = tmp_path / "index"
    embed_shard([source], index, HashingEmbedder(), Shard(1, 1))
    harm(index / "cache")

    report = ingest([source], index, HashingEmbedder())

    alone = ingest([source], tmp_path / "alone", HashingEmbedder())
    stored = [
        VectorReader(
            folder_of(place, snapshot) / VECTORS, rows=alone.chunks, dimension=256
        ).vectors(range(alone.chunks))
        for place, snapshot in ((index, report.snapshot), (tmp_path / "alone", alone.snapshot))
    ]
    assert (report.documents, report.chunks) == (alone.documents, alone.chunks)
    assert (stored[0] == stored[1]).all()
    assert read_manifest(folder_of(index, report.snapshot)).rows == alone.chunks


def write_at_once(db: sqlite3.Connection) -> None:
    """Begin to write, and wait for nobody."""
    db.execute("PRAGMA busy_timeout = 0")
    db.execute("BEGIN IMMEDIATE")


def test_a_locked_file_is_not_thrown_away(tmp_path: Path) -> None:
    """Another process at work, or a full disk, is no damage: what was computed stays."""
    path = tmp_path / "kept.sqlite"
    holder = sqlite3.connect(path)
    holder.execute("CREATE TABLE kept (x)")
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        opened(path, write_at_once)

    holder.rollback()
    assert holder.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    holder.close()
