"""The three layouts of MMWR pages -> title and body as plain Markdown, furniture taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_TITLE = 300
SHORTEST_PROSE = 300
"""Before the first heading, shorter paragraphs are names and affiliations."""

MIN_ROWS = 2

_TITLE = re.compile(r"^# +(\S.*?)(?: +#+)?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^#{2,6} ", re.MULTILINE)
_END = re.compile(
    r"^(?:\W*Use of trade names and commercial sources|All _MMWR_ HTML|### \[_MMWR_ Home\]"
    r"|\* \[MMWR\]\(|\W*Questions or messages regarding|Page converted:"
    r"|(?:This p|P)age last reviewed|\W*Suggested citation)",
    re.MULTILINE,
)
_INNER_END = re.compile(
    r"Use of trade names and commercial sources|All _?MMWR_? HTML|\\?\*\\?\*Questions or messages"
    r"|Page converted:|This page last reviewed"
)
_LINK = r"!?\[(?:[^\[\]]|!?\[[^\]]*\](?:\([^)]*\))?)*\]\([^)]*\)"
_LINKS_ALONE = re.compile(
    rf"^[ \t]*(?:[*+-]|\d+\.)?[ \t]*(?:\|?\s*{_LINK}\s*(?:\[PDF\])?)+$", re.MULTILINE
)
_METRICS = re.compile(
    r"^(?:#+ )?(?:Altmetric:?|Article Metrics|On This Page|Related (?:Pages|Materials))"
    r"(?: #+)?\s*$",
    re.MULTILINE,
)
_STYLE = re.compile(r"^[.#@][\w-][^\n{]*\{[^}]*\}\s*$", re.MULTILINE)
_RETURN = re.compile(
    r"(?:start|end) highlight"
    r"|\[(?:Return to[^\]]*|Top|Back to top|Top of Page)\]\([^)]*\)"
)
_NOTE = "Type 508 Accommodation and the title of the report in the subject line of e-mail."
_AUTHOR = re.compile(
    r"(?:[A-Z][\w.'-]*\s){1,3}[A-Z][\w'-]+,?\s?(?:\^|(?:PhD|MD|DVM|MPH|MSP|Jr|DrPH|MS|MA)\b)"
)
_CAPITALS = re.compile(r"(?:\d+\.\s+)?[A-Z][A-Z\s,/()&-]{3,80}|\d+\.\s+[A-Z][\w\s,-]{2,80}")
_MARKER = re.compile(r"(?<!\\)\^([^\s^]{1,14})(?<!\\)\^")


@dataclass(frozen=True, slots=True)
class Page:
    """A page's title, its body as Markdown, and what stood before the body."""

    title: str
    body: str
    before: str


def page_text(text: str) -> Page:
    """Return what a page says, without navigation and what stands before and after its text."""
    text = _METRICS.sub("", _STYLE.sub("", _RETURN.sub("", text.replace("\r\n", "\n"))))
    page = _titled(text) if _TITLE.search(text) else _boxed(text)
    return Page(page.title, _MARKER.sub(r"<sup>\1</sup>", page.body), page.before)


def _titled(text: str) -> Page:
    """Read a page whose title is its ``#`` heading."""
    match = _TITLE.search(text)
    if match is None:
        return Page("", text, "")
    rest = text[match.end() :]
    end = _END.search(rest)
    if end is not None and end.start() > 0:
        rest = rest[: end.start()]
    rest = _LINKS_ALONE.sub("", rest)
    first = _HEADING.search(rest)
    opening, body = (rest[: first.start()], rest[first.start() :]) if first else ("", rest)
    # A foreword may have no heading of its own; names and dates are short.
    paragraphs = re.split(r"\n\s*\n", opening if first else rest)
    prose = (at for at, part in enumerate(paragraphs) if _is_prose(part))
    said = paragraphs[next(prose, len(paragraphs)) :]
    kept = "\n\n".join((*said, body if first else ""))
    return Page(_plain(match.group(1)), kept if kept.strip() else rest, rest[:1500])


def _is_prose(paragraph: str) -> bool:
    """Tell whether a paragraph before the first heading is text or a table, not names."""
    text = paragraph.strip()
    if text.startswith("|"):
        return text.count("\n|") > MIN_ROWS
    names = len(re.findall(r", (?:PhD|MD|MPH|MS|DrPH|MA|JD|DVM)\b", text))
    return len(text) >= SHORTEST_PROSE and names < MIN_ROWS and "Corresponding" not in text[:20]


def _boxed(text: str) -> Page:
    """Read a page of the nineties: all of it in one cell, paragraphs set apart by two spaces."""
    at = text.rfind(_NOTE)
    if at < 0:
        return Page("", _LINKS_ALONE.sub("", text), "")
    line = text[at + len(_NOTE) :].partition("\n|")[0]
    end = _INNER_END.search(line)
    inner = (line[: end.start()] if end else line).strip(" |")
    inner = re.sub(r"^\[Click here[^\]]*\]\([^)]*\)", "", inner).strip()
    title, rest = _boxed_title(inner)
    # Two spaces end a paragraph; three and more are the indent of a line that goes on.
    rest = re.sub(r" {3,}|\n+", " ", rest)
    parts = re.split(r" {2}(?=[A-Z0-9_*\"“(\[#|])", rest)
    paragraphs = [found for part in parts for found in _paragraphs(part)]
    return Page(title, "\n\n".join(paragraphs), inner[:3000])


def _boxed_title(inner: str) -> tuple[str, str]:
    """Return the title: what stands before two spaces, bold words or the authors' names."""
    named = _AUTHOR.search(inner[:LONGEST_TITLE])
    ends = [
        found.start()
        for found in (named, re.search(r" {2,}|\n", inner), re.search(r"_{2,}", inner[1:]))
        if found is not None and found.start() > 0
    ]
    end = min([*ends, len(inner)])
    if end > LONGEST_TITLE:
        space = inner.rfind(" ", 0, LONGEST_TITLE)
        return _plain(inner[:space]) + " …", inner
    return _plain(inner[:end]), inner[end:]


def _paragraphs(part: str) -> list[str]:
    """Turn one run of the cell into Markdown: bold openings and capitals are headings."""
    part = part.strip()
    if not part or set(part) <= set("|- \\"):
        return []
    bold = re.match(r"_{2,3}([^_]{3,90}?)_{2,3}\s*(.*)$", part, re.DOTALL)
    if bold is not None and not bold.group(1).rstrip().endswith(":"):
        return [f"### {_plain(bold.group(1))}", *_paragraphs(bold.group(2))]
    if _CAPITALS.fullmatch(part):
        return [f"### {_plain(part)}"]
    if part.startswith("* "):
        items = (item.strip() for item in re.split(r"(?:^|\s)[*+]\s", part))
        return ["\n".join(f"* {item}" for item in items if item)]
    return [re.sub(r"^(\d+)\. ", r"\1\\. ", re.sub(r"^#", r"\\#", part))]


def _plain(text: str) -> str:
    """Return a title's words: no links, emphasis or markers."""
    text = re.sub(r"\^[^\s^]{1,14}\^", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text))
    return " ".join(re.sub(r"[_*]{1,3}(?=\S)|(?<=\S)[_*]{1,3}|\\", "", text).split())
