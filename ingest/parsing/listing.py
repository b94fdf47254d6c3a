"""Lines that begin with bullets -> list items, each with the sentence that its list hangs from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.documents import Block, BlockKind
from ingest.sentences import sentence_spans

LONGEST_LEAD = 400
"""A longer sentence is a paragraph in itself, not the head of a list."""
BULLETS = "•●■▪‣►"
SUB_BULLETS = "○◦"

_BULLET = re.compile(rf"(?P<top>[{BULLETS}])\s*|(?P<sub>[{SUB_BULLETS}]\s*|[o–-]\s+|[–-](?=[a-z]))")
_ANNOUNCES = re.compile(r"\b(?:follow(?:s|ing)?|below|these|includ(?:e|es))\b", re.IGNORECASE)


def lead_of(text: str, *, always: bool = False) -> str:
    """
    Return the last sentence of *text* where a list may hang from it, else "".

    It does when it ends in a colon or without a full stop ("contraindicated in patients with"),
    or speaks of what follows ("The following reactions are described below."). With *always*,
    markup has already said that a list hangs from *text*.
    """
    tail = text[-2 * LONGEST_LEAD :].rstrip()
    if not always and tail[-1:] in tuple(".!?)]") and not _ANNOUNCES.search(tail):
        return ""
    spans = sentence_spans(tail)
    if not spans:
        return ""
    start, end = spans[-1]
    last = tail[start:end].strip()
    if len(last) > LONGEST_LEAD:
        return ""
    return last if always or last[-1] not in ".!?)]" or _ANNOUNCES.search(last) else ""


def has_bullet(text: str) -> bool:
    """Tell whether *text* begins with a bullet that cannot be a letter or a minus sign."""
    return text[:1] in tuple(BULLETS + SUB_BULLETS)


def without_bullet(text: str) -> str:
    """Return *text* without the bullet it begins with."""
    bullet = _BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def blocks_of_lines(lines: Iterable[str], lead: str = "") -> Iterator[Block]:
    """
    Yield the blocks of a paragraph given line by line, white space collapsed.

    A line that begins with a bullet opens an ITEM, one without goes on with the item above it
    unless that ended in a full stop; other lines join into PROSE, which a blank line ends. An
    item below a sub-bullet hangs from the item above it. *lead* is what the first list hangs from.
    """
    kind, parts, above = BlockKind.PROSE, list[str](), ""
    own = lead
    for line in [*lines, ""]:
        bullet = _BULLET.match(line)
        goes_on = line and not bullet
        if parts and not (goes_on and (kind is BlockKind.PROSE or parts[-1][-1] not in ".:")):
            text = " ".join(parts)
            yield Block(kind, text, lead=own if kind is BlockKind.ITEM else "")
            if kind is BlockKind.PROSE:
                lead, above = lead_of(text), ""
            parts = []
        if bullet:
            kind = BlockKind.ITEM
            own = (above or lead) if bullet["sub"] else lead
            if line[bullet.end() :]:
                parts = [line[bullet.end() :]]
                above = above if bullet["sub"] else lead_of(parts[0], always=True)
        elif line:
            kind = kind if parts else BlockKind.PROSE
            parts.append(line)
