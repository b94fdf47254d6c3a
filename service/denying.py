"""
What a question takes back: "not tramadol", "I did not mean adults", "without the naltrexone".

Where something is left out of the conversation, never what a question says of a drug: "is not
recommended" and "methotrexate without folic acid" deny nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

Span = tuple[int, int]

_NEGATION = re.compile(
    r"\b(?:i (?:did|do)(?: not|n['’]t) mean"
    r"|(?:and |but )?(?:without|not(?! (?:only|just|merely|necessarily)\b))) +"
    r"(?:(?:the|a|an|any|my|for|in|about|with|on|of|to) +)*",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|be|do|does|did|can|could|should|may|might|must|will|would|has|have"
    r"|had|if|or|why|whether|when|it|they) +$",
    re.IGNORECASE,
)
_END = re.compile(r" *(?:[,;:.?!—–]| - |\bbut\b|\brather\b|\bi mean)", re.IGNORECASE)
_APART = re.compile(r"(?:^|[,;:.—–-]|\b(?:and|but|no|sorry)) *$", re.IGNORECASE)


def denials(
    text: str, named: Collection[int], drugs: Sequence[Span], *, continuing: bool, correcting: bool
) -> list[Span]:
    """
    Return the spans that take something back, negation included.

    *named* are the places where a drug, class, condition or topic begins, *drugs* where drugs
    stand. A question that opens as a continuation may deny anything; another only what it names,
    set apart by a comma. "Not tramadol trazodone" denies the first drug alone.
    """
    found: list[Span] = []
    for match in _NEGATION.finditer(text):
        start, end = match.span()
        if "without" in match.group().lower() and not continuing:
            continue
        if _AUXILIARY.search(text[:start]) is not None:
            continue
        apart = continuing or _APART.search(text[:start]) is not None
        if not correcting and not (apart and end in named):
            continue
        stop = _END.search(text, end)
        last = stop.start() if stop else len(text)
        inside = [span for span in drugs if end <= span[0] < last]
        if len(inside) > 1 and inside[0][0] == end:
            last = inside[0][1]
        if last > end:
            found.append((start, last))
    return found
