"""
Numbers of a text, where they stand and how they are written; identifiers are not among them.

Written apart from the gates that this set measures: a fault shared by both would hide itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

_VALUE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.·]\d+)?"
_BEFORE = r"(?<![\w.,·/^−–$#*;:-])(?<![×x] )(?<!\d )(?<!/m )(?<!/ m )(?<![A-Z]{3} )"
_AFTER = r"(?![⁰¹²³⁴⁵⁶⁷⁸⁹⁻]|\d|[.,·]\d|[-/–−:]\d|--?\d|st\b|nd\b|rd\b|th\b| ?[×x] ?10)"
_NUMBER = re.compile(
    rf"{_BEFORE}({_VALUE}){_AFTER}(?![^\W\d_]|-[^\W\d_])"
    rf"|{_BEFORE}({_VALUE})(?=(?:mg|mcg|µg|μg|g|kg|mL|mmol|%)\b|-(?:mg|mcg|week|day|month|hour"
    rf"|year))"
)
_RANGE = re.compile(
    rf"{_BEFORE}({_VALUE})( ?(?:mg|mcg|µg|g|kg|mL|%|° ?[CF]|hours|days|weeks|months|years))?"
    rf"( ?[-–] ?|--| to | through | and )({_VALUE}){_AFTER}(?![^\W\d_](?![gLl]|cg|mol|inutes))"
)
_LABELLED = re.compile(
    r"\b(?:tables?|figures?|fig\.?|sections?|appendix|chapter|refs?\.?|references?|no\.|box|step"
    r"|version|stages?|grades?|phase|type|vitamin|recommendations?|cohort|part|class|category"
    r"|level|page|pp?\.|question|factor|arm|version|study|trial|studies|omega|day|week|visit)"
    r"(?: ?[(#]?\d+(?:\.\d+)*,?(?: and| or| to|[-–])?)* ?[(#]?$",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\[(?!95%)[^\]]*\]"
    r"|\^\([^)]*\)|\b95 ?%(?= (?:CI|confidence))"
    r"|\(\s*(?:see\b[^)]*|\d+(?:[.–-]\d+)*(?:\s*[,;]\s*\d+(?:[.–-]\d+)*)*)\s*\)"
    r"|https?:\S+|\b\d{4}(?=\b)(?<=19\d\d|20\d\d)|\b\d+-\d{3}-\d{4}|\b\d{1,2}/\d{1,2}/\d{2,4}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number: ``text[start:end]`` is how it is written, ``value`` what it is."""

    start: int
    end: int
    written: str
    value: Decimal


def asides(text: str) -> list[tuple[int, int]]:
    """Return the spans of cross-references, literature marks, years, links and dates."""
    return [match.span() for match in _ASIDE.finditer(text)]


def figures(text: str) -> list[Figure]:
    """Return the numbers of *text* that say something, in order, ends of ranges left out."""
    apart = asides(text) + [m.span() for m in _RANGE.finditer(text) if _ordered(m)]
    found = (_figure(m, 1 if m[1] else 2) for m in _NUMBER.finditer(text))
    return [f for f in found if not _inside(f.start, apart) and not _is_name(text, f)]


def ranges(text: str) -> Iterator[tuple[Figure, Figure]]:
    """Yield the two ends of every range of *text*, the lower first."""
    apart = asides(text)
    for match in _RANGE.finditer(text):
        low, high = _figure(match, 1), _figure(match, 4)
        if match[3] == " and " and not text[: match.start()].lower().endswith("between "):
            continue
        if _ordered(match) and not _inside(low.start, apart) and not _is_name(text, low):
            yield low, high


def like(pattern: str, value: Decimal) -> str:
    """Return *value* as *pattern* is written: with or without a comma between thousands."""
    plain = format(value.normalize(), "f")
    whole, _, rest = plain.partition(".")
    if "," in pattern or (value >= 10_000 and "," in pattern):  # noqa: PLR2004
        whole = f"{int(whole):,}"
    mark = "·" if "·" in pattern else "."
    return f"{whole}{mark}{rest}" if rest else whole


def value_of(written: str) -> Decimal:
    """Return the value of a written number: "4,523" -> 4523."""
    return Decimal(written.replace(",", "").replace("·", "."))


def _figure(match: re.Match[str], group: int) -> Figure:
    return Figure(match.start(group), match.end(group), match[group], value_of(match[group]))


def _ordered(match: re.Match[str]) -> bool:
    return value_of(match[1]) < value_of(match[4])


def _inside(at: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _is_name(text: str, figure: Figure) -> bool:
    """Tell a number that only numbers something: "Table 2", "3." or "3)" before an item."""
    before, after = text[: figure.start], text[figure.end : figure.end + 2]
    listed = not before.strip(" (\n") and after[:1] in (".", ")")
    counted = after[:1] == ")" and before.count("(") <= before.count(")")
    cut_off = before.rstrip().endswith("(") and not after.strip(". ")
    return listed or counted or cut_off or _LABELLED.search(before[-60:]) is not None
