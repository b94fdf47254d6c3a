"""What every command shares: its exit statuses, its settings, and errors told in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from service.settings import Settings

EXIT_PROBLEM = 1
EXIT_USAGE = 2
EXIT_CANNOT_RUN = 3
EXIT_REFUSED = 4
EXIT_INTERRUPTED = 130
STATUSES = (
    "0 done; 1 the run found a problem; 2 wrong usage or settings; 3 could not run (nothing "
    "indexed, index locked or damaged); 4 refused by a safety rule, which --force overrides; "
    "130 interrupted, and can be resumed"
)

Index = Annotated[
    Path | None, typer.Option("--index", help="Index folder; FOLLOWUP_HOME/index where not given.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print what is not well, and nothing else.")
]
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


def settings_with(*, index: Path | None = None) -> Settings:
    """Read the settings, and set the logs up; stop with status 2 where a setting is wrong."""
    from service.errors import SettingsError  # noqa: PLC0415 - keeps --help instant
    from service.log_lines import configure_log_lines  # noqa: PLC0415
    from service.settings import read_settings  # noqa: PLC0415

    try:
        settings = read_settings(index=index)
    except SettingsError as error:
        stop(str(error), EXIT_USAGE)
    configure_log_lines(always=settings.log_json)
    return settings


@contextmanager
def told_errors(line: str | None = None) -> Iterator[dict[str, object]]:
    """
    Turn the errors that we raise into one line and an exit status.

    With *line*, the command's own words, a log line by that name is written at the end; what is
    put into the dict stands in it (see ``service.log_lines.canonical_line``).
    """
    from ingest.errors import CorpusError, IngestError, RefusedError  # noqa: PLC0415 - as above
    from service.errors import BackupFileError, ServiceError, SettingsError  # noqa: PLC0415
    from service.log_lines import canonical_line  # noqa: PLC0415

    written: AbstractContextManager[dict[str, object]]
    written = canonical_line(line) if line else nullcontext({})
    try:
        with written as facts:
            yield facts
    except RefusedError as error:
        stop(str(error), EXIT_REFUSED)
    except (CorpusError, SettingsError, BackupFileError) as error:
        stop(str(error), EXIT_USAGE)
    except (IngestError, ServiceError) as error:
        stop(str(error), EXIT_CANNOT_RUN)


def stop(message: str, status: int) -> NoReturn:
    """End the command with one line on standard error."""
    typer.echo(f"followup: {message}", err=True)
    raise typer.Exit(status)


def painted(line: str) -> str:
    """
    Return *line* in the colour of the level it begins with, where colours are wanted.

    On a terminal, that is, and without NO_COLOR (https://no-color.org) in the environment.
    """
    colour = _COLOURS.get(line.partition(" ")[0])
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return typer.style(line, fg=colour) if colour and wanted else line


def confirm(what: str, *, yes: bool) -> None:
    """Ask before something is lost, on a terminal; elsewhere only --yes will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        stop(f"this would {what}; --yes does it", EXIT_USAGE)
    if not typer.confirm(what, err=True):
        raise typer.Exit
