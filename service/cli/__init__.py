"""
The commands; ``followup --help`` lists them.

Data goes to standard output, talk and progress to standard error. Exit statuses are those of
``service.cli.telling``.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from service.cli import (
    agents,
    answers,
    articles,
    config,
    corpus,
    db,
    doctor,
    exports,
    feedback,
    index,
    ingest,
    keys,
)
from service.cli.telling import EXIT_CANNOT_RUN, EXIT_INTERRUPTED, STATUSES

app = typer.Typer(
    name="followup",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Answer the follow-up questions of clinicians from guidelines, drug labels and studies.\n\n"
        f"Exit status: {STATUSES}."
    ),
    epilog="Example: followup ask 'What is the role of naltrexone for insomnia?'",
)
app.command("ask")(answers.ask)
app.command("export")(exports.export)
app.command("serve")(answers.serve)
app.command("mcp")(agents.mcp)
app.command("doctor")(doctor.doctor)
app.add_typer(ingest.app, name="ingest")
app.add_typer(index.app, name="index")
app.add_typer(corpus.app, name="corpus")
app.add_typer(articles.app, name="articles")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")


@app.callback()
def options(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress, on a terminal neither.")
    ] = False,
) -> None:
    """Options of every command."""
    if quiet:
        from service.progress import keep_quiet  # noqa: PLC0415 - keeps --help instant

        keep_quiet()
    if show_version:
        typer.echo(f"followup {version('followup')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; every error is one line that names the remedy."""
    # What is written here is not for everybody on the machine, whatever its umask.
    os.umask(os.umask(0o077) | 0o007)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last place where one can be told
        from service.log_lines import places  # noqa: PLC0415 - keeps --help instant

        at = ", ".join(places(error))
        # Its own words, and a traceback's lines, may quote a question.
        typer.echo(f"followup: a fault in the program: {type(error).__name__} at {at}", err=True)
        sys.exit(EXIT_CANNOT_RUN)
