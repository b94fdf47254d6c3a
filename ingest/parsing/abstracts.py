"""The parts of an abstract, as sections: labelled by the record, or by capitals in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.documents import Block, BlockKind, Section
from ingest.markup import squeeze

ABSTRACT = "Abstract"
LONGEST_LABEL = 70
"""Characters; a longer phrase in capitals or bold is a sentence."""

# Words of part names, and NLM's category for them (the NlmCategory attribute of PubMed XML:
# https://structuredabstracts.nlm.nih.gov). The first that is found wins.
_METHOD_WORDS = (
    r"methods?|methodology|designs?|settings?|participants|patients|subjects|interventions?"
    r"|measures?|measurements?|materials?|procedures?|selection|extraction|sources?|analys[ei]s"
    r"|outcomes?"
)
_PARTS = (
    ("conclusions", r"conclusions?|interpretations?|implications?|outlook"),
    ("results", r"results?|findings?"),
    ("discussion", r"discussion"),
    ("background", r"backgrounds?|introduction|context|importance|rationale"),
    ("objective", r"objectives?|aims?|purpose|hypothes[ei]s|goals?"),
    ("methods", _METHOD_WORDS),
)
_PART_WORDS = tuple((code, re.compile(rf"\b(?:{words})\b")) for code, words in _PARTS)
# A label that stands in running text: capitals and a colon, at the start or after a sentence.
_INLINE_LABEL = re.compile(
    r"(?:^|(?<=[.!?)\]]) )(?P<label>[A-Z][A-Z /&,'’()-]{2,70}[A-Z)]): (?=\S)"
)


def part_code(name: str) -> str:
    """Return the lower-case part name of a heading: "MAIN RESULTS" -> "results"."""
    lower = squeeze(name).lower().rstrip(":. ")
    for code, words in _PART_WORDS:
        if words.search(lower):
            return code
    return lower


def heading_of(label: str) -> str:
    """Write a label as a heading: "MAIN OUTCOME MEASURES:" -> "Main outcome measures"."""
    label = squeeze(label).rstrip(":. ")
    return label.capitalize() if label.isupper() else label


def abstract_part(label: str | None, text: str, *, category: str | None = None) -> list[Section]:
    """
    Return the section or sections of one abstract part.

    Text without a label of its own is looked through for labels in capitals ("RESULTS: ...").
    *category* is NLM's own name for the part.
    """
    if label and label.upper() not in ("UNLABELLED", "UNLABELED", "ABSTRACT"):
        assigned = category if category and category.upper() != "UNASSIGNED" else None
        return [
            _section((ABSTRACT, heading_of(label)), text, (assigned or part_code(label)).lower())
        ]
    found = [m for m in _INLINE_LABEL.finditer(text) if is_part_name(m.group("label"))]
    if not found:
        return [_section((ABSTRACT,), text, "abstract")]
    sections = []
    if text[: found[0].start()].strip():
        sections.append(_section((ABSTRACT,), text[: found[0].start()], "abstract"))
    ends = [*(m.start() for m in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=True):
        name = match.group("label")
        body = text[match.end() : end]
        sections.append(_section((ABSTRACT, heading_of(name)), body, part_code(name)))
    return sections


def _section(headings: tuple[str, ...], text: str, code: str) -> Section:
    text = squeeze(text)
    return Section(headings, (Block(BlockKind.PROSE, text),) if text else (), code)


def is_part_name(label: str) -> bool:
    """Tell a part's label from a gene, an abbreviation or a sentence."""
    lower = squeeze(label).lower().rstrip(":. ")
    known = any(words.search(lower) for _, words in _PART_WORDS) or lower in _OTHER_LABELS
    return known and len(lower) <= LONGEST_LABEL


_OTHER_LABELS = frozenset(
    "availability|availability and implementation|contact|data availability|funding|limitations"
    "|main limitations|motivation|questions|recommendations|registration|summary"
    "|supplementary information|trial registration|trial registration number"
    "|clinical trial registration|clinical relevance|level of evidence|key words|keywords"
    "|systematic review registration".split("|")
)


def merged(sections: Iterable[Section]) -> list[Section]:
    """Join neighbours under one heading path into one section."""
    joined: list[Section] = []
    for section in sections:
        if joined and joined[-1].headings == section.headings:
            last = joined.pop()
            joined.append(Section(last.headings, (*last.blocks, *section.blocks), last.code))
        else:
            joined.append(section)
    return joined
