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

# Unicode noncharacters: no text may carry them. CITED stands for a citation by number,
# NAMED...END encloses one by name and year, until the text around them is known.
_CITED, _NAMED, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_REFERENCES = frozenset({"bibr", "ref", "citation"})
_NOTES = frozenset({"table-fn", "fn"})

_JOINT = r"(?:\s|[,;&–—‐‑⁻−-]|and\b|to\b)*"
_RUN = rf"{_CITED}(?:{_JOINT}{_CITED})*"
_NAME = rf"{_NAMED}[^{_END}]*{_END}"
_ONE = rf"(?:{_CITED}|{_NAME})"
_LEADING = (
    r"(?:(?:see|see also|e\.g\.|for review,? see|reviewed in|refs?\.?|references?|cf\.),?\s*)?"
)
_BRACKETED = re.compile(
    rf"\s*(?:\[{_LEADING}{_ONE}(?:{_JOINT}{_ONE})*[\s,;]*\]"
    rf"|\({_LEADING}{_ONE}(?:{_JOINT}{_ONE})*[\s,;]*\))",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\s*{_RUN}")
_MARKS = re.compile(rf"[{_NAMED}{_END}]")
# What a dropped citation leaves beside other words inside brackets: "[, unpublished]".
_AFTER_OPENING = re.compile(r"([(\[])\s*[,;]\s*")
_BEFORE_CLOSING = re.compile(r"\s*[,;]?\s+([)\]])")
_EMPTY = re.compile(r"\s*(?:\(\s*\)|\[\s*\])")
_ONLY_JOINTS = re.compile(rf"(?:{_CITED}|\s|[][(),;&–—‐‑⁻−-]|and\b)*")


def mark_citations(root: Element) -> None:
    """
    Replace every cross-reference to the reference list or a note, in place, by text.

    What follows needs ``without_citations`` on every text that is taken from the tree.
    """
    for xref in list(root.iter("{*}xref")):
        kind = xref.get("ref-type")
        if kind in _REFERENCES:
            text = flatten(xref)
            named = any(letter.isalpha() for letter in text) or re.search(r"\d{4}", text)
            become_text(xref, f"{_NAMED}{text}{_END}" if named else _CITED)
        elif kind in _NOTES and not _is_raised(xref):
            become_text(xref, raised(flatten(xref).removeprefix("^")))
    for sup in list(root.iter("{*}sup")):
        text = flatten(sup)
        if _CITED not in text:
            continue
        if _ONLY_JOINTS.fullmatch(text):
            become_text(sup, _CITED)
        else:
            rest = _BARE.sub("", text).strip(" ,;")
            become_text(sup, raised(rest) + _CITED)


def _is_raised(xref: Element) -> bool:
    return any(local_name(a) == "sup" for a in xref.iterancestors()) or any(
        local_name(d) == "sup" for d in xref.iterdescendants()
    )


def without_citations(text: str) -> str:
    """Take the marked citations out of *text*, with the brackets and commas around them."""
    if _CITED not in text and _NAMED not in text:
        return text
    text = _BRACKETED.sub("", text)
    text = _MARKS.sub("", _BARE.sub("", text))
    text = _AFTER_OPENING.sub(r"\1", text)
    text = _BEFORE_CLOSING.sub(r"\1", text)
    return _EMPTY.sub("", text).strip()


def clean(block: Block) -> Block:
    """Return *block* without the citations in its text and lead."""
    return Block(
        block.kind,
        without_citations(block.text),
        without_citations(block.lead),
        block.recommendation,
    )
