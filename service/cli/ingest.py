"""``followup ingest``: source files become an index snapshot."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from service.cli.telling import EXIT_PROBLEM, Index, Json, settings_with, told_errors

app = typer.Typer(no_args_is_help=True, help="Turn source files into an index snapshot.")


@app.command("apply")
def ingest_apply(
    source: Annotated[
        list[Path],
        typer.Option("--source", help="A folder of source files; may be given several times."),
    ],
    index: Index = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where any file is a dead letter.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Parse, split, embed and index source folders into a new live snapshot.

    A file that cannot be read is a dead letter: reported with its reason, the run goes on.

    Example: followup ingest apply --source corpus
    """
    from ingest.embedding import default_embedder  # noqa: PLC0415 - heavy, see test_cli
    from ingest.pipeline import ingest  # noqa: PLC0415
    from ingest.reading import check_folders  # noqa: PLC0415
    from service.log_lines import canonical_line  # noqa: PLC0415
    from service.progress import progress_bar, report_facts, report_lines  # noqa: PLC0415

    settings = settings_with(index=index)
    with told_errors(), canonical_line("ingest") as facts:
        check_folders(source)
        embedder = default_embedder(threads=os.cpu_count() or settings.threads)
        with progress_bar() as progress:
            report = ingest(source, settings.index_folder, embedder, progress=progress)
        facts.update(report_facts(report))
    if as_json:
        from dataclasses import asdict  # noqa: PLC0415 - only here

        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(report)))
    if strict and report.dead_letters:
        raise typer.Exit(EXIT_PROBLEM)
