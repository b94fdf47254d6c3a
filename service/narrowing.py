"""
The words that narrow a condition in a question: "diastolic heart failure", "HIV-2". Pure.

A passage on heart failure is no evidence about the diastolic one, nor one on a leukaemia about
another. Words of degree and course, and the
verbs of the question, are not required: labels rarely repeat them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.conditions import Condition
from service.words import GENERIC_WORDS, STOP_WORDS, Token, stem, tokens, words

_DEGREES = frozenset(
    """
    acquired active acute adult advanced atypical avoid bad bothersome chronic classic comorbid
    complete confirmed control controlled controls current dangerous develop develops diagnosed
    early elderly established existing experience experiences extreme fatal frequent full
    geriatric history ill impaired increased intermittent isolated known late left life
    lifelong like likely long lower lowers manage manages marked mean means mention mentions
    mild minor moderate new newly obvious occasional ongoing onset partial pediatric persistent
    poorly pre preexisting prevent preventing prevents primary prior prolonged raise raises
    recurrent recurring refractory related relieve relieves repeated resistant reversible right
    secondary several severe significant slight stable stop stops sudden suspected symptomatic
    temporary threatening transient treatment trigger triggers uncomplicated uncontrolled
    underlying unexplained untreated upper well worse worsen worsening worsens young
    """.split()
)
_JOINED = re.compile(r"[\s-]{1,2}")
_NUMBERED = re.compile(r"-(\d{1,2}|[a-e]|i{1,3}|iv)\b", re.IGNORECASE)
_GLUE = frozenset({"and", "or", "of"})


def narrowing(text: str, condition: Condition, *, spelled: bool) -> tuple[str, ...]:
    """
    Return the stems of the words beside a condition of *text* that say which one is meant.

    They stand right before it. Where the condition was taken from the sentence's build and not
    from the list (*spelled*), words that follow it belong to it too. *text* must have its drugs
    and topic words blanked out.
    """
    line = tokens(text)
    before = [token for token in line if token.end <= condition.start]
    after = [token for token in line if token.start >= condition.end]
    found = _run(text, reversed(before), condition.start)
    if spelled:
        found += _following(text, after, condition.end)
    return tuple(dict.fromkeys(stem(word) for word in found))


def numbered(text: str, condition: Condition) -> tuple[str, ...] | None:
    """Return the stems of a condition with the number that follows it ("hiv", "2"), or None."""
    match = _NUMBERED.match(text, condition.end)
    if match is None:
        return None
    own = text[condition.start : condition.end]
    return tuple(stem(word) for word in (*words(own), match.group(1).lower()))


def _run(text: str, backwards: Iterable[Token], start: int) -> list[str]:
    """Return the words that lead up to *start* without a gap."""
    found: list[str] = []
    for token in backwards:
        if _JOINED.fullmatch(text[token.end : start]) is None or token.word in STOP_WORDS:
            break
        if _narrows(token.word) or (text[token.end : start] == "-" and len(token.word) > 1):
            found.append(token.word)
        start = token.start
    return found


def _following(text: str, after: Iterable[Token], end: int) -> list[str]:
    found: list[str] = []
    for token in after:
        if _JOINED.fullmatch(text[end : token.start]) is None:
            break
        if token.word not in _GLUE:
            if token.word in STOP_WORDS:
                break
            if _narrows(token.word):
                found.append(token.word)
        end = token.end
    return found


def _narrows(word: str) -> bool:
    """Tell a word that says which condition is meant from degrees, verbs and words of the trade."""
    if word in _DEGREES or word in GENERIC_WORDS or len(word) == 1:
        return False
    return not word.endswith(("ed", "ing"))
