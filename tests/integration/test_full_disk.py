"""A database without room: told as such, nothing half-written, and it works again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from service.api import create_app
from service.bootstrap import Runtime
from service.database import told_plainly
from service.errors import StorageFullError
from service.tables import CONVERSATIONS, FEEDBACK, TURNS
from tests.integration.test_api import HOME, ask, is_problem
from tests.integration.test_feedback import give
from tests.sample_runtime import QUESTION, a_runtime

ROOMY = {"verdict": "not_helpful", "comment": "x" * 2_000}


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """The sample runtime over a SQLite file."""
    made, _ = a_runtime(tmp_path)
    yield made
    made.close()


def limit(engine: sa.Engine, pages: int | None) -> None:
    """Let the database grow by so many pages and no further, as a disk does; None: at will."""
    with engine.connect() as db:
        held: int = db.scalar(sa.text("PRAGMA page_count")) or 0
    most = 1_073_741_823 if pages is None else held + pages
    engine.dispose()  # the limit is a connection's own; those opened from now on have it

    def set_limit(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
        connection.execute(f"PRAGMA max_page_count = {most}")

    sa.event.listen(engine, "connect", set_limit)


def counted(engine: sa.Engine) -> list[int]:
    """Count the rows."""
    with engine.connect() as db:
        tables = (CONVERSATIONS, TURNS, FEEDBACK)
        return [db.scalar(sa.select(sa.func.count()).select_from(each)) or 0 for each in tables]


def test_a_full_disk_is_told_and_heals_by_itself(runtime: Runtime) -> None:
    """503 with its name, for feedback and for questions; no restart once there is room."""
    engine = runtime.conversations._engine
    with TestClient(create_app(runtime), base_url=HOME) as client:
        answer = ask(client)["answer_id"]
        limit(engine, pages=2)
        stored = 0
        while (reply := give(client, answer, ROOMY)).status_code == 201:
            stored += 1
        asked = client.post("/v1/answers", json={"question": QUESTION})
        full = counted(engine)
        ready = client.get("/readyz").status_code
        limit(engine, pages=None)
        again = give(client, answer, ROOMY)
        ask(client)

    is_problem(reply, 503, "storage-full")
    is_problem(asked, 503, "storage-full")
    assert "full" in reply.json()["detail"]
    assert reply.headers["retry-after"]
    assert stored >= 1
    assert full == [1, 1, stored]
    assert ready == 200
    assert again.status_code == 201
    assert counted(engine) == [2, 2, stored + 1]


def test_a_file_that_cannot_grow_is_a_full_disk_too() -> None:
    """The operating system's own error, where the driver passes it on."""
    with pytest.raises(StorageFullError), told_plainly("written", "database"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_postgresql_says_it_with_a_code() -> None:
    """53100, disk_full."""

    class DiskFull(Exception):  # noqa: N818 - the driver's name for it
        sqlstate = "53100"

    with pytest.raises(StorageFullError), told_plainly("written", "database"):
        raise sa.exc.OperationalError("INSERT", {}, DiskFull())
