"""
Texts that bind by place -> texts that bind by nearness: table rows, and "respectively". Pure.

"14% and 8% with naltrexone and placebo, respectively" says which is whose only by counting; so
does a cell of a table. Both are read with each figure beside what it belongs to.
"""

from __future__ import annotations

import re

from service.gates.comparators import before

_FIGURE = (
    r"(?:[<>≤≥±]|about |approximately )?\d[\d.,]*"
    r"(?: ?%| ?[a-zµ/]{1,8}(?![a-z]))?(?: ?\([^()]{1,20}\))?"
)
_BETWEEN = r"(?:, and |, or |, | and | or )"
_RESPECTIVELY = re.compile(
    rf"(?P<figures>{_FIGURE}(?:{_BETWEEN}{_FIGURE})+)(?P<middle>[^.;]*?)"
    r"(?P<names>[^.;]+?),? respectively",
    re.IGNORECASE,
)
_SPLIT = re.compile(_BETWEEN)
_NAME_WORDS = 4
_LEADS = re.compile(
    r"^.*\b(?:of|for|in|with|on|by|from|to|were|was|the|between|among) ", re.IGNORECASE
)


def unfolded(quote: str, lead: str) -> str:
    """
    Return *quote* with each figure beside what it belongs to.

    *lead* is the table head that a row hangs from, cells joined by " | " as in the row: "Nausea |
    14% | 8%" becomes "Nausea; naltrexone: 14%; placebo: 8%".
    """
    if " | " in quote and " | " in lead:
        return _rows(quote, lead)
    return _RESPECTIVELY.sub(_paired, quote) if "respectively" in quote else quote


def _rows(quote: str, lead: str) -> str:
    heads = [head.strip() for head in lead.split(" | ")]
    rows = []
    for row in quote.split("\n"):
        cells = [cell.strip() for cell in row.split(" | ")]
        if len(cells) < 2 or len(heads) < len(cells):  # noqa: PLR2004 - not a row of this table
            rows.append(row)
            continue
        named = [f"{head}: {cell}" for head, cell in zip(heads[1:], cells[1:], strict=False)]
        rows.append("; ".join([cells[0], *named]))
    return "\n".join(rows)


def _paired(match: re.Match[str]) -> str:
    """Pair the figures with the names that follow them in the same order; else leave it."""
    figures = _SPLIT.split(match.group("figures"))
    told = match.group("middle") + match.group("names")
    names = _SPLIT.split(told)
    if len(names) < len(figures) or before(match.string, match.start()) is not None:
        return match.group()
    names = names[-len(figures) :]
    if not all(any(char.isalpha() for char in name) for name in names):
        return match.group()
    between = told[: told.find(names[0])]
    words = names[0].split()
    first = _LEADS.sub("", " ".join(words[-_NAME_WORDS:]))
    ahead = names[0].strip().removesuffix(first)
    pairs = zip(figures, [first, *names[1:]], strict=True)
    return f"{between}{ahead}; " + "; ".join(f"{name}: {figure}" for figure, name in pairs)
