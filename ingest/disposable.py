"""SQLite files that hold what can be computed again: opened sound, or thrown away and made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import structlog

log = structlog.get_logger()


def open_disposable(
    path: Path, connect: Callable[[Path], sqlite3.Connection]
) -> sqlite3.Connection:
    """
    Open *path* with *connect*; where it is damaged, remove it and open an empty one.

    Its structure is checked; what is stored in it needs a checksum of its own. Raises
    sqlite3.OperationalError where it is locked or the disk is full: it is sound then.
    """
    try:
        return _sound(connect(path))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        log.warning("cache_damaged", file=path.name, error=str(error))
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return connect(path)


def _sound(db: sqlite3.Connection) -> sqlite3.Connection:
    """Return *db*, whose pages and indexes are as they should be; close it otherwise."""
    try:
        (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError:
        db.close()
        raise
    if found != "ok":
        db.close()
        raise sqlite3.DatabaseError(str(found).splitlines()[-1])
    return db
