"""
Words that say something, told apart from headings, pointers and cross-references. Pure.

"Table 5 lists drug interactions" and "[see Warnings (5.1)]" lead a reader of the whole document on;
quoted alone they say nothing.
"""

from __future__ import annotations

import re

_CROSS_REFERENCE = re.compile(r"[\[(]?\s*see\b[^.\])]*[\])]?\W*", re.IGNORECASE)
_BRACKETED = re.compile(
    r"\[\s*see\b[^\]]*\]|\(\s*see\b[^()]*(?:\([^()]*\)[^()]*)*\)", re.IGNORECASE
)
_SECTION_NUMBERS = re.compile(r"[\[(]\s*\d+(?:\.\d+)+(?:\s*,\s*\d+(?:\.\d+)*)*\s*[\])]")
_POINTER = re.compile(
    r"^\W*(?:tables?|figures?) \d+\w*(?: and \d+)? (?:includes?|lists?|presents?|shows?"
    r"|summari[sz]es?|displays?|provides?|contains?|describes?)\b"
    r"|\b(?:provided|listed|presented|summari[sz]ed|shown|displayed|described|given)"
    r" (?:below )?in (?:the )?(?:tables?|figures?) \d"
    r"|\bdescribed (?:in (?:more |greater )?detail )?(?:elsewhere|in other sections)\b",
    re.IGNORECASE,
)
"""What only points to a table: its rows say it."""
_TABLE_NUMBER = re.compile(r"\b(?:tables?|figures?) \d+\w*(?:(?:,| and| to) \d+)*", re.IGNORECASE)
_NONE = re.compile(r"None(?: known)?\.?", re.IGNORECASE)
"""All that some sections say, and worth quoting: "Contraindications: None"."""
_FEWEST_WORDS = 4
_HEADING = 0.7
"""Share of capitals from which words without a full stop are a heading."""


def without_references(text: str) -> str:
    """Return *text* without its "[see Warnings (5.1)]" and "( 2.2 )", for comparing only."""
    bare = _SECTION_NUMBERS.sub("", _BRACKETED.sub("", text))
    return _CROSS_REFERENCE.sub("", bare)


def says_something(text: str) -> bool:
    """Tell words from a bare heading, mark or cross-reference."""
    if " | " in text or _NONE.fullmatch(text):
        return True
    plain = without_references(text)
    if _POINTER.search(plain) and not any(map(str.isdigit, _TABLE_NUMBER.sub("", plain))):
        return False
    if len(plain.split()) < _FEWEST_WORDS or not any(char.islower() for char in plain):
        return False
    capitals = sum(char.isupper() for char in plain) / sum(map(str.isalpha, plain))
    return capitals < _HEADING or plain.rstrip().endswith(".")
