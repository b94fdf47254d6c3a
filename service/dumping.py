"""
Backups: every row of the database in one portable file, from SQLite or PostgreSQL to either.

A zip of one JSON Lines file a table, and ``manifest.json`` with the step of the schema and each
table's rows and digest. It is read in one transaction, a row at a time, while others write.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from ingest.durability import sync
from service.database import told_plainly
from service.errors import BackupError, BackupFileError
from service.migrating import State, schema_in, steps
from service.tables import TABLES

FORMAT = "followup-database/1"
_MANIFEST = "manifest.json"
_ROWS_AT_ONCE = 500
_LONGEST_MANIFEST = 1_000_000
_UNREADABLE = (
    *(OSError, EOFError, KeyError, ValueError, RuntimeError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
"""What reading a damaged zip raises, found by damaging some."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup has of one table; ``sha256`` is that of its JSON lines."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Dump:
    """What a backup is: its schema's step, where it was made from and when, and its tables."""

    format: str
    revision: str
    database: str
    made_at: str
    tables: dict[str, Contents]


_DUMP = TypeAdapter(Dump)


def write_dump(engine: sa.Engine, path: Path) -> Dump:
    """
    Write the database behind *engine* to *path*, whole or not at all, for its owner alone.

    Raises BackupError when there is such a file, when the database is damaged or empty or of a
    newer version; BackupFileError when *path* cannot be written; ConversationError when the
    database cannot be read.
    """
    if path.exists():
        raise BackupError(f"{path} exists; name a file that does not")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with (
            told_plainly("backed up", "database"),
            _naming(path),
            _opened_for_owner(partial) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
            _still(engine) as db,
        ):
            dump = _write(db, archive)
        with _naming(path):
            sync(partial)
            partial.replace(path)
            sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)
    return dump


def read_dump(path: Path) -> Dump:
    """
    Read what a backup is, and check every line of it against its digests.

    Raises BackupError for a file that is no backup, is damaged, or was made by a newer version;
    BackupFileError where there is none.
    """
    if not path.exists():
        raise BackupFileError(f"{path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            dump = _manifest(archive)
            for table, contents in dump.tables.items():
                digest, rows = hashlib.sha256(), 0
                with archive.open(_member(table)) as lines:
                    for line in lines:
                        digest.update(line)
                        rows += 1
                if Contents(rows, digest.hexdigest()) != contents:
                    raise BackupError(f"{path} is damaged: its {table} are not what was written")
    except _UNREADABLE as error:
        raise BackupError(f"{path} is no backup of a database that can be read") from error
    if dump.revision not in steps():
        raise BackupError(
            f"{path} was made by a newer version (step {dump.revision} of the schema): use that one"
        )
    return dump


def load_dump(db: sa.Connection, path: Path, dump: Dump) -> None:
    """
    Put the rows of a checked backup into the empty tables of its step, within *db*.

    Raises BackupError when they are not as many as the backup says that it has.
    """
    tables = _reflected(db, list(dump.tables))
    with zipfile.ZipFile(path) as archive:
        for table in tables:
            moments = [c.name for c in table.columns if isinstance(c.type, sa.DateTime)]
            with archive.open(_member(table.name)) as lines:
                for rows in _batches(lines):
                    for row in rows:
                        row.update({n: datetime.fromisoformat(row[n]) for n in moments if row[n]})
                    db.execute(table.insert(), rows)
            held = db.scalar(sa.select(sa.func.count()).select_from(table))
            if held != dump.tables[table.name].rows:
                raise BackupError(f"{path} was changed while it was read; nothing was restored")


def _write(db: sa.Connection, archive: zipfile.ZipFile) -> Dump:
    schema = schema_in(db)
    if schema.state is State.EMPTY:
        raise BackupError("the database is empty: there is nothing to back up")
    if schema.state is State.NEWER:
        raise BackupError("the database was made by a newer version: make the backup with that one")
    if db.dialect.name == "sqlite" and db.scalar(sa.text("PRAGMA integrity_check(1)")) != "ok":
        raise BackupError(
            "the database is damaged (PRAGMA integrity_check): bring the last backup back with "
            "`followup db restore`"
        )
    names = set(sa.inspect(db).get_table_names())
    tables = {
        table.name: _write_table(db, table, archive)
        for table in _reflected(db, [name for name in TABLES.tables if name in names])
    }
    dump = Dump(
        FORMAT,
        schema.revision or steps()[0],  # made before there were migrations: the first step's
        db.dialect.name,
        datetime.now(UTC).isoformat(timespec="seconds"),
        tables,
    )
    archive.writestr(_MANIFEST, json.dumps(asdict(dump), indent=2))
    return dump


def _write_table(db: sa.Connection, table: sa.Table, archive: zipfile.ZipFile) -> Contents:
    digest, count = hashlib.sha256(), 0
    rows = db.execute(
        table.select().order_by(*table.primary_key), execution_options={"yield_per": _ROWS_AT_ONCE}
    )
    with archive.open(_member(table.name), "w", force_zip64=True) as member:
        for row in rows.mappings():
            told = {name: _portable(value) for name, value in row.items()}
            line = json.dumps(told, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            member.write(line)
            count += 1
    return Contents(count, digest.hexdigest())


def _portable(value: object) -> object:
    """Return a moment as RFC 3339 in UTC; SQLite's have lost their zone, which is UTC."""
    if not isinstance(value, datetime):
        return value
    return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _reflected(db: sa.Connection, names: list[str]) -> list[sa.Table]:
    """Return tables as they are in the database, not as this version has them; parents first."""
    found = sa.MetaData()
    found.reflect(db, only=names)
    return found.sorted_tables


def _still(engine: sa.Engine) -> Any:  # noqa: ANN401 - SQLAlchemy's own context manager
    """Begin a transaction that sees one moment of the database, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return engine.begin()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Tell what the system says of the file of a backup; the database's errors are no OSError."""
    try:
        yield
    except OSError as error:
        raise BackupFileError(f"{path} cannot be written: {error.strerror or error}") from error


def _opened_for_owner(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _manifest(archive: zipfile.ZipFile) -> Dump:
    if archive.getinfo(_MANIFEST).file_size > _LONGEST_MANIFEST:
        raise ValueError(_MANIFEST)
    dump = _DUMP.validate_json(archive.read(_MANIFEST))
    if dump.format != FORMAT or not set(dump.tables) <= set(TABLES.tables):
        raise ValueError(dump.format)
    return dump


def _member(table: str) -> str:
    return f"{table}.jsonl"


def _batches(lines: IO[bytes]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for line in lines:
        rows.append(json.loads(line))
        if len(rows) == _ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows
