"""``followup corpus``: sources are fetched, checked, counted, and kept up to date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli import fetching
from service.cli.telling import (
    EXIT_PROBLEM,
    EXIT_USAGE,
    Index,
    Json,
    Quiet,
    settings_with,
    stop,
    told_errors,
)

app = typer.Typer(
    no_args_is_help=True, help="Fetch sources, check them, and keep what they are worth up to date."
)
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
    indexing anew; articles that cite what it retracts go back to Under Review. Rows that cannot be
    used are reported; where none can, the table stays.

    Example: followup corpus retractions --csv retraction_watch.csv
    """
    from service.article_report import watched_json, watched_lines  # noqa: PLC0415 - instant help
    from service.article_store import Articles  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415
    from service.noticing import read_notices  # noqa: PLC0415
    from service.retraction_report import report_json, report_lines  # noqa: PLC0415
    from service.retraction_table import RetractionTable  # noqa: PLC0415
    from service.watching import watch_now  # noqa: PLC0415

    now = datetime.now(UTC)
    if add and file is None:
        stop("--add needs --csv", EXIT_USAGE)
    settings = settings_with()
    with told_errors("corpus retractions") as line:
        read = read_notices(file) if file is not None else None
        engine = open_database(settings.database_url)
        table = RetractionTable(engine)
        usable = read is not None and bool(read.retractions)
        facts = table.load(read.retractions, keep=add) if read and usable else table.facts()
        watched = watch_now(settings.index_folder, Articles(engine), table) if usable else None
        line.update(loaded=usable, notices=facts.notices, digest=facts.digest)
    if as_json:
        told = report_json(read, facts, now)
        told["articles"] = watched_json(watched) if watched is not None else None
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(read, facts, now)))
    if watched is not None and watched.checked:
        typer.echo("\n".join(watched_lines(watched)), err=True)
    if read is not None and not usable:
        stop("no row of the file can be used, so the table stays as it was", EXIT_PROBLEM)


@app.command("validate")
def corpus_validate(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of source files.")
    ],
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where anything is lacking as well.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """
    Read and parse source folders without indexing them; tell what is wrong, and what is lacking.

    Wrong are mistakes of a manifest, files and records that cannot be read, documents without
    text, and dates in the future. Lacking are licences, addresses, PMIDs, set ids, the text of a
    section; and a document may be there twice. A file's dead letter is one for ingest too.

    Example: followup corpus validate corpus
    """
    from ingest.validating import validate  # noqa: PLC0415 - keeps --help instant
    from service.corpus_report import validation_json, validation_lines  # noqa: PLC0415
    from service.progress import progress_bar  # noqa: PLC0415

    with told_errors(), progress_bar() as progress:
        found = validate(folders, datetime.now(UTC).date(), progress=progress)
    if as_json:
        typer.echo(json.dumps(validation_json(found), ensure_ascii=False, indent=2))
    else:
        for line in validation_lines(found, quiet=quiet):
            typer.echo(line)
    if not found.is_fit(strict=strict):
        raise typer.Exit(EXIT_PROBLEM)


@app.command("stats")
def corpus_stats(index: Index = None, *, as_json: Json = False) -> None:
    """
    Count what the live snapshot holds: documents, words, years, licences, drugs, retractions.

    Example: followup corpus stats --json
    """
    from ingest.activating import current_id  # noqa: PLC0415 - keeps --help instant
    from ingest.locking import Lease  # noqa: PLC0415
    from ingest.snapshots import DOCUMENTS, MANIFEST, folder_of, read_manifest  # noqa: PLC0415
    from ingest.stocktaking import take_stock  # noqa: PLC0415
    from service.corpus_report import stock_json, stock_lines  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415
    from service.retraction_table import RetractionTable  # noqa: PLC0415

    settings = settings_with(index=index)
    with told_errors():
        folder = folder_of(settings.index_folder, current_id(settings.index_folder))
        with Lease(folder / MANIFEST):  # so that nobody removes it meanwhile
            manifest = read_manifest(folder)
            table = RetractionTable(open_database(settings.database_url)).current()
            stock = take_stock(folder / DOCUMENTS, lambda source: table.standing(source).retracted)
    if as_json:
        report = stock_json(manifest.id, manifest.built, stock)
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(stock_lines(manifest.id, manifest.built, stock)))
