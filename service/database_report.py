"""What the database is, for ``followup db status`` and ``followup doctor``; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.database import file_of, open_engine, reading
from service.migrating import HEAD, Schema, State, schema_in
from service.tables import TABLES


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """
    The kind of database, where it is (without its password), its schema and its size.

    ``bytes`` and ``rows`` are 0 and empty for one that is not there yet; ``sound`` is what
    SQLite's own check says, None for PostgreSQL, which checks its pages as it reads them.
    """

    kind: str
    place: str
    schema: Schema
    needs: str
    rows: dict[str, int]
    bytes: int
    sound: bool | None

    @property
    def well(self) -> bool:
        """Tell whether this version can use it as it is, or will set it up at its first start."""
        usable = self.schema.state in (State.CURRENT, State.EMPTY)
        return self.sound is not False and usable


def database_facts(url: str) -> DatabaseFacts:
    """Look at the database at *url*. Raises ConversationError when it cannot be read."""
    file = file_of(url)
    if file is not None and not file.exists():
        return DatabaseFacts("sqlite", str(file), Schema(None, State.EMPTY), HEAD, {}, 0, None)
    engine = open_engine(url)
    try:
        place = str(file) if file else engine.url.render_as_string(hide_password=True)
        with reading(engine, "database") as db:
            return _facts(db, place)
    finally:
        engine.dispose()


def database_lines(facts: DatabaseFacts) -> list[str]:
    """Return *facts* in words, a line each."""
    rows = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in facts.rows.items())
    means = {
        State.EMPTY: f"empty; the first start sets up step {facts.needs}",
        State.CURRENT: f"step {facts.schema.revision}, as this version needs",
        State.BEHIND: f"step {facts.schema.revision or 'none'}, this version needs {facts.needs}: "
        "run `followup db migrate`",
        State.NEWER: f"step {facts.schema.revision} of a newer version: use that version",
    }
    lines = [f"{facts.kind}: {facts.place}", f"Schema: {means[facts.schema.state]}"]
    if rows:
        lines.append(f"Rows: {rows} ({facts.bytes / 1e6:.1f} MB)")
    if facts.sound is not None:
        bad = "DAMAGED: bring a backup back with `followup db restore`"
        lines.append(f"Integrity: {'ok' if facts.sound else bad}")
    return lines


def _facts(db: sa.Connection, place: str) -> DatabaseFacts:
    held = set(sa.inspect(db).get_table_names())
    rows = {
        name: db.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for name, table in TABLES.tables.items()
        if name in held
    }
    lite = db.dialect.name == "sqlite"
    size = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if lite
        else "SELECT pg_database_size(current_database())"
    )
    sound = db.scalar(sa.text("PRAGMA quick_check(1)")) == "ok" if lite else None
    return DatabaseFacts(
        db.dialect.name, place, schema_in(db), HEAD, rows, db.scalar(sa.text(size)) or 0, sound
    )
