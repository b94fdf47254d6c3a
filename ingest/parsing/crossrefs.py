"""
JATS cross-references -> text: citations of the reference list go, everything else stays readable.

"improved [<xref>3</xref>, <xref>7</xref>]." becomes "improved."; the marks of table footnotes are
raised, so that 5.2 with note 1 reads 5.2¹ and never 5.21.
"""

from __future__ import annotations

import re

from ingest.documents import Block
from ingest.markup import Element, flatten, local_name, raised
from ingest.parsing.formulas import become_text

# Unicode noncharacters: no text may carry them. CITED ... END encloses a citation by number,
# NAMED ... END one by name or year, until the text around them is known.
_CITED, _NAMED, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_REFERENCES = frozenset({"bibr", "ref", "citation"})
_NOTES = frozenset({"table-fn", "fn"})

_JOINT = r"(?:\s|[,;&–—‐‑⁻−-]|and\b|to\b)*"
_NUMBER = rf"{_CITED}[^{_END}]*{_END}"
_NAME = rf"{_NAMED}[^{_END}]*{_END}"
_ONE = rf"(?:{_NUMBER}|{_NAME})"
_LEADING = (
    r"(?:(?:see|see also|e\.g\.|for review,? see|reviewed in|refs?\.?|references?|cf\.),?\s*)?"
)
_CITATION = re.compile(
    rf"\s*(?:\[{_LEADING}{_ONE}(?:{_JOINT}{_ONE})*[\s,;]*\]"
    rf"|\({_LEADING}{_ONE}(?:{_JOINT}{_ONE})*[\s,;]*\)"
    rf"|{_NUMBER}(?:{_JOINT}{_NUMBER})*)",
    re.IGNORECASE,
)
_MARKS = re.compile(rf"[{_CITED}{_NAMED}{_END}]")
# Without its object such a word would hang in the air: "According to [12], the rate ...".
_NEEDS_OBJECT = re.compile(r"\b(?:according to|by|from|in|of|per|see|to|with)$", re.IGNORECASE)
# What a dropped citation leaves beside other words: "[, unpublished]", "Price et al..".
_LEFTOVERS = (
    (re.compile(r"([(\[])\s*[,;]\s*"), r"\1"),
    (re.compile(r"\s*[,;]?\s+([)\]])"), r"\1"),
    (re.compile(r"\s*(?:\(\s*\)|\[\s*\])"), ""),
    (re.compile(r"(?<![.\s])(?:[,;] ?|\.)\.(?![.\d])"), "."),
)
_ONLY_JOINTS = re.compile(rf"(?:{_NUMBER}|\s|[][(),;&–—‐‑⁻−-]|and\b)*")


def mark_citations(root: Element) -> None:
    """
    Replace every cross-reference to the reference list or a note, in place, by text.

    A link without words shows its address.
    What follows needs ``without_citations`` on every text that is taken from the tree.
    """
    for xref in list(root.iter("{*}xref")):
        kind = xref.get("ref-type")
        if kind in _REFERENCES:
            text = flatten(xref)
            named = any(letter.isalpha() for letter in text) or re.search(r"\d{4}", text)
            become_text(xref, f"{_NAMED if named else _CITED}{text}{_END}")
        elif kind in _NOTES and not _is_raised(xref):
            mark = flatten(xref).removeprefix("^")
            become_text(xref, raised(mark if "(" in mark else mark.rstrip(")")))
    for link in root.iter("{*}ext-link", "{*}uri"):
        if not len(link) and not (link.text or "").strip():
            link.text = link.get("{http://www.w3.org/1999/xlink}href")
    for sup in list(root.iter("{*}sup")):
        text = flatten(sup)
        if _CITED not in text:
            continue
        if _ONLY_JOINTS.fullmatch(text):
            become_text(sup, f"{_CITED}{_MARKS.sub('', text)}{_END}")
        else:
            become_text(sup, raised(_CITATION.sub("", text).strip(" ,;")))


def _is_raised(xref: Element) -> bool:
    return any(local_name(a) == "sup" for a in xref.iterancestors()) or any(
        local_name(d) == "sup" for d in xref.iterdescendants()
    )


def without_citations(text: str) -> str:
    """Take the marked citations out of *text*, with the brackets and commas around them."""
    if _CITED not in text and _NAMED not in text:
        return text
    text = _MARKS.sub("", _CITATION.sub(_dropped, text))
    for leftover, replacement in _LEFTOVERS:
        text = leftover.sub(replacement, text)
    return text.strip()


def _dropped(match: re.Match[str]) -> str:
    """Return nothing, or the citation itself where a word before it needs it."""
    before = match.string[max(0, match.start() - 20) : match.start()]
    return match.group() if _NEEDS_OBJECT.search(before) else ""


def clean(block: Block) -> Block:
    """Return *block* without the citations in its text and lead."""
    return Block(
        block.kind,
        without_citations(block.text),
        without_citations(block.lead),
        block.recommendation,
    )
