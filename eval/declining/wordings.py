"""A question from a wording: which name the drug gets, and how carefully it is typed."""

from __future__ import annotations

import random
from collections.abc import Sequence

BRANDS, MISSPELLINGS, CARELESS = 0.2, 0.06, 0.2
"""Shares of the questions that use a brand, a misspelled name, no capitals and no end mark."""
_LONG_ENOUGH = 8


def asked(
    wording: str,
    rng: random.Random,
    *,
    name: str,
    brands: Sequence[str] = (),
    **filled: str,
) -> str:
    """Return *wording* with the drug and what else it asks for filled in."""
    question = wording.format(drug=_called(name, brands, rng), **filled)
    question = question[:1].upper() + question[1:]
    return question.lower().rstrip("?") if rng.random() < CARELESS else question


def misspelled(name: str, rng: random.Random) -> str:
    """Return *name* with one inner letter dropped, doubled or swapped with the next."""
    at = rng.randrange(2, len(name) - 2)
    edit = rng.randrange(3)
    if edit == 0:
        return name[:at] + name[at + 1 :]
    if edit == 1:
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _called(name: str, brands: Sequence[str], rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < BRANDS and brands:
        return rng.choice(sorted(brands))
    if drawn > 1 - MISSPELLINGS and name.isalpha() and len(name) >= _LONG_ENOUGH:
        return misspelled(name, rng)
    return name
