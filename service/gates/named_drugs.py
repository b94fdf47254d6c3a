"""
Gate 4: every drug of the statement stands in the quote or above it, and in its own place.

Brand and generic count as one drug and a combination product as its own; two drugs of one
sentence that change places are two wrong drugs.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Passage, Statement
from service.gates.binding import Terms, partners, stands_for_another
from service.gates.grounds import Grounds, grounds, says_the_quote, told
from service.gates.marks import Kind, Mark, Reader, Reading
from service.gates.surroundings import likeness
from service.gates.synonyms import canonical

_ANY_DRUG = frozenset(map(canonical, ("drug", "treatment", "compound", "patient", "dose", "ones")))

ALIKE = 0.55
"""Likeness of surroundings, 0-1, from which a drug named above stands where another is quoted."""


def drug_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return why a drug of *statement* is not its quote's, or None."""
    del passages
    if says_the_quote(statement):
        return None
    said, found = told(statement, reader), grounds(statement, reader)
    quoted = found.quote.keys(Kind.DRUG)
    known = quoted | found.context.keys(Kind.DRUG)
    ours = said.of(Kind.DRUG)
    if any(mark.key not in known for mark in ours):
        return "drug_not_in_quote"
    if stands_for_another(said, found.quote, Kind.DRUG, Terms()):
        return "drug_of_another"
    if any(_takes_a_place(mark, said, found) for mark in ours):
        return "drug_of_another"
    return "drug_not_in_quote" if _puts_a_word_for_a_drug(said, found.quote) else None


def _puts_a_word_for_a_drug(said: Reading, quote: Reading) -> bool:
    """Tell whether, in the quote's own words, one that nobody knows stands for a drug."""
    partner = partners(said, quote)
    for at, mark in enumerate(said.marks):
        if at in partner or mark.kind is not Kind.WORD or mark.key in _ANY_DRUG:
            continue
        before, after = partner.get(at - 1, -1), partner.get(at + 1, len(quote.marks))
        if after - before == 2 and quote.marks[before + 1].kind is Kind.DRUG:  # noqa: PLR2004
            return True
    return False


def _takes_a_place(mark: Mark, said: Reading, found: Grounds) -> bool:
    """Tell whether a drug named only above the quote stands where the quote has another."""
    theirs = found.quote.of(Kind.DRUG)
    if any(other.key == mark.key for other in theirs):
        return False
    named = said.keys(Kind.DRUG)
    left_out = [other for other in theirs if other.key not in named]
    return any(likeness(said, mark, found.quote, other) >= ALIKE for other in left_out)
