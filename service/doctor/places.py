"""HOME and what lies in it: who can write and read it, and how much room there is."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.snapshots import CHROMA
from service.doctor.findings import Finding, failed, ok, skipped, warning

_MIB = 1 << 20
LEAST_FREE = 512 * _MIB
"""What is asked for where no snapshot tells how large the next one will be."""
BUILD_FACTOR = 1.5
"""A build writes a snapshot, and beside it vectors for the next build to use again."""
LEAST_INODES = 1_000
_OTHERS_WRITE = stat.S_IWOTH
_OTHERS = stat.S_IRWXO
_NOT_OWNER = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has free, in bytes and files; ``inodes`` is None where they are not counted."""

    folder: Path
    free: int
    inodes: int | None

    @classmethod
    def at(cls, folder: Path) -> Room:
        """Measure the disk that holds *folder*, or will."""
        there = nearest(folder)
        told = os.statvfs(there)
        return cls(there, shutil.disk_usage(there).free, told.f_favail if told.f_files else None)


def nearest(folder: Path) -> Path:
    """Return *folder*, or the nearest folder above it that is there."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())


def check_home(home: Path) -> Iterator[Finding]:
    """See whether HOME can be written, and that it is its owner's alone."""
    if not home.exists():
        above = nearest(home)
        if home.parent.exists() and not home.parent.is_dir():
            yield failed(
                f"{home} cannot be made: {home.parent} is no folder", "unset FOLLOWUP_HOME"
            )
        elif os.access(above, os.W_OK | os.X_OK):
            yield skipped(f"{home} is not there yet", "followup ingest apply --source DIR")
        else:
            said = f"{home} is not there, and {above} cannot be written"
            yield failed(said, f'sudo install -d -m 700 -o "$USER" {shlex.quote(str(home))}')
        return
    if not home.is_dir():
        yield failed(f"{home} is no folder", "export FOLLOWUP_HOME=/a/folder")
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        own = f'sudo chown -R "$USER" {shlex.quote(str(home))}'
        yield failed(f"{home} cannot be written", f"{own} && chmod u+rwx {shlex.quote(str(home))}")
        return
    yield judge_home_mode(home, home.stat().st_mode)


def judge_home_mode(home: Path, mode: int) -> Finding:
    """Tell whether anybody may write, or read, in HOME."""
    mend = f"chmod o-rwx {shlex.quote(str(home))}"
    if mode & _OTHERS_WRITE:
        return failed(f"anybody on this machine can write to {home}", mend)
    if mode & _OTHERS:
        return warning(f"anybody on this machine can read {home}", mend)
    return ok(f"{home} can be written, and not by everybody")


def check_private(files: Iterable[Path]) -> Iterator[Finding]:
    """See that files which hold questions or secrets are for their owner's eyes."""
    there = [path for path in files if path.is_file()]
    if not there:
        yield skipped("nothing that holds questions or secrets is there yet")
        return
    yield judge_private({path: path.stat().st_mode for path in there})


def judge_private(modes: dict[Path, int]) -> Finding:
    """Tell whether somebody but the owner may read one of the files, by their modes."""
    open_ones = [shlex.quote(str(path)) for path, mode in modes.items() if mode & _NOT_OWNER]
    if open_ones:
        names = " ".join(open_ones)
        return warning(f"others than the owner can read {names}", f"chmod 600 {names}")
    return ok(f"{', '.join(path.name for path in modes)}: for the owner's eyes")


def size_of(folder: Path) -> int:
    """Return the bytes of all files below *folder*; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def check_disk(index: Path, live: Path | None) -> Iterator[Finding]:
    """See whether the next build fits on the disk of *index*; *live* is the snapshot in use."""
    size = size_of(live) if live else 0
    yield judge_room(Room.at(index), max(LEAST_FREE, int(size * BUILD_FACTOR)), "the next build")


def check_temporary_room(live: Path | None) -> Iterator[Finding]:
    """See whether copies of two snapshots fit in the folder for temporary files."""
    needed = 2 * size_of(live / CHROMA) if live else 0
    room = Room.at(Path(tempfile.gettempdir()))
    yield judge_room(room, max(64 * _MIB, needed), "opening two snapshots")


def judge_room(room: Room, needed: int, purpose: str) -> Finding:
    """Tell whether *room* has the *needed* bytes, and files, for *purpose*."""
    free = f"{room.folder} has {room.free / _MIB:,.0f} MiB free"
    asked = f"{purpose} may need {needed / _MIB:,.0f} MiB"
    mend = "followup index gc"
    if room.free < needed:
        return failed(f"{free}; {asked}", f"{mend}  # or free space on that disk otherwise")
    if room.inodes is not None and room.inodes < LEAST_INODES:
        return failed(f"{room.folder} has room for {room.inodes} more files only", mend)
    if room.free < 2 * needed:
        return warning(f"{free}; {asked}", mend)
    return ok(f"{free}; {asked}")
