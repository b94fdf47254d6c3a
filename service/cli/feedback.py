"""``followup feedback``: what readers said of answers, for those who judge them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from service.cli.telling import EXIT_USAGE, Json, settings_with, stop, told_errors

app = typer.Typer(no_args_is_help=True, help="Hand what readers said of answers to evaluators.")


@app.callback()
def feedback() -> None:
    """Hand what readers said of answers to evaluators."""


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="The file to write; not there yet.")],
    verdict: Annotated[
        str | None,
        typer.Option("--verdict", help="helpful, not_helpful or wrong_citation alone."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Write all feedback as evaluation cases, one JSON object a line, the newest first.

    Each holds the question and those before it, how it was understood, what was shown and cited,
    the reference complained about, and the comment: what people typed. The file is its owner's
    alone; docs/evaluation.md tells what each key means.

    Example: followup feedback export --out cases.jsonl --verdict wrong_citation
    """
    from service.feedback import FeedbackStore, Verdict  # noqa: PLC0415 - keeps --help instant
    from service.feedback_cases import cases  # noqa: PLC0415
    from service.migrating import open_existing  # noqa: PLC0415

    if verdict is not None and verdict not in set(Verdict):
        stop(f"unknown verdict {verdict!r}; one of {', '.join(Verdict)}", EXIT_USAGE)
    settings = settings_with()
    with told_errors("feedback export") as logged:
        engine = open_existing(settings.database_url)
        try:
            store = FeedbackStore(engine)
            found = _write(out, cases(store, None if verdict is None else Verdict(verdict)))
        except OSError as error:
            stop(f"{out} cannot be written: {error.strerror or error}", EXIT_USAGE)
        finally:
            engine.dispose()
        logged.update(cases=found)
    if as_json:
        typer.echo(json.dumps({"file": str(out), "cases": found}, indent=2))
    else:
        typer.echo(f"Wrote {out}: {found} {'case' if found == 1 else 'cases'}")


def _write(path: Path, found: Iterable[dict[str, object]]) -> int:
    """Write each as a line of a new file, all of them or no file; return how many."""
    opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    number = 0
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            for number, one in enumerate(found, start=1):  # noqa: B007 - the last one is returned
                stream.write(json.dumps(one, ensure_ascii=False) + "\n")
    except BaseException:
        path.unlink()
        raise
    return number
