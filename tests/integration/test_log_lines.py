"""What the logs hold, and what they never hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from ingest.errors import IngestError, RefusedError
from service.log_lines import canonical_line
from tests.sample_index import Twice
from tests.sample_server import started

ROOT = Path(__file__).parents[2]
MARKER = "zebraquagga"

SERVER = """
import asyncio, sys, threading, warnings
import structlog, uvicorn
from pathlib import Path
from service.api import create_app
from service.log_lines import configure_log_lines
from tests.sample_runtime import a_runtime

configure_log_lines()
runtime, live = a_runtime(Path(sys.argv[1]))
live.answerer.failure = RuntimeError("zebraquagga in an error")
app = create_app(runtime)

@app.get("/unforeseen")
async def unforeseen():
    warnings.warn("zebraquagga in a warning")
    async def forgotten():
        raise RuntimeError("zebraquagga in a task")
    task = asyncio.create_task(forgotten())
    await asyncio.sleep(0)
    del task
    def fail():
        raise RuntimeError("zebraquagga in a thread")
    thread = threading.Thread(target=fail, name="failing")
    thread.start()
    thread.join()
    class Failing:
        def __del__(self):
            raise RuntimeError("zebraquagga in a finaliser")
    Failing()
    raise RuntimeError("zebraquagga in a route")

uvicorn.run(app, port=0, log_config=None, access_log=False)
"""

COMMAND = """
import sys
from pathlib import Path
import service.bootstrap, service.cli
from tests.sample_runtime import a_runtime

runtime, live = a_runtime(Path(sys.argv.pop(1)))
live.answerer.failure = RuntimeError("zebraquagga in an error")
service.bootstrap.bootstrap = lambda settings: runtime
service.cli.main()
"""


def lines_of(text: str) -> list[dict[str, Any]]:
    """Read a log; a line that is not JSON fails the test."""
    return [json.loads(line) for line in text.splitlines()]


def test_no_log_holds_a_word_of_a_question(tmp_path: Path) -> None:
    """Asked by API, stream and page, failing in every way: only ids, kinds and places."""
    script = [sys.executable, "-c", SERVER, str(tmp_path)]
    log = tmp_path / "log"
    with started(script, cwd=ROOT, log=log) as address:
        for question in (MARKER, f"{MARKER} nothing", f"{MARKER} which", f"{MARKER} fail", " "):
            for streamed in (False, True):
                body = {"question": question, "stream": streamed}
                httpx.post(f"{address}/v1/answers?{MARKER}=1", json=body)
            httpx.post(f"{address}/ask", data={"question": question})
        httpx.post(f"{address}/v1/answers", content=f'{{"question": "{MARKER}')
        httpx.get(f"{address}/c/{MARKER}")
        httpx.get(f"{address}/{MARKER}", headers={"Host": MARKER, "User-Agent": MARKER})
        assert httpx.get(f"{address}/unforeseen").status_code == 500
        httpx.get(f"{address}/metrics")

    text = log.read_text(encoding="utf-8")
    lines = lines_of(text)
    assert MARKER not in text
    events = [line["event"] for line in lines]
    assert events.count("request") == 20
    assert {"python_warning", "thread_failed", "unraisable", "library"} <= set(events)
    assert any(line.get("error") == "RuntimeError" and line["at"] for line in lines)
    assert any("Uvicorn running" in line.get("message", "") for line in lines)


@pytest.mark.parametrize(
    ("question", "status"), [(MARKER, 0), (f"{MARKER} nothing", 0), (f"{MARKER} fail", 3)]
)
def test_no_command_tells_a_question_on_standard_error(
    tmp_path: Path, question: str, status: int
) -> None:
    """The answer is data; a fault is told by its kind and place, without its words."""
    result = subprocess.run(
        [sys.executable, "-c", COMMAND, str(tmp_path), "ask", question, "--timings"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == status, result.stderr
    assert MARKER not in result.stderr
    if status:
        assert "RuntimeError at" in result.stderr


def test_a_run_is_one_line() -> None:
    """Its facts, its seconds and how it ended."""
    with capture_logs() as lines, canonical_line("ingest") as facts:
        facts.update(
            {"snapshot": "20260301T120000-0a1b2c3d", "chunks": 12, "stages": {"parsing": 0.5}}
        )

    (line,) = lines
    assert (line["event"], line["outcome"], line["chunks"]) == ("ingest", "done", 12)
    assert line["seconds"] >= 0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RefusedError(f"{MARKER} it shrinks"), "refused"),
        (IngestError(f"{MARKER} cannot"), "failed"),
        (RuntimeError(MARKER), "failed"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_a_run_that_fails_is_one_line_too(error: BaseException, outcome: str) -> None:
    """The kind of error is told, its words are not; the error goes on its way."""
    with (  # noqa: PT012 - what is noted before counts too
        capture_logs() as lines,
        pytest.raises(type(error)),
        canonical_line("ingest") as facts,
    ):
        facts["files"] = 3
        raise error

    (line,) = lines
    assert (line["outcome"], line["files"]) == (outcome, 3)
    assert MARKER not in json.dumps(line)


@pytest.mark.parametrize("fact", ["two words", ["a b"], {"k": object()}, "x" * 201])
def test_what_could_be_a_text_is_no_fact(fact: object) -> None:
    """An id has no spaces: a sentence cannot slip into a line."""
    with pytest.warns(RuntimeWarning, match="not a fact"), canonical_line("ingest") as facts:
        facts["said"] = fact


def test_what_is_no_fact_is_left_out_and_fails_no_run() -> None:
    """The line is written without it and names it; an error of the run goes on its way."""

    def failing() -> None:
        with canonical_line("ingest") as facts:
            facts.update(said=f"{MARKER} here", files=3)
            raise IngestError(MARKER)

    with (
        capture_logs() as lines,
        pytest.raises(IngestError),
        pytest.warns(RuntimeWarning, match="said"),
    ):
        failing()

    (line,) = lines
    assert (line["dropped"], line["files"], line["outcome"]) == (["said"], 3, "failed")
    assert MARKER not in json.dumps(line)


def run(home: Path, *arguments: str, log_json: str = "") -> list[dict[str, Any]]:
    """Run a command whose standard error is no terminal; return its log lines."""
    environment = {"FOLLOWUP_HOME": str(home), "FOLLOWUP_LOG_JSON": log_json}
    result = subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def test_going_back_leaves_its_line(index: Path, twice: Twice) -> None:
    """Which snapshot is live from then on, and which was before."""
    (line,) = run(index.parent, "index", "rollback")

    assert (line["event"], line["outcome"]) == ("index rollback", "done")
    assert (line["snapshot"], line["before"]) == (twice.first.snapshot, twice.second.snapshot)


def test_what_is_done_to_the_database_leaves_its_line(tmp_path: Path) -> None:
    """Counts of what was deleted; that nothing could be read, where there is nothing."""
    absent = run(tmp_path, "db", "backup", str(tmp_path / "backup.zip"))
    migrated = run(tmp_path, "db", "migrate")
    purged = run(tmp_path, "db", "purge", "--older-than", "90d", "--yes")

    assert [line["outcome"] for line in absent] == ["failed"]
    assert [(line["event"], line["outcome"]) for line in migrated] == [("db migrate", "done")]
    assert [(line["event"], line["conversations"]) for line in purged] == [("db purge", 0)]


@pytest.mark.parametrize(("chosen", "lines"), [("", 1), ("0", 0)])
def test_a_setting_silences_routine_lines(tmp_path: Path, chosen: str, lines: int) -> None:
    """They stand beside the one line for people where that is no terminal."""
    table = tmp_path / "table.csv"
    table.write_text("nothing,of,use\n1,2,3\n", encoding="utf-8")

    written = run(tmp_path, "corpus", "retractions", "--csv", str(table), log_json=chosen)

    assert len(written) == lines
    assert all(one["event"] == "corpus retractions" and one["outcome"] for one in written)
