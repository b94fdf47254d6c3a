"""An export as plain text: what "copy with references" gives, for a note or a message."""

from __future__ import annotations

from service.exporting.exports import Export
from service.exporting.outline import Kind, Line, outline

_UNDERLINED = {1: "=", 2: "-"}


def as_plain(export: Export) -> str:
    """Return *export* as UTF-8 text without markup; lines are not wrapped."""
    return "\n".join(_laid_out(line) for line in outline(export)).strip() + "\n"


def _laid_out(line: Line) -> str:
    if line.level:
        mark = _UNDERLINED.get(line.level)
        under = f"\n{mark * min(len(line.text), 72)}" if mark else ""
        return f"\n{line.text if mark else line.text.upper()}{under}"
    link = f"\n    {line.link}" if line.link else ""
    before = {Kind.SUBJECT: "\n", Kind.DISCLAIMER: "\n", Kind.ITEM: "- "}.get(line.kind, "")
    return f"{before}{line.text}{link}"
