"""``followup config``: what the settings are, and the file to write them in."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.telling import Index, Json, settings_with, told_errors

app = typer.Typer(no_args_is_help=True, help="Show the settings, and write a file for them.")


@app.command("show")
def config_show(index: Index = None, *, as_json: Json = False) -> None:
    """
    Print every setting with its value and the place that gave it; secrets are hidden.

    Example: followup config show
    """
    from service.config_report import (  # noqa: PLC0415 - keeps --help instant
        list_settings,
        settings_json,
        settings_lines,
    )

    settings_with(index=index)
    settings = list_settings({"index": index} if index else {})
    if as_json:
        typer.echo(json.dumps(settings_json(settings), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(settings_lines(settings)))


@app.command("schema")
def config_schema(*, as_json: Json = False) -> None:
    """
    Print the JSON Schema of the settings' TOML file, for editors and linters.

    Example: followup config schema
    """
    from service.config_file import json_schema  # noqa: PLC0415 - keeps --help instant

    del as_json  # it is JSON either way
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command("init")
def config_init(
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over the file that is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Write a TOML file that explains every setting, all commented out.

    It goes where it is read from: FOLLOWUP_CONFIG, or followup.toml in FOLLOWUP_HOME.

    Example: followup config init
    """
    from service.config_file import write_config  # noqa: PLC0415 - keeps --help instant
    from service.origins import file_to_write  # noqa: PLC0415 - as above
    from service.settings import Settings  # noqa: PLC0415 - as above

    with told_errors():
        path = file_to_write(Settings)
        write_config(path, force=force)
    typer.echo(json.dumps({"file": str(path)}) if as_json else f"written: {path}")
