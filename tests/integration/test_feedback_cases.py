"""Feedback reaching those who judge answers: a list for evaluators, and cases in a file."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.api import create_app
from service.api.feedback import AllFeedbackReply
from service.bootstrap import Runtime
from service.cli import app
from service.feedback import Verdict
from service.feedback_cases import cases
from service.principals import Principal, Scope
from tests.integration.test_api import HOME, ask, is_problem
from tests.integration.test_history_pages import ANN, Signed
from tests.sample_runtime import QUESTION, SNAPSHOT, a_runtime

EVALUATOR = Principal("key:eve", "Eve", frozenset({Scope.EVALUATE}))
WRONG = {"verdict": "wrong_citation", "marker": 2, "comment": "Not what [2] says: an okapi."}
HELPFUL = {"verdict": "helpful"}


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


def give(client: TestClient, asked: dict[str, Any], body: object) -> str:
    """Give feedback and return its id."""
    reply = client.post(f"/v1/answers/{asked['answer_id']}/feedback", json=body)
    return str(reply.json()["feedback_id"])


def test_evaluators_list_everybodys_feedback(runtime: Runtime) -> None:
    """With the question it is about, and without the comment; others may not."""
    made = create_app(runtime)
    ann = TestClient(Signed(made, ANN), base_url=HOME)
    evaluator = TestClient(Signed(made, EVALUATOR), base_url=HOME)
    one = give(ann, ask(ann), WRONG)

    reply = evaluator.get("/v1/feedback")

    (listed,) = AllFeedbackReply.model_validate_json(reply.text).feedback
    assert (listed.feedback_id, listed.marker, listed.commented) == (one, 2, True)
    assert (listed.question, listed.snapshot) == (QUESTION, SNAPSHOT)
    assert "okapi" not in reply.text
    assert reply.headers["cache-control"] == "no-store"
    is_problem(ann.get("/v1/feedback"), 403, "forbidden")


def test_the_list_is_paged_and_narrowed(client: TestClient) -> None:
    """Each once, though all were given in one second; by verdict and by moment."""
    asked = ask(client)
    ids = [give(client, asked, body) for body in (HELPFUL, WRONG, HELPFUL, WRONG, HELPFUL)]

    found, address = [], "/v1/feedback?limit=2"
    while address:
        page = client.get(address).json()
        found += [one["feedback_id"] for one in page["feedback"]]
        address = page["next"]
    wrong = client.get("/v1/feedback?verdict=wrong_citation").json()["feedback"]
    later = datetime.now(UTC) + timedelta(minutes=1)

    assert sorted(found) == sorted(ids)
    assert {one["feedback_id"] for one in wrong} == {ids[1], ids[3]}
    assert client.get("/v1/feedback", params={"since": later.isoformat()}).json()["feedback"] == []
    sooner = (later - timedelta(hours=1)).isoformat()
    assert len(client.get("/v1/feedback", params={"since": sooner}).json()["feedback"]) == 5
    beyond = "since=0001-01-01T00:00:00%2B14:00"  # a moment that UTC has no date for
    naive = "since=2026-01-01T00:00:00"
    for wrong_query in ("verdict=splendid", naive, beyond, "since=x", "cursor=x"):
        is_problem(client.get(f"/v1/feedback?{wrong_query}"), 422, "invalid-request")


def test_a_case_holds_what_asking_again_needs(client: TestClient, runtime: Runtime) -> None:
    """The questions in order, what was understood, shown and cited, and what was complained of."""
    first = ask(client, "What is naltrexone?")
    asked = ask(client, conversation_id=first["conversation_id"])
    ask(client, "Asked after that?", conversation_id=first["conversation_id"])
    one = give(client, asked, WRONG)

    (case,) = cases(runtime.feedback)

    answer = asked["answer"]
    assert (case["id"], case["answer_id"]) == (one, asked["answer_id"])
    assert (case["history"], case["question"]) == (["What is naltrexone?"], QUESTION)
    assert (case["verdict"], case["marker"], case["comment"]) == tuple(WRONG.values())
    assert case["understood_as"] == answer["understood_as"]
    assert (case["outcome"], case["snapshot"]) == (answer["outcome"], SNAPSHOT)
    sections = [("safety", said) for said in answer["safety"]]
    sections += [(s["kind"], said) for s in answer["sections"] for said in s["statements"]]
    held = {(one["section"], one["text"]) for one in case["statements"]}
    assert {(where, said["text"]) for where, said in sections} <= held
    assert case["about"]
    assert all(2 in {c["marker"] for c in said["cited"]} for said in case["about"])
    for said in case["statements"]:
        for cited in said["cited"]:
            assert cited["end"] - cited["start"] == len(cited["quote"])


def test_the_export_is_its_owners_file(
    client: TestClient, database_url: str, tmp_path: Path
) -> None:
    """A line a case, of the verdict that was asked for; a file that is there is left alone."""
    asked = ask(client)
    ids = [give(client, asked, body) for body in (HELPFUL, WRONG)]
    whole, some = tmp_path / "whole.jsonl", tmp_path / "some.jsonl"

    def export(*arguments: str) -> tuple[int, str]:
        environment = {"FOLLOWUP_HOME": str(tmp_path), "FOLLOWUP_DATABASE": database_url}
        result = CliRunner().invoke(app, ["feedback", "export", *arguments], env=environment)
        return result.exit_code, result.output

    assert export("--out", str(whole))[0] == 0
    assert export("--out", str(some), "--verdict", "wrong_citation", "--json")[0] == 0
    assert export("--out", str(some))[0] == 2
    assert export("--out", str(tmp_path / "no" / "where.jsonl"))[0] == 2
    assert export("--out", str(tmp_path / "x"), "--verdict", "splendid")[0] == 2

    lines = [json.loads(line) for line in whole.read_text(encoding="utf-8").splitlines()]
    assert {line["id"] for line in lines} == set(ids)
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    (line,) = some.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["verdict"] == Verdict.WRONG_CITATION
    assert not (tmp_path / "x").exists()
