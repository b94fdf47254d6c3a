"""
Text -> quantities: numbers with their unit, range and comparator, as values to compare. Pure.

0.5 g is 500 mg, 4,523 is 4523, "65 years and older" is "≥65 years"; 5 mg is not 0.5 mg, mg is not
mcg, ≤ is not <, and a range is both its ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from service.gates.comparators import after, before
from service.gates.numerals import NUMBER, value
from service.gates.units import COUNT, PATTERN, Unit, unit

_DIGITS = 12
"""Significant digits to which two values must agree: exact but for rounding in conversions."""

_NUMBERS = re.compile(
    rf"(?<![A-Za-z\d.,^])(?P<sign>(?<![\d)A-Za-z] )(?<![\d)A-Za-z])-)?(?P<low>{NUMBER})"
    rf"(?:[- ]?(?P<low_unit>{PATTERN}))?"
    rf"(?:(?P<joint> ?- ?|-? to | through | and )(?P<high_sign>-)?(?P<high>{NUMBER})"
    rf"(?:[- ]?(?P<high_unit>{PATTERN}))?)?(?![\dA-Za-z]*\d)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween(?: [a-z]+){0,2} $", re.IGNORECASE)
_AGE = re.compile(r"\bage[ds]?\b(?!-)[^\d.;,]{0,30}$", re.IGNORECASE)
_OF_AGE = re.compile(r"older|younger", re.IGNORECASE)
_FROM = re.compile(r"\bfrom (?:the age of |age )?$", re.IGNORECASE)
_ONWARD = re.compile(r"(?: of age| on\b| onwards?| up\b)", re.IGNORECASE)
_TO_LESS = re.compile(r" ?(?:to|-|and|but) ?(?:less than|under|below|<)", re.IGNORECASE)
_LISTED = re.compile(r"^(?:,|,? ?(?:and|or)|, ?(?:and|or)) ?$")
_SAID = tuple(
    (re.compile(rf"\b(?:{pattern})\b(?![- ]li[fv])", re.IGNORECASE), number, dimension)
    for pattern, number, dimension in (
        (r"doubl(?:e|ed|es|ing)|twice|two-?fold", 2, "count"),
        (r"tripl(?:e|ed|es|ing)|three-?fold", 3, "count"),
        (r"hal(?:f|ve|ved|ving)", 50, "[share]"),
        (r"(?:a|1|one) quarter", 25, "[share]"),
        (r"3 quarters|three quarters", 75, "[share]"),
    )
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    One value or range; ``text[start:end]`` holds it, comparator included.

    ``low`` and ``high`` are in the base unit of ``dimension`` and equal for a single value;
    ``comparator`` is "", "<", "≤", ">" or "≥"; ``written`` holds the number or numbers alone.
    """

    start: int
    end: int
    low: Decimal
    high: Decimal
    dimension: str
    comparator: str = ""
    written: str = ""

    @property
    def shape(self) -> str:
        """What quantities have in common that can be mistaken for each other."""
        return f"{self.dimension} {self.comparator}{'..' if self.high != self.low else ''}"

    @property
    def key(self) -> str:
        """What two equal quantities share, whatever units they were written in."""
        span = _written(self.low)
        if self.high != self.low:
            span += f"..{_written(self.high)}"
        return f"{self.comparator}{span} {self.dimension}"


@dataclass(slots=True)
class _Raw:
    """A number as found, before its list's unit is known."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    unit: Unit | None
    written: str
    comparator: str = ""


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a normalised *text*, in order; see ``numerals.normalised``."""
    raw = list(_raw(text))
    _share_units(text, raw)
    found = [*map(_settled, raw), *_multiples(text)]
    return tuple(sorted(found, key=lambda q: (q.start, q.end)))


def _raw(text: str) -> Iterator[_Raw]:
    for match in _NUMBERS.finditer(text):
        joint = (match.group("joint") or "").strip()
        is_range = bool(match.group("high")) and (
            joint != "and" or _BETWEEN.search(text[: match.start()]) is not None
        )
        low, low_unit = _signed(match, "low"), _unit(match.group("low_unit"))
        if low_unit is None and match.group("high_unit") and joint in {"to", "-", "through"}:
            low_unit = _unit(match.group("high_unit"))
        elif low_unit is None and _AGE.search(text[: match.start()]):
            low_unit = unit("years")
        if not match.group("high"):
            yield _compared(
                text, _Raw(match.start(), match.end(), low, low, low_unit, _written(low))
            )
            continue
        high = _signed(match, "high")
        high_unit = _unit(match.group("high_unit")) or (low_unit if is_range else None)
        if is_range and not _agree(low_unit, high_unit):
            is_range = False
        if is_range and (high > low or match.group("joint") == "-"):
            ends = f"{_written(low)}..{_written(high)}"
            low, high = _scaled(low, low_unit or high_unit), _scaled(high, high_unit or low_unit)
            dimension = (high_unit or low_unit or COUNT).dimension
            joined = Unit(Decimal(1), dimension) if high_unit or low_unit else None
            yield _compared(text, _Raw(match.start(), match.end(), low, high, joined, ends))
            continue
        middle = match.end("low_unit") if match.group("low_unit") else match.end("low")
        start = match.start("high_sign") if match.group("high_sign") else match.start("high")
        yield _compared(text, _Raw(match.start(), middle, low, low, low_unit, _written(low)))
        yield _compared(text, _Raw(start, match.end(), high, high, high_unit, _written(high)))


def _agree(low: Unit | None, high: Unit | None) -> bool:
    """Tell whether both ends of a range measure the same."""
    return low is None or high is None or low.dimension == high.dimension


def _signed(match: re.Match[str], which: str) -> Decimal:
    sign = match.group("sign" if which == "low" else "high_sign")
    number = value(match.group(which))
    return -number if sign else number


def _unit(written: str | None) -> Unit | None:
    return None if written is None else unit(written)


def _scaled(number: Decimal, its: Unit | None) -> Decimal:
    return number * its.factor if its is not None else number


def _compared(text: str, raw: _Raw) -> _Raw:
    """Give a number the comparator that stands before or after it."""
    ahead = text[: raw.start]
    front, back = before(text, raw.start), after(text, raw.end)
    if back is not None and raw.unit is None and _OF_AGE.search(back[1]):
        raw.unit = unit("years")
    if front is not None and not _lasts(front[1], raw, ahead):
        raw.comparator = front[0]
        raw.start -= len(front[1])
    elif back is not None:
        raw.comparator = back[0]
        raw.end += len(back[1])
    elif _begins(text, raw) or _TO_LESS.match(text, raw.end):
        raw.comparator = "≥"
    return raw


def _begins(text: str, raw: _Raw) -> bool:
    """Tell whether "from age 12" or "from six months on" gives the least age."""
    found = _FROM.search(text[: raw.start])
    if found is None or raw.low != raw.high:
        return False
    return "age" in found.group() or _ONWARD.match(text, raw.end) is not None


def _lasts(front: str, raw: _Raw, ahead: str) -> bool:
    """Tell whether "over 90 minutes" says how long something lasts; over an age it compares."""
    its_age = _AGE.search(ahead) or (raw.unit is not None and raw.unit == unit("years"))
    in_time = raw.unit is not None and raw.unit.dimension == "[time]"
    return front.lower().startswith("over") and in_time and not its_age


def _share_units(text: str, raw: list[_Raw]) -> None:
    """Give the numbers of a list the unit that stands behind its last: "5, 10 and 15 mg"."""
    for at in range(len(raw) - 2, -1, -1):
        one, after = raw[at], raw[at + 1]
        between = text[one.end : after.start]
        joined = _LISTED.match(between) is not None
        ends = joined and ("and" in between or "or" in between)
        goes_on = joined and at + 2 < len(raw) and raw[at + 1].unit is raw[at + 2].unit
        if one.unit is None and after.unit is not None and (ends or goes_on):
            one.unit = after.unit if after.unit.factor != 1 or after.low == after.high else None


def _settled(raw: _Raw) -> Quantity:
    its = raw.unit or COUNT
    return Quantity(
        raw.start,
        raw.end,
        raw.low * its.factor,
        raw.high * its.factor,
        its.dimension,
        raw.comparator,
        raw.written,
    )


def _multiples(text: str) -> Iterator[Quantity]:
    """Yield what words say of a multiple or a share: doubled, half, a quarter."""
    for pattern, number, dimension in _SAID:
        for match in pattern.finditer(text):
            yield Quantity(
                *match.span(), Decimal(number), Decimal(number), dimension, "", str(number)
            )


def _written(number: Decimal) -> str:
    with localcontext(prec=_DIGITS):
        return f"{(+number).normalize():f}" if number else "0"
