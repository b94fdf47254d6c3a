"""
SQLite files that may be lost: caches, made anew where they are damaged, and by whoever comes first.

Damage is what SQLite calls so. A file that is locked, or on a full disk, is not damaged.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT = 60.0


def opened(
    path: Path, prepare: Callable[[sqlite3.Connection], object], *, autocommit: bool = False
) -> sqlite3.Connection:
    """
    Open the file at *path*, *prepare* its schema, and make it anew where it is damaged.

    With *autocommit* each statement is its own transaction. Raises sqlite3.OperationalError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        try:
            return _prepared(path, prepare, autocommit=autocommit)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        remove(path)
        return _prepared(path, prepare, autocommit=autocommit)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether a file is not what SQLite wrote; locked and full files are."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def remove(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _prepared(
    path: Path, prepare: Callable[[sqlite3.Connection], object], *, autocommit: bool
) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_WAIT)
    if autocommit:
        db.isolation_level = None
    try:
        prepare(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time open, or make, the file: switching to WAL fails beside others."""
    with path.with_name(f"{path.name}.opening").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
