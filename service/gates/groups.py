"""
Text -> whom it is about: groups of patients, how severe, and the words that restrict. Pure.

A claim keeps the group of its source: what was found in adults says nothing of children.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.gates.patterns import any_of

_GROUPS = {
    "children": any_of(
        r"""
        child(?:ren|hood)? pa?ediatrics? boys? girls? kids? under_(?:the_age_of_)?18
        """
    ),
    "adolescents": any_of(r"adolescents? teen(?:ager)?s? adolescence youths?"),
    "infants": any_of(r"infants? bab(?:y|ies) infancy"),
    "neonates": any_of(r"neonat(?:es?|al) newborns? preterm premature_infants?"),
    "older adults": any_of(
        r"""
        elderly geriatrics?
        older_(?:adults?|people|persons?|patients?|subjects?|individuals?|women|men) seniors?
        aged_(?:patients|people|persons)
        """
    ),
    "younger people": any_of(r"younger_(?:adults?|people|persons?|patients?|subjects?|women|men)"),
    "adults": any_of(r"adults?"),
    "pregnant": any_of(r"pregnan(?:t|cy|cies) gestation(?:al)? gravid trimesters? expectant"),
    "not pregnant": any_of(r"non-?pregnant"),
    "lactating": any_of(
        r"""
        lactat(?:ing|ion) breast-?_?feed(?:ing|s)? breast-?fed
        nursing_(?:mothers?|women|infants?) (?:human|breast)_milk
        """
    ),
    "postmenopausal": any_of(r"post-?menopausal post-?menopause after_(?:the_)?menopause"),
    "premenopausal": any_of(r"pre-?menopausal"),
    "women": any_of(r"wom[ae]n females? mothers?"),
    "men": any_of(r"m[ae]n males?"),
    "renal": any_of(
        r"""
        renal(?:ly)? kidneys? ckd nephropath\w+ dialysis ha?emodialysis creatinine_clearance
        crcl e?gfr
        """
    ),
    "hepatic": any_of(r"hepatic(?:ally)? livers? cirrho\w+ child[-_]pugh"),
    "healthy": any_of(r"healthy volunteers?"),
    "animals": any_of(r"rats? mice mouse rabbits? dogs? monkeys? animals?"),
    "smokers": any_of(r"smokers?"),
    "nonsmokers": any_of(r"non-?smokers?"),
    "diabetics": any_of(r"diabetics? diabetes(?:_mellitus)?"),
    "inpatients": any_of(r"in-?patients? hospitali[sz]ed"),
    "outpatients": any_of(r"out-?patients? ambulatory"),
}
_SEVERITIES = {
    "mild": any_of(r"mild(?:ly)? slight(?:ly)?"),
    "moderate": any_of(r"moderate(?:ly)?"),
    "severe": any_of(r"severe(?:ly)? advanced end-?stage"),
    "acute": any_of(r"acute(?:ly)?"),
    "chronic": any_of(r"chronic(?:ally)? long-?term"),
}
_LIMITS = {
    "unless": any_of(r"unless except(?:ing|_for|_in|_when)? other_than excluding"),
    "only": any_of(r"only solely exclusively restricted_to limited_to"),
}
_BORDER = r"(?<![A-Za-z])(?<!non-)(?:{})(?![A-Za-z])"
_PATTERNS = tuple(
    (kind, key, re.compile(_BORDER.format(pattern), re.IGNORECASE))
    for kind, table in (("group", _GROUPS), ("severity", _SEVERITIES), ("limit", _LIMITS))
    for key, pattern in table.items()
)
WIDER = {
    "older adults": frozenset({"adults"}),
    "neonates": frozenset({"infants", "children"}),
    "infants": frozenset({"children"}),
    "adolescents": frozenset(),
    "postmenopausal": frozenset({"women"}),
    "pregnant": frozenset({"women"}),
}
"""Group -> the groups it is part of: named beside it, they add nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Words that name whom a text is about; ``kind`` is "group", "severity" or "limit"."""

    start: int
    end: int
    kind: str
    key: str


def groups(text: str) -> tuple[Group, ...]:
    """Return the groups, severities and limits a normalised *text* names, in order."""
    return tuple(sorted(_found(text), key=lambda g: (g.start, g.end)))


def _found(text: str) -> Iterator[Group]:
    taken: list[tuple[int, int]] = []
    for kind, key, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            # "Older women" is one group: what lies within a longer name is not named again.
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            yield Group(*match.span(), kind, key)
