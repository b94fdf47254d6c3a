"""The evaluation of declining, end to end on the starter corpus, without a model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eval.declining.asking import ask
from eval.declining.cases import Case, Kind, Part
from eval.declining.scoring import Score
from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from service.settings import Settings, read_settings

CHECKOUT = Path(__file__).parents[2]
CASES = (
    Case("a", Part.TUNING, Kind.ANSWERABLE, "dose", "dose", "What is the dose of naltrexone?"),
    Case("b", Part.TUNING, Kind.LABEL_SILENT, "event", "hiccups", "Does doxepin cause hiccups?"),
    Case("c", Part.TUNING, Kind.NOT_INDEXED, "real", "abacavir", "What is the dose of abacavir?"),
    Case("d", Part.TUNING, Kind.NONSENSE, "nonsense", "", "What is the capital of France?"),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for an index of the starter corpus."""
    home = tmp_path_factory.mktemp("declining")
    ingest([CHECKOUT / "corpus"], home / "index", HashingEmbedder())
    return read_settings(home=home, index=home / "index", database="sqlite://", min_similarity=0.0)


def test_what_a_label_says_is_answered_and_the_rest_declined(settings: Settings) -> None:
    """One case of each sort comes out right, and the score says so."""
    told: list[str] = []

    snapshot, results = ask(CASES, settings, HashingEmbedder(), told.append)

    measured = Score(Part.TUNING, snapshot, str(HashingEmbedder.identity), tuple(results))
    assert [(r.case.id, r.answered) for r in results] == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", False),
    ]
    assert measured.is_reached
    assert measured.as_json()["snapshot"] == snapshot


def run(*options: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run the command on another data folder."""
    return subprocess.run(
        [sys.executable, "-m", "eval", "declining", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env=os.environ | {"FOLLOWUP_TEST_DATA": str(data), "FOLLOWUP_HOME": str(data / "home")},
    )


def test_without_its_labels_the_evaluation_cannot_run(tmp_path: Path) -> None:
    """One line on standard error, exit status 3, and nothing on standard output."""
    for options in ((), ("--generate",)):
        result = run(*options, data=tmp_path)

        assert (result.returncode, result.stdout) == (3, "")
        assert result.stderr.startswith("eval: ")
        assert "shared data" in result.stderr


def test_a_part_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    """Exit status 2, as everywhere."""
    assert run("--part", "middle", data=tmp_path).returncode == 2
