"""
What was fetched, entered into the folder's ``manifest.toml``, so that ingest shows it.

A manifest makes ingest read what it lists and nothing else. So the hand-written part stays as it
is, comments and all; ours stands after one marker line and is written anew; a file that the
hand-written part lists is left to it.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

from ingest.errors import CorpusError
from ingest.fetching.items import ARCHIVES
from ingest.fetching.ledger import Record
from ingest.manifests import NAME, load_manifest
from ingest.reading import list_files

MARKER = "# ---- from here on written by `followup corpus fetch`; edit above this line ----"
_FRESH = "# What was fetched. Files of your own: list them here, above the line that follows.\n\n"


def enter(folder: Path, kept: Iterable[Record]) -> bool:
    """
    Write *kept* into *folder*'s manifest; tell whether it changed.

    Files that lay in a folder without a manifest are listed by name, or they would no longer be
    read. Raises CorpusError, the manifest left as it was, where its hand-written part is wrong.
    """
    path = folder / NAME
    exists = path.exists()
    before = path.read_text(encoding="utf-8") if exists else _FRESH
    own, found, _ = before.partition(MARKER)
    listed = _listed(path, own)
    records = {
        record.path: record
        for record in kept
        if not record.path.startswith(ARCHIVES) and (folder / record.path).is_file()
    }
    if not exists:
        own += "".join(
            _entry({"path": name})
            for name in list_files(folder)
            if name not in records and _is_text(name)
        )
    if not records and not found:
        return False
    tables = [
        _entry(
            {
                "path": name,
                "type": record.type,
                "url": record.page,
                "licence": record.licence,
            }
        )
        for name, record in sorted(records.items())
        if name not in listed
    ]
    text = f"{own.rstrip()}\n\n{MARKER}\n\n" + "".join(tables)
    if exists and text == before:
        return False
    _replace(folder, path, text)
    return True


def _listed(path: Path, own: str) -> set[str]:
    try:
        files = tomllib.loads(own).get("files", [])
        return {each["path"] for each in files}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CorpusError(
            f"{path}: not readable: {error}; what was fetched is not in it"
        ) from error


def _entry(values: dict[str, str | None]) -> str:
    lines = [f"{name} = {_quoted(value)}" for name, value in values.items() if value]
    return "\n".join(["[[files]]", *lines]) + "\n\n"


def _quoted(value: str) -> str:
    """Return *value* as TOML: a JSON string, but that TOML wants DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_text(name: str) -> bool:
    """Tell whether a file's name can stand in a manifest at all."""
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def _replace(folder: Path, path: Path, text: str) -> None:
    """Put the new manifest in place, if ingest can read it."""
    trial = folder / ".manifest-check"
    trial.mkdir(exist_ok=True)
    fresh = trial / NAME
    try:
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        load_manifest(trial)
        fresh.replace(path)
    except CorpusError as error:
        reason = str(error).removeprefix(f"{fresh}: ")
        raise CorpusError(f"{path}: cannot take what was fetched: {reason}") from error
    finally:
        fresh.unlink(missing_ok=True)
        trial.rmdir()
