"""
A server that is killed again and again under clients that write, and what has to be true after it.

``python -m tests.killing FOLDER PORT`` is a server over the sample runtime, for the quick tests.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn

from service.answers import Audience
from service.api import create_app
from service.database import open_engine
from service.personalizing import personalized
from service.serialising import Json
from service.tables import CONVERSATIONS, FEEDBACK, TURNS
from tests.sample_runtime import a_runtime

ROOT = Path(__file__).parents[1]
CLIENTS = 8
READY_WITHIN = 120
"""Seconds after which a server that was started again counts as lost."""
BETWEEN_KILLS = (0.3, 1.5)
"""Seconds of load before a kill, drawn at random."""


@dataclass
class Acknowledged:
    """What clients were told is stored: answers as they were sent, feedback with its comment."""

    answers: dict[str, Any] = field(default_factory=dict)
    feedback: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By its id: the answer's id and the comment, which no other feedback has."""
    unanswered: int = 0
    """Requests that a kill cut off: what became of them may be either."""


@dataclass(frozen=True)
class Ordeal:
    """What came of it; seconds from each start to the first "ready"."""

    acknowledged: Acknowledged
    ready: tuple[float, ...]
    statuses: Counter[int]


def endure(
    command: Callable[[int], Sequence[str]],
    env: Mapping[str, str],
    question: str,
    *,
    kills: int,
    seed: int = 4,
) -> Ordeal:
    """Start the server, kill it *kills* times under load, and stop it after the last start."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    port = _free_port()
    told, lock, stop = Acknowledged(), threading.Lock(), threading.Event()
    statuses: Counter[int] = Counter()
    clients = [
        threading.Thread(target=_client, args=(port, question, n, told, statuses, lock, stop))
        for n in range(CLIENTS)
    ]
    ready = []
    server, seconds = _started(command(port), env, port)
    try:
        for client in clients:
            client.start()
        for _ in range(kills):
            time.sleep(chance.uniform(*BETWEEN_KILLS))
            server.send_signal(signal.SIGKILL)
            server.wait()
            server, seconds = _started(command(port), env, port)
            ready.append(seconds)
        time.sleep(BETWEEN_KILLS[1])
    finally:
        stop.set()
        for client in clients:
            client.join()
        server.terminate()
        server.wait()
    return Ordeal(told, tuple(ready), statuses)


def lost(url: str, told: Acknowledged) -> list[str]:
    """Return what is wrong with the database at *url*, after all that; empty when nothing is."""
    engine = open_engine(url)
    with engine.connect() as db:
        answers = {row.answer_id: row.answer for row in db.execute(TURNS.select())}
        feedback = {row.id: (row.answer_id, row.comment) for row in db.execute(FEEDBACK.select())}
        begun = sa.select(CONVERSATIONS.c.id).where(
            CONVERSATIONS.c.id.not_in(sa.select(TURNS.c.conversation_id))
        )
        half = db.scalars(begun).all()
        integrity = db.scalar(sa.text("PRAGMA integrity_check"))
        dangling = db.execute(sa.text("PRAGMA foreign_key_check")).all()
    engine.dispose()
    wrong = [f"answer {one}" for one in told.answers if one not in answers]
    wrong += [
        f"answer {one} changed"
        for one, sent in told.answers.items()
        if one in answers and _as_sent(answers[one]) != sent
    ]
    wrong += [f"feedback {one}" for one, row in told.feedback.items() if feedback.get(one) != row]
    twice = Counter(comment for _, comment in feedback.values())
    wrong += [f"feedback {comment} twice" for comment, number in twice.items() if number > 1]
    wrong += [f"conversation {one} has no turn" for one in half]
    wrong += [] if integrity == "ok" else [f"integrity: {integrity}"]
    return wrong + [f"dangling: {row}" for row in dangling]


def _as_sent(stored: str) -> Json:
    """Return a stored answer as whoever asked was sent it."""
    answer = json.loads(stored)
    return personalized(answer, Audience(answer["audience"]))


def _client(
    port: int,
    question: str,
    number: int,
    told: Acknowledged,
    statuses: Counter[int],
    lock: threading.Lock,
    stop: threading.Event,
) -> None:
    """Ask, and give feedback thrice, again and again; feedback that was cut off is sent again."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        count = 0

        def send(path: str, body: object, key: str = "") -> Any:  # noqa: ANN401 - JSON
            headers = {"Idempotency-Key": key} if key else {}
            try:
                reply = client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                with lock:
                    told.unanswered += 1
                time.sleep(0.25)  # what is measured is the start, not how often it is asked for
                return None
            with lock:
                statuses[reply.status_code] += 1
            return reply.json() if reply.is_success else None

        while not stop.is_set():
            asked = send("/v1/answers", {"question": question})
            if asked is None:
                continue
            with lock:
                told.answers[asked["answer_id"]] = asked["answer"]
            for _ in range(3):
                count += 1
                key = f"{number}-{count}"
                where = f"/v1/answers/{asked['answer_id']}/feedback"
                body = {"verdict": "helpful", "comment": key}
                while (given := send(where, body, key)) is None and not stop.is_set():
                    pass
                if given is not None:
                    with lock:
                        told.feedback[given["feedback_id"]] = (asked["answer_id"], key)


def _started(
    command: Sequence[str], env: Mapping[str, str], port: int
) -> tuple[subprocess.Popen[bytes], float]:
    """Start a server; return it and the seconds until it was ready."""
    began = time.monotonic()
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stderr=subprocess.DEVNULL
    )
    while time.monotonic() < began + READY_WITHIN:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return server, time.monotonic() - began
        except httpx.TransportError:
            time.sleep(0.02)
    server.kill()
    raise RuntimeError(f"the server was not ready within {READY_WITHIN} s")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main(folder: str, database: str, port: str) -> None:
    """Serve the sample runtime, its documents in a new folder, its database as it is."""
    documents = Path(folder) / str(os.getpid())
    documents.mkdir(parents=True)
    runtime, _ = a_runtime(documents, database=database)
    uvicorn.run(
        create_app(runtime), host="127.0.0.1", port=int(port), log_config=None, access_log=False
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
