"""
Who may write, and who is reading: advisory locks that end with the process that holds them.

Both kinds are ``flock``: a crash, ``kill -9`` or a power cut lets go of them, and no lock file that
was left behind has to be removed by hand.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Self

from pydantic import TypeAdapter, ValidationError

from ingest.errors import IndexLockedError, IndexMissingError

BUILD_LOCK = "build.lock"
_READ_AT_MOST = 4_096
_BETWEEN_TRIES = 0.02
_INSTANT = 0.2


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a lock; ``since`` is RFC 3339 in UTC."""

    pid: int
    host: str
    user: str
    command: str
    since: str

    @classmethod
    def this_process(cls) -> Self:
        """Return the owner that this process is."""
        try:
            user = getpass.getuser()
        except (KeyError, OSError):  # a user id without a name, as containers have
            user = str(os.getuid())
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(os.getpid(), socket.gethostname(), user, command, since)

    def __str__(self) -> str:
        """Name the process, and say since when it has held the lock."""
        begun = datetime.fromisoformat(self.since).replace(tzinfo=UTC)
        # A clock that was set back since must not make the time negative.
        held = max(timedelta(), datetime.now(UTC).replace(microsecond=0) - begun)
        return (
            f"process {self.pid} of {self.user} on {self.host} (`{self.command}`, "
            f"since {begun:%Y-%m-%d %H:%M:%S} UTC, {held} h)"
        )


_OWNER = TypeAdapter(Owner)


@contextmanager
def locked(path: Path, doing: str, *, patience: float = _INSTANT) -> Iterator[None]:
    """
    Hold the lock file *path* alone, with this process named in it.

    Raises IndexLockedError, "*doing* process 12 of ...", when another holds it for longer than
    *patience* seconds: whoever only looks (:func:`holder`) is in the way for an instant. So it
    does where the file cannot be written.
    """
    with _opened(path) as stream:
        if not _patiently(stream, fcntl.LOCK_EX, patience):
            owner = _read_owner(stream) or "another process"
            raise IndexLockedError(f"{doing} {owner}; wait for it, or stop it")
        _name_in(stream, _OWNER.dump_json(Owner.this_process()).decode())
        try:
            yield
        finally:
            _name_in(stream, "")


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise IndexLockedError(
            f"{path} cannot be written ({error.strerror}), so nothing that writes can run here; "
            "give this user the right to write there"
        ) from error


def holder(path: Path) -> Owner | None:
    """Return the process that holds the lock file *path* now, or None where it is free."""
    try:
        stream = path.open("r", encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    with stream:
        return None if _try(stream, fcntl.LOCK_SH) else _read_owner(stream)


@contextmanager
def build_lock(index: Path) -> Iterator[None]:
    """Hold *index* for one writer. Raises IndexLockedError, naming the owner, when it is held."""
    with locked(index / BUILD_LOCK, f"{index} is being written by"):
        # Held alone now: whatever lies in a building folder belongs to a build that died.
        # Its orphaned child may still write there, so the name is taken away first.
        for leftover in index.glob("building-*"):
            leftover.rename(index / f"removing-{leftover.name}")
        for leftover in index.glob("removing-building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


class Lease:
    """
    A reader's hold on one file: as long as it lasts, :func:`unread` says no.

    The file is opened for reading only, so that it may lie on a disk that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        """Take the lease. Raises IndexMissingError when *path* is gone, or is just going."""
        try:
            self._stream = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise IndexMissingError(f"there is no snapshot in {path.parent}") from None
        # Between opening and locking, the file may have been taken away by its collector; one
        # that only looks is in the way for an instant.
        if not _patiently(self._stream, fcntl.LOCK_SH, _INSTANT) or not _is_at(self._stream, path):
            self._stream.close()
            raise IndexMissingError(f"the snapshot in {path.parent} is being removed")

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lease back."""
        self.close()

    def close(self) -> None:
        """Give the lease back; once more does no harm."""
        self._stream.close()


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Tell whether nobody holds a lease on *path*; where so, nobody gets one in the block."""
    # Opened for writing because some network disks lock nothing else; nothing is written.
    with path.open("r+b") as stream:
        yield _try(stream, fcntl.LOCK_EX)


def _try(stream: IO[bytes] | IO[str], kind: int) -> bool:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _patiently(stream: IO[bytes] | IO[str], kind: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not (held := _try(stream, kind)) and time.monotonic() < until:
        time.sleep(_BETWEEN_TRIES)
    return held


def _is_at(stream: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _read_owner(stream: IO[str]) -> Owner | None:
    stream.seek(0)
    try:
        return _OWNER.validate_json(stream.read(_READ_AT_MOST))
    except ValidationError:
        return None  # held, but not yet named


def _name_in(stream: IO[str], text: str) -> None:
    # Not through the stream, which would try once more at its end what a full disk refused.
    os.ftruncate(stream.fileno(), 0)
    try:
        os.pwrite(stream.fileno(), text.encode(), 0)
    except OSError as error:
        # A lock is held with or without a name; whatever is written next tells of the full disk.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
