"""``followup doctor``: is this installation sound."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.telling import EXIT_PROBLEM, Index, Json, Quiet, painted


def doctor(
    index: Index = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 for warnings as well.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """
    Check the whole installation, and print the command that mends whatever is not well.

    It looks at Python and its packages, settings, the embedder's weights, the index, the database,
    disk, clock, and the age of sources and of the table of retractions. It changes nothing.

    Example: followup doctor --strict
    """
    from service.doctor.examining import examine  # noqa: PLC0415 - keeps --help instant
    from service.doctor.findings import (  # noqa: PLC0415 - as above
        findings_json,
        findings_lines,
        is_sound,
    )

    findings = examine({"index": index} if index else {})
    if as_json:
        typer.echo(json.dumps(findings_json(findings), ensure_ascii=False, indent=2))
    else:
        for line in findings_lines(findings, quiet=quiet):
            typer.echo(painted(line))
    if not is_sound(findings, strict=strict):
        raise typer.Exit(EXIT_PROBLEM)
