"""The HTTP API over a hand-made runtime and a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from ingest.errors import IndexMissingError
from service.answers import Audience
from service.api import create_app
from service.api.evidence_shapes import (
    DocumentReply,
    DocumentsReply,
    PassageReply,
    SnapshotReply,
)
from service.api.problem_shapes import ProblemShape
from service.api.problems import BY_SLUG
from service.api.shapes import AnswerReply, ConversationReply
from service.api.stream_shapes import EVENTS
from service.errors import ConversationError, IndexUnavailableError, ServiceError
from service.retractions import Nature, Retraction
from tests.sample_runtime import (
    CHUNKS,
    DOCUMENTS,
    INSOMNIA,
    LABEL,
    QUESTION,
    SNAPSHOT,
    STUDY,
    FakeLive,
    a_runtime,
)

HOME = "http://127.0.0.1"
Events = list[tuple[str, str, Any]]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, FakeLive]]:
    """A client of the app, and the live index behind it."""
    runtime, live = a_runtime(tmp_path)
    with TestClient(create_app(runtime), base_url=HOME) as client:
        yield client, live
    runtime.close()


@pytest.fixture
def client(served: tuple[TestClient, FakeLive]) -> TestClient:
    """The client alone."""
    return served[0]


@pytest.fixture
def live(served: tuple[TestClient, FakeLive]) -> FakeLive:
    """The live index alone."""
    return served[1]


def ask(client: TestClient, question: str = QUESTION, **more: object) -> Any:  # noqa: ANN401
    """Ask and return the reply's JSON."""
    reply = client.post("/v1/answers", json={"question": question, **more})
    assert reply.status_code == 200, reply.text
    return reply.json()


def read_events(text: str) -> Events:
    """Return (name, id, data) of every event of a stream."""
    found: Events = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


def stream(client: TestClient, question: str = QUESTION) -> Events:
    """Ask for a stream and return its events."""
    reply = client.post("/v1/answers", json={"question": question, "stream": True})
    assert reply.status_code == 200, reply.text
    return read_events(reply.text)


def is_problem(reply: Any, status: int, slug: str | None = None) -> dict[str, Any]:  # noqa: ANN401
    """Check that a reply is problem+json with *status*, and return it."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    body = ProblemShape.model_validate(reply.json()).model_dump()
    assert body["status"] == status
    assert body["request_id"] == reply.headers["x-request-id"]
    if slug is not None:
        assert body["type"] == f"/problems/{slug}"
    return body


# Asking


@pytest.mark.parametrize("question", [QUESTION, "of nothing", "which one", "several at once"])
def test_a_reply_is_what_the_document_promises(client: TestClient, question: str) -> None:
    """Answered, declined and asked back alike, field by field, none missing and none more."""
    body = ask(client, question)

    AnswerReply.model_validate_json(json.dumps(body))
    assert body["question"] == question


@pytest.mark.parametrize(
    ("question", "outcome"),
    [(QUESTION, "answered"), ("of nothing", "declined"), ("which one", "clarify")],
)
def test_declining_is_a_result(client: TestClient, question: str, outcome: str) -> None:
    """Whatever becomes of a question, it is HTTP 200 with the disclaimer and the snapshot."""
    reply = client.post("/v1/answers", json={"question": question})

    assert reply.status_code == 200
    answer = reply.json()["answer"]
    assert answer["outcome"] == outcome
    assert answer["disclaimer"]["text"]
    assert reply.headers["x-index-version"] == answer["provenance"]["snapshot"] == SNAPSHOT
    assert reply.headers["cache-control"] == "no-store"


def test_a_follow_up_is_asked_with_its_history(client: TestClient, live: FakeLive) -> None:
    """The second question of a conversation is answered with the first turn at hand."""
    first = ask(client)
    second = ask(
        client,
        "and in the liver?",
        conversation_id=first["conversation_id"],
        audience="nurse",
    )

    question, history, audience = live.answerer.heard[-1]
    assert (question, audience) == ("and in the liver?", Audience.NURSE)
    assert [turn.question for turn in history] == [QUESTION]
    assert history[0].cited
    assert second["conversation_id"] == first["conversation_id"]
    assert second["answer_id"] != first["answer_id"]


def test_the_same_question_gives_the_same_answer(client: TestClient) -> None:
    """Ids and time are around the answer; the answer itself is the same, byte for byte."""
    one, other = ask(client), ask(client)

    assert json.dumps(one["answer"]) == json.dumps(other["answer"])
    assert one["conversation_id"] != other["conversation_id"]


def test_an_answer_is_read_again_as_it_was_sent(client: TestClient) -> None:
    """By its id, also after the index has moved on."""
    sent = ask(client)

    read = client.get(f"/v1/answers/{sent['answer_id']}")

    assert read.json() == sent
    assert read.headers["x-index-version"] == SNAPSHOT


def test_a_conversation_is_read_and_deleted(client: TestClient) -> None:
    """Its turns come oldest first; after deletion neither it nor its answers are there."""
    first = ask(client)
    where = f"/v1/conversations/{first['conversation_id']}"
    second = ask(client, "and then?", conversation_id=first["conversation_id"])

    read = client.get(where)
    assert ConversationReply.model_validate_json(read.text)
    assert read.json()["turns"] == [first, second]
    deleted = client.delete(where)
    assert (deleted.status_code, deleted.content) == (204, b"")
    is_problem(client.get(where), 404, "not-found")
    is_problem(client.get(f"/v1/answers/{first['answer_id']}"), 404, "not-found")


# The stream


def test_the_stream_tells_what_the_document_promises(client: TestClient) -> None:
    """Every event is of a documented type and has its shape; ids count from one."""
    for question, missing in ((QUESTION, {"error", "part"}), ("several at once", {"error"})):
        events = stream(client, question)

        assert [number for _, number, _ in events] == [str(n) for n in range(1, len(events) + 1)]
        for name, _, data in events:
            assert any(_fits(shape, data) for shape in EVENTS[name]), name
        assert {name for name, _, _ in events} == set(EVENTS) - missing
        assert events[0][0] == "meta"
        assert events[-1][0] == "done"


def _fits(shape: Any, data: Any) -> bool:  # noqa: ANN401
    try:
        shape.model_validate_json(json.dumps(data))
    except ValueError:
        return False
    return True


def test_the_stream_adds_up_to_the_answer(client: TestClient) -> None:
    """Statements and citations of the events are those of ``done``, in the same order."""
    events = stream(client)
    done = events[-1][2]

    said = [data for name, _, data in events if name == "statement"]
    answer = done["answer"]
    whole = answer["safety"] + [s for section in answer["sections"] for s in section["statements"]]
    assert [one["text"] for one in said] == [one["text"] for one in whole]
    cited = [data["quote"] for name, _, data in events if name == "citation"]
    assert cited == [c["quote"] for one in whole for c in one["citations"]]
    assert said[0]["section"] == "safety"
    notes = {d["kind"]: d["note"] for name, _, d in events if name == "section"}
    assert set(notes) == {"safety", "guidelines", "label", "research"}


def test_the_stream_and_the_json_are_one_answer(client: TestClient) -> None:
    """The last event is what the JSON reply would have been, and is stored as such."""
    done = stream(client)[-1][2]

    assert done["answer"] == ask(client)["answer"]
    assert client.get(f"/v1/answers/{done['answer_id']}").json() == done


def test_a_stream_may_be_asked_for_by_header(client: TestClient) -> None:
    """``Accept: text/event-stream`` does what ``stream: true`` does."""
    reply = client.post(
        "/v1/answers", json={"question": QUESTION}, headers={"Accept": "text/event-stream"}
    )

    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-index-version"] == SNAPSHOT
    assert read_events(reply.text)[-1][0] == "done"


def test_an_error_in_the_stream_is_a_problem(client: TestClient) -> None:
    """What goes wrong after the first event is the last event, and nothing is stored."""
    with capture_logs() as lines:
        events = stream(client, "please fail")

    name, _, problem = events[-1]
    assert name == "error"
    assert ProblemShape.model_validate(problem).status == 500
    assert "secret" not in json.dumps(problem)
    is_problem(client.get(f"/v1/conversations/{events[0][2]['conversation_id']}"), 404)
    (line,) = [line for line in lines if line["event"] == "request" and "error" in line]
    assert line["error"] == "RuntimeError"


def test_a_stream_for_an_unknown_conversation_is_not_begun(client: TestClient) -> None:
    """An error before the first event has its own status."""
    body = {"question": QUESTION, "conversation_id": "nobody", "stream": True}

    is_problem(client.post("/v1/answers", json=body), 404, "not-found")


# Evidence


def test_a_passage_is_read_in_its_place(client: TestClient) -> None:
    """With its document's title, section path, offsets, and the section around it."""
    chunk = next(chunk for chunk in CHUNKS[LABEL.id] if chunk.text == INSOMNIA)

    reply = client.get(f"/v1/passages/{chunk.id}")

    body = PassageReply.model_validate_json(reply.text)
    assert (body.text, body.source.title) == (INSOMNIA, LABEL.source.title)
    assert body.section.headings == ["Adverse Reactions", "Clinical Trials Experience"]
    assert LABEL.text[body.start : body.end] == INSOMNIA
    assert LABEL.text[body.section.start : body.section.end] == body.section.text
    assert body.snapshot == reply.headers["x-index-version"] == SNAPSHOT


@pytest.mark.parametrize(
    "path", [f"/v1/passages/{CHUNKS[LABEL.id][0].id}", f"/v1/documents/{LABEL.id}", "/v1/snapshot"]
)
@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str, known: str) -> None:
    """A caller that names the ETag gets 304 and no body."""
    tag = client.get(path).headers["etag"]

    again = client.get(path, headers={"If-None-Match": known.format(tag)})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_documents_are_listed_page_by_page(client: TestClient) -> None:
    """Following ``next`` gives every document once, in order."""
    found: list[str] = []
    where: str | None = "/v1/documents?limit=1"
    while where is not None:
        page = DocumentsReply.model_validate_json(client.get(where).text)
        found += [entry.document_id for entry in page.documents]
        where = page.next

    assert found == sorted(document.id for document in DOCUMENTS)


def test_documents_are_listed_by_type(client: TestClient) -> None:
    """``type`` narrows the list; an unknown one is refused."""
    page = client.get("/v1/documents", params={"type": "label"}).json()

    assert [entry["document_id"] for entry in page["documents"]] == [LABEL.id]
    is_problem(client.get("/v1/documents?type=rumour"), 422, "invalid-request")


@pytest.mark.parametrize("cursor", ["%%%", "a", "_w="])
def test_a_cursor_of_ones_own_making_is_refused(client: TestClient, cursor: str) -> None:
    """Only cursors that were sent are understood."""
    is_problem(client.get("/v1/documents", params={"cursor": cursor}), 422, "invalid-request")


def test_a_document_is_read_whole(client: TestClient) -> None:
    """Its text, sections and passages agree with each other."""
    body = DocumentReply.model_validate_json(client.get(f"/v1/documents/{LABEL.id}").text)

    assert body.text == LABEL.text
    for section in body.sections:
        lines = "\n".join(block.text for block in section.blocks)
        assert body.text[section.start : section.end] == lines
    assert [one.passage_id for one in body.passages] == [c.id for c in CHUNKS[LABEL.id]]


def test_the_snapshot_is_described(client: TestClient) -> None:
    """Counts and identities, without the list of files."""
    body = SnapshotReply.model_validate_json(client.get("/v1/snapshot").text)

    assert (body.snapshot, body.documents) == (SNAPSHOT, 3)
    assert "files" not in client.get("/v1/snapshot").json()


@pytest.mark.parametrize(
    "path", ["/v1/passages/none", "/v1/documents/none", "/v1/answers/none", "/v1/conversations/no"]
)
def test_what_is_not_there_is_a_404_problem(client: TestClient, path: str) -> None:
    """Every reading of an unknown id says so."""
    is_problem(client.get(path), 404, "not-found")


# Operation


def test_readiness_tells_when_an_earlier_snapshot_answers(
    client: TestClient, live: FakeLive
) -> None:
    """It can answer, and whoever watches it learns which snapshot is damaged."""
    live.refused = "20260302T120000Z-damaged0"

    told = client.get("/readyz").json()

    assert (told["fallback"], told["refused"]) == (True, "20260302T120000Z-damaged0")


def test_health_does_not_need_an_index(client: TestClient, live: FakeLive) -> None:
    """Alive is one question, ready another."""
    assert client.get("/readyz").json() == {
        "status": "ready",
        "snapshot": SNAPSHOT,
        "fallback": False,
        "refused": None,
    }
    live.failure = IndexUnavailableError("there is no index")

    assert client.get("/healthz").json() == {"status": "ok"}
    problem = client.get("/readyz")
    is_problem(problem, 503, "index-unavailable")
    assert problem.headers["retry-after"]


@pytest.mark.parametrize(
    ("failure", "status", "slug"),
    [
        (IndexUnavailableError("x"), 503, "index-unavailable"),
        (IndexMissingError("/secret/folder"), 503, "index-unavailable"),
        (ConversationError("x"), 503, "conversations-unavailable"),
        (ServiceError("x"), 500, "internal"),
        (RuntimeError("a secret question"), 500, "internal"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_every_failure_is_a_problem(
    client: TestClient,
    live: FakeLive,
    failure: Exception,
    status: int,
    slug: str,
    streamed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Errors of ours and errors nobody foresaw, as JSON and before a stream begins."""
    live.failure = failure

    reply = client.post("/v1/answers", json={"question": QUESTION, "stream": streamed})

    assert "secret" not in reply.text
    is_problem(reply, status, slug)


def test_too_many_questions_are_turned_away(tmp_path: Path) -> None:
    """With the desk full the next question is refused at once, and told when to come again."""
    runtime, live = a_runtime(tmp_path, queue=1)
    app = create_app(runtime)
    live.answerer.hold.clear()
    with TestClient(app, base_url=HOME) as client:
        desk = app.state.context.desk
        taken = [desk.take(live.answerer.hold.wait) for _ in range(3)]
        refused = client.post("/v1/answers", json={"question": QUESTION})
        streamed = client.post("/v1/answers", json={"question": QUESTION, "stream": True})
        healthy = client.get("/healthz")
        live.answerer.hold.set()

        assert all(job.result(5) for job in taken)
    runtime.close()
    for reply in (refused, streamed):
        is_problem(reply, 503, "overloaded")
        assert int(reply.headers["retry-after"]) >= 1
    assert healthy.status_code == 200


# What comes in


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": "  \n "},
        {"question": 7},
        {"question": "zebra " * 400},
        {"question": "zebra", "audience": "zebra"},
        {"question": "zebra", "tone": "zebra"},
        {"question": "zebra", "conversation_id": "zebra" * 20},
        [],
    ],
)
def test_a_request_that_does_not_fit_is_told_where(client: TestClient, body: object) -> None:
    """422 names the field, and never repeats what was in it."""
    problem = is_problem(client.post("/v1/answers", json=body), 422, "invalid-request")

    assert problem["errors"]
    assert "zebra" not in json.dumps(problem)


def test_json_that_is_none_is_a_422(client: TestClient) -> None:
    """A broken body is a problem without the body."""
    reply = client.post(
        "/v1/answers", content=b'{"question": zebra', headers={"Content-Type": "application/json"}
    )

    assert "zebra" not in json.dumps(is_problem(reply, 422, "invalid-request"))


def test_a_body_without_a_type_is_not_read_as_json(client: TestClient) -> None:
    """A cross-site form cannot pass for JSON."""
    reply = client.post(
        "/v1/answers",
        content=b'{"question": "zebra"}',
        headers={"Content-Type": "text/plain"},
    )

    is_problem(reply, 422, "invalid-request")


def test_a_body_too_large_is_not_read(client: TestClient) -> None:
    """With its length told or in pieces without one."""
    large = json.dumps({"question": "x" * 100_000}).encode()
    headers = {"Content-Type": "application/json"}

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(large), 5_000):
            yield large[at : at + 5_000]

    is_problem(client.post("/v1/answers", content=large, headers=headers), 413, "too-large")
    is_problem(client.post("/v1/answers", content=pieces(), headers=headers), 413, "too-large")
    is_problem(client.post("/ask", content=pieces()), 413, "too-large")


def test_the_longest_question_is_heard_in_any_script(client: TestClient) -> None:
    """The size limit leaves room for a question of full length, however it is encoded."""
    question = "💊" * 2_000

    assert ask(client, question)["question"] == question
    page = client.post("/ask", data={"question": question}, follow_redirects=False)
    assert page.status_code == 303


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/v1/nowhere", 404), ("PUT", "/v1/answers", 405)],
)
def test_the_frameworks_own_errors_are_problems(
    client: TestClient, method: str, path: str, status: int
) -> None:
    """An unknown address and a wrong method are problem+json as well."""
    is_problem(client.request(method, path), status)


def test_a_strange_host_is_refused(client: TestClient) -> None:
    """A name that another site points at this machine (DNS rebinding) gets nothing."""
    is_problem(client.get("/", headers={"Host": "evil.example:8000"}), 400, "wrong-host")
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/answers", "/ask"])
def test_another_site_may_not_ask(client: TestClient, path: str, headers: dict[str, str]) -> None:
    """A question that a browser sends for another site is refused."""
    is_problem(client.post(path, headers=headers), 403, "cross-site")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": HOME},
    ],
)
def test_the_own_page_and_plain_callers_may_ask(
    client: TestClient, headers: dict[str, str]
) -> None:
    """Our forms send a null Origin under no-referrer; curl sends nothing."""
    reply = client.post("/v1/answers", json={"question": QUESTION}, headers=headers)

    assert reply.status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/snapshot", "/nowhere", "/static/app.css"])
def test_every_reply_carries_the_security_headers(client: TestClient, path: str) -> None:
    """Pages, data, errors and files alike."""
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-request-id"]


# What is remembered of a request


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False)]
)
def test_a_request_keeps_its_id(client: TestClient, given: str, kept: bool) -> None:  # noqa: FBT001
    """A caller's own id is used where it is a plain word, else one of ours."""
    back = client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]

    assert (back == given) is kept


@pytest.mark.parametrize("streamed", [False, True])
def test_a_request_is_one_line_without_its_words(
    client: TestClient,
    streamed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Id, route, status, outcome, snapshot, timings and counts; not a word of what was said."""
    with capture_logs() as lines:
        client.post(
            "/v1/answers?secret=zebra", json={"question": "zebra quagga", "stream": streamed}
        )

    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["route"], line["status"], line["outcome"]) == ("/v1/answers", 200, "answered")
    assert line["snapshot"] == SNAPSHOT
    assert line["stages"] == {"understand": 1.2, "embedding": 12.5, "retrieving": 3.0}
    assert (line["statements"], line["references"], line["safety"]) == (4, 3, 2)
    told = json.dumps(line).lower()
    for word in ("zebra", "quagga", "zorvanex", "insomnia", "contraindicated"):
        assert word not in told


@pytest.mark.parametrize("question", ["zebra fail", "zebra nothing", " "])
@pytest.mark.parametrize("path", ["/v1/answers", "/ask"])
def test_a_question_that_fails_leaves_no_word_either(
    client: TestClient, path: str, question: str
) -> None:
    """Not through an exception's own text, not through a path that does not exist."""
    sent: dict[str, Any] = {"question": question}
    with capture_logs() as lines:
        if path == "/ask":
            client.post(path, data=sent)
        else:
            client.post(path, json=sent)
        client.get("/zebra")

    assert len([line for line in lines if line["event"] == "request"]) >= 2
    assert "zebra" not in json.dumps(lines)
    assert "secret" not in json.dumps(lines)


# Pages of problems


@pytest.mark.parametrize("slug", BY_SLUG)
def test_the_type_of_every_problem_opens_a_page(client: TestClient, slug: str) -> None:
    """A reader who follows ``type`` learns what it is and what to do."""
    page = client.get(f"/problems/{slug}")

    assert page.status_code == 200
    assert BY_SLUG[slug].title in page.text


def test_the_app_is_made_without_a_running_loop(tmp_path: Path) -> None:
    """Making the app opens nothing of its own."""
    runtime, _ = a_runtime(tmp_path)

    assert isinstance(create_app(runtime), FastAPI)
    runtime.close()


def test_a_document_retracted_since_it_was_indexed_says_so(tmp_path: Path) -> None:
    """Read alone, in the list and by its passages, from the next request on."""
    runtime, _ = a_runtime(tmp_path)
    client = TestClient(create_app(runtime), base_url=HOME)
    passage = CHUNKS[STUDY.id][0].id
    addresses = (f"/v1/documents/{STUDY.id}", f"/v1/passages/{passage}")
    before = [client.get(address).json()["source"]["status"] for address in addresses]

    runtime.retractions.load([Retraction((), ("10.5555/zorvanex",), Nature.RETRACTION)])

    listed = client.get("/v1/documents").json()["documents"]
    statuses = {each["document_id"]: each["source"]["status"] for each in listed}
    assert before == ["current", "current"]
    assert [client.get(a).json()["source"]["status"] for a in addresses] == ["retracted"] * 2
    assert [each for each, status in statuses.items() if status == "retracted"] == [STUDY.id]
    assert "Retracted" in client.get(f"/documents/{STUDY.id}").text
    runtime.close()
