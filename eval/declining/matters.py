"""What labels are asked for, read from the set's own tables. Plain data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Matter:
    """Something a label may speak of: ``names`` for questions, ``pattern`` for its text."""

    names: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A question of detail, in several wordings; asked only where the label holds ``needs``."""

    questions: tuple[str, ...]
    pattern: str
    needs: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """What some sections (``codes``, LOINC) say where they hold ``pattern``."""

    name: str
    codes: tuple[str, ...]
    pattern: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """
    A near miss beside the label of the drug ``beside``, which holds ``near`` and not ``absent``.

    ``drug`` is another drug's name, or the same drug's with the form that the label lacks.
    """

    beside: str
    absent: str = ""
    near: str = ""
    drug: str = ""
    name: str = ""
    form: str = ""
    question: str = ""


def wordings(kind: str) -> tuple[str, ...]:
    """Return the wordings of questions of one kind, with braces for drug and matter."""
    return tuple(_table("matters")["wordings"][kind])


def matters(kind: str) -> tuple[Matter, ...]:
    """Return the events, partners, conditions or comorbidities that labels are asked for."""
    return tuple(
        Matter((entry["name"], *entry.get("also", ())), entry["pattern"])
        for entry in _table("matters")[kind]
    )


def details() -> tuple[Detail, ...]:
    """Return the questions of detail."""
    return tuple(
        Detail(tuple(entry["questions"]), entry["pattern"], entry.get("needs", ""))
        for entry in _table("matters")["details"]
    )


def attributes(kind: str) -> tuple[Attribute, ...]:
    """Return the attributes, doses or populations that labels speak of."""
    return tuple(
        Attribute(entry["name"], tuple(entry["codes"]), entry["pattern"], tuple(entry["questions"]))
        for entry in _table("answerable")[kind]
    )


def near_misses(kind: str) -> tuple[Near, ...]:
    """Return the near misses of one kind: sisters, conditions, forms or elsewhere."""
    return tuple(Near(**entry) for entry in _table("absent")[kind])


def words_of(kind: str) -> tuple[str, ...]:
    """Return one of the plain lists: not_indexed, invented, nonsense or form_wordings."""
    return tuple(_table("absent")[kind])


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
