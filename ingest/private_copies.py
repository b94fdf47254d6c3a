"""
A folder's private copy in the temporary folder, gone when its owner is, however that ended.

The owner holds a lock in its copy for as long as it lives. A copy whose lock can be had belonged to
a process that was killed, and is removed by the next one that makes a copy.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

PREFIX = "followup-index-"
_LOCK = "owner"


class PrivateCopy:
    """A copy of one folder; ``folder`` is where it lies."""

    def __init__(self, original: Path) -> None:
        """Copy *original*. Raises OSError."""
        _remove_ownerless()
        self._home, self._lock = _owned()
        self.folder = self._home / original.name
        try:
            shutil.copytree(original, self.folder, copy_function=shutil.copyfile)
        except BaseException:
            self.cleanup()
            raise

    def cleanup(self) -> None:
        """Remove the copy; once more does nothing."""
        shutil.rmtree(self._home, ignore_errors=True)
        self._lock.close()


def _owned() -> tuple[Path, BinaryIO]:
    """Make a folder and hold its lock; anew where it was taken for an ownerless one meanwhile."""
    while True:
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = (home / _LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.exists():
            return home, lock
        lock.close()


def _remove_ownerless() -> None:
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with (home / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
        except OSError:
            # In use, being made or removed at this moment, or another user's.
            continue
