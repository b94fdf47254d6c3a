"""Backup, restore and retention, on SQLite and on PostgreSQL, and from one to the other."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ingest.errors import IndexLockedError
from ingest.locking import locked
from service.conversations import Conversations
from service.database import open_engine, writing
from service.doctor.stored import look_into
from service.dumping import Contents, load_dump, read_dump, write_dump
from service.errors import BackupError, ConversationError, NotFoundError, SchemaError
from service.feedback import Feedback, FeedbackStore, Verdict
from service.migrating import HEAD, State, bring, open_database, open_existing, schema_of
from service.restoring import keeping, restore
from service.retention import Purged, purge
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction
from service.tables import CONVERSATIONS, TABLES, TURNS
from tests.integration.test_migrating import at, made_before_migrations
from tests.sample_database import Fresh, a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = json.dumps({"provenance": {"snapshot": "s1"}, "references": [{"marker": 1}], "β": "⁹"})


@dataclass(frozen=True)
class Stores:
    """The three stores over one database."""

    engine: sa.Engine

    @property
    def conversations(self) -> Conversations:
        """The turns."""
        return Conversations(self.engine)

    @property
    def feedback(self) -> FeedbackStore:
        """The feedback."""
        return FeedbackStore(self.engine)

    def ask(self, conversation: str, answer: str, *, at: datetime = NOON, new: bool = True) -> None:
        """Record a turn."""
        self.conversations.append(
            conversation, a_turn(), answer_id=answer, answer=ANSWER, asked_at=at, begins=new
        )

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Return every row of every table."""
        with self.engine.connect() as db:
            return {
                name: [tuple(row) for row in db.execute(table.select().order_by(*table.c))]
                if name in ("conversations", "retractions_loaded")
                else sorted((tuple(map(str, row)) for row in db.execute(table.select())), key=str)
                for name, table in TABLES.tables.items()
            }


@pytest.fixture
def stores(engine: sa.Engine) -> Stores:
    """A database with something in every table."""
    made = Stores(engine)
    made.ask("c1", "a1")
    made.ask("c1", "a2", new=False)
    made.ask("c2", "a3")
    made.feedback.give("a1", Feedback(Verdict.WRONG_CITATION, 1, "¹ not said"), key="k")
    made.feedback.give("a3", Feedback(Verdict.HELPFUL))
    RetractionTable(engine).load([Retraction(("99000001",), (), Nature.RETRACTION, "2026-01-01")])
    return made


@pytest.fixture
def backup(stores: Stores, tmp_path: Path) -> Path:
    """A backup of it."""
    path = tmp_path / "backup.zip"
    write_dump(stores.engine, path)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A second, empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'other' / 'followup.sqlite'}"
    fresh: Fresh = request.getfixturevalue("fresh_postgresql")
    return fresh()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Stores]:
    """A SQLite database in a file of its own, with one conversation."""
    engine = open_database(f"sqlite:///{tmp_path / 'own' / 'followup.sqlite'}")
    made = Stores(engine)
    made.ask("c1", "a1")
    yield made
    engine.dispose()


def test_a_backup_is_restored_into_either_database(
    stores: Stores, backup: Path, other_url: str, tmp_path: Path
) -> None:
    """Every row of every table, and the schema of this version."""
    restored = restore(other_url, backup, tmp_path)

    engine = open_database(other_url)
    assert schema_of(engine).revision == HEAD
    assert Stores(engine).content() == stores.content()
    assert restored.kept is None
    rows = {name: table.rows for name, table in restored.dump.tables.items()}
    assert set(rows) == set(TABLES.tables)
    assert {name: count for name, count in rows.items() if count} == {
        "conversations": 2,
        "turns": 3,
        "feedback": 2,
        "retractions": 1,
        "retractions_loaded": 1,
    }
    engine.dispose()


def test_what_is_replaced_is_kept(
    stores: Stores, backup: Path, database_url: str, tmp_path: Path
) -> None:
    """It can be brought back from where it is, and so can what that replaced: undo and redo."""
    before = stores.content()
    stores.ask("c9", "a9")
    after = stores.content()
    stores.engine.dispose()

    kept = restore(database_url, backup, tmp_path).kept

    assert stores.content() == before
    assert kept is not None
    assert kept.stat().st_mode & 0o077 == 0
    if database_url.startswith("sqlite"):
        engine = open_engine(f"sqlite:///{kept}")
        assert Stores(engine).content() == after
        engine.dispose()
    else:
        for content in (after, before):
            stores.engine.dispose()
            assert restore(database_url, kept, tmp_path).kept == kept
            assert stores.content() == content
        assert [each.name for each in tmp_path.glob("postgresql.*")] == [kept.name]


def test_a_backup_is_for_its_owner_and_takes_no_files_place(stores: Stores, backup: Path) -> None:
    """It holds every question; a name that is taken is refused, and nothing is left of the try."""
    assert backup.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="exists"):
        write_dump(stores.engine, backup)
    assert [each.name for each in backup.parent.glob("*.zip*")] == ["backup.zip"]


def test_a_backup_is_of_one_moment(stores: Stores, tmp_path: Path) -> None:
    """What is written while it is made is not in it, and nobody waits."""
    path = tmp_path / "moment.zip"
    writing = iter(["c7"])

    @sa.event.listens_for(stores.engine, "after_cursor_execute")
    def ask_meanwhile(*arguments: object) -> None:
        if "FROM conversations" in str(arguments[2]) and (name := next(writing, None)):
            Stores(stores.engine).ask(name, "a7")

    write_dump(stores.engine, path)

    tables = read_dump(path).tables
    assert stores.conversations.turns("c7")
    assert (tables["conversations"].rows, tables["turns"].rows) == (2, 3)


def test_equal_databases_have_equal_backups(stores: Stores, backup: Path, tmp_path: Path) -> None:
    """The digests are those of the rows."""
    again = write_dump(stores.engine, tmp_path / "again.zip")

    assert again.tables == read_dump(backup).tables


@pytest.mark.parametrize("damage", ["cut", "flipped", "line", "none", "other", "missing"])
def test_a_damaged_backup_is_found_before_anything_is_touched(
    backup: Path, sqlite: Stores, tmp_path: Path, damage: str
) -> None:
    """Whatever is wrong with it, the database stays, and no file is left behind."""
    content = backup.read_bytes()
    if damage == "cut":
        backup.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = content.index(b"turns.jsonl") + 60
        backup.write_bytes(content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :])
    elif damage == "line":
        rewrite(backup, "conversations.jsonl", b'{"id": "evil", "created": "2026-01-01"}\n')
    elif damage == "none":
        backup.write_bytes(b"")
    elif damage == "other":
        rewrite(backup, "manifest.json", b'{"format": "something-else/1"}')
    else:
        backup.unlink()
    file = tmp_path / "own" / "followup.sqlite"
    before = sqlite.content()

    with pytest.raises(BackupError):
        restore(f"sqlite:///{file}", backup, tmp_path)

    assert sqlite.content() == before
    sqlite.engine.dispose()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_no_flipped_bit_of_a_backup_goes_unnoticed(sqlite: Stores, tmp_path: Path) -> None:
    """Every byte in turn: it is told as a damaged backup, or the rows are what they were."""
    path, damaged = tmp_path / "sound.zip", tmp_path / "damaged.zip"
    sound = write_dump(sqlite.engine, path)
    content = path.read_bytes()
    found = 0
    for place in range(len(content)):
        flipped = content[place] ^ (1 << place % 8)
        damaged.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
        try:
            assert read_dump(damaged).tables == sound.tables
        except BackupError:
            found += 1

    assert found > len(content) / 2


def rewrite(path: Path, member: str, content: bytes) -> None:
    """Put other content into one member of a zip."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, old in held.items():
            archive.writestr(name, content if name == member else old)


def orphaned(backup: Path) -> None:
    """Take the conversations out of a backup, and make its digests fit."""
    manifest = json.loads(zipfile.ZipFile(backup).read("manifest.json"))
    empty = Contents(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    manifest["tables"]["conversations"] = {"rows": empty.rows, "sha256": empty.sha256}
    rewrite(backup, "manifest.json", json.dumps(manifest).encode())
    rewrite(backup, "conversations.jsonl", b"")


def test_rows_that_do_not_fit_together_are_not_put_in_place(
    backup: Path, sqlite: Stores, tmp_path: Path
) -> None:
    """A backup whose digests were made for rows without their conversations changes nothing."""
    orphaned(backup)
    before = sqlite.content()
    sqlite.engine.dispose()

    with pytest.raises((BackupError, ConversationError)):
        restore(f"sqlite:///{tmp_path / 'own' / 'followup.sqlite'}", backup, tmp_path)

    assert sqlite.content() == before


def test_a_restore_that_fails_leaves_the_older_copy(
    backup: Path, fresh_postgresql: Fresh, tmp_path: Path
) -> None:
    """And none of its own: the database is what it was."""
    url = fresh_postgresql()
    made = Stores(open_database(url))
    made.ask("c5", "a5")
    before = made.content()
    made.engine.dispose()
    orphaned(backup)
    older = tmp_path / "postgresql.before-restore.zip"
    older.write_bytes(b"older")

    with pytest.raises((BackupError, ConversationError)):
        restore(url, backup, tmp_path)

    assert made.content() == before
    assert older.read_bytes() == b"older"
    assert list(tmp_path.glob("postgresql.*")) == [older]
    made.engine.dispose()


def test_a_backup_that_changes_while_it_is_read_is_told(stores: Stores, tmp_path: Path) -> None:
    """By the rows that came of it, which are not those that were checked."""
    path = tmp_path / "nightly.zip"
    checked = write_dump(stores.engine, path)
    path.unlink()
    stores.ask("c8", "a8")
    write_dump(stores.engine, path)
    engine = open_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")

    with writing(engine, "database") as db:
        bring(db, checked.revision)
        with pytest.raises(BackupError, match="changed while"):
            load_dump(db, path, checked)
    engine.dispose()


def test_a_backup_of_a_newer_version_is_refused(
    backup: Path, other_url: str, tmp_path: Path
) -> None:
    """By the step of its schema, naming it."""
    manifest = json.loads(zipfile.ZipFile(backup).read("manifest.json"))
    rewrite(backup, "manifest.json", json.dumps({**manifest, "revision": "9999"}).encode())

    with pytest.raises(BackupError, match=r"newer version \(step 9999"):
        restore(other_url, backup, tmp_path)


def test_an_old_backup_is_brought_to_this_version(
    database_url: str, other_url: str, tmp_path: Path
) -> None:
    """Made before a migration, restored after it: the way back from a migration that went wrong."""
    made_before_migrations(database_url)
    engine = open_existing(database_url)
    dump = write_dump(engine, tmp_path / "old.zip")
    engine.dispose()

    restore(other_url, tmp_path / "old.zip", tmp_path)

    assert dump.revision == "0001"
    opened = open_database(other_url)
    assert schema_of(opened).state is State.CURRENT
    assert [each.answer_id for each in Conversations(opened).conversation("c1").turns] == ["a1"]
    opened.dispose()


def test_there_is_nothing_to_back_up(database_url: str, tmp_path: Path) -> None:
    """Of an empty database, of none, of a newer one: an error each, and no file."""
    engine = open_engine(database_url)
    with pytest.raises(BackupError, match="empty"):
        write_dump(engine, tmp_path / "backup.zip")
    engine.dispose()
    at(database_url, "9999")
    newer = open_existing(database_url)
    with pytest.raises(BackupError, match="newer"):
        write_dump(newer, tmp_path / "backup.zip")
    newer.dispose()
    with pytest.raises(ConversationError, match="there is no database"):
        open_existing(f"sqlite:///{tmp_path / 'nowhere.sqlite'}")

    assert [each.name for each in tmp_path.glob("*backup*")] == []
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_a_damaged_database_is_not_backed_up(sqlite: Stores, tmp_path: Path) -> None:
    """It would hide the damage; what is restored over it is sound, and the damaged file is kept."""
    good = tmp_path / "good.zip"
    for number in range(200):
        sqlite.ask(f"d{number}", f"b{number}")
    write_dump(sqlite.engine, good)
    content = sqlite.content()
    sqlite.engine.dispose()
    file = tmp_path / "own" / "followup.sqlite"
    written = file.read_bytes()
    file.write_bytes(written[:40_960] + b"\xff" * 8_192 + written[49_152:])

    with pytest.raises((BackupError, ConversationError)):
        write_dump(sqlite.engine, tmp_path / "bad.zip")
    sqlite.engine.dispose()
    kept = restore(f"sqlite:///{file}", good, tmp_path).kept

    assert sqlite.content() == content
    assert kept is not None
    assert b"\xff" * 8_192 in kept.read_bytes()


def test_a_file_that_is_no_database_is_replaced_and_kept(
    backup: Path, sqlite: Stores, tmp_path: Path
) -> None:
    """With its write-ahead log, which would else be read into the restored one."""
    sqlite.engine.dispose()
    file = tmp_path / "own" / "followup.sqlite"
    file.write_bytes(b"no database" * 1_000)
    shutil.copy(file, f"{file}-wal")

    restored = restore(f"sqlite:///{file}", backup, tmp_path)

    assert restored.kept == file.with_name("followup.sqlite.before-restore")
    assert restored.kept.read_bytes() == b"no database" * 1_000
    assert [turn.question for turn in sqlite.conversations.turns("c2")] == [a_turn().question]


def test_a_database_in_use_is_not_replaced(backup: Path, sqlite: Stores, tmp_path: Path) -> None:
    """By a server on the same home, told by its lock; by anything else that has the file open."""
    url = f"sqlite:///{tmp_path / 'own' / 'followup.sqlite'}"
    before = sqlite.content()
    sqlite.engine.dispose()

    with (
        locked(tmp_path / "serve.lock", "served by"),
        pytest.raises(IndexLockedError, match="database is in use by process"),
    ):
        restore(url, backup, tmp_path)
    with sqlite.engine.connect() as db:
        db.execute(sa.select(CONVERSATIONS.c.id)).all()
        with pytest.raises(BackupError, match="in use by another process"):
            restore(url, backup, tmp_path)

    assert sqlite.content() == before


def test_nobody_opens_a_database_while_it_is_replaced(
    backup: Path, sqlite: Stores, tmp_path: Path
) -> None:
    """Nor goes on with the old file afterwards, whose log would be read into the new one."""
    file = tmp_path / "own" / "followup.sqlite"
    sqlite.engine.dispose()
    waiting = sqlite3.connect(file, timeout=0, isolation_level=None)

    with (
        keeping(file),
        closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("PRAGMA journal_mode = WAL")
    restore(f"sqlite:///{file}", backup, tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        waiting.execute("PRAGMA journal_mode = WAL")

    waiting.close()
    assert sorted(each.name for each in file.parent.iterdir()) == [
        "followup.sqlite",
        "followup.sqlite.before-restore",
    ]
    with sqlite.engine.connect() as db:
        assert db.scalar(sa.text("PRAGMA integrity_check")) == "ok"
    assert len(sqlite.conversations.turns("c2")) == 1


def test_a_database_that_was_looked_at_can_be_replaced(
    backup: Path, sqlite: Stores, tmp_path: Path
) -> None:
    """`followup doctor` opens it to read only, which leaves files beside it."""
    file = tmp_path / "own" / "followup.sqlite"
    sqlite.engine.dispose()
    look_into(file)

    restore(f"sqlite:///{file}", backup, tmp_path)

    assert len(sqlite.conversations.turns("c2")) == 1


def test_a_log_of_another_database_is_not_read_into_the_restored_one(
    backup: Path, tmp_path: Path
) -> None:
    """One that stayed where its database was deleted: refused, and nothing is put in place."""
    file = tmp_path / "own" / "followup.sqlite"
    file.parent.mkdir()
    log = file.with_name("followup.sqlite-wal")
    log.write_bytes(b"newest rows")

    with pytest.raises(BackupError, match="-wal is the log of another"):
        restore(f"sqlite:///{file}", backup, tmp_path)

    assert [each.name for each in file.parent.iterdir()] == [log.name]


def test_a_newer_postgresql_database_is_not_cleared(
    backup: Path, fresh_postgresql: Fresh, tmp_path: Path
) -> None:
    """It may have tables that this version does not know; an empty one takes the backup."""
    url = fresh_postgresql()
    at(url, "9999")

    with pytest.raises(SchemaError, match="empty one"):
        restore(url, backup, tmp_path)


def test_purging_deletes_what_was_not_gone_on_with(stores: Stores) -> None:
    """By the last question of a conversation; retractions stay, and a dry run only counts."""
    cutoff = NOON + timedelta(days=1)
    stores.ask("c2", "a4", at=cutoff + timedelta(hours=1), new=False)
    counted = purge(stores.engine, cutoff, dry_run=True)
    still = stores.conversations.turns("c1")

    purged = purge(stores.engine, cutoff)

    assert counted == purged == Purged(cutoff, conversations=1, turns=2, feedback=1)
    assert len(still) == 2
    with pytest.raises(NotFoundError):
        stores.conversations.conversation("c1")
    assert len(stores.conversations.turns("c2")) == 2
    assert len(stores.feedback.of("a3")) == 1
    assert RetractionTable(stores.engine).facts().notices == 1
    assert purge(stores.engine, cutoff) == Purged(cutoff, 0, 0, 0)


def test_a_conversation_without_a_question_counts_from_its_beginning(stores: Stores) -> None:
    """It goes like the others, and not before."""
    stores.conversations.start("empty")
    now = datetime.now(UTC)

    early = purge(stores.engine, now - timedelta(days=1), dry_run=True)
    late = purge(stores.engine, now + timedelta(days=1), dry_run=True)

    assert (early.conversations, late.conversations) == (2, 3)


def test_a_question_on_its_way_is_not_purged(fresh_postgresql: Fresh) -> None:
    """Purging waits for it, and then sees that the conversation was gone on with."""
    engine = open_database(fresh_postgresql())
    stores = Stores(engine)
    stores.ask("c1", "a1")
    stores.ask("c2", "a2")
    cutoff = NOON + timedelta(days=1)
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    row = TURNS.select().where(TURNS.c.answer_id == "a1")

    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as db:
            db.execute(CONVERSATIONS.select().where(CONVERSATIONS.c.id == "c1").with_for_update())
            turn = dict(db.execute(row).mappings().one())
            late = {"position": 2, "answer_id": "a3", "asked_at": cutoff + timedelta(days=1)}
            db.execute(TURNS.insert().values(**(turn | late)))
            purging = pool.submit(purge, engine, cutoff)
            while not purging.done() and not db.scalar(waiting):
                time.sleep(0.01)
        purged = purging.result()

    assert purged == Purged(cutoff, conversations=1, turns=1, feedback=0)
    assert len(stores.conversations.turns("c1")) == 2
    engine.dispose()
