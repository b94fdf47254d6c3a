"""``followup export`` over a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
import rispy
from typer.testing import CliRunner

from service.asking import ask
from service.cli import app
from tests.sample_articles import CHANGES, returned
from tests.sample_runtime import BOXED, QUESTION, a_runtime


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The ids of an answer and of its conversation, in the database of a home."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path))
    runtime, _ = a_runtime(tmp_path)
    answered = ask(runtime, QUESTION)
    runtime.close()
    return answered.answer_id, answered.conversation_id


def test_an_answer_or_a_conversation_is_printed(asked: tuple[str, str]) -> None:
    """By either id, in the format that is wanted."""
    for one in asked:
        text = CliRunner().invoke(app, ["export", one])
        records = CliRunner().invoke(app, ["export", one, "--format", "ris"])

        assert text.exit_code == records.exit_code == 0
        assert text.stdout.startswith(f"# {QUESTION}\n")
        assert len(rispy.loads(records.stdout)) == 3


def test_an_article_is_printed_with_what_became_of_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status and when it was last updated, then the differences, then the answer."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path))
    runtime, _ = a_runtime(tmp_path)
    article = returned(runtime)
    runtime.close()

    text = CliRunner().invoke(app, ["export", article.id, "--format", "txt"]).stdout

    assert f"\nLast updated {article.updated:%Y-%m-%d}; sources as of" in text
    assert "Asked" not in text
    assert "Status: Under Review" in text
    old, new = CHANGES[0].old, CHANGES[0].new
    assert f"Cited here: “{old}” In its place now: “{new}”" in text
    assert "has been retracted." in text
    assert "In its place now: nothing that resembles it." in text
    assert text.index("In its place now") < text.index(BOXED)


def test_an_unknown_format_is_wrong_usage_and_an_unknown_id_an_error(
    asked: tuple[str, str],
) -> None:
    """Neither prints anything for a file."""
    wrong = CliRunner().invoke(app, ["export", asked[0], "--format", "pdf"])
    missing = CliRunner().invoke(app, ["export", "0" * 32])

    assert wrong.exit_code == 2
    assert missing.exit_code not in (0, 2)
    assert wrong.stdout == missing.stdout == ""
