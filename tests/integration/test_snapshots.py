"""Snapshots on a real disk: checked, immutable, published by one pointer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.activating import activate, current_id
from ingest.documents import SourceType
from ingest.embedding import HashingEmbedder
from ingest.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
)
from ingest.filters import Eq, Field
from ingest.locking import build_lock
from ingest.snapshots import (
    ENGINE,
    FORMAT,
    VECTORS,
    check_files,
    digest_files,
    list_snapshots,
    open_snapshot,
    read_manifest,
    write_manifest,
)
from tests.sample_index import Built, Twice


class OtherEmbedder(HashingEmbedder):
    """The same vectors under another name."""

    identity = replace(HashingEmbedder.identity, name="another", weights_sha256="f" * 64)


def folder_of(index: Path) -> Path:
    """The live snapshot's folder."""
    return index / "snapshots" / current_id(index)


def test_the_newest_snapshot_is_live_and_the_one_before_is_kept(twice: Twice) -> None:
    """The pointer names the second build; the first can be gone back to."""
    assert current_id(twice.index) == twice.second.snapshot
    assert list_snapshots(twice.index) == [twice.second.snapshot, twice.first.snapshot]


def test_the_same_sources_have_the_same_digest(built: Built, twice: Twice) -> None:
    """In another folder, at another time: what was read and how it was cut decides, alone."""
    first = read_manifest(twice.index / "snapshots" / twice.first.snapshot)

    assert first.content == read_manifest(built.folder).content
    assert first.id != read_manifest(built.folder).id


def test_a_changed_file_changes_the_digest(twice: Twice) -> None:
    """One number in one label makes another content, and the manifest says which file it was."""
    first, second = (
        read_manifest(twice.index / "snapshots" / report.snapshot)
        for report in (twice.first, twice.second)
    )

    assert first.content != second.content
    assert {name for name in first.sources if first.sources[name] != second.sources[name]} == {
        "labels/zorvanex.xml"
    }


def test_the_manifest_says_what_made_the_snapshot(built: Built) -> None:
    """Embedder, splitter, parsers, sources, counts, times, checks and every file are in it."""
    manifest = read_manifest(built.folder)

    assert manifest.embedder == HashingEmbedder.identity
    assert manifest.parsers["spl"] == "spl/1"
    assert len(manifest.sources) == built.report.files - 1  # the picture has no known format
    assert manifest.rows == built.report.chunks == sum(manifest.chunks.values())
    assert manifest.documents == built.report.documents
    assert manifest.corpus_date == "2025-06-01"
    assert {"reading", "parsing", "chunking", "embedding", "indexing"} <= manifest.seconds.keys()
    assert manifest.verified["recall_at_20"] >= 0.99
    assert manifest.files == digest_files(built.folder)


def test_opening_and_reading_leaves_a_snapshot_as_it_was(index: Path) -> None:
    """A snapshot may lie on a disk that cannot be written: no file appears, none changes."""
    folder = folder_of(index)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    embedder = HashingEmbedder()

    for _ in range(2):
        snapshot = open_snapshot(index, folder.name, embedder, check=True)
        question = embedder.embed_question("dose of zorvaxone")
        (near,) = snapshot.engine.search(question, Eq(Field.TYPE, SourceType.LABEL), limit=5)
        assert snapshot.lexical.search("dose", SourceType.LABEL, limit=5)
        assert snapshot.documents.chunks([hit.key for hit in near])
        assert "zorvaxone" in snapshot.words()
        snapshot.close()

    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_changed_byte_in_any_file_is_found(index: Path) -> None:
    """Chroma answers from damaged files without an error, or dies; so every file is checked."""
    folder = folder_of(index)
    manifest = read_manifest(folder)
    assert len(manifest.files) > 8

    for name in manifest.files:
        path = folder / name
        sound = path.read_bytes()
        middle = len(sound) // 2
        flipped = bytes([sound[middle] ^ 1]) if sound else b"x"
        path.write_bytes(sound[:middle] + flipped + sound[middle + 1 :])
        with pytest.raises(IndexDamagedError, match="changed since it was built") as caught:
            check_files(folder, manifest)
        assert name in str(caught.value)
        path.write_bytes(sound)
    check_files(folder, manifest)


def test_a_changed_byte_in_the_manifest_is_found(index: Path) -> None:
    """It holds its own digest, so that every one of its bits counts."""
    folder = folder_of(index)
    path = folder / "manifest.json"
    sound = path.read_bytes()

    for at in range(0, len(sound), 7):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << at % 8]) + sound[at + 1 :])
        with pytest.raises(IndexDamagedError, match=r"manifest\.json is damaged"):
            read_manifest(folder)
    path.write_bytes(sound)
    assert read_manifest(folder)


def test_a_renamed_snapshot_is_found(index: Path) -> None:
    """Answers name the snapshot by its manifest: another folder's name would mislead."""
    folder = folder_of(index)
    other = folder.rename(folder.with_name("20990101T000000Z-00000000"))

    with pytest.raises(IndexDamagedError, match="renamed"):
        open_snapshot(index, other.name, HashingEmbedder(), check=True)


def test_a_missing_file_is_found(index: Path) -> None:
    """A file that is gone is as wrong as one that changed."""
    folder = folder_of(index)
    (folder / "words.txt").unlink()

    with pytest.raises(IndexDamagedError, match=r"words\.txt"):
        open_snapshot(index, folder.name, HashingEmbedder(), check=True)


def test_another_embedder_is_refused_by_name(built: Built) -> None:
    """Vectors of two embedders are never compared; the message names both and the remedy."""
    with pytest.raises(IndexMismatchError, match=r"hashing@.*another@ffff.*ingest apply"):
        open_snapshot(built.index, built.report.snapshot, OtherEmbedder(), check=False)


def test_a_snapshot_of_another_format_is_refused(index: Path) -> None:
    """A later version may write what this one cannot read."""
    folder = folder_of(index)
    write_manifest(folder, replace(read_manifest(folder), format=99))

    with pytest.raises(IndexMismatchError, match="format 99"):
        read_manifest(folder)


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": %d}' % FORMAT, b"[]", b"\xff\xfe"])
def test_a_damaged_manifest_is_told_in_our_own_words(index: Path, content: bytes) -> None:
    """A manifest cut short is an IndexDamagedError that names it."""
    folder = folder_of(index)
    (folder / "manifest.json").write_bytes(content)

    with pytest.raises(IndexDamagedError, match=r"manifest\.json is damaged"):
        open_snapshot(index, folder.name, HashingEmbedder(), check=True)


def test_an_index_that_is_not_there_is_told_with_its_remedy(tmp_path: Path) -> None:
    """Before the first ingest there is no pointer."""
    with pytest.raises(IndexMissingError, match="followup ingest apply"):
        current_id(tmp_path)


def test_only_a_snapshot_can_become_live(index: Path) -> None:
    """A name without a snapshot behind it leaves the pointer where it is."""
    live = current_id(index)

    with pytest.raises(IndexMissingError):
        activate(index, "20990101T000000Z-00000000")

    assert current_id(index) == live


def test_the_pointer_moves_in_one_step(index: Path, twice: Twice) -> None:
    """Whoever looks while it moves sees one id or the other, never half of one, never none."""
    both = {twice.first.snapshot, twice.second.snapshot}
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                seen.add(current_id(index))
            except IndexMissingError as error:
                seen.add(str(error))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(100):
        for snapshot_id in both:
            activate(index, snapshot_id)
    done.set()
    watcher.join()

    assert seen == both
    assert not list(index.glob(".CURRENT*"))


def test_a_second_build_is_refused_naming_the_first(tmp_path: Path) -> None:
    """Two writers lose each other's vectors; the message says who is at it."""
    with (
        build_lock(tmp_path),
        pytest.raises(IndexLockedError, match=f"process {os.getpid()}"),
        build_lock(tmp_path),
    ):
        pass

    with build_lock(tmp_path):
        assert (tmp_path / "build.lock").is_file()


def test_a_build_that_died_leaves_neither_lock_nor_folder(tmp_path: Path) -> None:
    """After kill -9 the next build begins at once, and removes what the dead one had written."""
    script = (
        "import sys, time; from pathlib import Path; from ingest.locking import build_lock\n"
        "with build_lock(Path(sys.argv[1])) as _:\n"
        "    (Path(sys.argv[1]) / 'building-x' / 'chroma').mkdir(parents=True)\n"
        "    print('building', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == b"building\n"
        with pytest.raises(IndexLockedError, match=f"process {builder.pid}"), build_lock(tmp_path):
            pass
        builder.send_signal(signal.SIGKILL)

    with build_lock(tmp_path):
        assert not list(tmp_path.glob("building-*"))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (VECTORS, _cut),
        (VECTORS, Path.unlink),
        (ENGINE, shutil.rmtree),
        ("documents.sqlite", lambda path: path.write_bytes(b"no database" * 99)),
        ("manifest.json", Path.unlink),
    ],
)
def test_damage_is_told_in_our_own_words_unchecked_too(
    index: Path, name: str, damage: Callable[[Path], object]
) -> None:
    """Where the digests are not compared, what cannot be opened is still one of our errors."""
    folder = folder_of(index)
    damage(folder / name)

    with pytest.raises((IndexDamagedError, IndexMissingError)):
        open_snapshot(index, folder.name, HashingEmbedder(), check=False)
