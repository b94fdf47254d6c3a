"""
Bringing a backup back: checked first, built beside, put in place in one step.

What was there is kept: a SQLite file beside the restored one, a PostgreSQL database as a backup in
the home folder.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ingest.durability import sync
from ingest.locking import locked
from service.database import file_of, hold, open_engine, told_plainly, writing
from service.dumping import Dump, load_dump, read_dump, write_dump
from service.errors import BackupError, SchemaError
from service.migrating import HEAD, LOCK, State, bring, schema_in, schema_of
from service.tables import TABLES

SERVE_LOCK = "serve.lock"
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
        kept = None
        with told_plainly("put in its place", "database"):
            if file.exists():
                kept = file.with_name(f"{file.name}.{KEPT}")
                _keep(file, kept)
            fresh.replace(file)
            sync(file.parent)
    finally:
        _remove(fresh)
    return kept


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


def _keep(file: Path, kept: Path) -> None:
    """
    Copy the database that is replaced, with nothing of it left in a write-ahead log.

    A log that stayed would be read into the file that takes its place. Raises BackupError while
    another process has the database open.
    """
    try:
        with closing(sqlite3.connect(file, timeout=2, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE")  # only whoever is alone with it may do this
    except sqlite3.OperationalError as error:
        raise BackupError(f"{file} is in use by another process: stop it and try again") from error
    except sqlite3.DatabaseError:
        # Damaged, which is why it is replaced: what there is of it is kept as it is.
        for log in _logs(file):
            if log.exists():
                log.replace(kept.with_name(kept.name + log.name.removeprefix(file.name)))
    kept.unlink(missing_ok=True)
    kept.touch(mode=0o600)
    shutil.copyfile(file, kept)
    sync(kept)


def _into_server(url: str, path: Path, dump: Dump, home: Path) -> Path | None:
    engine = open_engine(url)
    try:
        state = schema_of(engine).state
        if state is State.NEWER:
            raise SchemaError(
                "the database was made by a newer version: name an empty one in FOLLOWUP_DATABASE"
            )
        kept = None
        if state is not State.EMPTY:
            kept = home.expanduser() / f"postgresql.{KEPT}.zip"
            kept.unlink(missing_ok=True)
            write_dump(engine, kept)
        with writing(engine, "database") as db:
            hold(db, LOCK)
            TABLES.drop_all(db)
            db.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
            _fill(db, path, dump)
    finally:
        engine.dispose()
    return kept


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
