"""The database: opens, sound, of this version's schema. A file of SQLite's is only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from service.database import open_engine
from service.doctor.findings import Finding, failed, ok, skipped, warning
from service.errors import ConversationError, SchemaError, SettingsError
from service.migrating import HEAD, Schema, State, schema_of, steps
from service.retraction_table import RetractionTable, TableFacts

RESTORE = "followup db restore FILE"
_FAULTS = 3
_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look into a SQLite file brought: its faults, broken references, and schema."""

    faults: tuple[str, ...]
    orphans: int
    schema: Schema


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for another database, or one in memory."""
    if not url.startswith(_SQLITE):
        return None
    name = unquote(url.removeprefix(_SQLITE).partition("?")[0])
    return Path(name).expanduser() if name and name != ":memory:" else None


def check_database(url: str) -> Iterator[Finding]:
    """Look into the database at *url*."""
    path = sqlite_file(url)
    if path is None:
        yield from _check_server(url)
    elif not path.exists():
        yield skipped(f"{path} is not there yet; the first start makes it", "followup db migrate")
    else:
        try:
            looked = look_into(path)
        except sqlite3.DatabaseError as error:
            yield failed(f"{path} cannot be read: {error}", RESTORE)
            return
        yield from judge_file(path, looked)


def look_into(path: Path) -> Looked:
    """Read a SQLite file, and write nothing. Raises sqlite3.DatabaseError."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        faults = [str(row[0]) for row in db.execute(f"PRAGMA integrity_check({_FAULTS})")]
        orphans = len(db.execute("PRAGMA foreign_key_check").fetchall())
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        revision = None
        if "alembic_version" in names:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
            revision = row and str(row[0])
    state = _state(revision, holds_something="conversations" in names)
    sound = faults == ["ok"]
    return Looked(() if sound else tuple(faults), orphans, Schema(revision, state))


def judge_file(path: Path, looked: Looked) -> Iterator[Finding]:
    """Tell what the look into the file means."""
    if looked.faults:
        yield failed(f"{path} is damaged: {'; '.join(looked.faults)}", RESTORE)
        return
    if looked.orphans:
        yield failed(f"{path}: {looked.orphans} rows refer to rows that are gone", RESTORE)
    yield judge_schema(looked.schema)


def judge_schema(schema: Schema) -> Finding:
    """Tell whether the database has the schema of this version."""
    if schema.state is State.CURRENT:
        return ok(f"sound, step {schema.revision} of the schema, which is this version's")
    if schema.state is State.NEWER:
        return failed(
            f"step {schema.revision} of its schema was made by a newer version, this one knows "
            f"{HEAD}: use that version, or restore a backup made before it",
            RESTORE,
        )
    if schema.state is State.EMPTY:
        return skipped("it is empty; the first start sets it up", "followup db migrate")
    return warning(
        f"step {schema.revision or 'none'} of its schema, this version needs {HEAD}",
        "followup db migrate",
    )


def _check_server(url: str) -> Iterator[Finding]:
    try:
        engine = open_engine(url)
        try:
            schema = schema_of(engine)
        finally:
            engine.dispose()
    except SettingsError as error:
        yield failed(str(error), "followup config show")
        return
    except ConversationError as error:
        # The driver's own words may quote the URL, and a password in it.
        cause = getattr(error.__cause__, "orig", error.__cause__)
        state = getattr(cause, "sqlstate", None)
        why = f"{type(cause).__name__}{f', SQLSTATE {state}' if state else ''}"
        yield failed(f"{error}: {why}", "followup config show")
        return
    yield judge_schema(schema)


def read_retractions(url: str) -> TableFacts | None:
    """
    Return what the table of retractions is; None where there is no database yet.

    Raises ConversationError where it cannot be read, or has not the schema of this version;
    SettingsError where *url* is none.
    """
    path = sqlite_file(url)
    if path is not None and not path.exists():
        return None
    engine = open_engine(url)
    try:
        state = schema_of(engine).state
        if state is State.EMPTY:
            return None
        if state is not State.CURRENT:
            raise SchemaError("the database has not the schema of this version")
        return RetractionTable(engine).facts()
    finally:
        engine.dispose()


def wal_of(path: Path) -> tuple[Path, ...]:
    """Return a SQLite file with those beside it, which hold its newest rows."""
    return path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))


def _state(revision: str | None, *, holds_something: bool) -> State:
    if revision is None:
        return State.BEHIND if holds_something else State.EMPTY
    if revision == HEAD:
        return State.CURRENT
    return State.BEHIND if revision in steps() else State.NEWER
