"""The pointer and its history: where going back leads, and what a crash in between leaves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ingest.activating import (
    HISTORY,
    Move,
    activate,
    current_id,
    earlier_ids,
    history,
    previous_id,
    resolve_id,
    rollback,
)
from ingest.errors import IndexMissingError, RefusedError
from tests.sample_index import Twice, republish

ROOT = Path(__file__).parents[2]


def copies(index: Path, snapshot_id: str, *names: str) -> None:
    """Publish a snapshot again under other names."""
    for name in names:
        republish(index, snapshot_id, name)


def test_the_history_has_a_line_for_every_move(twice: Twice) -> None:
    """When, to which snapshot, from which: as JSON, a line each."""
    first, second = history(twice.index)

    assert (first.snapshot, first.before, first.move) == (twice.first.snapshot, None, Move.FORWARD)
    assert (second.snapshot, second.before) == (twice.second.snapshot, twice.first.snapshot)
    lines = (twice.index / HISTORY).read_text().splitlines()
    assert [json.loads(line)["snapshot"] for line in lines] == [first.snapshot, second.snapshot]


def test_making_the_live_snapshot_live_again_is_no_move(index: Path, twice: Twice) -> None:
    """Nothing changed, so there is nothing more to go back from."""
    activate(index, twice.second.snapshot)

    assert len(history(index)) == 2
    assert previous_id(index) == twice.first.snapshot


def test_rolling_back_goes_further_back_each_time(index: Path, twice: Twice) -> None:
    """What was rolled back from is bad: the next rollback does not lead to it."""
    copies(index, twice.first.snapshot, "b", "c")
    activate(index, "b")
    activate(index, "c")

    went = [rollback(index) for _ in range(3)]

    assert went == ["b", twice.second.snapshot, twice.first.snapshot]
    with pytest.raises(RefusedError, match="followup index list"):
        rollback(index)
    assert current_id(index) == twice.first.snapshot


def test_after_a_rollback_a_new_snapshot_is_rolled_back_to_where_it_came_from(
    index: Path, twice: Twice
) -> None:
    """A, B, back to A, then C: going back from C leads to A, not to the bad B."""
    rollback(index)
    copies(index, twice.first.snapshot, "c")
    activate(index, "c")

    assert rollback(index) == twice.first.snapshot


def test_rolling_back_passes_over_what_is_gone_or_damaged(index: Path, twice: Twice) -> None:
    """It ends at the nearest snapshot that can answer."""
    copies(index, twice.first.snapshot, "b", "c", "d")
    for each in "bcd":
        activate(index, each)
    shutil.rmtree(index / "snapshots" / "c")
    (index / "snapshots" / "b" / "words.txt").write_text("x")

    assert previous_id(index) == "b"
    assert rollback(index) == twice.second.snapshot


def test_a_snapshot_that_was_never_live_is_not_gone_back_to(index: Path, twice: Twice) -> None:
    """A candidate that the quality gate held back is newer than the previous one, and no way."""
    copies(index, twice.first.snapshot, "20990101T000000Z-candidate")

    assert earlier_ids(index) == [twice.first.snapshot]


def test_a_lost_line_of_history_costs_that_line_only(index: Path, twice: Twice) -> None:
    """A crash after the pointer moved: what was live before it is still known."""
    copies(index, twice.first.snapshot, "c")
    activate(index, "c")
    path = index / HISTORY
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], lines[2][:20]]))

    assert earlier_ids(index) == [twice.second.snapshot, twice.first.snapshot]
    activate(index, twice.first.snapshot)
    assert [each.snapshot for each in history(index)][-1] == twice.first.snapshot


def test_without_a_history_older_snapshots_are_gone_back_to(index: Path, twice: Twice) -> None:
    """An index may have lost the file; the ids begin with their time."""
    (index / HISTORY).unlink()

    assert rollback(index) == twice.first.snapshot


@pytest.mark.parametrize("move", ["activate", "rollback"])
def test_a_crash_at_any_line_leaves_the_old_snapshot_live_or_the_new(
    index: Path, twice: Twice, move: str, tmp_path: Path
) -> None:
    """Killed before each line in turn that moves the pointer; the next move then works."""
    script = tmp_path / "crashing.py"
    script.write_text(CRASHING)
    other = twice.first.snapshot

    told = subprocess.run(
        [sys.executable, script, str(index), twice.second.snapshot, other, move],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    seen = json.loads(told.stdout)
    assert set(seen) == {twice.second.snapshot, other}
    # It is the old one for some crashes, then the new one for the rest.
    assert seen == sorted(seen, key=lambda each: each == other)
    assert len(seen) > 15


CRASHING = '''
import json, os, shutil, signal, sys
from pathlib import Path
from ingest import activating, durability
from ingest.locking import build_lock

index, before, after, move = Path(sys.argv[1]), *sys.argv[2:]
ours = {activating.__file__, durability.__file__}
kept = (index / "activations.jsonl").read_bytes()


def moving(at):
    """Move the pointer, and die before the line numbered *at*."""
    seen = 0

    def trace(frame, event, argument):
        nonlocal seen
        if frame.f_code.co_filename not in ours:
            return None
        if event == "line":
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    activating.rollback(index) if move == "rollback" else activating.activate(index, after)
    os._exit(0)


found = []
for at in range(1, 1000):
    (index / "CURRENT").write_text(before)
    (index / "activations.jsonl").write_bytes(kept)
    child = os.fork()
    if child == 0:
        moving(at)
    _, status = os.waitpid(child, 0)
    found.append(activating.current_id(index))
    activating.activate(index, before)
    activating.activate(index, after)
    assert activating.current_id(index) == after
    assert activating.earlier_ids(index)[0] == before, activating.history(index)
    if os.WIFEXITED(status):
        break
print(json.dumps(found))
'''


def test_a_rollback_that_something_overtook_changes_nothing(index: Path, twice: Twice) -> None:
    """Eight rollbacks at once go back one step, not eight: the others say that it moved."""
    copies(index, twice.first.snapshot, *"bcdefgh")
    for each in "bcdefgh":
        activate(index, each)
    way = earlier_ids(index)
    went: list[str] = []
    refused: list[str] = []
    together = threading.Barrier(8)

    def go() -> None:
        together.wait()
        try:
            went.append(rollback(index))
        except RefusedError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Whoever began after another had ended goes one further; nobody lands where another did.
    assert sorted(went, key=way.index) == way[: len(went)]
    assert len(went) + len(refused) == 8
    assert all("moved meanwhile" in each for each in refused)
    assert current_id(index) == way[len(went) - 1]


def test_names_stand_for_ids(index: Path, twice: Twice) -> None:
    """``live``, ``previous``, an id, or the beginning of just one."""
    first, second = twice.first.snapshot, twice.second.snapshot
    alike = len([1 for a, b in zip(first, second, strict=True) if a == b and first.startswith(a)])
    assert alike

    assert resolve_id(index, "live") == second
    assert resolve_id(index, "previous") == first
    assert resolve_id(index, first) == first
    assert resolve_id(index, second[:-1]) == second
    with pytest.raises(RefusedError, match=f"{first}|{second}"):
        resolve_id(index, "20")
    with pytest.raises(IndexMissingError, match="followup index list"):
        resolve_id(index, "nothing")
    rollback(index)
    with pytest.raises(IndexMissingError, match="previous"):
        resolve_id(index, "previous")
