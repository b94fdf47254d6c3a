"""A snapshot in one file: what goes out comes in the same, and anything else is refused."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.activating import live_id
from ingest.embedding import HashingEmbedder
from ingest.errors import (
    CorpusError,
    IndexDamagedError,
    IndexLockedError,
    IndexMismatchError,
    IngestError,
    RefusedError,
)
from ingest.exporting import export_snapshot, import_snapshot
from ingest.locking import build_lock
from ingest.snapshots import (
    MANIFEST,
    digest_files,
    folder_of,
    list_snapshots,
    open_snapshot,
    read_manifest,
    write_manifest,
)
from tests.sample_index import Built, Seen


@pytest.fixture(scope="module")
def exported(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus's snapshot as a file that nobody may change."""
    file = tmp_path_factory.mktemp("exported") / "snapshot.tar"
    export_snapshot(built.index, built.report.snapshot, file)
    return file


def test_what_is_imported_has_the_digests_of_what_was_exported(
    built: Built, exported: Path, tmp_path: Path
) -> None:
    """Manifest and files alike; it opens, and does not go live by itself."""
    seen = Seen()

    done = import_snapshot(tmp_path / "index", exported, progress=seen)

    folder = folder_of(tmp_path / "index", done.snapshot)
    assert read_manifest(folder) == read_manifest(built.folder)
    assert digest_files(folder) == digest_files(built.folder)
    assert (folder / MANIFEST).read_bytes() == (built.folder / MANIFEST).read_bytes()
    assert live_id(tmp_path / "index") is None
    open_snapshot(tmp_path / "index", done.snapshot, HashingEmbedder(), check=True).close()
    assert seen.steps[-1] == ("files", done.files, done.files)


def test_the_same_snapshot_makes_the_same_file(
    built: Built, exported: Path, tmp_path: Path
) -> None:
    """Neither the time nor the owner of a file is in it."""
    import_snapshot(tmp_path / "index", exported)

    export_snapshot(tmp_path / "index", built.report.snapshot, tmp_path / "again.tar")

    assert (tmp_path / "again.tar").read_bytes() == exported.read_bytes()


def test_the_manifest_comes_first(exported: Path) -> None:
    """Whoever reads the file knows what it is before anything is written."""
    with tarfile.open(exported) as archive:
        assert archive.getnames()[0] == MANIFEST


def test_a_file_that_exists_is_left_as_it_is(built: Built, tmp_path: Path) -> None:
    """Unless it is to be replaced."""
    file = tmp_path / "snapshot.tar"
    file.write_text("precious")

    with pytest.raises(RefusedError, match="--force"):
        export_snapshot(built.index, built.report.snapshot, file)
    assert file.read_text() == "precious"
    export_snapshot(built.index, built.report.snapshot, file, replace=True)
    assert tarfile.is_tarfile(file)


def test_a_damaged_snapshot_is_not_exported(index: Path, tmp_path: Path) -> None:
    """Nothing half written is left either."""
    newest = list_snapshots(index)[0]
    path = folder_of(index, newest) / "words.txt"
    path.write_text("other words")
    file = tmp_path / "out" / "snapshot.tar"
    file.parent.mkdir()

    with pytest.raises(IndexDamagedError, match=r"words\.txt"):
        export_snapshot(index, newest, file)
    path.unlink()
    with pytest.raises(IndexDamagedError, match=r"words\.txt"):
        export_snapshot(index, newest, file)
    assert list(file.parent.iterdir()) == []


def test_where_it_cannot_be_written_it_says_so(built: Built, tmp_path: Path) -> None:
    """A folder that is not there."""
    with pytest.raises(CorpusError, match="cannot be written"):
        export_snapshot(built.index, built.report.snapshot, tmp_path / "none" / "snapshot.tar")


def test_a_snapshot_that_is_there_already_stays(built: Built, exported: Path) -> None:
    """An id names one content for ever."""
    with pytest.raises(RefusedError, match="already"):
        import_snapshot(built.index, exported)


def test_a_build_under_way_is_not_disturbed(exported: Path, tmp_path: Path) -> None:
    """An import writes, so it is a writer."""
    with build_lock(tmp_path), pytest.raises(IndexLockedError):
        import_snapshot(tmp_path, exported)


Members = list[tuple[tarfile.TarInfo, bytes]]


def members_of(file: Path) -> Members:
    """Return every member of an archive and its bytes."""
    with tarfile.open(file) as archive:
        return [
            (member, stream.read() if (stream := archive.extractfile(member)) else b"")
            for member in archive
        ]


def archived(members: Members, file: Path) -> Path:
    """Write *members* to *file*."""
    with tarfile.open(file, "w") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def _flip(members: Members) -> None:
    member, data = members[-1]
    members[-1] = (member, data[:-1] + bytes([data[-1] ^ 1]))


def _flip_manifest(members: Members) -> None:
    member, data = members[0]
    members[0] = (member, data.replace(b'"documents": 1', b'"documents": 2', 1))


def _drop(members: Members) -> None:
    del members[2]


def _reverse(members: Members) -> None:
    members.reverse()


def _add(name: str) -> Callable[[Members], None]:
    def add(members: Members) -> None:
        members.append((tarfile.TarInfo(name), b"x"))

    return add


def _twice(members: Members) -> None:
    members.append(members[-1])


def _link(kind: bytes) -> Callable[[Members], None]:
    def link(members: Members) -> None:
        member = tarfile.TarInfo(members[-1][0].name)
        member.type, member.linkname = kind, "/etc/passwd"
        members[-1] = (member, b"")

    return link


@pytest.mark.parametrize(
    "tamper",
    [
        _flip,
        _flip_manifest,
        _drop,
        _reverse,
        _twice,
        _add("further.txt"),
        _add("../outside.txt"),
        _add("/tmp/outside.txt"),  # noqa: S108 - never written
        _add("chroma/../../outside.txt"),
        _link(tarfile.SYMTYPE),
        _link(tarfile.LNKTYPE),
        _link(tarfile.FIFOTYPE),
        _link(tarfile.DIRTYPE),
        _link(tarfile.CHRTYPE),
    ],
)
def test_a_tampered_archive_is_refused(
    exported: Path, tmp_path: Path, tamper: Callable[[Members], None]
) -> None:
    """One of our errors names what is wrong; nothing is published, nothing is written outside."""
    members = members_of(exported)
    tamper(members)
    file = archived(members, tmp_path / "tampered.tar")
    index = tmp_path / "deep" / "index"

    with pytest.raises((CorpusError, IndexDamagedError), match=r"tampered\.tar"):
        import_snapshot(index, file)

    assert list_snapshots(index) == []
    assert not list(index.glob("building-*"))
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {"tampered.tar", "build.lock"}


@pytest.mark.parametrize("name", ["../outside", "chroma/../../../outside", "/outside", "a//b"])
def test_a_manifest_that_names_a_way_out_is_refused(
    built: Built, exported: Path, tmp_path: Path, name: str
) -> None:
    """Its digests agree, its own included: the name alone is wrong."""
    forged = tmp_path / "forged"
    forged.mkdir()
    manifest = read_manifest(built.folder)
    write_manifest(forged, replace(manifest, files={**manifest.files, name: "0" * 64}))
    members = members_of(exported)
    members[0] = (members[0][0], (forged / MANIFEST).read_bytes())
    members.append((tarfile.TarInfo(name), b""))

    with pytest.raises(CorpusError, match="refused"):
        import_snapshot(tmp_path / "index", archived(members, tmp_path / "x.tar"))
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize("wrong", ["../../x", "", ".hidden", "a/b", "x" * 200])
def test_a_snapshot_with_an_impossible_id_is_refused(
    built: Built, exported: Path, tmp_path: Path, wrong: str
) -> None:
    """The id becomes a folder's name."""
    forged = tmp_path / "forged"
    forged.mkdir()
    write_manifest(forged, replace(read_manifest(built.folder), id=wrong))
    members = members_of(exported)
    members[0] = (members[0][0], (forged / MANIFEST).read_bytes())

    with pytest.raises(CorpusError, match="no snapshot's id"):
        import_snapshot(tmp_path / "index", archived(members, tmp_path / "x.tar"))


def test_another_format_is_refused(built: Built, exported: Path, tmp_path: Path) -> None:
    """A later version may write what this one cannot read."""
    forged = tmp_path / "forged"
    forged.mkdir()
    write_manifest(forged, replace(read_manifest(built.folder), format=99))
    members = members_of(exported)
    members[0] = (members[0][0], (forged / MANIFEST).read_bytes())

    with pytest.raises(IndexMismatchError, match="format 99"):
        import_snapshot(tmp_path / "index", archived(members, tmp_path / "x.tar"))


def test_a_file_cut_short_at_any_tenth_is_refused(exported: Path, tmp_path: Path) -> None:
    """A copy that broke off publishes nothing."""
    whole = exported.read_bytes()
    file = tmp_path / "cut.tar"
    for tenth in range(10):
        file.write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(IngestError, match=r"cut\.tar"):
            import_snapshot(tmp_path / "index", file)
    assert list_snapshots(tmp_path / "index") == []


def test_what_is_no_plain_tar_is_refused(exported: Path, tmp_path: Path) -> None:
    """Compressed archives could be bombs; other files are none."""
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(gzip.compress(exported.read_bytes()[:100_000], compresslevel=1))
    other = tmp_path / "other.txt"
    other.write_text("no archive")

    for file in (packed, other, tmp_path / "none.tar", tmp_path):
        with pytest.raises(CorpusError, match=file.name):
            import_snapshot(tmp_path / "index", file)


def test_a_full_disk_is_told_before_it_is_full(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room is compared with each file's size."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1))

    with pytest.raises(CorpusError, match="1 are free"):
        import_snapshot(tmp_path / "index", exported)
