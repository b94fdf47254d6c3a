"""Stopping an answer: the reader leaves, the service stops, nothing is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from service.api import create_app
from service.bootstrap import Runtime
from service.errors import NotFoundError
from tests.sample_runtime import QUESTION, FakeLive, a_runtime
from tests.sample_server import serving

Served = tuple[str, Runtime, FakeLive]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A real server over the sample runtime."""
    runtime, live = a_runtime(tmp_path)
    with serving(create_app(runtime)) as address:
        yield address, runtime, live
    runtime.close()


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Tell whether something happens in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.01)
    return False


def test_a_reader_who_leaves_stops_the_answer(served: Served) -> None:
    """Within a second the steps are closed; no turn and no conversation is stored."""
    address, runtime, live = served
    live.answerer.hold.clear()

    with (
        capture_logs() as lines,
        httpx.stream(
            "POST", f"{address}/v1/answers", json={"question": QUESTION, "stream": True}
        ) as reply,
    ):
        events = reply.iter_lines()
        meta = json.loads(next(line for line in events if line.startswith("data: "))[6:])
        assert next(line for line in events if line == "event: statement")
        reply.close()
        assert within(20, lambda: live.answerer.closed == 1)
        assert within(20, lambda: any(line.get("stopped") for line in lines))

    live.answerer.hold.set()
    assert live.answerer.finished == 0
    with pytest.raises(NotFoundError):
        runtime.conversations.conversation(meta["conversation_id"])
    with pytest.raises(NotFoundError):
        runtime.conversations.answer(meta["answer_id"])


def test_a_stopped_follow_up_leaves_its_conversation_as_it_was(served: Served) -> None:
    """The turns before it stay; the next question is asked with them alone."""
    address, runtime, live = served
    with httpx.Client(base_url=address) as client:
        first = client.post("/v1/answers", json={"question": QUESTION}).json()
        live.answerer.hold.clear()
        body = {
            "question": "and then?",
            "conversation_id": first["conversation_id"],
            "stream": True,
        }
        with client.stream("POST", "/v1/answers", json=body) as reply:
            assert next(line for line in reply.iter_lines() if line == "event: statement")
        assert within(20, lambda: live.answerer.closed == 2)

    live.answerer.hold.set()
    turns = runtime.conversations.turns(first["conversation_id"])
    assert [turn.question for turn in turns] == [QUESTION]


def test_a_stopped_answer_makes_room(served: Served) -> None:
    """After many stopped answers the next one is answered: no thread is left behind."""
    address, _, live = served
    live.answerer.hold.clear()
    body = {"question": QUESTION, "stream": True}
    for _ in range(5):
        with httpx.stream("POST", f"{address}/v1/answers", json=body) as reply:
            assert next(line for line in reply.iter_lines() if line == "event: statement")
    assert within(20, lambda: live.answerer.closed == 5)
    live.answerer.hold.set()

    reply = httpx.post(f"{address}/v1/answers", json={"question": QUESTION})

    assert reply.json()["answer"]["outcome"] == "answered"


def test_health_is_quick_while_answers_are_slow(served: Served) -> None:
    """A full desk does not keep the event loop from answering."""
    address, _, live = served
    live.answerer.hold.clear()
    body = {"question": QUESTION, "stream": True}
    with httpx.stream("POST", f"{address}/v1/answers", json=body) as reply:
        assert next(line for line in reply.iter_lines() if line == "event: statement")
        healths = [httpx.get(f"{address}/healthz").status_code for _ in range(10)]
        held = not live.answerer.hold.is_set()
    live.answerer.hold.set()

    assert held
    assert healths == [200] * 10
