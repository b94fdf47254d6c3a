"""``followup db`` as its users run it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.conversations import Conversations
from service.migrating import HEAD, open_database
from service.tables import TABLES
from tests.integration.test_backups import NOON, Stores
from tests.integration.test_cli import followup
from tests.integration.test_migrating import at, made_before_migrations
from tests.sample_database import Fresh


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a database that has one conversation, of March 2026."""
    stores = Stores(open_database(url(tmp_path)))
    stores.ask("c1", "a1", at=NOON)
    stores.engine.dispose()
    return tmp_path


def url(home: Path) -> str:
    """Return the URL of the database in a home."""
    return f"sqlite:///{home / 'followup.sqlite'}"


def conversations(home: Path) -> list[str]:
    """Return the ids of the conversations in a home."""
    engine = open_database(url(home))
    with engine.connect() as db:
        found = list(db.scalars(sa.text("SELECT id FROM conversations")))
    engine.dispose()
    return found


def told(result: subprocess.CompletedProcess[str], status: int = 0) -> dict[str, object]:
    """Check how a command ended, and return the JSON that it printed."""
    assert result.returncode == status, result.stderr
    read: dict[str, object] = json.loads(result.stdout)
    return read


def test_a_backup_is_made_and_restored(home: Path) -> None:
    """With what was there kept beside; the status tells where things are."""
    made = told(followup(home, "db", "backup", str(home / "b.zip"), "--json"))
    store = Conversations(open_database(url(home)))
    store.start("c2")
    store.close()

    asked = followup(home, "db", "restore", str(home / "b.zip"))
    kept = conversations(home)
    restored = told(followup(home, "db", "restore", str(home / "b.zip"), "--yes", "--json"))
    status = told(followup(home, "db", "status", "--json"))

    assert (asked.returncode, kept) == (2, ["c1", "c2"])
    assert "--yes" in asked.stderr
    assert conversations(home) == ["c1"]
    assert restored["kept"] == str(home / "followup.sqlite.before-restore")
    assert restored["tables"] == made["tables"]
    assert status["schema"] == {"revision": HEAD, "state": "current"}
    assert (status["sound"], status["well"]) == (True, True)
    assert status["rows"] == {**dict.fromkeys(TABLES.tables, 0), "conversations": 1, "turns": 1}


def test_purging_asks_and_can_be_tried(home: Path) -> None:
    """A dry run tells, no terminal means no, ``--yes`` deletes."""
    tried = followup(home, "db", "purge", "--older-than", "90d", "--dry-run")
    asked = followup(home, "db", "purge", "--older-than", "90d")
    kept = conversations(home)
    done = told(followup(home, "db", "purge", "--older-than", "90d", "--yes", "--json"))
    wrong = followup(home, "db", "purge", "--older-than", "90", "--yes")

    assert (
        tried.stdout == "Would delete 1 conversations, 1 turns, 0 feedback, 0 links, 0 sessions\n"
    )
    assert (asked.returncode, kept) == (2, ["c1"])
    assert (done["conversations"], done["turns"], done["dry_run"]) == (1, 1, False)
    assert conversations(home) == []
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)


def test_the_status_of_what_needs_work_is_1(tmp_path: Path) -> None:
    """Nothing is changed by looking; ``migrate`` does the work, once."""
    none = told(followup(tmp_path, "db", "status", "--json"))
    assert not (tmp_path / "followup.sqlite").exists()
    made_before_migrations(url(tmp_path))

    behind = followup(tmp_path, "db", "status")
    first = told(followup(tmp_path, "db", "migrate", "--json"))
    again = followup(tmp_path, "db", "migrate")
    at(url(tmp_path), "9999")
    newer = told(followup(tmp_path, "db", "status", "--json"), 1)
    refused = followup(tmp_path, "db", "migrate")

    assert none["schema"] == {"revision": None, "state": "empty"}
    assert behind.returncode == 1
    assert "followup db migrate" in behind.stdout
    assert (first["from"], first["to"]) == (None, HEAD)
    assert again.stdout == f"Schema: step {HEAD} already\n"
    assert newer["schema"] == {"revision": "9999", "state": "newer"}
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup", "b.zip"],
        ["purge", "--older-than", "1d", "--yes"],
    ],
)
def test_what_is_not_there_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    """No database: status 3 and what to do, no traceback."""
    result = followup(tmp_path, "db", *arguments)

    assert result.returncode == 3
    assert result.stderr.startswith("followup: ")
    assert result.stderr.count("\n") == 1


def test_a_file_that_cannot_be_is_wrong_usage(home: Path) -> None:
    """Status 2 and the system's reason: a folder that is not there, no such backup."""
    nowhere = home / "nowhere" / "b.zip"

    backup = followup(home, "db", "backup", str(nowhere))
    restore = followup(home, "db", "restore", str(nowhere), "--yes")

    assert (backup.returncode, restore.returncode) == (2, 2)
    said = f"followup: {nowhere} cannot be written: No such file or directory\n"
    assert backup.stderr == said
    assert restore.stderr == f"followup: {nowhere}: no such file\n"


def test_a_postgresql_database_is_looked_at_and_moved_to(
    home: Path, fresh_postgresql: Fresh
) -> None:
    """From SQLite, by a backup; its password is not printed."""
    other = fresh_postgresql()
    told(followup(home, "db", "backup", str(home / "b.zip"), "--json"))
    (home / "followup.toml").write_text(f'database = "{other}"\n', encoding="utf-8")

    restored = told(followup(home, "db", "restore", str(home / "b.zip"), "--yes", "--json"))
    status = told(followup(home, "db", "status", "--json"))

    assert restored["kept"] is None
    assert status["kind"] == "postgresql"
    assert status["sound"] is None
    engine = open_database(other)
    assert Conversations(engine).conversation("c1").turns[0].answer_id == "a1"
    engine.dispose()


@pytest.mark.parametrize("wrong", ["foo", "postgresql://u:p@h:port/d", "postgresql://u:p@ss@h/d"])
def test_a_url_that_is_none_is_a_wrong_setting(tmp_path: Path, wrong: str) -> None:
    """Status 2, after which systemd starts no server again."""
    (tmp_path / "followup.toml").write_text(f'database = "{wrong}"\n', encoding="utf-8")

    result = followup(tmp_path, "db", "status")

    assert result.returncode == 2
    assert result.stderr.startswith("followup: FOLLOWUP_DATABASE ")
    assert result.stderr.count("\n") == 1
