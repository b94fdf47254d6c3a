"""
Words around a number -> a comparator: at least, at most, more than, less than. Pure.

"≥", "at least", "or older" and "no less than" are one comparator; "≤" is not "<".
"""

from __future__ import annotations

import re

from service.gates.patterns import any_of

_AT_LEAST = any_of(
    r"""
    ≥ >= => >_?or_?=_? at_(?:the_)?least (?:no|not)_(?:less|fewer|lower|younger|sooner|earlier)_than
    (?:a_)?minimum(?:_of)? (?:greater|more|higher|older)_than_or_equal_to
    equal_to_or_(?:greater|more|higher)_than as_(?:little|low|few)_as
    """
)
_AT_MOST = any_of(
    r"""
    ≤ <= =< <_?or_?=_? at_(?:the_)?most (?<!goes_)(?<!went_)(?<!go_)up_to
    as_(?:much|many|high|long)_as
    (?:no|not)_(?:more|greater|higher|longer|older|later|larger|faster)_than
    not_(?:to_)?exceed(?:ing)? never_exceed (?:a_)?max(?:imum)?(?:_of)?
    (?:less|fewer|lower)_than_or_equal_to equal_to_or_(?:less|fewer|lower)_than
    """
)
_OVER = any_of(
    r"""
    > (?:more|greater|higher|older|longer|larger|later)_than over above exceed(?:s|ed|ing)?
    in_excess_of beyond
    """
)
_UNDER = any_of("< (?:less|fewer|lower|younger|shorter|smaller|earlier)_than under below")
_MAXIMUM_DOSE = (
    r"(?:max(?:imum|imal)?\.?|highest|largest)(?: [a-z#-]+){0,3} (?:dos(?:e|es|age)|amount)"
    r"(?: [a-z#-]+){0,4}?|(?:maximum|limit|ceiling)(?: [a-z#-]+){0,2} (?:is|of|at|:)"
)
_FILLERS = any_of(
    "is of : = was a an the total age aged ages about approximately around doses? be or"
)
_BEFORE = re.compile(
    rf"(?<![A-Za-z])(?:(?P<at_most>{_AT_MOST}|{_MAXIMUM_DOSE})|(?P<at_least>{_AT_LEAST})"
    rf"|(?P<over>{_OVER})|(?P<under>{_UNDER}))(?: ?(?:{_FILLERS})(?![a-z]))* ?[:=(]? ?$",
    re.IGNORECASE,
)
_OR_MORE = any_of(
    "more_often more_frequently more greater higher above older longer over later up(?!_to) beyond"
)
_OR_LESS = any_of("less fewer lower younger below under shorter")
_AFTER = re.compile(
    r" ?(?:years?|yrs?)?(?: of age| old)?,?\)? ?"
    rf"(?:(?P<at_least>(?:or|and) (?:{_OR_MORE})\b(?! than)|at least\b(?! \d)|(?<=\d)\+)"
    rf"|(?P<at_most>(?:or|and) (?:{_OR_LESS})\b(?! than)|at most\b(?! \d)|max(?:imum)?\b"
    r"|(?:[#a-z]+ ){0,2}(?:is|was) the (?:maximum|highest|largest)\b))",
    re.IGNORECASE,
)
_FARTHEST = 80
_SIGNS = {"at_least": "≥", "at_most": "≤", "over": ">", "under": "<"}


def before(text: str, at: int) -> tuple[str, str] | None:
    """Return the sign of the comparator that ends at *at* in a normalised text, and its words."""
    return _sign(_BEFORE.search(text[max(0, at - _FARTHEST) : at]))


def after(text: str, at: int) -> tuple[str, str] | None:
    """Return the sign of the comparator that begins at *at* in a normalised text, and its words."""
    return _sign(_AFTER.match(text, at))


def _sign(match: re.Match[str] | None) -> tuple[str, str] | None:
    if match is None:
        return None
    held = match.groupdict()
    return next(sign for name, sign in _SIGNS.items() if held.get(name)), match.group()
