"""A run of flattened label prose -> its numbered parts, sub-headings, list items and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.documents import Block, BlockKind
from ingest.parsing.listing import BULLETS, SUB_BULLETS, lead_of
from ingest.parsing.titling import find_title
from ingest.sentences import sentence_spans

LONGEST_ITEM = 800
"""The end of a list is flattened away: a longer last item has run into the next paragraph."""
_FARTHEST_STEP = 3
"""Labels leave numbers out (8.3 of 8.1 to 8.5), but never many at once."""

_MARK = re.compile(
    r"(?:^|(?<=[^(,\[/]))(?:^|\s)(?P<major>\d{1,2})\.(?P<minor>[1-9]\d?)\s+(?=[A-Z“])"
)
_REFERENCE = re.compile(
    r"(?:sections?|see|and|or|to|through|table|figure|study)\s*$", re.IGNORECASE
)
# Sub-headings that FDA's rules name: 21 CFR 201.57(c)(9) for 8.1-8.3, (c)(13) for 12.3.
_SUBHEADINGS = re.compile(
    r"(?:^|(?<=[.!?:)\]])\s+)(?P<title>Risk Summary|Clinical Considerations|Human Data|Animal Data"
    r"|Pregnancy Exposure Registry|Pregnancy Testing|Contraception|Infertility"
    r"|Disease-[Aa]ssociated [Mm]aternal and/or [Ee]mbryo/[Ff]etal [Rr]isk"
    r"|Fetal/Neonatal [Aa]dverse [Rr]eactions|Absorption|Distribution|Elimination|Metabolism"
    r"|Excretion|Specific Populations|Drug Interaction Studies|Cardiac Electrophysiology"
    r"|Limitations of Use|(?:Patients with )?(?:Renal|Hepatic) Impairment"
    r"|(?:Geriatric|Pediatric) Patients)\s*:?\s+(?=[A-Z])"
)
# A dot in a formula (C20H24N2O2 • C6H12O7, • 2 H2O) is no bullet.
_BULLET = re.compile(
    rf"(?:^|\s+|(?<=[.:]))([{BULLETS}{SUB_BULLETS}])"
    r"(?!\s*(?:\d*\s*H\s?[2₂]?\s?O\b|H(?:Cl|Br)\b|[A-Z][a-z]?\s?\d|[A-Z]{2}\s?\d))"
)
# The title of the highlights' copy of a boxed warning, all in capitals.
_BOX_EXCERPT = re.compile(
    r"\bWARNINGS?\b(?:[^a-z]|\b(?:and|or|of|in|with|to|the|from|for|by|on)\b){0,800}"
    r"See full prescribing information for (?:the )?complete boxed warning"
)


def numbered_parts(text: str, major: str | None, minor: int = 0) -> Iterator[tuple[str, int]]:
    """
    Yield *text* cut before each of its numbered subsections, with the minor number then reached.

    A number is a mark where it goes on counting in section *major* from *minor* ("7.1", "7.2"),
    or a title that the format names follows; and it stands in no bracket or reference. Without
    *major* nothing is cut.
    """
    at = 0
    for mark in _MARK.finditer(text) if major else ():
        step = int(mark["minor"]) - minor
        refers = _REFERENCE.search(text[max(0, mark.start() - 12) : mark.start() + 1])
        if mark["major"] != major or step < 1 or refers:
            continue
        title = text[mark.start("major") : mark.start("major") + 80]
        if step > _FARTHEST_STEP and find_title(title, (), guess=False) is None:
            continue
        yield text[at : mark.start("major")].strip(), minor
        at, minor = mark.start("major"), int(mark["minor"])
    yield text[at:].strip(), minor


def headed_parts(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield *text* cut at the sub-headings that FDA's rules name, as (sub-heading, text)."""
    title: str | None = None
    at = 0
    for found in _SUBHEADINGS.finditer(text):
        if text[at : found.start()].strip():
            yield title, text[at : found.start()].strip()
        title, at = found["title"], found.end()
    if text[at:].strip():
        yield title, text[at:].strip()


def without_excerpt(text: str) -> tuple[str, str]:
    """Return a boxed warning's text, and the shorter copy of it that the highlights give."""
    found = _BOX_EXCERPT.search(text)
    if found is None or found.start() < len(text) - found.start():
        return text, ""  # the copy is never the longer one: what comes first is not the whole
    return text[: found.start()].strip(), text[found.start() :]


def run_blocks(text: str) -> Iterator[Block]:
    """
    Yield the blocks of a run of prose: one paragraph, and an item for every bullet in it.

    The bullets themselves are left out. An item's last sentence is the head of the next list
    where it ends in a colon, or is a title; the end of a list is not marked, so that what follows
    the first sentence of a very long last item is taken for the next paragraph.
    """
    first, *rest = _BULLET.split(text)
    lead = above = ""
    if first.strip():
        yield Block(BlockKind.PROSE, first.strip())
        lead = lead_of(first) if rest else ""
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    for at, (bullet, item) in enumerate(pairs):
        is_sub = bullet in SUB_BULLETS
        body, tail = _cut_tail(item.strip(), is_last=at == len(pairs) - 1)
        if body:
            yield Block(BlockKind.ITEM, body, lead=(above or lead) if is_sub else lead)
        if tail:
            yield Block(BlockKind.PROSE, tail)
            lead, above = lead_of(tail), ""
        elif not is_sub:
            above = lead_of(body, always=True) if body else ""


def _cut_tail(item: str, *, is_last: bool) -> tuple[str, str]:
    """Return an item, and what has been run into it from behind the list."""
    spans = sentence_spans(item)
    if len(spans) < 2:  # noqa: PLR2004 - nothing to cut
        return item, ""
    last = item[spans[-1][0] :]
    cut = spans[1][0] if len(item) > LONGEST_ITEM else len(item)
    if not is_last and (last.endswith(":") or _is_title(last)):
        cut = min(cut, spans[-1][0])
    return item[:cut].strip(), item[cut:].strip()


def _is_title(text: str) -> bool:
    words = text.split()
    capitals = sum(1 for word in words if word[:1].isupper())
    return text[-1].isalnum() and len(words) <= 12 and capitals * 2 > len(words)  # noqa: PLR2004
