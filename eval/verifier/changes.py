"""What a change of words is made with: the scene it is made in, and the edits it consists of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from eval.verifier.cases import Edit
from service.answers import Passage
from service.drugs import Vocabulary
from service.quoting import Unit


@dataclass(frozen=True, slots=True)
class Scene:
    """
    A quote in its place: what a mutation may take its wrong value from.

    ``text`` is what is changed: the quote, or an honest paraphrase of it.
    """

    text: str
    passage: Passage
    unit: Unit
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Change:
    """Edits to a text that make one change; ``near`` where the new value is the passage's own."""

    edits: tuple[Edit, ...]
    near: bool = False


Mutator = Callable[[Scene, Random], Iterable[Change]]
"""Yields changes of one kind, each of which alone makes the scene's text false."""


def replaced(match: re.Match[str], new: str, group: int = 0) -> Change:
    """Return the change that puts *new* where *group* of a match stands, its capital kept."""
    old = match[group]
    if old[:1].isupper() and not old[:2].isupper():
        new = new[:1].upper() + new[1:]
    return Change((Edit(match.start(group), match.end(group), new),))
