"""
The claim keeps its quote's qualifiers: group of patients, severity, route and formulation.

None may be added or exchanged; and what restricts the quote ("in adults with cirrhosis", "unless")
may not be left out where the rest of its clause is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from service.answers import Passage, Statement
from service.gates.binding import Terms, stands_for_another, verbatim
from service.gates.grounds import Grounds, grounds, says_the_quote, told
from service.gates.groups import WIDER
from service.gates.marks import Kind, Mark, Reader, Reading
from service.gates.writing import normalised

KEPT = 0.6
"""Share of a clause's other words, 0-1, from which the statement repeats that clause."""

NEAR_AGE = 5
"""Words within which an age belongs to a group."""

_CODES = {Kind.GROUP: "population", Kind.SEVERITY: "severity", Kind.ROUTE: "route"}
_CONTENT = (Kind.WORD, Kind.DRUG, Kind.VALUE, Kind.DIRECTION, Kind.FREQUENCY)
_AGES = re.compile(r"\[time\] [<>≤≥]")
_RESTRICTED = re.compile(
    r"\b(?:in|for|among|to|of|between|than|from|versus) (?:[\w-]+ ){0,3}?"
    r"(?:patients?|people|persons?|individuals?|subjects?|those|women|men|children|adults?"
    r"|adolescents?|infants?|neonates?)"
    r" (?P<who>(?:with|who|whose|without|receiving|taking|undergoing|treated|on|at|aged"
    r"|requiring|harboring|carrying)\b"
    r"[^,.;:()]{2,60})",
    re.IGNORECASE,
)


def qualifier_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return which qualifier *statement* adds, exchanges or drops, or None."""
    del passages
    if says_the_quote(statement):
        return None
    said, found = told(statement, reader), grounds(statement, reader)
    for kind, name in _CODES.items():
        if (reason := _changed(said, found, kind)) is not None:
            return f"{name}_{reason}"
    if _drops_a_group(said, found.bare, reader.read(statement.subject)):
        return "population_dropped"
    if _drops_a_severity(said, found.bare):
        return "severity_dropped"
    if _drops_a_restriction(statement, said, found, reader):
        return "restriction_dropped"
    return None


def _changed(said: Reading, found: Grounds, kind: Kind) -> str | None:
    theirs = found.quote.of(kind)
    above = found.context.keys(kind)
    for mark in said.of(kind):
        same = [other for other in theirs if other.key == mark.key]
        rivals = [other for other in theirs if other.key != mark.key]
        known = same or (mark.key in above and (kind is Kind.ROUTE or not rivals))
        if not known and not _implied(mark, theirs):
            return "not_in_quote"
    return "of_another" if stands_for_another(said, found.quote, kind, Terms()) else None


def _implied(mark: Mark, theirs: Sequence[Mark]) -> bool:
    """Tell whether a wider name stands beside the narrower one: "women" for pregnant women."""
    return any(mark.key in WIDER.get(other.key, frozenset()) for other in theirs)


def _drops_a_group(said: Reading, quote: Reading, subject: Reading) -> bool:
    """
    Tell whether a group is left out of a clause that is kept.

    One group of several may be; of a statement in the quote's own wording none.
    """
    ours = said.keys(Kind.GROUP) | subject.keys(Kind.GROUP)
    theirs = quote.of(Kind.GROUP)
    if verbatim(said, quote):
        left = Counter(m.key for m in theirs) - Counter(m.key for m in said.of(Kind.GROUP))
        lost = [
            mark for mark in theirs if mark.key in left and mark.key not in subject.keys(Kind.GROUP)
        ]
    else:
        lost = [] if any(mark.key in ours for mark in theirs) else list(theirs)
    return any(_repeats_clause(said, quote, m) and not _by_age(said, quote, m) for m in lost)


def _by_age(said: Reading, quote: Reading, group: Mark) -> bool:
    """Tell whether the statement gives the group by its age: "3- to 5-year-olds" are children."""
    ages = {
        m.key for m in quote.of(Kind.VALUE) if 0 < m.at - group.at <= NEAR_AGE and "[time]" in m.key
    }
    return bool(ages & said.keys(Kind.VALUE))


def _drops_a_severity(said: Reading, quote: Reading) -> bool:
    """Tell whether "severe" is left out before a word that is kept."""
    left = Counter(m.key for m in quote.of(Kind.SEVERITY))
    left -= Counter(m.key for m in said.of(Kind.SEVERITY))
    words = said.keys(*_CONTENT, Kind.GROUP)
    for mark, noun in pairwise(quote.marks):
        if mark.kind is Kind.SEVERITY and mark.key in left and noun.key in words:
            qualified = any(
                one.kind is Kind.SEVERITY and two.key == noun.key
                for one, two in pairwise(said.marks)
            )
            if not qualified and _repeats_clause(said, quote, mark):
                return True
    return False


def _repeats_clause(said: Reading, quote: Reading, mark: Mark) -> bool:
    """Tell whether the statement says what the quote says in the clause of *mark*."""
    clause = {m.key for m in quote.of(*_CONTENT) if m.clause == mark.clause}
    kept = clause & said.keys(*_CONTENT)
    return bool(clause) and len(kept) / len(clause) >= KEPT


def _drops_a_restriction(
    statement: Statement, said: Reading, found: Grounds, reader: Reader
) -> bool:
    """Tell whether "unless ..." or "in patients with ..." is left out of a clause that is kept."""
    limits = found.bare.of(Kind.LIMIT)
    if any(
        mark.key not in said.keys(Kind.LIMIT) and _repeats_clause(said, found.bare, mark)
        for mark in limits
    ):
        return True
    ages = [mark for mark in found.bare.of(Kind.VALUE) if _AGES.match(mark.shape)]
    if (
        ages
        and not any(_AGES.match(mark.shape) for mark in said.of(Kind.VALUE))
        and _repeats_clause(said, found.bare, ages[0])
    ):
        return True
    words = said.keys(*_CONTENT, Kind.GROUP, Kind.SEVERITY, Kind.ROUTE)
    ours = Counter(mark.key for mark in said.marks)
    theirs = Counter(mark.key for mark in found.bare.marks)
    for citation in statement.citations:
        quote = normalised(citation.quote)
        for match in _RESTRICTED.finditer(quote):
            who = reader.read(match.group("who"))
            needed = Counter(m.key for m in who.of(*_CONTENT, Kind.GROUP, Kind.SEVERITY))
            rest = reader.read(quote[: match.start()] + quote[match.end() :])
            others = rest.keys(*_CONTENT)
            kept = len(others & words) / len(others) if others else 0.0
            left_out = all(ours[key] < theirs[key] for key in needed)
            if needed and left_out and kept >= KEPT:
                return True
    return False
