"""Old snapshots go; what is live, gone back to, new or being read stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.activating import activate, current_id, rollback
from ingest.collecting import collect
from ingest.embedding import HashingEmbedder
from ingest.errors import IndexLockedError, IndexMissingError
from ingest.locking import Lease, build_lock, unread
from ingest.snapshots import MANIFEST, folder_of, list_snapshots, open_snapshot
from tests.sample_index import Twice, republish

ROOT = Path(__file__).parents[2]
OLD = "20200101T000000Z-00000000"
OLDER = "20190101T000000Z-00000000"


@pytest.fixture
def old(index: Path, twice: Twice) -> Path:
    """An index with two snapshots more, older than those that were live."""
    for name in (OLD, OLDER):
        republish(index, twice.first.snapshot, name)
    return index


def test_the_newest_the_live_and_the_previous_stay(old: Path, twice: Twice) -> None:
    """With one to keep, the previous one stays besides; what goes frees its bytes."""
    found = collect(old, keep=1)

    assert found.removed == (OLD, OLDER)
    assert [(each.snapshot, each.reason) for each in found.kept] == [
        (twice.second.snapshot, "live"),
        (twice.first.snapshot, "previous"),
    ]
    assert list_snapshots(old) == [twice.second.snapshot, twice.first.snapshot]
    assert found.freed > 100_000
    assert not list(old.glob("removing-*"))


def test_an_old_snapshot_that_is_live_stays(old: Path, twice: Twice) -> None:
    """Age is no reason: the pointer decides."""
    activate(old, OLDER)

    found = collect(old, keep=1)

    assert found.removed == (twice.first.snapshot, OLD)
    assert current_id(old) == OLDER
    assert rollback(old) == twice.second.snapshot


def test_a_dry_run_removes_nothing_and_tells_the_same(old: Path) -> None:
    """What it says would go is what then goes."""
    (old / "building-dead").mkdir()
    before = sorted(old.rglob("*"))

    planned = collect(old, keep=2, dry_run=True)
    assert sorted(old.rglob("*")) == before
    done = collect(old, keep=2)

    assert planned.removed == done.removed == (OLD, OLDER)
    assert (planned.kept, planned.leftovers, planned.freed) == (
        done.kept,
        done.leftovers,
        done.freed,
    )


def test_what_died_builds_and_collections_left_is_removed(old: Path) -> None:
    """A folder half built, one half removed, a pointer that was never moved into place."""
    (old / "building-20200101T000000").mkdir()
    (old / f"removing-{OLD}" / "chroma").mkdir(parents=True)
    (old / ".CURRENT.4711").write_text("x")

    found = collect(old, keep=9)

    assert found.removed == ()
    assert set(found.leftovers) == {
        "building-20200101T000000",
        f"removing-{OLD}",
        ".CURRENT.4711",
    }
    assert not any((old / name).exists() for name in found.leftovers)


def test_a_snapshot_that_is_open_is_never_removed(old: Path) -> None:
    """The one who reads it closes it first."""
    snapshot = open_snapshot(old, OLD, HashingEmbedder(), check=True)

    assert [each.reason for each in collect(old, keep=1).kept][-1] == "being read"
    assert snapshot.words()
    snapshot.close()

    assert collect(old, keep=1).removed == (OLD,)


def test_a_snapshot_that_another_process_reads_is_never_removed(old: Path) -> None:
    """Its lease lasts as long as that process, and ends with it however it ends."""
    script = (
        "import sys, time; from pathlib import Path\n"
        "from ingest.embedding import HashingEmbedder; from ingest.snapshots import open_snapshot\n"
        "open_snapshot(Path(sys.argv[1]), sys.argv[2], HashingEmbedder(), check=True)\n"
        "held = open_snapshot(Path(sys.argv[1]), sys.argv[2], HashingEmbedder(), check=True)\n"
        "print('reading', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, old, OLD], stdout=subprocess.PIPE, cwd=ROOT
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        assert collect(old, keep=1).removed == (OLDER,)
        reader.kill()

    assert collect(old, keep=1).removed == (OLD,)


def test_while_a_build_is_under_way_nothing_is_collected(old: Path) -> None:
    """Its folder looks like a dead one's; the message names who is building."""
    with build_lock(old):
        (old / "building-now").mkdir()
        assert collect(old, dry_run=True).leftovers == ()
        with pytest.raises(IndexLockedError, match="is being written by process"):
            collect(old)

    assert (old / "building-now").is_dir()


def test_a_reader_finds_a_snapshot_whole_or_not_at_all(old: Path) -> None:
    """While its collector holds it, no lease begins; after that there is no snapshot."""
    manifest = folder_of(old, OLD) / MANIFEST

    with unread(manifest) as free:
        assert free
        with pytest.raises(IndexMissingError, match="is being removed"):
            Lease(manifest)
    with Lease(manifest), unread(manifest) as free:
        assert not free
    collect(old, keep=1)
    with pytest.raises(IndexMissingError, match="no snapshot"):
        Lease(manifest)


def test_a_lease_needs_no_right_to_write(old: Path) -> None:
    """A snapshot may lie on a disk that is mounted read-only: leasing changes no file."""
    folder = folder_of(old, OLD)
    before = {path.name: path.stat() for path in folder.iterdir()}

    with Lease(folder / MANIFEST):
        now = {path.name: path.stat() for path in folder.iterdir()}

    changed = {name for name in now if now[name].st_mtime_ns != before[name].st_mtime_ns}
    assert (set(now), changed) == (set(before), set())
