"""Opening a database: its address, its file, its settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.database import open_engine
from service.errors import ConversationError, SettingsError
from service.migrating import open_database

ROOT = Path(__file__).parents[2]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can read what was asked."""
    path = tmp_path / "home" / "followup.sqlite"

    engine = open_database(f"sqlite:///{path}")

    kept = [each for each in path.parent.iterdir() if each.stat().st_mode & 0o077]
    engine.dispose()
    assert path.exists()
    assert kept == []


def test_opening_a_file_that_is_there_leaves_its_time(tmp_path: Path) -> None:
    """A report must not make it look written."""
    path = tmp_path / "followup.sqlite"
    path.touch()
    os.utime(path, (1_000_000_000, 1_000_000_000))

    open_engine(f"sqlite:///{path}").dispose()

    assert path.stat().st_mtime == 1_000_000_000


@pytest.mark.parametrize(
    "url",
    [
        *("not a url", "foo", "nosuchdatabase://host/name", "postgresql://u:secret@h:port/d"),
        *("postgresql://u:se@cret@h/d", "postgresql://u:s@e/c@h/d", "postgresql://u:s@e:c@h/d"),
    ],
)
def test_a_url_that_is_none_is_told_by_its_setting(url: str) -> None:
    """A setting that is wrong; the error does not show the URL, which may hold a password."""
    with pytest.raises(SettingsError, match="FOLLOWUP_DATABASE") as caught:
        open_database(url)

    assert not any(part in str(caught.value) for part in (url, "secret", "cret", "e/c", "e:c"))
    assert caught.value.__cause__ is None or url.startswith("nosuchdatabase")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A damaged file is an error of ours, without the driver's words."""
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"this is no database, however long one looks at it" * 100)

    with pytest.raises(ConversationError, match="database cannot be read"):
        open_database(f"sqlite:///{path}")


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    """PostgreSQL by its plain URL, without the password in the error."""
    url = f"postgresql://someone:secret@/name?host={tmp_path}"

    with pytest.raises(ConversationError, match="database cannot be read") as caught:
        open_database(url)

    assert "secret" not in str(caught.value)


def test_sqlite_is_set_to_keep_what_it_acknowledged(tmp_path: Path) -> None:
    """Write-ahead log, every commit on the disk, foreign keys, deleted content overwritten."""
    engine = open_engine(f"sqlite:///{tmp_path / 'followup.sqlite'}")

    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    with engine.connect() as db:
        found = {name: db.scalar(sa.text(f"PRAGMA {name}")) for name in names}
    engine.dispose()

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }


def test_a_deletion_that_a_crash_cut_off_is_finished_at_the_next_start(tmp_path: Path) -> None:
    """What the write-ahead log still held of it is gone then."""
    file = tmp_path / "followup.sqlite"
    script = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from service.conversations import Conversations\n"
        "from service.migrating import open_database\n"
        "from service.tables import CONVERSATIONS\n"
        "from tests.sample_database import a_turn\n"
        "engine = open_database(sys.argv[1])\n"
        "Conversations(engine).append('c1', a_turn('of a zebra'), answer_id='a1', answer='{}',\n"
        "    asked_at=datetime.now(UTC), begins=True)\n"
        "with engine.begin() as db:\n"
        "    db.execute(CONVERSATIONS.delete())\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, f"sqlite:///{file}"], cwd=ROOT, check=True)
    left = [each.name for each in tmp_path.iterdir() if b"of a zebra" in each.read_bytes()]

    engine = open_database(f"sqlite:///{file}")

    held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    engine.dispose()
    assert left == ["followup.sqlite-wal"]
    assert b"of a zebra" not in held
