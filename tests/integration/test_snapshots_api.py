"""Kept snapshots over HTTP, for operators."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from ingest.activating import activate, rollback
from ingest.snapshots import list_snapshots
from service.api import create_app
from tests.sample_index import Twice
from tests.sample_runtime import a_runtime

HOME = "http://127.0.0.1"


def test_every_kept_snapshot_is_listed_and_read(tmp_path: Path, index: Path, twice: Twice) -> None:
    """Which is live, which one is gone back to, and every move of each."""
    del twice
    newest, oldest = list_snapshots(index)
    activate(index, newest)
    assert rollback(index) == oldest
    runtime, _ = a_runtime(tmp_path, index=index)

    with TestClient(create_app(runtime), base_url=HOME) as client:
        listed = client.get("/v1/snapshots")
        read = client.get(f"/v1/snapshots/{oldest}")
        again = client.get("/v1/snapshots", headers={"If-None-Match": listed.headers["etag"]})
        missing = client.get("/v1/snapshots/..%2F..")
    runtime.close()

    rows = {row["snapshot"]: row for row in listed.json()["snapshots"]}
    assert list(rows) == [newest, oldest]
    assert [row["live"] for row in rows.values()] == [False, True]
    assert read.json()["live"]
    assert read.json()["activations"][-1]["move"] == "rollback"
    assert read.headers["x-index-version"] == oldest
    assert again.status_code == 304
    assert missing.status_code == 404


def test_an_index_with_nothing_kept_has_an_empty_list(tmp_path: Path) -> None:
    """Neither the list nor an unknown id is a fault."""
    runtime, _ = a_runtime(tmp_path)

    with TestClient(create_app(runtime), base_url=HOME) as client:
        listed = client.get("/v1/snapshots")
        missing = client.get("/v1/snapshots/none")
    runtime.close()

    assert listed.json() == {"snapshots": []}
    assert missing.status_code == 404
    assert missing.json()["type"] == "/problems/not-found"
