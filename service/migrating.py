"""
The schema and its versions: what a database has, what this version needs, and the way there.

A SQLite file belongs to one installation, so it is brought up to date wherever it is opened. A
PostgreSQL database may be in use by other servers, of an older version too: an empty one is set
up at the first start, one that holds anything is changed by ``followup db migrate`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from service.database import cut_log, file_of, hold, open_engine, reading, told_plainly, writing
from service.errors import ConversationError, SchemaError

HEAD = "0003"
"""The last step of ``service.migrations``, known without reading its folder at each start."""

_STEPS = Path(__file__).with_name("migrations")
LOCK = 0x666F6C6C6F777570
"""The key of PostgreSQL's advisory lock around a migration: "followup" in ASCII."""


class State(StrEnum):
    """How a database stands to this version."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Schema:
    """
    The schema of a database: the step it is at, and what that means.

    ``revision`` is None for an empty database and for one made before there were migrations.
    """

    revision: str | None
    state: State


def open_database(url: str) -> sa.Engine:
    """
    Open the database at *url* with the schema of this version.

    Raises ConversationError when it cannot be opened, SchemaError when its schema is another and
    is not changed without being asked to.
    """
    engine = open_engine(url)
    try:
        _prepare(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_existing(url: str) -> sa.Engine:
    """Open the database at *url*, whatever its schema. Raises ConversationError for none."""
    file = file_of(url)
    if file is not None and not file.exists():
        raise ConversationError(f"there is no database at {file} yet; the first start makes it")
    return open_engine(url)


def _prepare(engine: sa.Engine) -> None:
    schema = schema_of(engine)
    if schema.state is State.BEHIND and engine.dialect.name != "sqlite":
        raise SchemaError(
            f"the database is at step {schema.revision or 'none'} of its schema, this version "
            f"needs {HEAD}: make a backup, stop older servers, and run `followup db migrate`"
        )
    if schema.state is not State.CURRENT:
        migrate(engine)
    if engine.dialect.name == "sqlite":
        with told_plainly("opened", "database"):
            # A deletion that a crash cut off is finished here, unless somebody is reading.
            cut_log(engine, patience=0)


def schema_of(engine: sa.Engine) -> Schema:
    """Return the schema of the database behind *engine*. Raises ConversationError."""
    with reading(engine, "database") as db:
        return schema_in(db)


def migrate(engine: sa.Engine) -> tuple[Schema, Schema]:
    """
    Bring the schema to that of this version; return what it was and what it is.

    All or nothing, and one process at a time: whoever comes second finds the work done. Raises
    SchemaError for a database that a newer version wrote.
    """
    with writing(engine, "database") as db:
        hold(db, LOCK)
        before = schema_in(db)
        if before.state is not State.CURRENT:
            bring(db, HEAD)
        return before, schema_in(db)


def bring(db: sa.Connection, revision: str) -> None:
    """Take every step up to *revision* within the transaction of *db*. Raises SchemaError."""
    here = schema_in(db)
    unknown = here.revision if here.state is State.NEWER else revision
    if here.state is State.NEWER or revision not in steps():
        raise SchemaError(
            f"step {unknown} of the database's schema was made by a newer version: use that "
            "version, or restore a backup made before it with `followup db restore`"
        )
    config = Config()
    config.set_main_option("script_location", str(_STEPS))
    config.attributes["connection"] = db
    with told_plainly("migrated", "database"):
        command.upgrade(config, revision)


def steps() -> tuple[str, ...]:
    """Return every step of the schema, oldest first."""
    found = ScriptDirectory(str(_STEPS)).walk_revisions()
    return tuple(reversed([step.revision for step in found]))


def schema_in(db: sa.Connection) -> Schema:
    """Return the schema of the database that *db* is connected to."""
    names = sa.inspect(db).get_table_names()
    if "alembic_version" not in names:
        return Schema(None, State.BEHIND if "conversations" in names else State.EMPTY)
    revision = db.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if revision == HEAD:
        return Schema(revision, State.CURRENT)
    known = revision is None or revision in steps()
    return Schema(revision, State.BEHIND if known else State.NEWER)
