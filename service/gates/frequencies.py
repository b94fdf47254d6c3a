"""
Text -> how often: "twice daily", "b.i.d.", "every 12 hours", "weekly", as rates to compare. Pure.

"Twice daily" and "every 12 hours" are one schedule where a dose is given regularly, as
prescribers write it; with "as needed" the interval is a limit and not a schedule, and they differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from service.gates.comparators import after, before
from service.gates.numerals import UNSIGNED, value

_DAYS = {
    "day": Fraction(1),
    "night": Fraction(1),
    "morning": Fraction(1),
    "evening": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(0),
    "year": Fraction(0),
    "hour": Fraction(1, 24),
    "minute": Fraction(1, 1440),
}
_ADVERBS = {
    "daily": "day",
    "nightly": "night",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
    "annual": "year",
    "hourly": "hour",
}
_TIMES = (
    r"(?:once|twice|thrice|(?:a )?single"
    r"|(?P<times>\d+)(?: ?(?:to|-|or) ?(?P<most>\d+))? ?(?:times|x))"
)
_PERIOD = "day|night|morning|evening|week|month|year"
_ADVERB = "|".join(_ADVERBS)
_COUNTED = (
    rf"\b(?P<count>{_TIMES})[- ]?"
    rf"(?:(?:a|an|per|each|every|/)[- ]?(?P<period>{_PERIOD})s?|(?P<adverb>{_ADVERB}))\b"
)
_SPACED = rf"\b(?P<number>\d+)-(?P<adverb>{_ADVERB})\b"
_EVERY_OTHER = (
    rf"\b(?:every|each|q\.?) ?(?P<other>other|second|alternate) (?P<period>{_PERIOD})s?\b"
)
_ALTERNATE = r"\b(?P<other>alternate|alternating|alternative) (?P<period>day|week|night)s\b"
_EVERY = (
    rf"\b(?:every|each|q\.?) ?(?P<number>{UNSIGNED})?(?: ?(?:to|-) ?(?P<upto>{UNSIGNED}))?[- ]?"
    r"(?P<period>hour|hr|h|day|d|week|wk|month|mo|year|minute|min)s?\b"
)
_EVERY_NIGHT = r"\b(?:every|each) (?P<period>night|morning|evening)\b"
_WRITTEN_SHORT = (
    r"(?<![a-z])(?P<latin>q\.?i\.?d|t\.?i\.?d|b\.?i\.?d|q\.?d|q\.?h\.?s|q\.?o\.?d|tds|qds|bd)"
    r"\.?(?![a-z])"
)
_EVERY_SECOND = r"\bbi-?(?P<other>ennial)(?:ly)?\b"
_IN_A_WORD = rf"\b(?P<adverb>{_ADVERB})\b"
_PER = (
    r"(?:\bper|(?<!than )(?<!least )(?<!after )(?<!for )(?<!within )\ba|/) ?"
    r"(?P<period>day|week|month|d|wk)\b"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _COUNTED,
        _SPACED,
        _EVERY_OTHER,
        _ALTERNATE,
        _EVERY,
        _EVERY_NIGHT,
        _WRITTEN_SHORT,
        _EVERY_SECOND,
        _IN_A_WORD,
        _PER,
    )
)
_LATIN = {"qid": 4, "tid": 3, "bid": 2, "qd": 1, "qhs": 1, "tds": 3, "qds": 4, "bd": 2}
_SHORT = {"hr": "hour", "h": "hour", "d": "day", "wk": "week", "mo": "month", "min": "minute"}
_HYPHENED = re.compile(r"(?<=[a-z])-(?=[a-z])", re.IGNORECASE)
_AS_NEEDED = re.compile(
    r"\bas[- ]needed\b|\bif needed\b|\bp\.?r\.?n\b|\bwhen needed\b|\bas required\b"
)


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often; ``text[start:end]`` says so and ``key`` is equal for equal rates."""

    start: int
    end: int
    key: str


def frequencies(text: str) -> tuple[Frequency, ...]:
    """Return the frequencies of a normalised *text* in order, none overlapping another."""
    needed = _AS_NEEDED.search(text.lower()) is not None
    text = _HYPHENED.sub(" ", text)
    found: list[Frequency] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= f.start or f.end <= match.start() for f in found):
                key = _key(match, needed=needed)
                found.append(_compared(text, match, key))
    return tuple(sorted(found, key=lambda each: each.start))


def _compared(text: str, match: re.Match[str], key: str) -> Frequency:
    """Give a frequency the comparator that stands before or after it."""
    if (limit := before(text, match.start())) is not None:
        return Frequency(match.start() - len(limit[1]), match.end(), limit[0] + key)
    if (limit := after(text, match.end())) is not None:
        return Frequency(match.start(), match.end() + len(limit[1]), limit[0] + key)
    return Frequency(match.start(), match.end(), key)


def _key(match: re.Match[str], *, needed: bool) -> str:
    held = match.groupdict()
    if latin := (held.get("latin") or "").lower().replace(".", ""):
        return "1 per 2 day" if latin == "qod" else f"{_LATIN[latin]} per day"
    period = _period(held)
    if held.get("other"):
        return f"1 per 2 {period or 'year'}"
    if held.get("count"):
        return "-".join(str(n) for n in _times(match)) + f" per {period}"
    if (number := held.get("number")) is not None:
        return _interval(number, held.get("upto"), period, needed=needed)
    return f"1 per {period}"


def _period(held: dict[str, str | None]) -> str:
    if adverb := held.get("adverb"):
        named = _ADVERBS[adverb.lower()]
    else:
        written = (held.get("period") or "").lower()
        named = _SHORT.get(written, written)
    return "day" if named in {"night", "morning", "evening"} else named


def _times(match: re.Match[str]) -> Iterator[int]:
    word = match.group("count").lower()
    if match.group("times"):
        yield int(match.group("times"))
        if match.group("most"):
            yield int(match.group("most"))
        return
    yield {"onc": 1, "twi": 2, "thr": 3}.get(word[:3], 1)


def _interval(number: str, upto: str | None, period: str, *, needed: bool) -> str:
    """Return "every 12 hours" as a rate where it divides a day; "every 4 to 6 hours" as it is."""
    every = Fraction(value(number))
    if upto is not None:
        return f"every {every}-{Fraction(value(upto))} {period}"
    days = every * _DAYS.get(period, Fraction(0))
    if period == "hour" and not needed and days and (1 / days).denominator == 1:
        return f"{1 / days} per day"
    if period in {"day", "hour"} and days.denominator == 1 and days % 7 == 0:
        every, period = days / 7, "week"
    elif period == "hour" and days.denominator == 1:
        every, period = days, "day"
    elif period == "month" and every % 12 == 0:
        every, period = every / 12, "year"
    return f"1 per {period}" if every == 1 else f"1 per {every} {period}"
