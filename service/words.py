"""
Words of a text, as understanding, the evidence gate and the composer compare them.

Small on purpose: lower-case tokens with their offsets, a light English stemmer, and the words
that carry no subject matter. Two texts agree on a word when their stems are equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:['’](?!s\b)[^\W_]+)*")

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being between both
    but by can could did do does doing done during each either else ever few for from get gets
    give given gives giving go goes going had has have having he her here hers him his how i if
    in into is it its itself just know let like made make many may me might more most much must my
    need needed no nor not now of off on once one only or other our out over own per please put
    same say says shall she should so some someone such take taken takes taking tell than that
    the their them then there these they this those through to together too under until up upon
    us use used uses using very want was we were what when where whether which while who whom
    whose why will with within without would you your yes ok okay
    anything else something happen happens still back again carry carries carried bear bears
    """.split()
)
"""Words of grammar and of asking; a passage is never required to hold one."""

GENERIC_WORDS = frozenset(
    """
    add adding adult adults advice advise affect affected affects agent applies apply
    associated association available best better clinician come comes coming common commonly
    complained complains concern concerned condition conditions consider contain contained
    contains current currently data day days detail details develop developed developing
    develops different doctor drug drugs effect effects evidence exert exerts expect expected
    explain fda find first frequently general good guidance guideline guidelines guides highly
    important increase individual individuals information initial keep kept key known label
    labeled labeling labelled labelling level linked list listed lists long main man manage
    managed management manages managing medical medicament medication medications medicine
    medicines men noticed often option options overview package patient patients people person
    physician possible potential prefer preferred prescribe prescribed prescribing presented
    presents problem problems product publication published question rate rates reason
    recommend recommendation recommendations recommended recommends regarding related report
    reported research role section serious severe show shown shows sign significant signs
    source sources start started starting statement studies study suggest suggested suggests
    summary therapies therapy time treat treated treating treatment treatments trial trials
    type types understand usual usually value watch week weeks well woman women work works
    worried worry year years
    """.split()
)
"""Words of the trade that fit any subject; they help ranking but prove nothing."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, lower case, and where it stands: ``text[start:end].lower() == word``."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the words of *text* in order; hyphens and slashes part words."""
    return [Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def words(text: str) -> tuple[str, ...]:
    """Return the lower-case words of *text*, without offsets."""
    return tuple(_TOKEN.findall(text.lower()))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """
    Return a light English stem: plurals and verb endings dropped, nothing else.

    The s-stemmer of Harman (1991, "How effective is suffixing?"), then -ing/-ed and a final e,
    so that "doses", "dosing" and "dose" agree while "hepatic" and "hepatitis" do not.
    """
    if len(word) <= 3 or not word.isalpha():  # noqa: PLR2004 - shorter words have no suffix to lose
        return word
    if word.endswith("ies") and not word.endswith(("aies", "eies")):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("aes", "ees", "oes", "us", "ss", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        left = word.removesuffix(suffix)
        if left != word and len(left) > 2 and re.search("[aeiouy]", left):  # noqa: PLR2004
            word = left[:-1] if re.search(r"([bdfgmnprt])\1$", left) else left
            break
    return word.removesuffix("e") if len(word) > 3 else word  # noqa: PLR2004


def stems(text: str) -> frozenset[str]:
    """Return the distinct stems of *text*."""
    return frozenset(map(stem, words(text)))


def content(found: Iterable[str]) -> tuple[str, ...]:
    """Return the words that carry subject matter, in order, each once."""
    return tuple(
        dict.fromkeys(
            word
            for word in found
            if word not in STOP_WORDS
            and word not in GENERIC_WORDS
            and (len(word) > 1 or word.isdigit())
        )
    )


def contains(text: str, phrase: str) -> bool:
    """Tell whether *text* holds the words of *phrase* in a row, stems compared."""
    return contains_words(tuple(map(stem, words(text))), tuple(map(stem, words(phrase))))


def contains_words(line: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether *part* stands in *line* as consecutive words; the empty part does not."""
    if not part:
        return False
    first, size = part[0], len(part)
    start = 0
    while True:
        try:
            start = line.index(first, start)
        except ValueError:
            return False
        if line[start : start + size] == part:
            return True
        start += 1
