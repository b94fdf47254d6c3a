"""
The statement speaks of what the quote speaks of: most of its words are there, under some name.

Values, drugs and cues can all be right by chance; a statement cited to the wrong passage shares
little else with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Passage, Statement
from service.gates.grounds import grounds, says_the_quote, told
from service.gates.marks import Kind, Reader
from service.words import GENERIC_WORDS, stem

LEAST = 0.5
"""Share of the statement's content words, 0-1, that the quote must hold."""

_GENERIC = frozenset(map(stem, GENERIC_WORDS))
_CONTENT = (Kind.WORD, Kind.DIRECTION, Kind.ROUTE, Kind.GROUP, Kind.SEVERITY, Kind.VALUE)


def coverage_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return "not_covered" where *statement* speaks of something else than its quote, or None."""
    del passages
    if says_the_quote(statement):
        return None
    words = told(statement, reader).keys(*_CONTENT) - _GENERIC
    if not words:
        return None
    held = grounds(statement, reader).quote.keys(*_CONTENT)
    return "not_covered" if len(words & held) / len(words) < LEAST else None
