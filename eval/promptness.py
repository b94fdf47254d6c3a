"""
How soon the first statement is on its way, beside what it waits for: embedding and retrieving.

A server of its own is asked over loopback, one question after the other; the times of its stages
are those that it reports. Safety notices come before anything is searched, so that they are not
what the bar is about: it holds for the first statement of a section of evidence.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from statistics import median
from typing import Any

from service.golden import Dialogue

TARGET = 3.0
"""How many times the median of embedding plus retrieving the first statement may take."""
_HOST = "127.0.0.1"
_START_SECONDS = 120

Tell = Callable[[str], None]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One question that was answered; milliseconds from sending it, and of the server's stages.

    ``alone``: it was the first of its conversation.
    """

    question: str
    alone: bool
    first_any: float
    first: float
    done: float
    searching: float


@dataclass(frozen=True, slots=True)
class Promptness:
    """Medians over questions, in milliseconds; ``paint`` is None where no browser was asked."""

    questions: int
    embedding_and_retrieving: float
    first_statement: float
    first_statement_or_warning: float
    whole_answer: float
    ratio: float
    target: float
    reached: bool
    slowest: float
    paint: float | None = None
    painted: int = 0

    def as_json(self) -> Json:
        """Return the figures as JSON-ready values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the figures as a few lines for people."""
        verdict = f"target {self.target}: {'reached' if self.reached else 'NOT reached'}"
        rows = [
            ("embedding and retrieving", self.embedding_and_retrieving, ""),
            ("first statement", self.first_statement, f"  x {self.ratio:.2f} ({verdict})"),
            ("slowest first statement", self.slowest, ""),
            ("first warning or statement", self.first_statement_or_warning, ""),
            ("whole answer", self.whole_answer, ""),
        ]
        if self.paint is not None:
            rows.append(("first statement painted", self.paint, f"  ({self.painted} questions)"))
        told = [f"{self.questions} questions answered, medians in milliseconds"]
        told += [f"  {name:<27}{spent:9.1f}{more}" for name, spent, more in rows]
        return told


def summed_up(
    asked: Sequence[Asked], painted: Sequence[float] = (), target: float = TARGET
) -> Promptness:
    """Return the medians of *asked*, at least one, and of *painted* where there are any."""
    searching = median(one.searching for one in asked)
    first = median(one.first for one in asked)
    return Promptness(
        questions=len(asked),
        embedding_and_retrieving=round(searching, 1),
        first_statement=round(first, 1),
        first_statement_or_warning=round(median(one.first_any for one in asked), 1),
        whole_answer=round(median(one.done for one in asked), 1),
        ratio=round(first / searching, 2),
        target=target,
        reached=first <= target * searching,
        slowest=round(max(one.first for one in asked), 1),
        paint=round(median(painted), 1) if painted else None,
        painted=len(painted),
    )


def ask_all(address: tuple[str, int], dialogues: Sequence[Dialogue], tell: Tell) -> list[Asked]:
    """
    Ask every dialogue in its conversation, and what each answer suggests to ask next, once.

    Questions that have no statement (declined, asked back) are left out. Raises RuntimeError
    where that leaves none.
    """
    ask(address, {"question": dialogues[0].turns[0].ask})  # Loads what is loaded on first use.
    timed: list[Asked] = []
    seen: set[str] = set()
    for dialogue in dialogues:
        conversation: str | None = None
        suggested: list[str] = []
        for question in (turn.ask for turn in dialogue.turns):
            one, body = ask(address, {"question": question, "conversation_id": conversation})
            conversation = body["conversation_id"]
            seen.add(question)
            if one is not None:
                timed.append(one)
                suggested += body["answer"]["follow_ups"]
        for question in dict.fromkeys(suggested):
            if question not in seen:
                one, _ = ask(address, {"question": question})
                timed += [one] if one else []
                seen.add(question)
        tell(f"{dialogue.id}: {len(timed)} answered so far")
    if not timed:
        raise RuntimeError("nothing was answered; is the index that of the dialogues?")
    return timed


def ask(address: tuple[str, int], wanted: Json) -> tuple[Asked | None, Json]:
    """Ask, and return what was timed, None where nothing was stated, and the whole reply."""
    connection = HTTPConnection(*address, timeout=60)
    body = json.dumps({**wanted, "stream": True})
    began = time.perf_counter()
    connection.request("POST", "/v1/answers", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    first_any = first = done = None
    reply: Json = {}
    for name, data in _events(response):
        now = (time.perf_counter() - began) * 1000
        if name == "statement":
            first_any = first_any or now
            if json.loads(data)["section"] != "safety":
                first = first or now
        elif name == "done":
            done, reply = now, json.loads(data)
        elif name == "error":
            raise RuntimeError(f"the server answered with {json.loads(data)['title']}")
    connection.close()
    if first is None or first_any is None or done is None:
        return None, reply
    spent = reply["answer"]["timings"]
    searching = spent["embedding"] + spent["retrieving"]
    alone = wanted.get("conversation_id") is None
    return Asked(wanted["question"], alone, first_any, first, done, searching), reply


def _events(response: HTTPResponse) -> Iterator[tuple[str, str]]:
    """Yield the name and the data of each event, as its last line arrives."""
    name = ""
    for raw in response:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            yield name, line.removeprefix("data:").strip()


@contextmanager
def serving(index: Path) -> Iterator[tuple[str, int]]:
    """
    Run ``followup serve`` on *index*, with a home of its own; yield its address.

    Raises RuntimeError where it does not get ready.
    """
    with socket.socket() as free:
        free.bind((_HOST, 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="followup-promptness-") as home:
        command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
        environment = {**os.environ, "FOLLOWUP_HOME": home}
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--index", str(index.resolve())],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, port)
            yield _HOST, port
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = HTTPConnection(_HOST, port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:  # noqa: PLR2004 - OK
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not get ready; try followup serve --index yourself")
