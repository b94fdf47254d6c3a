"""The page's templates and what they may call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.answers import Audience, Outcome
from service.api.feedback import LONGEST_COMMENT
from service.disclaimers import read_disclaimer
from service.exporting.exports import by_document
from service.serialising import Json
from service.wording import wording

_WEB = Path(str(resources.files("service") / "web"))
STATIC = _WEB / "static"
"""Where the page's own style sheet and modules are."""

AUDIENCES = {
    Audience.PHYSICIAN.value: "Physician",
    Audience.PHARMACIST.value: "Pharmacist",
    Audience.NURSE.value: "Nurse",
    Audience.STUDENT.value: "Student",
    Audience.PATIENT.value: "Patient or caregiver",
}
VERDICTS = {
    Outcome.PARTIAL.value: "Partly answered",
    Outcome.CLARIFY.value: "Please choose",
    Outcome.DECLINED.value: "Not answered",
}
EXAMPLES = (
    "What is the role of naltrexone for insomnia?",
    "How often is methotrexate taken for rheumatoid arthritis?",
    "Does melatonin help with chronic insomnia?",
)


_TOKEN: ContextVar[str] = ContextVar("followup_csrf", default="")
"""The token of the session whose page is made; macros see no variables of the page."""


def templates() -> Environment:
    """Return the environment: everything escaped, a missing value is an error."""
    environment = Environment(
        loader=FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        audiences=AUDIENCES,
        examples=EXAMPLES,
        disclaimer=read_disclaimer,
        longest_comment=LONGEST_COMMENT,
        wording=wording,
        unreviewed=wording("review.unreviewed"),
        verdicts=VERDICTS,
        zip=zip,
        csrf_field=csrf_field,
        csrf_token=_TOKEN.get,
    )
    environment.filters.update(
        around=around,
        named=named,
        runs=runs,
        by_document=by_document,
        day=day,
        explained=explained,
        reference_line=reference_line,
        slug=slug,
        minute=minute,
        pair=_pair,
        twice=_twice,
    )
    return environment


def around(citation: Json) -> tuple[str, str, str]:
    """Return the passage before the quoted words, the words, and the passage after them."""
    passage = citation["passage"]
    text: str = passage["text"]
    start, end = citation["start"] - passage["start"], citation["end"] - passage["start"]
    return text[:start], text[start:end], text[end:]


def named(about: Json) -> tuple[str, str, str]:
    """Return a summary's notice around the name of what it summarizes."""
    notice: str = about["summary_notice"]
    name: str = about["summary_of"] or ""
    before, found, after = notice.partition(name) if name else (notice, "", "")
    return before, found, after


def runs(notices: list[Json]) -> list[tuple[str, list[tuple[int, Json]]]]:
    """Group safety notices, numbered, that follow each other under one title."""
    grouped: list[tuple[str, list[tuple[int, Json]]]] = []
    for position, notice in enumerate(notices):
        title = f"{notice['drug']}: {notice['kind'].replace('_', ' ')}"
        if not grouped or grouped[-1][0] != title:
            grouped.append((title, []))
        grouped[-1][1].append((position, notice))
    return grouped


def explained(statement: Json) -> list[tuple[str, str | None]]:
    """Cut a statement's text where a word of it is explained: each piece, and its term or None."""
    text: str = statement["text"]
    pieces: list[tuple[str, str | None]] = []
    at = 0
    for mark in statement.get("terms", ()):
        start, end = mark["start"], mark["end"]
        pieces += [(text[at:start], None), (text[start:end], mark["term"])]
        at = end
    return [*(piece for piece in pieces if piece[0]), (text[at:], None)]


def reference_line(about: Json) -> str:
    """Write who says it in one line, to be copied: title, journal, year, version, identifiers."""
    told = (
        about["title"].rstrip("."),
        about["journal"] or about["publisher"],
        str(about["year"] or ""),
        about["version"] and f"Version {about['version']}",
        " > ".join(about.get("section_path", ())),
        about["doi"] and f"doi:{about['doi']}",
        about["pmid"] and f"PMID {about['pmid']}",
        about["set_id"] and f"Set id {about['set_id']}",
        about["summary_notice"],
        about["url"],
    )
    return ". ".join(part for part in told if part)


def slug(words: str) -> str:
    """Write words as a part of an element's id."""
    return re.sub(r"\W+", "-", words.lower())


def day(moment: str) -> str:
    """Write the day of an RFC 3339 moment: "23 November 2026"."""
    return datetime.fromisoformat(moment).strftime("%-d %B %Y")


def minute(moment: str) -> str:
    """Write an RFC 3339 moment to the minute: "23 November 2026, 14:05 UTC"."""
    return datetime.fromisoformat(moment).strftime("%-d %B %Y, %H:%M UTC")


@contextmanager
def forms_of(token: str) -> Iterator[None]:
    """Let the forms that are made meanwhile carry *token*; "" where nobody is signed in."""
    before = _TOKEN.set(token)
    try:
        yield
    finally:
        _TOKEN.reset(before)


def csrf_field() -> Markup:
    """Return the field that proves a form is ours; nothing where nobody is signed in."""
    token = _TOKEN.get()
    return (
        Markup('<input type="hidden" name="csrf" value="{}">').format(token) if token else Markup()
    )


def _pair(choice: Json) -> tuple[str, str]:
    return choice["label"], choice["question"]


def _twice(question: str) -> tuple[str, str]:
    return question, question
