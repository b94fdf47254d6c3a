"""Every command: its exit status for what goes wrong, its help, and its completion."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest
import structlog
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from service.cli import app
from service.progress import progress_bar

ROOT = Path(__file__).parents[2]


def commands(group: TyperGroup, *above: str) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Yield every command below *group* with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)
        elif isinstance(command, TyperCommand):
            yield (*above, name), command


def every_command() -> list[tuple[tuple[str, ...], TyperCommand]]:
    """Return every command there is."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return list(commands(root))


@pytest.fixture(autouse=True)
def _own_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands set up the logs of their process, which here is that of other tests too."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [*logging.getLogger().handlers])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    structlog.reset_defaults()


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no index and no database; the working folder is empty."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("ask x", 3, "followup ingest apply"),
        ("ask x --audience robot", 2, "physician"),
        ("serve", 3, "followup ingest apply"),
        ("serve --host 192.0.2.1", 2, "loopback"),
        ("doctor", 1, ""),
        ("doctor --nonsense", 2, "No such option"),
        ("config show", 0, ""),
        ("config schema", 0, ""),
        ("config init", 0, ""),
        ("config init --nonsense", 2, "No such option"),
        ("corpus stats", 3, "followup ingest apply"),
        ("corpus validate nowhere", 2, "does not exist"),
        ("corpus validate", 2, "Missing argument"),
        ("corpus retractions --add", 2, "--csv"),
        ("ingest apply --source nowhere", 2, "does not exist"),
        ("ingest apply --source empty", 4, "is empty"),
        ("index list", 0, ""),
        ("index show", 3, "followup ingest apply"),
        ("index verify", 3, "followup ingest apply"),
        ("index activate 20200101T000000Z-00000000", 3, "no snapshot"),
        ("ingest plan --source nowhere", 2, "does not exist"),
        ("db status", 0, ""),
        ("db restore nowhere.zip --yes", 2, "nowhere.zip"),
        ("db purge --older-than yesterday", 2, "90d"),
        ("frobnicate", 2, "No such command"),
    ],
)
def test_a_command_ends_with_its_documented_status(
    nothing: Path, arguments: str, status: int, words: str
) -> None:
    """On a machine where nothing is set up: one line that names what to do, and no traceback."""
    del nothing

    result = CliRunner().invoke(app, arguments.split())

    assert result.exit_code == status, result.output
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(("ask", "caf\udce9"), "the question"), (("ask", "x", "--conversation", "\udcff"), "--conv")],
)
def test_a_question_that_is_not_utf8_is_wrong_usage(
    nothing: Path, arguments: tuple[str, ...], named: str
) -> None:
    """Bytes of another encoding, as a shell hands them over, are no fault of the program."""
    del nothing

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2, result.output
    assert f"{named}" in result.stderr
    assert "UTF-8" in result.stderr


def test_a_wrong_setting_stops_every_command_that_reads_settings(
    nothing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2; the doctor alone goes on, and finds it."""
    del nothing
    monkeypatch.setenv("FOLLOWUP_QUEU", "1")
    needless = "x"

    found = {
        arguments: CliRunner().invoke(app, arguments.split()).exit_code
        for arguments in (
            f"ask {needless}",
            "serve",
            "config show",
            "corpus stats",
            "corpus retractions",
            "index list",
            "doctor",
        )
    }

    assert found == {**dict.fromkeys(found, 2), "doctor": 1}


def test_every_command_shows_an_example_and_speaks_json() -> None:
    """Help ends with a command to copy; scripts get JSON, but of servers and of chosen formats."""
    found = every_command()

    bare = [" ".join(words) for words, each in found if "Example" not in (each.help or "")]
    mute = [
        " ".join(words)
        for words, each in found
        if not any("--json" in option.opts for option in each.params)
    ]

    assert len(found) > 10
    assert bare == []
    assert sorted(mute) == ["export", "mcp", "serve"]


def test_quiet_shows_no_progress_on_a_terminal_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """``followup -q COMMAND``; without it a terminal sees a bar."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    def shown() -> str:
        with progress_bar() as progress:
            return type(progress).__name__

    def asked() -> str:
        assert CliRunner().invoke(app, ["-q", "config", "schema"]).exit_code == 0
        return shown()

    assert shown() == "_Bar"
    assert copy_context().run(asked) == "Silent"


def completion(shell: str) -> str:
    """Return what ``followup --show-completion`` prints when it is called from *shell*."""
    call = "from service.cli import app; app(prog_name='followup')"
    # What follows keeps the shell from giving its own process up to the command.
    line = f'"{sys.executable}" -c "{call}" --show-completion && echo'
    told = subprocess.run([shell, "-c", line], cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout


def test_bash_completes_commands() -> None:
    """The script that is shown can be read by bash, and names the command."""
    script = completion("bash")

    completes = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p followup"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "_FOLLOWUP_COMPLETE=complete_bash" in script
    assert completes.stdout.rstrip().endswith("followup")


def test_what_is_completed_are_our_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """``followup co<TAB>``: corpus and config."""
    monkeypatch.setenv("_FOLLOWUP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "followup co")
    monkeypatch.setenv("COMP_CWORD", "1")

    result = CliRunner().invoke(app, [], prog_name="followup")

    assert set(result.stdout.split()) == {"corpus", "config"}
