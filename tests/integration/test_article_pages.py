"""The pages of articles and policies, without a script and without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.api import create_app
from tests.sample_runtime import a_runtime

HOME = "http://127.0.0.1"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of the app whose home is the test's own folder."""
    runtime, _ = a_runtime(tmp_path)
    with TestClient(create_app(runtime), base_url=HOME) as client:
        yield client
    runtime.close()


@pytest.mark.parametrize(
    ("path", "says"),
    [("/editorial-policy", "How a statement earns its place"), ("/about", "Who it is for")],
)
def test_a_policy_is_a_page_that_every_page_leads_to(
    client: TestClient, path: str, says: str
) -> None:
    """The shipped text, its date, and a link in the foot of the first page."""
    shown = client.get(path)

    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("text/html")
    assert f"<h2>{says}</h2>" in shown.text
    assert "Last updated 24 November 2026" in shown.text
    assert f'href="{path}"' in client.get("/").text


def test_operators_may_replace_a_policy(client: TestClient, tmp_path: Path) -> None:
    """HOME/pages/about.md is shown as it stands now; one that cannot be read is a problem."""
    own = tmp_path / "pages" / "about.md"
    own.parent.mkdir()
    own.write_text("## Ours\n\n<b>Not bold</b>", encoding="utf-8")

    shown = client.get("/about").text
    own.write_bytes(b"\xff")
    unreadable = client.get("/about")

    assert "<h2>Ours</h2>" in shown
    assert "&lt;b&gt;Not bold" in shown
    assert unreadable.status_code == 500
    assert unreadable.json()["type"] == "/problems/misconfigured"
