"""
Bringing a backup back: checked first, built beside, put in place in one step.

What was there is kept: a SQLite file beside the restored one, a PostgreSQL database as a backup in
the home folder.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ingest.durability import sync
from ingest.locking import locked
from service.database import file_of, hold, open_engine, told_plainly, writing
from service.dumping import Dump, load_dump, read_dump, write_dump
from service.errors import BackupError, SchemaError
from service.migrating import HEAD, LOCK, State, bring, schema_in, schema_of
from service.sole_server import SERVE_LOCK
from service.tables import TABLES

KEPT = "before-restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and where that which it replaced is kept; None for nothing."""

    dump: Dump
    kept: Path | None


def restore(url: str, path: Path, home: Path) -> Restored:
    """
    Put the backup *path* in the place of the database at *url*; all or nothing.

    Raises IndexLockedError while a server runs on *home*, BackupError for a file that is no sound
    backup, ConversationError when the database is in use or cannot be written.
    """
    dump = read_dump(path)
    file = file_of(url)
    with locked(home.expanduser() / SERVE_LOCK, "the database is in use by"):
        kept = _into_server(url, path, dump, home) if file is None else _into_file(file, path, dump)
    return Restored(dump, kept)


def _into_file(file: Path, path: Path, dump: Dump) -> Path | None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.restoring")
    _remove(fresh)
    try:
        _build(fresh, path, dump)
        with told_plainly("put in its place", "database"):
            if not file.exists():
                _put(fresh, file)
                sync(file.parent)
                return None
            with keeping(file) as kept:
                _put(fresh, file)
            return kept
    finally:
        _remove(fresh)


def _put(fresh: Path, file: Path) -> None:
    """Put *fresh* in the place of *file*, where nothing would be read into it."""
    for log in _logs(file):
        if log.exists():
            raise BackupError(f"{log} is the log of another database: move it away and try again")
    fresh.replace(file)


def _build(fresh: Path, path: Path, dump: Dump) -> None:
    """Make a database file of the backup, with the schema of this version, and check it."""
    engine = open_engine(f"sqlite:///{fresh}")
    try:
        with writing(engine, "restored database") as db:
            _fill(db, path, dump)
            sound = db.scalar(sa.text("PRAGMA integrity_check(1)")) == "ok"
            if not sound or db.execute(sa.text("PRAGMA foreign_key_check")).all():
                raise BackupError(f"{path} does not make a sound database; nothing was changed")
        with told_plainly("written", "restored database"), closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
    sync(fresh)


@contextmanager
def keeping(file: Path) -> Iterator[Path]:
    """
    Keep a copy of a database that is replaced meanwhile, and everybody else out of it till then.

    Yields the name that the copy has afterwards; an older one by that name stays until then. The
    database is left without a write-ahead log, which would be read into the file that takes its
    place. Raises BackupError while another process has the database open.
    """
    kept = file.with_name(f"{file.name}.{KEPT}")
    copy = kept.with_name(f"{kept.name}.{os.getpid()}")
    _remove(copy)
    try:
        copy.touch(mode=0o600)
        with closing(sqlite3.connect(file, timeout=2, isolation_level=None)) as db:
            _copy(db, file, copy)
            yield kept
    except BaseException:
        if not any(log.exists() for log in _logs(copy)):  # moved there: the only ones
            _remove(copy)
        raise
    for made, place in zip((copy, *_logs(copy)), (kept, *_logs(kept)), strict=True):
        if made.exists():
            made.replace(place)
        else:
            place.unlink(missing_ok=True)
    sync(kept.parent)


def _copy(db: sqlite3.Connection, file: Path, copy: Path) -> None:
    """Lock the database for *db* alone, empty its write-ahead log into it, and copy it."""
    try:
        # In this mode a lock is held until the connection ends. Opening the file again to copy it
        # would let go of it (POSIX locks are the process's), so SQLite copies it.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
        # A look that changed nothing leaves the index of an empty log, which nobody else has open.
        _logs(file)[1].unlink(missing_ok=True)
        with closing(sqlite3.connect(copy)) as target:
            db.backup(target)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise BackupError(f"{file} is in use by another process: stop it and try again") from error
    except sqlite3.DatabaseError:
        # Damaged, which is why it is replaced: what there is of it is kept as it is.
        shutil.copyfile(file, copy)
        for log, place in zip(_logs(file), _logs(copy), strict=True):
            if log.exists():
                log.replace(place)
    sync(copy)


def _into_server(url: str, path: Path, dump: Dump, home: Path) -> Path | None:
    engine = open_engine(url)
    try:
        state = schema_of(engine).state
        if state is State.NEWER:
            raise SchemaError(
                "the database was made by a newer version: name an empty one in FOLLOWUP_DATABASE"
            )
        if state is State.EMPTY:
            _replace(engine, path, dump)
            return None
        kept = home.expanduser() / f"postgresql.{KEPT}.zip"
        # Beside the older copy, which may be the very backup that is brought back.
        copy = kept.with_name(f"postgresql.{KEPT}.{os.getpid()}.zip")
        write_dump(engine, copy)
        _replace(engine, path, dump, copy)
        copy.replace(kept)
        sync(kept.parent)
    finally:
        engine.dispose()
    return kept


def _replace(engine: sa.Engine, path: Path, dump: Dump, copy: Path | None = None) -> None:
    """Drop the tables and fill them anew in one transaction; without it, no *copy* is needed."""
    filled = False
    try:
        with writing(engine, "database") as db:
            hold(db, LOCK)
            TABLES.drop_all(db)
            db.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
            _fill(db, path, dump)
            filled = True
    finally:
        # A commit that failed may have been done all the same: then the copy stays.
        if copy is not None and not filled:
            copy.unlink(missing_ok=True)


def _fill(db: sa.Connection, path: Path, dump: Dump) -> None:
    bring(db, dump.revision)
    load_dump(db, path, dump)
    if schema_in(db).revision != HEAD:
        bring(db, HEAD)


def _logs(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def _remove(file: Path) -> None:
    for each in (file, *_logs(file)):
        each.unlink(missing_ok=True)
