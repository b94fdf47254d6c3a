"""
Removes snapshots that nobody needs: neither live, nor gone back to, nor new, nor being read.

One that goes is first renamed, while nobody can begin to read it: a reader finds a snapshot whole,
or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.activating import POINTER, live_id, pointer_lock, previous_id
from ingest.locking import BUILD_LOCK, build_lock, holder, unread
from ingest.snapshots import MANIFEST, folder_of, list_snapshots

KEEP = 3
_LEFT_BEHIND = ("building-*", "removing-*", f".{POINTER}.*")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that stays, and why."""

    snapshot: str
    reason: str


@dataclass(frozen=True, slots=True)
class Collected:
    """
    What was removed, or would be with ``dry_run``; ``freed`` is in bytes.

    ``leftovers`` are what builds and collections that died had left behind.
    """

    dry_run: bool
    removed: tuple[str, ...]
    kept: tuple[Kept, ...]
    leftovers: tuple[str, ...]
    freed: int


def collect(index: Path, *, keep: int = KEEP, dry_run: bool = False) -> Collected:
    """
    Remove all snapshots of *index* but the *keep* newest, the live and the previous one.

    Raises IndexLockedError while a build is under way: its folder looks like a dead one's.
    """
    leftovers = () if dry_run and holder(index / BUILD_LOCK) else tuple(_leftovers(index))
    freed = sum(_size(path) for path in leftovers)
    removed: list[str] = []
    kept: list[Kept] = []
    with _writing(index, dry_run=dry_run):
        reasons = _reasons(index, keep)
        for snapshot_id in list_snapshots(index):
            folder = folder_of(index, snapshot_id)
            if snapshot_id in reasons:
                kept.append(Kept(snapshot_id, reasons[snapshot_id]))
                continue
            with _nobody_reads(folder) as free:
                if not free:
                    kept.append(Kept(snapshot_id, "being read"))
                    continue
                freed += _size(folder)
                removed.append(snapshot_id)
                if not dry_run:
                    folder.rename(index / f"removing-{snapshot_id}")
        if not dry_run:
            for path in list(_leftovers(index)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    names = tuple(path.name for path in leftovers)
    return Collected(dry_run, tuple(removed), tuple(kept), names, freed)


@contextmanager
def _writing(index: Path, *, dry_run: bool) -> Iterator[None]:
    if dry_run:
        yield
        return
    with build_lock(index), pointer_lock(index):
        yield


def _reasons(index: Path, keep: int) -> dict[str, str]:
    reasons = dict.fromkeys(list_snapshots(index)[:keep], f"one of the {keep} newest")
    if (previous := previous_id(index)) is not None:
        reasons[previous] = "previous"
    if (live := live_id(index)) is not None:
        reasons[live] = "live"
    return reasons


@contextmanager
def _nobody_reads(folder: Path) -> Iterator[bool]:
    if not (folder / MANIFEST).is_file():
        yield True  # without one, nobody can open it
        return
    with unread(folder / MANIFEST) as free:
        yield free


def _leftovers(index: Path) -> Iterator[Path]:
    return (path for pattern in _LEFT_BEHIND for path in sorted(index.glob(pattern)))


def _size(path: Path) -> int:
    files = (each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files)
