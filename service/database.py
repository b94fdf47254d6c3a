"""
The database: opening it, and its errors told in our words.

SQLite by default, PostgreSQL by another URL. What is kept in it: ``service.conversations`` and
``service.retraction_table``; these three modules alone know SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from service.errors import ConversationError


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Read back as UTC."""
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def open_engine(url: str) -> sa.Engine:
    """
    Open the database at *url* (``sqlite:///file`` or any other SQLAlchemy URL); read nothing yet.

    Raises ConversationError when there is no such database.
    """
    with told_plainly("opened"):
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _sqlite(address)
        return sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)


def _sqlite(address: URL) -> sa.Engine:
    if address.database and address.database != ":memory:":
        path = Path(address.database).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # questions are for their owner's eyes
        address = address.set(database=str(path))
    engine = sa.create_engine(address, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own object
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "busy_timeout = 5000",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


@contextmanager
def told_plainly(doing: str, what: str = "conversation store") -> Iterator[None]:
    """Turn the database's errors into ours; their text may hold what was asked, so it stays out."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConversationError(
            "FOLLOWUP_DATABASE is not the URL of a database that this installation can open"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise ConversationError(f"the {what} cannot be {doing} now") from error
