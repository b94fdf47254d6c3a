"""
The database: opening it, its transactions, and its errors told in our words.

SQLite by default, PostgreSQL by another URL. ``service.tables`` says what is kept in it,
``service.migrating`` brings it to the schema of this version.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from service.errors import ConversationError, SettingsError, StorageFullError

log = structlog.get_logger()

_WRITES = "followup_writes"
_NO_URL = "FOLLOWUP_DATABASE is not the URL of a database that this installation can open"
_PATIENCE = 10.0
"""Seconds that a connection to SQLite waits for another process."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: SQLite keeps no time zone, and PostgreSQL tells the time in its own."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Read back as UTC."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text that somebody typed; PostgreSQL keeps no NUL, so that one is shown as a replacement."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Store what both databases can."""
        del dialect
        return None if value is None else value.replace("\0", "\ufffd")


def open_engine(url: str) -> sa.Engine:
    """
    Open the database at *url* (``sqlite:///file`` or ``postgresql://...``); read nothing yet.

    Raises SettingsError when that is no such URL, ConversationError when it cannot be opened.
    """
    address = _address(url)
    with told_plainly("opened", "database"):
        if address.get_backend_name() == "sqlite":
            return _sqlite(address)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        return _postgresql(address)


def _postgresql(address: URL) -> sa.Engine:
    from psycopg.types.string import StrDumper  # noqa: PLC0415 - only where it is installed

    class WithoutNul(StrDumper):
        """Writes text as ``Words`` keeps it: an id with a NUL is nobody's, and no fault."""

        def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
            return super().dump(obj.replace("\0", "\ufffd"))

    engine = sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own object
        connection.adapters.register_dumper(str, WithoutNul)

    return engine


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite database, None for any other. Raises SettingsError."""
    address = _address(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database)).expanduser()


def _address(url: str) -> URL:
    """Read a URL; what is wrong with it is told without its parts, which may be a password's."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(_NO_URL) from None
    server = address.get_backend_name() != "sqlite"
    if server and "@" in f"{address.host}{address.database}":
        raise SettingsError(
            "FOLLOWUP_DATABASE has more than one @: percent-encode the password (%40 for @)"
        )
    return address


def _sqlite(address: URL) -> sa.Engine:
    path = file_of(address.render_as_string(hide_password=False))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # questions are for their owner's eyes
        address = address.set(database=str(path))
    engine = sa.create_engine(address, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own object
        # The driver would begin no transaction before a read or a change of the schema.
        connection.isolation_level = None
        # SQLite's own knows the letters of English alone, and a search is for "Ménière" too.
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {int(_PATIENCE * 1000)}",  # first: what follows may have to wait
            "journal_mode = WAL",
            "synchronous = FULL",  # what was acknowledged survives a power cut
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes its turn at once: a reader that turns into one cannot wait for it.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


@contextmanager
def reading(engine: sa.Engine, what: str, doing: str = "read") -> Iterator[sa.Connection]:
    """Read in one transaction. Raises ConversationError, which names *what* could not be read."""
    with told_plainly(doing, what), engine.begin() as db:
        yield db


@contextmanager
def writing(engine: sa.Engine, what: str) -> Iterator[sa.Connection]:
    """Write in one transaction, durable when it ends. Raises ConversationError."""
    with told_plainly("written", what), engine.execution_options(**{_WRITES: True}).begin() as db:
        yield db


def hold(db: sa.Connection, lock: int) -> None:
    """Keep others that hold *lock* waiting till the transaction ends; SQLite has one writer."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


def forget(engine: sa.Engine, *tables: sa.Table) -> None:
    """
    Overwrite what was deleted from *tables*, so that the database's own files hold none of it.

    SQLite has zeroed the freed pages (secure_delete), and its write-ahead log is cut here.
    PostgreSQL is told to VACUUM them, which takes deleted rows out of them; what its own
    write-ahead log keeps for a while is its operator's (docs/operations.md).
    """
    with told_plainly("cleaned", "database"):
        if engine.dialect.name == "sqlite":
            if not cut_log(engine, patience=_PATIENCE):
                log.warning("write_ahead_log_kept", reason="another process reads the database")
            return
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql(f"VACUUM {', '.join(table.name for table in tables)}")


def cut_log(engine: sa.Engine, *, patience: float) -> bool:
    """
    Empty the write-ahead log of a SQLite database into its file; tell whether that was possible.

    Readers of older pages are waited for, for *patience* seconds.
    """
    with closing(engine.raw_connection()) as db:
        cursor = db.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
    return not busy


@contextmanager
def told_plainly(doing: str, what: str) -> Iterator[None]:
    """Turn the database's errors into ours; their text may hold what was asked, so it stays out."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError(_NO_URL) from error
    except (SQLAlchemyError, OSError) as error:
        if _is_full(error):
            raise StorageFullError(
                f"the disk is full, so the {what} cannot be {doing}; nothing of it was stored"
            ) from error
        raise ConversationError(f"the {what} cannot be {doing} now") from error


def _is_full(error: Exception) -> bool:
    """Tell whether there was no room: for SQLite, for PostgreSQL (disk_full), or for a file."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", None) == "53100"
