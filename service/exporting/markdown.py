"""An export as Markdown (CommonMark): source words are escaped, so that they are words alone."""

from __future__ import annotations

import re

from service.exporting.exports import Export
from service.exporting.outline import Kind, Line, outline

_ACTIVE = re.compile(r"([\\`*_\[\]<>#|~&!])")
_LIST_LIKE = re.compile(r"^(\d{1,9})([.)])(?= )|^([-+=])")

_LAYOUT = {
    Kind.SUBJECT: "**{}**",
    Kind.REVIEW: "**{}**",
    Kind.STATEMENT: "> {}",
    Kind.NOTICE: "*{}*",
    Kind.DISCLAIMER: "*{}*",
    Kind.ITEM: "- {}",
    Kind.REFERENCE: "- {}",
}


def as_markdown(export: Export) -> str:
    """Return *export* as Markdown, one paragraph a line."""
    return "\n\n".join(_laid_out(line) for line in outline(export)) + "\n"


def _laid_out(line: Line) -> str:
    text = escaped(line.text)
    if line.level:
        return f"{'#' * line.level} {text}"
    if line.link:
        text = f"{text} <{line.link}>"
    return _LAYOUT.get(line.kind, "{}").format(text)


def escaped(text: str) -> str:
    """Return *text* so that no Markdown reader takes any of it for markup."""
    return _LIST_LIKE.sub(_unlisted, _ACTIVE.sub(r"\\\1", text))


def _unlisted(found: re.Match[str]) -> str:
    """Keep a number or a dash at the beginning from becoming a list or a heading."""
    number, dot, mark = found.groups()
    return f"{number}\\{dot}" if number else f"\\{mark}"
