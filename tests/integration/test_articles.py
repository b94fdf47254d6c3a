"""Articles through HTTP: made, listed, read, reviewed, commented on and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Asked
from structlog.testing import capture_logs

from service.api import create_app
from service.api.access import PRINCIPAL
from service.api.article_shapes import (
    ArticleReply,
    ArticlesReply,
    CommentReply,
    CommentsReply,
    HistoryReply,
)
from service.articles import WATCHER
from service.bootstrap import Runtime
from service.principals import Principal, Scope
from tests.integration.test_api import HOME, ask, is_problem
from tests.sample_articles import INSOMNIA_NOW, returned
from tests.sample_runtime import INSOMNIA, QUESTION, FakeLive, a_runtime

OWNER = Principal("ada", "Ada Owner", frozenset({Scope.ASK}))
READER = Principal("rea", "Rea Reader", frozenset({Scope.ASK}))
REVIEWER = Principal("rev", "Rev Reviewer", frozenset({Scope.ASK, Scope.REVIEW}))
OPERATOR = Principal("ops", "Ops", frozenset({Scope.ASK, Scope.OPERATE}))
MADE = {"question": QUESTION}


class As:
    """Lets an app believe that every request comes from one principal."""

    def __init__(self, app: ASGIApp, principal: Principal) -> None:
        """Send requests on to *app*."""
        self._app, self._principal = app, principal

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        """Name the principal."""
        scope[PRINCIPAL] = self._principal
        await self._app(scope, receive, send)


@pytest.fixture
def made(database_url: str, tmp_path: Path) -> Iterator[tuple[Runtime, FakeLive]]:
    """The sample runtime over an empty database."""
    runtime, live = a_runtime(tmp_path, database=database_url)
    yield runtime, live
    runtime.close()


@pytest.fixture
def app(made: tuple[Runtime, FakeLive]) -> FastAPI:
    """The app over it."""
    return create_app(made[0])


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client on this machine, where everything is allowed."""
    with TestClient(app, base_url=HOME) as opened:
        yield opened


@pytest.fixture
def reviewer(app: FastAPI, client: TestClient) -> TestClient:
    """A reviewer."""
    del client  # whose lifespan the app is in
    return somebody(app, REVIEWER)


def somebody(app: FastAPI, principal: Principal) -> TestClient:
    """Return a client who is *principal*."""
    return TestClient(As(app, principal), base_url=HOME)


def an_article(client: TestClient, body: object = MADE) -> Any:  # noqa: ANN401
    """Make an article and return it."""
    reply = client.post("/v1/articles", json=body)
    assert reply.status_code == 201, reply.text
    ArticleReply.model_validate_json(reply.text)
    return reply.json()


def move(client: TestClient, article: Any, to: str, why: str = "") -> Any:  # noqa: ANN401
    """Take a step of its review and return the reply."""
    body = {"to": to, "version": article["version"], "why": why}
    return client.post(f"/v1/articles/{article['article_id']}/moves", json=body)


def approved(reviewer: TestClient, article: Any) -> Any:  # noqa: ANN401
    """Approve the newest version of an article."""
    assert move(reviewer, article, "under_review").status_code == 201
    return move(reviewer, article, "approved").json()


def test_a_question_becomes_an_article(client: TestClient) -> None:
    """Composed, stored as version 1, submitted, and said to be unreviewed."""
    article = an_article(client)

    assert (article["question"], article["version"]) == (QUESTION, 1)
    assert article["status"] == "submitted"
    assert article["answer"]["review"] == article["review"]
    assert "not reviewed by a human. Status: Submitted" in article["review"]
    assert len({one["key"] for one in article["statements"]}) == len(article["statements"]) == 7
    read = client.get(f"/v1/articles/{article['article_id']}")
    assert read.json() == article


def test_an_answer_becomes_an_article_as_it_was_sent(app: FastAPI, client: TestClient) -> None:
    """Whose question it was may make one of it; for others the answer is not there."""
    answer = ask(client)
    from_it = {"answer_id": answer["answer_id"]}

    article = an_article(client, from_it)

    assert article["answer"]["sections"] == answer["answer"]["sections"]
    assert article["answer"]["provenance"] == answer["answer"]["provenance"]
    is_problem(somebody(app, READER).post("/v1/articles", json=from_it), 404, "not-found")
    is_problem(client.post("/v1/articles", json={"answer_id": "none"}), 404, "not-found")


@pytest.mark.parametrize("question", ["which zorvanex?", "nothing of zorvanex"])
def test_what_is_not_answered_is_no_article(client: TestClient, question: str) -> None:
    """Declined or asked back, as a question and as an answer; the problem says why."""
    answer = ask(client, question)

    for body in ({"question": question}, {"answer_id": answer["answer_id"]}):
        told = is_problem(client.post("/v1/articles", json=body), 422, "no-article")
        assert answer["answer"]["reason"] in told["detail"]
    assert client.get("/v1/articles").json()["articles"] == []


def test_a_request_names_one_of_two(client: TestClient) -> None:
    """A question or an answer; the statements to keep or recomposing."""
    article = an_article(client)
    edits = f"/v1/articles/{article['article_id']}/versions"

    bodies: list[dict[str, object]] = [{}, {"question": "x?", "answer_id": "y"}]
    for body in bodies:
        is_problem(client.post("/v1/articles", json=body), 422, "invalid-request")
    both: dict[str, object] = {"recompose": True, "statements": [{"key": "0" * 16}]}
    for body in ({}, both):
        is_problem(client.post(edits, json={"based_on": 1, **body}), 422, "invalid-request")


def test_only_approved_versions_are_there_for_readers(app: FastAPI, reviewer: TestClient) -> None:
    """Its owner and reviewers see it from the first; to others it is not there till then."""
    owner, reader = somebody(app, OWNER), somebody(app, READER)
    article = an_article(owner)
    where = f"/v1/articles/{article['article_id']}"
    paths = (where, f"{where}/history", f"{where}/comments")

    for path in paths:
        is_problem(reader.get(path), 404, "not-found")
        assert owner.get(path).status_code == reviewer.get(path).status_code == 200
    assert reader.get("/v1/articles").json()["articles"] == []
    shown = approved(reviewer, article)

    assert shown["review"].startswith("Reviewed and approved on ")
    assert shown["review"].endswith(" by Rev Reviewer")
    assert (shown["approved_by"], shown["approved_version"]) == ("Rev Reviewer", 1)
    assert reader.get(where).json() == shown
    assert [a["status"] for a in reader.get("/v1/articles").json()["articles"]] == ["approved"]


def test_an_article_whose_sources_changed_stays_for_its_readers(
    app: FastAPI, reviewer: TestClient, made: tuple[Runtime, FakeLive]
) -> None:
    """Under Review, with the differences; till a reviewer takes it back as well."""
    article = returned(made[0])
    reader, where = somebody(app, READER), f"/v1/articles/{article.id}"

    shown = reader.get(where).json()
    (listed,) = reader.get("/v1/articles").json()["articles"]
    history = reader.get(f"{where}/history").json()
    exported = reader.get(f"{where}/export").text
    cited = reader.get(f"{where}/export?format=csl-json").json()
    asked = ask(reader, "and in liver disease?", article_id=article.id)

    for told in (shown, listed):
        assert (told["status"], told["approved_version"]) == ("under_review", None)
        assert told["review"].startswith("Educational purpose only; not reviewed by a human")
    assert (shown["approved_by"], shown["approved_at"]) == (None, None)
    assert [change["new"] for change in shown["changes"]] == [INSOMNIA_NOW, None]
    assert listed["changes"] == 2
    assert history["versions"][0]["status"] == "under_review"
    assert "Status: Under Review" in exported
    assert "eviewed and approved" not in exported
    for told in (exported, *(item["note"] for item in cited)):
        assert "Since it was written its sources have changed." in told
        assert "The study has been retracted." in told
    assert [item.get("status") for item in cited].count("retracted") == 1
    assert any(item["title"].startswith("Retracted: ") for item in cited)
    assert made[1].answerer.articles[-1] == article.current.turn
    is_problem(reader.delete(where), 403, "forbidden")
    assert move(reviewer, shown, "submitted", "withdrawn").status_code == 201
    is_problem(reader.get(where), 404, "not-found")
    is_problem(reader.get(f"{where}/export"), 404, "not-found")
    assert reader.get("/v1/articles").json()["articles"] == []
    ask(reader, "and the dose?", conversation_id=asked["conversation_id"])
    assert made[1].answerer.articles[-1] is None


def test_an_article_that_a_reviewer_takes_back_is_gone_for_readers(
    app: FastAPI, client: TestClient, reviewer: TestClient
) -> None:
    """Whatever the reviewer is called: what counts is why."""
    article = an_article(client)
    where = f"/v1/articles/{article['article_id']}"
    shown = approved(reviewer, article)
    named_as_the_watch = somebody(app, replace(REVIEWER, name=WATCHER))

    assert move(named_as_the_watch, shown, "under_review", "a mistake").status_code == 201
    is_problem(somebody(app, READER).get(where), 404, "not-found")


def test_a_new_version_is_not_approved(
    app: FastAPI, client: TestClient, reviewer: TestClient
) -> None:
    """Readers go on seeing the version that was; the reviewer sees the new one, submitted."""
    article = an_article(client)
    where = f"/v1/articles/{article['article_id']}"
    shown = approved(reviewer, article)
    reader = somebody(app, READER)

    reply = reviewer.post(
        f"{where}/versions", json={"based_on": 1, "recompose": True, "note": "anew"}
    )

    assert reply.status_code == 201
    newest = reply.json()
    assert (newest["version"], newest["status"], newest["note"]) == (2, "submitted", "anew")
    assert newest["approved_version"] == 1
    seen = reader.get(where).json()
    assert {**seen, "newest_version": 1} == shown
    is_problem(reader.get(where, params={"version": 2}), 404, "not-found")
    assert reviewer.get(where, params={"version": 1}).json()["status"] == "approved"
    is_problem(reviewer.get(where, params={"version": 3}), 404, "not-found")
    history = reader.get(f"{where}/history").json()
    assert {one["version"] for one in history["moves"]} == {1}


def test_steps_that_are_not_allowed_are_refused(client: TestClient, reviewer: TestClient) -> None:
    """Not past a step, not of an older version, not back without a reason."""
    article = an_article(client)

    told = is_problem(move(reviewer, article, "approved"), 409, "conflict")
    assert "it goes to Under Review" in told["detail"]
    is_problem(move(reviewer, {**article, "version": 2}, "under_review"), 409, "conflict")
    assert move(reviewer, article, "under_review").status_code == 201
    told = is_problem(move(reviewer, article, "submitted"), 422, "no-article")
    assert told["errors"] == [{"at": "body.why", "says": "must not be empty"}]
    assert move(reviewer, article, "submitted", "Too short.").json()["status"] == "submitted"


def test_the_history_tells_every_step(client: TestClient, reviewer: TestClient) -> None:
    """Who, when, from, to, why."""
    article = an_article(client)
    approved(reviewer, article)
    move(reviewer, article, "under_review", "A new trial.")

    reply = reviewer.get(f"/v1/articles/{article['article_id']}/history")

    HistoryReply.model_validate_json(reply.text)
    steps = [(one["by"], one["from"], one["to"], one["why"]) for one in reply.json()["moves"]]
    assert steps == [
        ("this machine", None, "submitted", ""),
        ("Rev Reviewer", "submitted", "under_review", ""),
        ("Rev Reviewer", "under_review", "approved", ""),
        ("Rev Reviewer", "approved", "under_review", "A new trial."),
    ]


@pytest.mark.usefixtures("client")
def test_readers_do_not_review(app: FastAPI) -> None:
    """Moves, edits and comments need the right to review, of one's own articles too."""
    owner = somebody(app, OWNER)
    article = an_article(owner)
    where = f"/v1/articles/{article['article_id']}"

    for path, body in (
        ("moves", {"to": "under_review", "version": 1}),
        ("versions", {"based_on": 1, "recompose": True}),
        ("comments", {"version": 1, "comment": "Good."}),
        ("comments/x/resolve", None),
    ):
        is_problem(owner.post(f"{where}/{path}", json=body), 403, "forbidden")


def test_statements_are_commented_on(
    app: FastAPI, client: TestClient, reviewer: TestClient
) -> None:
    """By their keys; the owner reads it, other readers do not; a comment is resolved once."""
    article = an_article(client)
    where = f"/v1/articles/{article['article_id']}/comments"
    key = next(one["key"] for one in article["statements"] if one["text"] == INSOMNIA)

    made = reviewer.post(where, json={"version": 1, "statement": key, "comment": "Which strength?"})
    resolved = reviewer.post(f"{where}/{made.json()['comment_id']}/resolve")
    unknown = {"version": 1, "statement": "0" * 16, "comment": "?"}

    assert made.status_code == 201
    CommentReply.model_validate_json(made.text)
    assert resolved.json()["resolved_by"] == "Rev Reviewer"
    is_problem(reviewer.post(where, json=unknown), 404, "not-found")
    is_problem(reviewer.post(where, json={**unknown, "version": 9}), 404, "not-found")
    found = CommentsReply.model_validate_json(client.get(where).text)
    assert [(one.statement, one.comment) for one in found.comments] == [(key, "Which strength?")]
    approved(reviewer, article)
    assert somebody(app, READER).get(where).json()["comments"] == []


def test_an_article_is_deleted_by_those_who_may(app: FastAPI, reviewer: TestClient) -> None:
    """By its owner while it was never approved; then by an operator; by nobody else."""
    owner = somebody(app, OWNER)
    first, second = an_article(owner), an_article(owner)
    where, other = (f"/v1/articles/{one['article_id']}" for one in (first, second))

    is_problem(somebody(app, READER).delete(where), 404, "not-found")
    is_problem(reviewer.delete(where), 403, "forbidden")
    assert owner.delete(where).status_code == 204
    is_problem(owner.get(where), 404, "not-found")
    approved(reviewer, second)
    move(reviewer, second, "under_review", "A new trial.")
    is_problem(owner.delete(other), 403, "forbidden")
    assert somebody(app, OPERATOR).delete(other).status_code == 204


def test_articles_are_found(client: TestClient, reviewer: TestClient) -> None:
    """By words of the question, status, drug and date; page by page, the last updated first."""
    ids = [an_article(client, {"question": f"{QUESTION} {n}"})["article_id"] for n in range(3)]
    other = an_article(client, {"question": "Zorvanex doses for sleep?"})
    move(reviewer, other, "under_review")

    def found(**wanted: object) -> list[str]:
        reply = client.get("/v1/articles", params=wanted)  # type: ignore[arg-type]
        page = ArticlesReply.model_validate_json(reply.text)
        return [one.article_id for one in page.articles]

    assert found(q="DOSE sleeping") == [other["article_id"]]
    assert set(found(q="role")) == set(ids)
    assert found(status="under_review") == [other["article_id"]]
    assert found(status="approved") == []
    assert len(found(drug="zorvaxone")) == 4
    assert found(drug="quellomine") == []
    assert len(found(updated_since="2020-01-01")) == 4
    assert found(updated_since="2999-01-01T00:00:00Z") == []
    seen: list[str] = []
    where = "/v1/articles?limit=2&drug=zorvanex"
    while where:
        page = client.get(where).json()
        seen += [one["article_id"] for one in page["articles"]]
        where = page["next"]
    assert len(seen) == 4
    assert set(seen) == {*ids, other["article_id"]}
    is_problem(client.get("/v1/articles", params={"cursor": "zebra"}), 422, "invalid-request")


def test_an_article_has_an_etag(client: TestClient, reviewer: TestClient) -> None:
    """It changes with a step of the review, and with the reader."""
    article = an_article(client)
    where = f"/v1/articles/{article['article_id']}"
    tag = client.get(where).headers["etag"]

    assert client.get(where, headers={"If-None-Match": tag}).status_code == 304
    patient = client.get(where, params={"audience": "patient"})
    assert patient.headers["etag"] != tag
    assert patient.json()["answer"]["view"]["audience"] == "patient"
    move(reviewer, article, "under_review")
    assert client.get(where, headers={"If-None-Match": tag}).status_code == 200


def test_no_line_holds_a_word(client: TestClient, reviewer: TestClient) -> None:
    """Not of the question, a note, a reason or a comment: ids and counts alone."""
    with capture_logs() as lines:
        article = an_article(client, {"question": "zebra zorvanex?"})
        where = f"/v1/articles/{article['article_id']}"
        move(reviewer, article, "under_review", "quagga")
        reviewer.post(f"{where}/comments", json={"version": 1, "comment": "okapi"})
        client.get("/v1/articles", params={"q": "zebra"})

    told = str(lines).lower()
    assert article["article_id"] in told
    for word in ("zebra", "quagga", "okapi", "zorvanex"):
        assert word not in told


def test_a_conversation_follows_up_on_an_article(
    app: FastAPI, client: TestClient, made: tuple[Runtime, FakeLive]
) -> None:
    """Every question of it hears the article, till it has gone; a foreign one is not taken."""
    heard = made[1].answerer.articles
    article = an_article(client)
    turn = made[0].articles.get(article["article_id"]).current.turn

    first = ask(client, "and in liver disease?", article_id=article["article_id"])
    again = ask(client, "and the dose?", conversation_id=first["conversation_id"])

    assert heard[-2:] == [turn, turn]
    where = f"/v1/conversations/{first['conversation_id']}"
    assert client.get(where).json()["article_id"] == article["article_id"]
    other = {"question": "x?", "article_id": an_article(client)["article_id"]}
    strayed = {**other, "conversation_id": again["conversation_id"]}
    is_problem(client.post("/v1/answers", json=strayed), 404, "not-found")
    is_problem(somebody(app, READER).post("/v1/answers", json=other), 404, "not-found")
    client.delete(f"/v1/articles/{article['article_id']}")
    ask(client, "and now?", conversation_id=first["conversation_id"])
    assert heard[-1] is None


def test_a_form_follows_up_on_an_article(
    client: TestClient, made: tuple[Runtime, FakeLive]
) -> None:
    """Without JavaScript: the article's id is a field of the form."""
    article = an_article(client)

    client.post("/ask", data={"question": "and the dose?", "article_id": article["article_id"]})

    assert made[1].answerer.articles[-1] is not None
