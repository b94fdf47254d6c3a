"""
The fixed sentences shown to people, read from ``prompts/wording.toml``, and their other registers.

A sentence has one wording, and may have another for an audience. Which one was used can be told
from the sentence, so that a stored answer can be shown to another reader.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from service.answers import Audience
from service.topics import TOPICS

_FIELD = re.compile(r"\\\{(\w+)\\\}")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((resources.files("prompts") / "wording.toml").read_text(encoding="utf-8"))


@cache
def _table(audience: Audience | None) -> dict[str, str]:
    """Return every sentence by key; those worded for *audience* alone where one is given."""
    held = _file() if audience is None else _file().get("audience", {}).get(audience.value, {})
    groups = {name: group for name, group in held.items() if isinstance(group, dict)}
    groups.pop("audience", None)
    table = {
        f"{group}.{name}": text for group, named in groups.items() for name, text in named.items()
    }
    if audience is None:
        table |= {f"follow_up.{topic.value}": entry.question for topic, entry in TOPICS.items()}
    return table


def wording(key: str, audience: Audience | None = None, /, **filled: object) -> str:
    """
    Return the sentence *key* ("declined.no_evidence"), its braces filled in.

    Where it has no wording for *audience*, it is the one for everybody. Raises KeyError for a
    sentence or a brace that is not there: a mistake in the program.
    """
    own = _table(audience).get(key) if audience is not None else None
    return (own or _table(None)[key]).format(**filled)


def wording_keys(audience: Audience | None = None) -> frozenset[str]:
    """Return the key of every sentence, or of those worded for *audience*."""
    return frozenset(_table(audience))


def reworded(text: str, audience: Audience) -> str:
    """
    Return one of our own sentences as *audience* reads it; any other text as it is.

    The sentence is told by its wording for any audience; what its braces were filled with stays,
    but for lists of headings, which are sentences of ours too.
    """
    for key, pattern in _patterns():
        if found := pattern.fullmatch(text):
            filled = {
                name: ", ".join(reworded(part, audience) for part in value.split(", "))
                for name, value in found.groupdict().items()
            }
            return wording(key, audience, **filled)
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return what recognizes the sentences that have more than one wording, the longest first."""
    worded = {key for audience in Audience for key in _table(audience)}
    texts = {
        (key, table[key])
        for table in (_table(None), *(_table(audience) for audience in Audience))
        for key in worded & set(table)
    }
    return [
        (key, re.compile(_FIELD.sub(r"(?P<\1>.+?)", re.escape(text)), re.DOTALL))
        for key, text in sorted(texts, key=lambda held: (-len(held[1]), held))
    ]
