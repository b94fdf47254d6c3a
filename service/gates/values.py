"""
Gate 3: every value of the statement stands in the quote, for the same drug, measure and group.

Numbers, ranges, units, comparators and frequencies are compared as values. A value that is in the
quote but belongs to something else there (the other arm's figure) fails as one that is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from service.answers import Passage, Statement
from service.gates.binding import Terms, partners, stands_for_another
from service.gates.grounds import Grounds, grounds, says_the_quote, told
from service.gates.marks import Kind, Mark, Reader, Reading
from service.gates.units import PATTERN, unit
from service.gates.writing import normalised

LISTED = 3
"""Figures that make a list whose order means something."""

BEFORE, AFTER = 2, 4
"""Words before and after a dose within which its schedule is read with it."""

_NEVER_BARE = frozenset(
    {
        "[mass]",
        "[mass]/[mass]",
        "[length] ** 3",
        "[time]",
        "[activity_of_a_drug]",
        "[charge_equivalent]",
    }
)
"""Dimensions of doses and times: a number that leaves their unit out says something else."""

_UNITS = re.compile(PATTERN, re.IGNORECASE)
_IMPLIED = {
    "1 count": re.compile(r"\b(?:single|one|each|every|per)\b", re.IGNORECASE),
    "2 count": re.compile(r"\b(?:both|pairs?|either|second)\b", re.IGNORECASE),
}
"""Small numbers that other words say."""

_INTERVAL = frozenset({"ci", "confidenc", "interval"})
_PLAIN = str.maketrans("", "", "<>≤≥")


def value_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return why a value of *statement* is not its quote's, or None."""
    del passages
    if says_the_quote(statement):
        return None
    said, found = told(statement, reader), grounds(statement, reader)
    for kind, name in ((Kind.VALUE, "value"), (Kind.FREQUENCY, "frequency")):
        theirs = found.quote.of(kind)
        for mark in said.of(kind):
            if not any(_equal(mark, other) for other in theirs) and not _is_known(
                mark, said, found
            ):
                return _missing(mark, theirs) if kind is Kind.VALUE else f"{name}_not_in_quote"
        if (
            _says_more_often(said, found, kind)
            or _reorders_a_list(said, found.quote, kind)
            or stands_for_another(said, found.quote, kind, _TERMS)
        ):
            return f"{name}_of_another"
    return "frequency_dropped" if _loses_its_schedule(said, found.quote) else None


def _says_more_often(said: Reading, found: Grounds, kind: Kind) -> bool:
    """Tell whether a value of the quote is said twice: the second time in place of another."""
    theirs = Counter(mark.key for mark in found.quote.of(kind))
    theirs += Counter(mark.key for mark in found.lead.of(kind))
    ours = Counter(mark.key for mark in said.of(kind))
    others = {o.shape for o in found.quote.of(kind) if o.key not in ours}
    return any(
        0 < theirs[mark.key] < ours[mark.key] and mark.shape in others for mark in said.of(kind)
    )


def _reorders_a_list(said: Reading, quote: Reading, kind: Kind) -> bool:
    """Tell whether three figures or more, listed in the quote, are listed in another order."""
    ours, theirs = _lists(said, kind), _lists(quote, kind)
    return any(
        one != other and sorted(one) == sorted(other) for one in ours for other in theirs
    ) and not any(one in theirs for one in ours)


def _lists(text: Reading, kind: Kind) -> list[tuple[str, ...]]:
    runs: dict[int, list[str]] = {}
    for mark in text.of(kind):
        runs.setdefault(mark.run, []).append(mark.key)
    return [tuple(keys) for keys in runs.values() if len(keys) >= LISTED]


def _loses_its_schedule(said: Reading, quote: Reading) -> bool:
    """Tell whether a dose that the quote gives per day or week stands without it."""
    lost = Counter(m.key for m in quote.of(Kind.FREQUENCY))
    lost -= Counter(m.key for m in said.of(Kind.FREQUENCY))
    if not lost:
        return False
    partner = partners(said, quote)
    for at, mark in enumerate(said.marks):
        if mark.kind is not Kind.VALUE or not mark.shape.startswith("[mass]"):
            continue
        kept = {m.key for m in said.of(Kind.FREQUENCY) if -BEFORE <= m.at - mark.at <= AFTER}
        if at in partner and (its := _schedule(quote, partner[at])) is not None:
            if its in lost and its not in kept and _schedule(said, at) is None:
                return True
            continue
        schedules = {
            _schedule(quote, its) for its, m in enumerate(quote.marks) if m.key == mark.key
        }
        if schedules and None not in schedules and not schedules & kept and schedules & lost.keys():
            return True
    return False


def _schedule(text: Reading, at: int) -> str | None:
    """Return how often the dose at index *at* is given, where that follows it at once."""
    follows = text.marks[at + 1] if at + 1 < len(text.marks) else None
    if follows is None or follows.kind is not Kind.FREQUENCY:
        return None
    return follows.key if follows.at - text.marks[at].at <= 1 else None


def _equal(mark: Mark, other: Mark) -> bool:
    return mark.key == other.key or {mark.key, other.key} == {"50 [share]", "0.5 count"}


def _rivals(mark: Mark, other: Mark) -> bool:
    return other.shape == mark.shape and not _equal(mark, other)


_TERMS = Terms(_equal, lambda mark, other: not _equal(mark, other), _rivals, -0.1, 1.02)


def _is_known(mark: Mark, said: Reading, found: Grounds) -> bool:
    """
    Tell whether a value stands in the quote in another form, or in the head that it leans on.

    An interval may be two numbers in brackets there, or two numbers here one interval; the cells
    of a table may leave "%" to its head, and a text the unit to the number before; "95% CI" is how
    intervals are given.
    """
    usual = mark.key == "95 [share]" and _INTERVAL & said.keys(Kind.WORD)
    if usual or mark.key in found.lead.keys(mark.kind):
        return True
    theirs = found.quote.of(Kind.VALUE)
    if _pairs_up(mark, theirs) or any(
        mark.written in other.written.split("..") and _pairs_up(other, said.of(Kind.VALUE))
        for other in theirs
        if ".." in other.written
    ):
        return True
    if _is_implied(mark, said, found):
        return True
    alike = [o for o in theirs if o.written == mark.written and _sign(o) == _sign(mark)]
    if _is_headed(mark, found):
        return any(other.shape.startswith("count") for other in alike)
    dimensions = {_dimension(other) for other in said.of(Kind.VALUE)}
    return mark.shape.startswith("count") and any(
        _dimension(other) in dimensions or _dimension(other) not in _NEVER_BARE for other in alike
    )


def _is_implied(mark: Mark, said: Reading, found: Grounds) -> bool:
    """Tell whether other words say a value: "single" one, "both" two, "within" at most."""
    words = _IMPLIED.get(mark.key)
    if words is not None and words.search(found.quote.text):
        return True
    if _dimension(mark) != "[time]":
        return False
    # "Within" and "over" a time may be read as a bound or as how long something lasts.
    either = {"≤": "within", ">": "over"}
    return any(
        other.written == mark.written
        and {_sign(mark), _sign(other)} == {"", sign}
        and word in f"{said.text} {found.quote.text}".lower()
        for other in found.quote.of(Kind.VALUE)
        for sign, word in either.items()
    )


def _is_headed(mark: Mark, found: Grounds) -> bool:
    """Tell whether the head of a table, or of its row, gives the unit that its cells leave out."""
    if mark.shape.startswith("[share]") and "%" in found.lead.text + found.quote.text:
        return True
    if " | " not in found.bare.text:
        return False
    heads = normalised(f"{found.lead.text} {found.bare.text.partition(' | ')[0]}")
    return _dimension(mark) in {unit(m.group()).dimension for m in _UNITS.finditer(heads)}


def _pairs_up(mark: Mark, values: Sequence[Mark]) -> bool:
    """Tell whether the ends of an interval stand side by side in the other text."""
    ends = mark.written.split("..")
    alike = {_dimension(mark), "count"}
    return len(ends) > 1 and any(
        [one.written, two.written] == ends and {_dimension(one), _dimension(two)} <= alike
        for one, two in pairwise(values)
    )


def _sign(mark: Mark) -> str:
    return mark.key[0] if mark.key[0] in "<>≤≥" else ""


def _missing(mark: Mark, theirs: Sequence[Mark]) -> str:
    """Return the code of the nearest thing that differs: comparator, range end, unit or number."""
    number, plain = _number(mark), mark.key.translate(_PLAIN)
    if any(other.key.translate(_PLAIN) == plain for other in theirs):
        return "comparator_differs"
    ends = set(number.translate(_PLAIN).split(".."))
    for other in theirs:
        shared = ends & set(_number(other).translate(_PLAIN).split(".."))
        if shared and _dimension(other) == _dimension(mark) and ".." in number + _number(other):
            return "range_differs"
    if any(_number(other) == number for other in theirs):
        return "unit_differs"
    return "value_not_in_quote"


def _number(mark: Mark) -> str:
    return mark.key.partition(" ")[0]


def _dimension(mark: Mark) -> str:
    return mark.key.partition(" ")[2]
