"""
Terms explained in place: where a sentence uses a clinical word, and what that word means.

Words are marked by offsets, so that no letter of a quote is touched. The explanations are ours,
each with the public page it can be checked on; see ``prompts/glossary.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from service.answers import Audience

_ACRONYM = re.compile(r"[A-Z].*[A-Z]")


@dataclass(frozen=True, slots=True)
class Term:
    """
    A clinical word in plain words.

    ``forms`` are all the ways it is written, the word itself among them. ``title`` and ``url``
    name the page that explains it, too. ``readers`` are those it is explained to.
    """

    word: str
    plain: str
    forms: tuple[str, ...]
    title: str
    url: str
    readers: frozenset[Audience]


@dataclass(frozen=True, slots=True)
class Mark:
    """``text[start:end]`` is a form of the term ``word``."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Glossary:
    """The terms by word, and the version of the file they are from."""

    version: str
    terms: dict[str, Term]


@cache
def read_glossary() -> Glossary:
    """Return the glossary in ``prompts/glossary.toml``."""
    data = tomllib.loads((resources.files("prompts") / "glossary.toml").read_text(encoding="utf-8"))
    sources, lay = data["sources"], frozenset({Audience.PATIENT})
    terms = {
        word: Term(
            word,
            held["plain"],
            (word, *held.get("forms", ())),
            f"{sources[held['source']]['title']}: {held['entry']}",
            sources[held["source"]]["url"].format(page=held.get("page", "")),
            lay | {Audience.STUDENT} if held.get("technical") else lay,
        )
        for word, held in data["terms"].items()
    }
    return Glossary(data["version"], terms)


def explained(text: str, audience: Audience, names: Iterable[str] = ()) -> tuple[Mark, ...]:
    """
    Return the terms of *text* that *audience* has explained, each at its first place, in order.

    A term is a whole word or phrase, the longest that fits, and never part of a drug's name:
    *names* are those that the text may hold.
    """
    pattern, words = _forms(audience)
    kept = [span for name in names for span in _places(name, text)]
    marks: dict[str, Mark] = {}
    for found in pattern.finditer(text):
        start, end = found.span()
        word = words.get(found.group()) or words[found.group().lower()]
        if word not in marks and not any(start < last and first < end for first, last in kept):
            marks[word] = Mark(word, start, end)
    return tuple(marks.values())


def _places(name: str, text: str) -> list[tuple[int, int]]:
    pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)] if name else []


@cache
def _forms(audience: Audience) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds every form, the longest first, and the word of each form found."""
    words: dict[str, str] = {}
    parts: list[str] = []
    held = read_glossary().terms.values()
    forms = [(form, term.word) for term in held if audience in term.readers for form in term.forms]
    for form, word in sorted(forms, key=lambda each: (-len(each[0]), each)):
        exact = _ACRONYM.search(form) is not None  # ALT is a test, "alt" is not.
        words[form if exact else form.lower()] = word
        parts.append(re.escape(form) if exact else f"(?i:{re.escape(form)})")
    # A hyphen binds: what is explained of "opioid" does not hold of "non-opioid".
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts) or '(?!)'})(?![\w-])"), words
