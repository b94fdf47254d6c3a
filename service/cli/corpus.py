"""``followup corpus``: what the sources are worth, kept up to date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli import fetching
from service.cli.telling import EXIT_PROBLEM, EXIT_USAGE, Json, settings_with, stop, told_errors

app = typer.Typer(no_args_is_help=True, help="Keep what the sources are worth up to date.")
app.add_typer(fetching.app, name="fetch")


@app.command("retractions")
def corpus_retractions(
    file: Annotated[
        Path | None,
        typer.Option("--csv", help="A table as Crossref and Retraction Watch publish it."),
    ] = None,
    *,
    add: Annotated[
        bool, typer.Option("--add", help="Keep the notices at hand, and add the file's.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Load the table of retracted studies, or show what it holds.

    The file takes the table's place from the next question on, in a running service too, without
    indexing anew. Rows that cannot be used are reported; where none can, the table stays.

    Example: followup corpus retractions --csv retraction_watch.csv
    """
    from service.log_lines import canonical_line  # noqa: PLC0415 - keeps --help instant
    from service.migrating import open_database  # noqa: PLC0415
    from service.noticing import read_notices  # noqa: PLC0415
    from service.retraction_report import report_json, report_lines  # noqa: PLC0415
    from service.retraction_table import RetractionTable  # noqa: PLC0415

    now = datetime.now(UTC)
    if add and file is None:
        stop("--add needs --csv", EXIT_USAGE)
    settings = settings_with()
    with told_errors(), canonical_line("retractions") as line:
        read = read_notices(file) if file is not None else None
        table = RetractionTable(open_database(settings.database_url))
        usable = read is not None and bool(read.retractions)
        facts = table.load(read.retractions, keep=add) if read and usable else table.facts()
        line.update(loaded=usable, notices=facts.notices, digest=facts.digest)
    if as_json:
        typer.echo(json.dumps(report_json(read, facts, now), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(read, facts, now)))
    if read is not None and not usable:
        stop("no row of the file can be used, so the table stays as it was", EXIT_PROBLEM)
