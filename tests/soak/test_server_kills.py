"""kill -9 of the server, 20 times, under eight clients that ask and write feedback."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import sample_corpus
from tests.killing import ROOT, endure, lost

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1_800)]

KILLS = 20
QUESTION = "What is the role of zorvaxone for insomnia?"


def test_every_acknowledged_row_outlives_the_server(
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing acknowledged is lost, nothing is stored twice or by half; it is ready each time."""
    home = tmp_path / "home"
    corpus = sample_corpus.write(tmp_path / "corpus", sample_corpus.files())
    env = {"FOLLOWUP_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    cli = [sys.executable, "-m", "service.cli"]
    subprocess.run(
        [*cli, "ingest", "apply", "--source", str(corpus)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **env},
        check=True,
        capture_output=True,
    )

    ordeal = endure(lambda port: [*cli, "serve", "--port", str(port)], env, QUESTION, kills=KILLS)
    wrong = lost(f"sqlite:///{home / 'followup.sqlite'}", ordeal.acknowledged)

    told = ordeal.acknowledged
    figures = {
        "kills": len(ordeal.ready),
        "answers": len(told.answers),
        "feedback": len(told.feedback),
        "cut off": told.unanswered,
        "statuses": dict(ordeal.statuses),
        "ready, median s": round(statistics.median(ordeal.ready), 2),
        "ready, worst s": round(max(ordeal.ready), 2),
        "lost": len(wrong),
    }
    for name, value in figures.items():
        record_property(name, value)
    with capsys.disabled():
        print(f"\nserver kills: {figures}")  # noqa: T201 - the figures are what it is for
    assert len(ordeal.ready) == KILLS
    assert len(told.feedback) >= KILLS
    assert set(ordeal.statuses) <= {200, 201, 503}
    assert wrong == []
