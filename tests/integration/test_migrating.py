"""The schema on its way from an empty or an old database to this version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.conversations import Conversations
from service.database import open_engine
from service.errors import SchemaError
from service.migrating import HEAD, Schema, State, bring, migrate, open_database, schema_of, steps
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction
from service.tables import CONVERSATIONS, TABLES, TURNS
from tests.sample_database import a_turn

ROOT = Path(__file__).parents[2]
BEFORE_MIGRATIONS = """
CREATE TABLE conversations (id VARCHAR(64) NOT NULL, created {moment} NOT NULL, PRIMARY KEY (id));
CREATE TABLE turns (
    conversation_id VARCHAR(64) NOT NULL, position INTEGER NOT NULL, asked_at {moment} NOT NULL,
    question TEXT NOT NULL, query JSON NOT NULL, outcome VARCHAR(16) NOT NULL, cited JSON NOT NULL,
    answer_id VARCHAR(64) NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (conversation_id, position),
    UNIQUE (answer_id),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE TABLE retractions (
    position INTEGER NOT NULL, pmids JSON NOT NULL, dois JSON NOT NULL, nature VARCHAR(32) NOT NULL,
    date VARCHAR(10) NOT NULL, reason TEXT NOT NULL, title TEXT NOT NULL, notice TEXT NOT NULL,
    PRIMARY KEY (position)
);
CREATE TABLE retractions_loaded (
    digest VARCHAR(64) NOT NULL, loaded_at {moment} NOT NULL, PRIMARY KEY (digest)
);
INSERT INTO conversations VALUES ('c1', '2026-03-01 12:00:00');
INSERT INTO retractions VALUES (0, '["99000001"]', '[]', 'retraction', '2026-01-01', '', '', '');
INSERT INTO retractions_loaded VALUES ('d1', '2026-03-01 12:00:00')
"""
"""What a database of version 0.1 had, before there were migrations, and a little in it."""


def made_before_migrations(url: str) -> None:
    """Write a database as version 0.1 did."""
    engine = open_engine(url)
    moment = "DATETIME" if engine.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    turn = TURNS.insert().values(
        conversation_id="c1",
        position=1,
        asked_at=sa.func.current_timestamp(),
        question=a_turn().question,
        query={"text": "naltrexone liver", "bare": "in the liver?"},
        outcome="partial",
        cited=["passage-1"],
        answer_id="a1",
        answer='{"β": 1}',
    )
    with engine.begin() as db:
        for statement in BEFORE_MIGRATIONS.split(";"):
            db.exec_driver_sql(statement.replace("{moment}", moment))
        db.execute(turn)
    engine.dispose()


def at(url: str, revision: str) -> None:
    """Write a database at a step of the schema."""
    engine = open_engine(url)
    with engine.begin() as db:
        bring(db, steps()[-1])
        db.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    engine.dispose()


def test_the_last_step_is_the_one_that_is_named() -> None:
    """HEAD is a copy, so that a start need not read the folder of steps."""
    assert steps()[-1] == HEAD


def test_the_migrated_schema_is_the_one_that_is_read(engine: sa.Engine) -> None:
    """What the steps make and what ``service.tables`` says do not drift apart."""
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})

        assert compare_metadata(context, TABLES) == []


def test_an_empty_database_is_set_up(database_url: str) -> None:
    """At the first opening, on both; opened again, nothing is left to do."""
    engine = open_engine(database_url)
    before = schema_of(engine)

    opened = open_database(database_url)

    assert before == Schema(None, State.EMPTY)
    assert schema_of(opened) == Schema(HEAD, State.CURRENT)
    assert migrate(opened) == (Schema(HEAD, State.CURRENT), Schema(HEAD, State.CURRENT))
    engine.dispose()
    opened.dispose()


def test_a_database_from_before_migrations_is_adopted(database_url: str) -> None:
    """With everything in it, by ``migrate``, and the same schema as a new one."""
    made_before_migrations(database_url)
    engine = open_engine(database_url)

    before, after = migrate(engine)

    assert (before, after) == (Schema(None, State.BEHIND), Schema(HEAD, State.CURRENT))
    (stored,) = Conversations(engine).conversation("c1").turns
    assert (stored.answer_id, stored.answer) == ("a1", '{"β": 1}')
    table = RetractionTable(engine)
    assert table.current().notices["pmid:99000001"] == (
        Retraction(("99000001",), (), Nature.RETRACTION, "2026-01-01"),
    )
    assert table.facts().digest == "d1"
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, TABLES) == []
    engine.dispose()


def test_an_old_database_is_changed_where_nobody_else_can_be_using_it(database_url: str) -> None:
    """A SQLite file at once; a PostgreSQL one on command, which the refusal names."""
    made_before_migrations(database_url)

    if database_url.startswith("sqlite"):
        engine = open_database(database_url)
        assert schema_of(engine).state is State.CURRENT
        engine.dispose()
    else:
        with pytest.raises(SchemaError, match="followup db migrate"):
            open_database(database_url)


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    """It is left as it is, and the error says what to do."""
    at(database_url, "9999")
    engine = open_engine(database_url)

    with pytest.raises(SchemaError, match=r"step 9999 .* newer version.*db restore"):
        open_database(database_url)
    with pytest.raises(SchemaError, match="newer version"):
        migrate(engine)

    assert schema_of(engine) == Schema("9999", State.NEWER)
    engine.dispose()


def test_a_step_that_fails_changes_nothing(database_url: str) -> None:
    """All or nothing: what earlier steps made is taken back with it."""
    engine = open_engine(database_url)

    def bring_and_fail() -> None:
        with engine.begin() as db:
            bring(db, HEAD)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        bring_and_fail()

    assert schema_of(engine) == Schema(None, State.EMPTY)
    engine.dispose()


def test_processes_that_start_at_once_all_succeed(database_url: str) -> None:
    """One of them sets an empty database up, the others find it done."""
    script = (
        "import sys\n"
        "from service.migrating import open_database\n"
        "from service.conversations import Conversations\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "store = Conversations(open_database(sys.argv[1]))\n"
        "print(store.start())\n"
        "store.close()\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]

    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate() for process in started]

    assert [process.returncode for process in started] == [0] * 4, told
    engine = open_database(database_url)
    with engine.connect() as db:
        found = set(db.scalars(sa.select(CONVERSATIONS.c.id)))
    engine.dispose()
    assert found == {out.strip() for out, _ in told}
