"""The fixed sentences shown to people, read from ``prompts/wording.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def _table() -> dict[str, dict[str, str]]:
    data = (resources.files("prompts") / "wording.toml").read_text(encoding="utf-8")
    return {name: held for name, held in tomllib.loads(data).items() if isinstance(held, dict)}


def wording(key: str, **filled: object) -> str:
    """
    Return the sentence *key* ("declined.no_evidence"), its braces filled in.

    Raises KeyError for a sentence or a brace that is not there: a mistake in the program.
    """
    group, _, name = key.partition(".")
    return _table()[group][name].format(**filled)


def wording_keys() -> frozenset[str]:
    """Return the key of every sentence."""
    return frozenset(f"{group}.{name}" for group, held in _table().items() for name in held)
