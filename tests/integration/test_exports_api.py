"""Exports over HTTP: files with names, types and tags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from fastapi.testclient import TestClient

from service.api import create_app
from service.exporting.formats import WRITERS, ExportFormat
from tests.sample_runtime import INSOMNIA, QUESTION, a_runtime

HOME = "http://127.0.0.1"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of the app."""
    runtime, _ = a_runtime(tmp_path)
    with TestClient(create_app(runtime), base_url=HOME) as client:
        yield client
    runtime.close()


@pytest.fixture
def answer(client: TestClient) -> dict[str, str]:
    """An answer that was given, and another in the same conversation."""
    first = client.post("/v1/answers", json={"question": QUESTION}).json()
    more = {"question": "And in pregnancy?", "conversation_id": first["conversation_id"]}
    client.post("/v1/answers", json=more)
    return {"answer": first["answer_id"], "conversation": first["conversation_id"]}


@pytest.mark.parametrize("wanted", ExportFormat)
def test_an_answer_is_a_file(
    client: TestClient, answer: dict[str, str], wanted: ExportFormat
) -> None:
    """Its type, a name in ASCII, a tag, and nothing that a cache may keep for others."""
    reply = client.get(f"/v1/answers/{answer['answer']}/export", params={"format": wanted})

    writer = WRITERS[wanted]
    assert reply.status_code == 200
    assert reply.headers["content-type"] == writer.media_type
    name = f"what-is-the-role-of-zorvanix-for-insomnia.{writer.suffix}"
    assert reply.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["vary"] == "Authorization, Cookie"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "Example College of Sleep" in reply.text


def test_a_file_that_is_there_already_is_not_sent_again(
    client: TestClient, answer: dict[str, str]
) -> None:
    """The tag of one format is not that of another."""
    path = f"/v1/answers/{answer['answer']}/export"
    tag = client.get(path, params={"format": "ris"}).headers["etag"]

    again = client.get(path, params={"format": "ris"}, headers={"If-None-Match": tag})
    other = client.get(path, params={"format": "md"}, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_a_conversation_is_one_file(client: TestClient, answer: dict[str, str]) -> None:
    """Every turn of it in a text, every work once in a list."""
    path = f"/v1/conversations/{answer['conversation']}/export"

    text = client.get(path).text
    records = rispy.loads(client.get(path, params={"format": "ris"}).text)
    entries = parse_string(client.get(path, params={"format": "bibtex"}).text).entries
    works = json.loads(client.get(path, params={"format": "csl-json"}).text)

    assert text.startswith(f"# {QUESTION}\n")
    assert "## And in pregnancy?\n" in text
    assert text.count(INSOMNIA) == 4
    assert len(records) == len(entries) == len(works) == 3


@pytest.mark.parametrize("kind", ["answers", "conversations"])
def test_an_unknown_format_or_id_is_a_problem(
    client: TestClient, answer: dict[str, str], kind: str
) -> None:
    """422 names the parameter; what is not there is 404."""
    wrong = client.get(f"/v1/{kind}/{answer[kind[:-1]]}/export", params={"format": "pdf"})
    missing = client.get(f"/v1/{kind}/{'0' * 32}/export")

    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["at"] == "query.format"
    assert missing.status_code == 404
    assert missing.json()["type"] == "/problems/not-found"


def test_a_stored_answer_and_a_conversation_have_tags(
    client: TestClient, answer: dict[str, str]
) -> None:
    """A caller that has them is told that nothing changed."""
    for path in (f"/v1/answers/{answer['answer']}", f"/v1/conversations/{answer['conversation']}"):
        tag = client.get(path).headers["etag"]

        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("wanted", ExportFormat)
def test_an_article_is_a_file_that_says_its_status(
    client: TestClient, answer: dict[str, str], wanted: ExportFormat
) -> None:
    """Submitted, it says that nobody has reviewed it; what is not there is 404."""
    made = client.post("/v1/articles", json={"answer_id": answer["answer"]}).json()
    path = f"/v1/articles/{made['article_id']}/export"

    reply = client.get(path, params={"format": wanted})
    missing = client.get(path, params={"format": wanted, "version": 9})

    assert reply.status_code == 200
    assert reply.headers["etag"]
    assert "not reviewed by a human. Status:" in reply.text
    assert missing.status_code == 404
