"""
Which snapshot is live: one pointer, moved in one atomic step, and the history of its moves.

The pointer (``CURRENT``) alone decides. The history (``activations.jsonl``) tells where to go back
to; a line that a crash kept from being written costs nothing but itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.durability import replace_text, sync
from ingest.errors import IndexDamagedError, IndexMismatchError, IndexMissingError, RefusedError
from ingest.locking import locked
from ingest.snapshots import check_files, folder_of, list_snapshots, read_manifest

POINTER = "CURRENT"
HISTORY = "activations.jsonl"
_MOVING = "pointer.lock"
_PATIENCE = 10.0


class Move(StrEnum):
    """Which way the pointer moved: to a snapshot that was chosen, or back to an earlier one."""

    FORWARD = "activate"
    BACK = "rollback"


@dataclass(frozen=True, slots=True)
class Activation:
    """One move of the pointer: when (RFC 3339, UTC), to which snapshot, from which, which way."""

    at: str
    snapshot: str
    before: str | None
    move: Move


_ACTIVATION = TypeAdapter(Activation)


def current_id(index: Path) -> str:
    """Return the live snapshot's id. Raises IndexMissingError when there is none."""
    try:
        # A pointer of damaged bytes names a snapshot that is not there; opening it says so.
        return (index / POINTER).read_text(encoding="ascii", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissingError(
            f"there is no index in {index}; run `followup ingest apply --source DIR`"
        ) from None


def live_id(index: Path) -> str | None:
    """Return the live snapshot's id, or None before the first activation."""
    try:
        return current_id(index)
    except IndexMissingError:
        return None


def moved_at(index: Path) -> int:
    """Return when the pointer was last written, in nanoseconds, or 0 where there is none."""
    try:
        return (index / POINTER).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def live_first(index: Path) -> list[str]:
    """Return the ids of every published snapshot: the live one, then the newest first."""
    live = live_id(index)
    return sorted(list_snapshots(index), key=lambda each: each != live)


def activate(index: Path, snapshot_id: str, *, judged_against: str | None = None) -> None:
    """
    Make a snapshot the live one, in one atomic step. Raises IndexMissingError for none such.

    And RefusedError where the pointer moved from *judged_against*, where that is given: whoever
    moved it knew something that the judgement did not.
    """
    with pointer_lock(index):
        if judged_against is not None and live_id(index) != judged_against:
            raise RefusedError(f"the pointer moved meanwhile, to {live_id(index)}; look again")
        _move(index, snapshot_id, Move.FORWARD)


def rollback(index: Path) -> str:
    """
    Make the snapshot live that was so before the present one; return its id.

    One that is gone or damaged is passed over for the one before it. Raises RefusedError when
    there is none to go back to.
    """
    # Together: a pointer that moved before its history did would say another way back.
    with pointer_lock(index):
        live, candidates = live_id(index), earlier_ids(index)
    for earlier in candidates:
        try:
            folder = folder_of(index, earlier)
            check_files(folder, read_manifest(folder))
        except (IndexMissingError, IndexDamagedError, IndexMismatchError):
            continue
        with pointer_lock(index):
            if live_id(index) != live:
                raise RefusedError(f"the pointer moved meanwhile, to {live_id(index)}; look again")
            _move(index, earlier, Move.BACK)
        return earlier
    raise RefusedError(
        f"no sound snapshot was live before {live}; `followup index list` shows those "
        "that there are, `followup index activate ID` takes one of them"
    )


def history(index: Path) -> list[Activation]:
    """Return the moves of the pointer, oldest first; a line that a crash cut short is left out."""
    try:
        lines = (index / HISTORY).read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    moves = []
    for line in lines:
        try:
            moves.append(_ACTIVATION.validate_json(line))
        except ValidationError:
            continue
    return moves


def earlier_ids(index: Path) -> list[str]:
    """
    Return the snapshots to go back to from the live one, the nearest first; some may be gone.

    Going back twice goes back two steps: what was rolled back from is not gone back to. Without
    a history, every snapshot older than the live one counts.
    """
    live = live_id(index)
    moves = history(index)
    if not moves:
        return [each for each in list_snapshots(index) if live is None or each < live]
    path: list[str] = []
    for each in moves:
        if each.move is Move.BACK and each.snapshot in path:
            del path[_last(path, each.snapshot) + 1 :]
        elif path[-1:] != [each.snapshot]:
            path.append(each.snapshot)
    return list(dict.fromkeys(each for each in reversed(path) if each != live))


def is_rolled_back(index: Path, snapshot_id: str) -> bool:
    """Tell whether the last move that *snapshot_id* had a part in was a rollback from it."""
    for move in reversed(history(index)):
        if move.snapshot == snapshot_id:
            return False
        if move.before == snapshot_id:
            return move.move is Move.BACK
    return False


def previous_id(index: Path) -> str | None:
    """Return the nearest snapshot to go back to that is still there, or None."""
    there = set(list_snapshots(index))
    return next((each for each in earlier_ids(index) if each in there), None)


def resolve_id(index: Path, name: str) -> str:
    """
    Return the id that *name* means: ``live``, ``previous``, an id, or the beginning of just one.

    Raises IndexMissingError for none, RefusedError where several begin so.
    """
    if name == "live":
        return current_id(index)
    there = list_snapshots(index)
    if name == "previous":
        found = [each for each in [previous_id(index)] if each is not None]
    else:
        found = [name] if name in there else [each for each in there if each.startswith(name)]
    if len(found) > 1:
        raise RefusedError(f"{name!r} is the beginning of several: {', '.join(found)}; add to it")
    if not found:
        raise IndexMissingError(
            f"there is no snapshot {name!r} in {index}; `followup index list` shows what there is"
        )
    return found[0]


@contextmanager
def pointer_lock(index: Path) -> Iterator[None]:
    """Keep the pointer where it is, but for this process; waits for others, who take instants."""
    with locked(index / _MOVING, f"the pointer of {index} is moved by", patience=_PATIENCE):
        yield


def _move(index: Path, snapshot_id: str, move: Move) -> None:
    read_manifest(folder_of(index, snapshot_id))
    before = live_id(index)
    replace_text(index / POINTER, snapshot_id + "\n")
    if before == snapshot_id:
        return
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    _append(index / HISTORY, json.dumps(asdict(Activation(at, snapshot_id, before, move))))


def _append(path: Path, line: str) -> None:
    """Add a line, on a line of its own also where a crash cut the one before it short."""
    with path.open("a+b") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write(line.encode() + b"\n")
    sync(path)


def _last(path: list[str], snapshot_id: str) -> int:
    return max(at for at, each in enumerate(path) if each == snapshot_id)
