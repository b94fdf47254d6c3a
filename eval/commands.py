"""``python -m eval pacing``: how soon an answer begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

EXIT_FAILED = 1
EXIT_CANNOT_RUN = 3
_GOLDEN = Path(__file__).parents[1] / "corpus" / "golden"


def pacing(
    folder: Annotated[
        Path, typer.Option("--dialogues", help="A folder of golden dialogues (*.jsonl).")
    ] = _GOLDEN,
    index: Annotated[
        Path | None, typer.Option(help="Index folder; FOLLOWUP_HOME/index where not given.")
    ] = None,
    paint: Annotated[
        int, typer.Option(min=0, help="Ask so many questions in Chromium, too, and time the paint.")
    ] = 0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Time the first statement of a served answer against embedding plus retrieving.

    Exit status: 0 within three times, 1 later, 3 could not run.

    Example: python -m eval pacing --paint 20
    """
    from eval.painting import painted  # noqa: PLC0415 - keeps --help instant
    from eval.promptness import ask_all, serving, summed_up  # noqa: PLC0415 - as above
    from service.errors import SettingsError  # noqa: PLC0415 - as above
    from service.golden import read_dialogues  # noqa: PLC0415 - as above
    from service.settings import read_settings  # noqa: PLC0415 - as above

    try:
        dialogues = read_dialogues(folder)
        with serving(read_settings(index=index).index_folder) as address:
            timed = ask_all(address, dialogues, lambda step: typer.echo(step, err=True))
            chosen = [one.question for one in timed if one.alone]
            where = f"http://{address[0]}:{address[1]}/"
            shown = painted(where, chosen[:paint]) if paint else []
    except (RuntimeError, ValueError, SettingsError) as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    result = summed_up(timed, shown)
    typer.echo(json.dumps(result.as_json(), indent=2) if as_json else "\n".join(result.lines()))
    if not result.reached:
        raise typer.Exit(EXIT_FAILED)
