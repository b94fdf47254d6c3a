"""Feedback on answers: through HTTP, in SQLite and in PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from service.api import create_app
from service.api.feedback import FeedbackListReply, FeedbackReply
from service.bootstrap import Runtime
from service.database import open_engine
from service.errors import FeedbackError, NotFoundError
from service.feedback import Feedback, Verdict
from service.tables import FEEDBACK
from tests.integration.test_api import HOME, ask, is_problem
from tests.sample_runtime import SNAPSHOT, a_runtime

HELPFUL = {"verdict": "helpful"}
WRONG = {"verdict": "wrong_citation", "marker": 2, "comment": "Not what [2] says: an okapi."}


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The sample runtime over an empty database."""
    made, _ = a_runtime(tmp_path, database=database_url)
    yield made
    made.close()


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """A client of the app."""
    with TestClient(create_app(runtime), base_url=HOME) as opened:
        yield opened


def give(client: TestClient, answer: str, body: object, key: str | None = None) -> Any:  # noqa: ANN401
    """Send feedback and return the reply."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/v1/answers/{answer}/feedback", json=body, headers=headers)


def test_feedback_is_stored_and_read(client: TestClient) -> None:
    """With the answer, its snapshot and the reference it is about; oldest first."""
    answer = ask(client)["answer_id"]

    replies = [give(client, answer, body) for body in (HELPFUL, WRONG)]
    read = client.get(f"/v1/answers/{answer}/feedback")

    assert [reply.status_code for reply in replies] == [201, 201]
    for reply in replies:
        assert reply.headers["cache-control"] == "no-store"
        assert FeedbackReply.model_validate_json(reply.text).snapshot == SNAPSHOT
    found = FeedbackListReply.model_validate_json(read.text)
    assert found.answer_id == answer
    assert [one.model_dump(mode="json") for one in found.feedback] == [r.json() for r in replies]
    assert found.feedback[0].marker is None
    assert found.feedback[1].comment == WRONG["comment"]


def test_a_request_may_be_sent_again_under_its_key(client: TestClient) -> None:
    """Stored once, with the first reply again; without a key every request is stored."""
    one, other = ask(client)["answer_id"], ask(client)["answer_id"]

    first, second = (give(client, one, WRONG, "k1") for _ in range(2))
    give(client, other, HELPFUL, "k1")
    for _ in range(2):
        give(client, other, HELPFUL)

    assert (second.status_code, second.content) == (201, first.content)
    assert len(client.get(f"/v1/answers/{one}/feedback").json()["feedback"]) == 1
    assert len(client.get(f"/v1/answers/{other}/feedback").json()["feedback"]) == 3


def test_a_key_belongs_to_one_feedback(client: TestClient) -> None:
    """Other feedback under the same key is refused, and the first one stays."""
    answer = ask(client)["answer_id"]
    kept = give(client, answer, HELPFUL, "k1").json()

    problem = is_problem(give(client, answer, WRONG, "k1"), 422, "invalid-request")

    assert "Idempotency-Key" in problem["detail"]
    assert client.get(f"/v1/answers/{answer}/feedback").json()["feedback"] == [kept]


def test_equal_requests_at_once_are_stored_once(runtime: Runtime, client: TestClient) -> None:
    """Whichever comes first is stored, the others get what it stored."""
    answer = ask(client)["answer_id"]
    found: list[str] = []

    def send() -> None:
        feedback = Feedback(Verdict.NOT_HELPFUL)
        found.append(runtime.feedback.give(answer, feedback, key="k").id)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (stored,) = runtime.feedback.of(answer)
    assert found == [stored.id] * 8


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "body.verdict"),
        ({"verdict": "splendid"}, "body.verdict"),
        ({**HELPFUL, "marker": 0}, "body.marker"),
        ({**HELPFUL, "comment": "x" * 2_001}, "body.comment"),
        ({**HELPFUL, "patient": "zebra"}, "body.patient"),
    ],
)
def test_what_does_not_fit_is_named(client: TestClient, body: object, at: str) -> None:
    """422, with the field, and nothing is stored."""
    answer = ask(client)["answer_id"]

    problem = is_problem(give(client, answer, body), 422, "invalid-request")

    assert [each["at"] for each in problem["errors"]] == [at]
    assert client.get(f"/v1/answers/{answer}/feedback").json()["feedback"] == []


@pytest.mark.parametrize("key", ["", "two words", "x" * 65])
def test_a_key_is_one_word(client: TestClient, key: str) -> None:
    """Of at most 64 characters."""
    answer = ask(client)["answer_id"]

    problem = is_problem(give(client, answer, HELPFUL, key), 422, "invalid-request")

    assert [each["at"].lower() for each in problem["errors"]] == ["header.idempotency-key"]


def test_feedback_is_about_a_reference_of_the_answer(client: TestClient, runtime: Runtime) -> None:
    """A marker that is not there is refused; the longest comment, of any characters, is not."""
    answer = ask(client)["answer_id"]

    problem = is_problem(give(client, answer, {**HELPFUL, "marker": 99}), 422, "invalid-request")
    comment = "\U0001f48a" * 1_999 + "\0"
    longest = give(client, answer, {**HELPFUL, "comment": comment})

    assert "[99]" in problem["detail"]
    assert longest.status_code == 201
    (stored,) = runtime.feedback.of(answer)
    assert stored.feedback.comment == comment.replace("\0", "\ufffd")


def test_there_is_no_feedback_on_nothing(client: TestClient, runtime: Runtime) -> None:
    """An unknown answer is a 404, and so is one whose conversation was deleted."""
    asked = ask(client)
    give(client, asked["answer_id"], WRONG)
    client.delete(f"/v1/conversations/{asked['conversation_id']}")

    for answer in ("nothing", asked["answer_id"]):
        is_problem(client.get(f"/v1/answers/{answer}/feedback"), 404, "not-found")
        is_problem(give(client, answer, HELPFUL), 404, "not-found")
    with pytest.raises(NotFoundError):
        runtime.feedback.of(asked["answer_id"])


def test_feedback_goes_with_its_conversation(
    client: TestClient, database_url: str, tmp_path: Path
) -> None:
    """No row is left, and in a SQLite database no word in any of its files."""
    gone, kept = ask(client), ask(client)
    for asked in (gone, kept):
        give(client, asked["answer_id"], HELPFUL)
    give(client, gone["answer_id"], WRONG)

    client.delete(f"/v1/conversations/{gone['conversation_id']}")

    engine = open_engine(database_url)
    with engine.connect() as db:
        assert db.scalars(sa.select(FEEDBACK.c.answer_id)).all() == [kept["answer_id"]]
    engine.dispose()
    if database_url.startswith("sqlite"):
        files = [path for path in (tmp_path / "home").iterdir() if path.is_file()]
        assert files
        assert not any(b"okapi" in path.read_bytes() for path in files)


def test_no_word_of_a_comment_is_logged(client: TestClient) -> None:
    """The line of the request has the verdict and the ids alone."""
    answer = ask(client)["answer_id"]

    with capture_logs() as lines:
        give(client, answer, WRONG)
        give(client, answer, {**WRONG, "marker": "okapi"})
        give(client, answer, {**WRONG, "marker": 99})

    assert "okapi" not in json.dumps(lines)
    told = [line for line in lines if line["event"] == "request"]
    assert len(told) == 3
    assert (told[0]["verdict"], told[0]["answer_id"]) == ("wrong_citation", answer)
    assert told[0]["snapshot"] == SNAPSHOT


def test_another_site_gives_no_feedback(client: TestClient) -> None:
    """As for every other post."""
    answer = ask(client)["answer_id"]

    reply = client.post(
        f"/v1/answers/{answer}/feedback", json=HELPFUL, headers={"Sec-Fetch-Site": "cross-site"}
    )

    is_problem(reply, 403, "cross-site")


def test_a_store_told_of_a_wrong_marker_says_which(runtime: Runtime, client: TestClient) -> None:
    """In words for the person who sent it."""
    answer = ask(client)["answer_id"]

    with pytest.raises(FeedbackError, match=r"no reference \[7\]"):
        runtime.feedback.give(answer, Feedback(Verdict.WRONG_CITATION, 7))
