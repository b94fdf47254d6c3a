"""The TOML file of settings as ``followup config init`` writes it: every one, commented out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.errors import RefusedError
from service.errors import SettingsError
from service.settings import Settings

_HEAD = """\
# Settings of Followup. Each line that begins with #name shows a default: remove the # and write
# another value. An empty text means: not set. Stronger than this file are a .env file in the
# working folder, then FOLLOWUP_<NAME> in the environment, then the options of a command.
# `followup config show` tells what holds, and why.
"""


def config_text() -> str:
    """Return the file's text; with every # before a name removed it sets the defaults."""
    entries = "\n".join(
        f"\n# {_meaning(name, schema)}\n#{name} = {_toml(Settings.model_fields[name].default)}"
        for name, schema in json_schema()["properties"].items()
    )
    return f"{_HEAD}{entries}\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the TOML file."""
    return Settings.model_json_schema()


def write_config(path: Path, *, force: bool = False) -> None:
    """
    Write the commented file to *path*, for its owner's eyes: it may come to hold a password.

    Raises RefusedError where there is one already, but for *force*; SettingsError where it
    cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as stream:
            stream.write(config_text())
    except FileExistsError:
        raise RefusedError(f"{path} is there already; --force writes over it") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def _meaning(name: str, schema: dict[str, Any]) -> str:
    described = Settings.model_fields[name].description or name
    allowed = bounds(schema)
    return f"{described} {allowed[0].upper()}{allowed[1:]}." if allowed else described


def bounds(schema: dict[str, Any]) -> str:
    """Say which values the JSON Schema of a setting allows ("from 1 to 64"); "" for any."""
    return "; ".join(_bounds(schema))


def _bounds(schema: dict[str, Any]) -> Iterator[str]:
    for each in (schema, *schema.get("anyOf", ())):
        low = each.get("minimum", each.get("exclusiveMinimum"))
        high = each.get("maximum", each.get("exclusiveMaximum"))
        if low is not None and high is not None:
            yield f"from {low:g} to {high:g}"
        elif low is not None:
            yield f"at least {low:g}"
        elif high is not None:
            yield f"at most {high:g}"
        if "enum" in each:
            yield f"one of {', '.join(map(str, each['enum']))}"


def _toml(value: object) -> str:
    """Write a default as TOML does; JSON writes numbers, truth values and texts the same."""
    if value is None:
        return '""'
    plain = [*value] if isinstance(value, list | tuple) else value
    if not isinstance(plain, bool | int | float | list):
        plain = str(plain)
    return json.dumps(plain, ensure_ascii=False)
