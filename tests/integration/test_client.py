"""The Python client against a real server, and against one that has no time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.answers import Audience, Outcome
from service.api import create_app
from service.client import Followup, FollowupError, ProblemError, UnreachableError
from tests.sample_runtime import (
    CHUNKS,
    DOCUMENTS,
    INSOMNIA,
    LABEL,
    QUESTION,
    SNAPSHOT,
    FakeLive,
    a_runtime,
)
from tests.sample_server import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, FakeLive]]:
    """A server, and the live index behind it."""
    runtime, live = a_runtime(tmp_path)
    with serving(create_app(runtime)) as address:
        yield address, live
    runtime.close()


@pytest.fixture
def followup(served: tuple[str, FakeLive]) -> Iterator[Followup]:
    """A client of the server."""
    with Followup(served[0]) as followup:
        yield followup


def test_an_answer_is_typed_and_read_again(followup: Followup) -> None:
    """Sections, citations, references and what must stand beside them."""
    asked = followup.ask(QUESTION, audience="nurse")

    answer = asked.answer
    assert answer.outcome is Outcome.ANSWERED
    assert answer.audience is Audience.NURSE
    assert answer.sections[1].statements[0].text == INSOMNIA
    assert answer.sections[1].statements[0].citations[0].quote == INSOMNIA
    assert answer.references[1].title == LABEL.source.title
    assert answer.disclaimer.version == "2026-01-01"
    assert answer.provenance.snapshot == SNAPSHOT
    assert followup.read(asked.answer_id).model_dump() == asked.model_dump()


def test_a_conversation_is_followed_up_read_and_deleted(
    followup: Followup, served: tuple[str, FakeLive]
) -> None:
    """By the id that the first answer gave."""
    first = followup.ask(QUESTION)

    followup.ask("and the dose?", conversation_id=first.conversation_id)

    assert [turn.question for turn in served[1].answerer.heard[-1][1]] == [QUESTION]
    held = followup.conversation(first.conversation_id)
    assert [turn.question for turn in held.turns] == [QUESTION, "and the dose?"]
    followup.delete_conversation(first.conversation_id)
    with pytest.raises(ProblemError):
        followup.conversation(first.conversation_id)


def test_a_stream_ends_with_the_whole_answer(followup: Followup) -> None:
    """Event by event; a line separator within a text is no end of an event."""
    events = list(followup.stream(f"{QUESTION} \u2028 \x85 now"))

    names = [event.name for event in events]
    assert names[0] == "meta"
    assert names.count("statement") >= 4
    assert names[-1] == "done"
    assert [event.answered is not None for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1].answered is not None
    assert events[-1].answered.question == f"{QUESTION} \u2028 \x85 now"


def test_closing_a_stream_stops_the_answer(
    followup: Followup, served: tuple[str, FakeLive]
) -> None:
    """The server does not answer on for nobody."""
    answerer = served[1].answerer
    answerer.hold.clear()
    events = followup.stream(QUESTION)
    next(events)

    events.close()  # type: ignore[attr-defined] # it is a generator

    deadline = time.monotonic() + 10
    while not answerer.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (answerer.closed, answerer.finished) == (1, 0)


def test_a_fault_half_way_is_raised(followup: Followup) -> None:
    """It is a problem as any other."""
    with pytest.raises(ProblemError) as caught:
        list(followup.stream("fail"))

    assert caught.value.status == 500
    assert caught.value.type == "/problems/internal"


def test_passages_documents_and_the_snapshot(followup: Followup) -> None:
    """Pages of documents follow each other by themselves."""
    chunk = CHUNKS[LABEL.id][0]

    assert followup.passage(chunk.id).text == chunk.text
    assert followup.snapshot().snapshot == SNAPSHOT
    assert [one.document_id for one in followup.documents()] == sorted(d.id for d in DOCUMENTS)
    assert [one.source.title for one in followup.documents("label")] == [LABEL.source.title]


def test_feedback_and_export(followup: Followup) -> None:
    """What was thought of an answer, and the answer as a file."""
    asked = followup.ask(QUESTION)

    given = followup.feedback(asked.answer_id, "wrong_citation", marker=2, comment="no")

    assert (given.verdict, given.marker, given.comment) == ("wrong_citation", 2, "no")
    assert INSOMNIA in followup.export(asked.answer_id)
    assert followup.export(asked.answer_id, "ris").startswith("TY  - ")


def test_an_article_is_made_of_an_answer(followup: Followup) -> None:
    """Submitted, and in the list."""
    asked = followup.ask(QUESTION)

    article = followup.make_article(answer_id=asked.answer_id)

    assert (article.status, article.version) == ("submitted", 1)
    assert followup.article(article.article_id).answer.sections
    assert [one.article_id for one in followup.articles()] == [article.article_id]
    assert list(followup.articles(status="approved")) == []


def test_what_is_wrong_is_said(followup: Followup) -> None:
    """An id that there is not, even one that looks like a path, and a question that is none."""
    with pytest.raises(ProblemError) as missing:
        followup.read("../conversations/x")
    with pytest.raises(ProblemError, match="question") as empty:
        followup.ask("")

    assert (missing.value.status, empty.value.status) == (404, 422)
    assert empty.value.type == "/problems/invalid-request"
    assert empty.value.request_id


def test_nobody_there_is_an_error_of_its_own() -> None:
    """It names the address."""
    with (
        Followup("http://127.0.0.1:9") as followup,
        pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"),
    ):
        followup.snapshot()


class _Busy(BaseHTTPRequestHandler):
    """Has no time twice, then answers; tells who asked."""

    replies: list[tuple[int, dict[str, str], Any]]
    keys: list[str | None]

    def do_GET(self) -> None:
        """Send the next reply."""
        type(self).keys.append(self.headers["Authorization"])
        status, headers, body = type(self).replies.pop(0)
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def busy() -> Iterator[str]:
    """The address of a server that sends what it is told to."""
    server = HTTPServer(("127.0.0.1", 0), _Busy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


SNAP = {"snapshot": "s1", "corpus_date": None, "documents": 3, "something_new": True}
WAIT = {"type": "/problems/overloaded", "title": "busy", "status": 503, "request_id": "r"}


def test_a_busy_service_is_asked_again_when_it_says(busy: str) -> None:
    """429 and 503 alike; the key is sent each time, and what is new in a reply is let be."""
    _Busy.keys = []
    _Busy.replies = [(503, {"Retry-After": "2"}, WAIT), (429, {}, WAIT), (200, {}, SNAP)]
    waits: list[float] = []

    with Followup(busy, key="fu_1", sleep=waits.append) as followup:
        found = followup.snapshot()

    assert found.documents == 3
    assert waits == [2.0, 1.0]
    assert _Busy.keys == ["Bearer fu_1"] * 3


def test_patience_ends(busy: str) -> None:
    """After the attempts, or at once where the wait is too long; the problem is the service's."""
    _Busy.keys = []
    _Busy.replies = [(503, {"Retry-After": "1"}, WAIT)] * 2 + [(429, {"Retry-After": "900"}, WAIT)]
    waits: list[float] = []

    with Followup(busy, attempts=2, sleep=waits.append) as followup:
        with pytest.raises(ProblemError, match="busy"):
            followup.snapshot()
        with pytest.raises(FollowupError):
            followup.snapshot()

    assert waits == [1.0]
    assert _Busy.replies == []


def test_what_is_not_the_service_is_told_apart(busy: str) -> None:
    """A proxy's page of its own is no problem of ours."""
    _Busy.keys = []
    _Busy.replies = [(502, {}, "Bad Gateway")]

    with Followup(busy) as followup, pytest.raises(UnreachableError, match="HTTP 502"):
        followup.snapshot()


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_the_example_of_the_documentation_runs(served: tuple[str, FakeLive], page: str) -> None:
    """As it is printed, but for the address; it loads nothing of the server."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(r"## (?:Python client|Build on it).*?```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    program = found[1].replace("http://127.0.0.1:8000", served[0])
    loaded = "import sys\nassert not {'fastapi', 'sqlalchemy', 'torch'} & set(sys.modules)\n"

    ran = subprocess.run(
        [sys.executable, "-c", program + loaded],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert len(found[1].strip().split("\n")) == 10
    assert f"- {INSOMNIA}" in ran.stdout
    assert "A reference aid for health care professionals." in ran.stdout
