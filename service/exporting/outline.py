"""
An export as the lines of a document, in the order they are read; each text format lays them out.

Everything the page shows is here, and what it folds away as well: paper has nothing to unfold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from service.exporting.exports import Export, by_document, numbers, one_line
from service.serialising import Json, understood_line
from service.wording import wording


class Kind(StrEnum):
    """What a line is; ``subject`` stands over the statement after it, ``notice`` under it."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    REVIEW = "review"
    SUBJECT = "subject"
    STATEMENT = "statement"
    NOTICE = "notice"
    ITEM = "item"
    REFERENCE = "reference"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text without markup; ``level`` is that of a heading, ``link`` a web address."""

    kind: Kind
    text: str
    level: int = 0
    link: str | None = None


def outline(export: Export) -> Iterator[Line]:
    """Yield the lines of *export*: its title, every turn, and every disclaimer that was shown."""
    yield Line(Kind.TITLE, one_line(export.title), 1)
    for turn in export.turns:
        if turn["question"] != export.title:
            yield _heading(turn["question"], 2)
        yield from _turn(turn, export)
    shown = [turn["answer"]["disclaimer"] for turn in export.turns]
    for disclaimer in {told["version"]: told for told in shown}.values():
        yield Line(Kind.DISCLAIMER, one_line(wording("export.disclaimer", **disclaimer)))


def _turn(turn: Json, export: Export) -> Iterator[Line]:
    answer = turn["answer"]
    made = answer["provenance"]
    yield Line(Kind.REVIEW, one_line(export.review_of(turn)))
    dated = f"; sources as of {made['corpus_date']}" if made["corpus_date"] else ""
    day = turn["asked_at"][:10]
    yield _text(f"{export.dated} {day}{dated}; snapshot {made['snapshot']}")
    yield from (Line(Kind.REVIEW, one_line(notice)) for notice in export.notices)
    yield from _understood(answer["understood_as"])
    if answer["reason"]:
        yield _text(answer["reason"])
    if not answer["parts"]:
        yield from _choices(answer["understood_as"])
    yield from _safety(answer["safety"])
    if answer["lead"]:
        yield _heading(wording("heading.lead"), 3)
        yield from _statement(answer["lead"])
    for number, part in enumerate(answer["parts"], start=1):
        yield _heading(f"{number}. {part['understood_as']['text']}", 3)
        if part["reason"]:
            yield _text(part["reason"])
        yield from _choices(part["understood_as"])
        for section in part["sections"]:
            yield from _section(section, 4)
    for section in () if answer["parts"] else answer["sections"]:
        yield from _section(section, 3)
    yield from _conflicts(answer["conflicts"])
    if answer["references"]:
        yield _heading(wording("export.references"), 3)
    for markers, entry in by_document(answer["references"]):
        text = f"{numbers(markers)} {_reference(entry, made['corpus_date'])}"
        yield Line(Kind.REFERENCE, one_line(text), link=entry["url"])


def _understood(read: Json) -> Iterator[Line]:
    if read["notice"]:
        yield _text(read["notice"])
    if (understood := understood_line(read)) is not None:
        yield _text(understood)


def _choices(read: Json) -> Iterator[Line]:
    for choice in read["choices"]:
        yield Line(Kind.ITEM, one_line(f"{choice['label']}: {choice['question']}"))


def _safety(notices: list[Json]) -> Iterator[Line]:
    if notices:
        yield _heading(wording("heading.safety"), 3)
    titled = groupby(notices, lambda each: f"{each['drug']}: {each['kind'].replace('_', ' ')}")
    for title, group in titled:
        yield Line(Kind.SUBJECT, one_line(title))
        for notice in group:
            yield from _statement(notice, "statement_kind")


def _section(section: Json, level: int) -> Iterator[Line]:
    yield _heading(section["heading"], level)
    if section["note"]:
        yield _text(section["note"])
    for statement in (*section["statements"], *section["more"]):
        yield from _statement(statement)


def _statement(said: Json, kind_key: str = "kind", before: str = "") -> Iterator[Line]:
    """Yield a statement with its markers; a quote is in quotation marks, whoever's words it is."""
    if said["subject"]:
        yield Line(Kind.SUBJECT, one_line(said["subject"]))
    text = one_line(said["text"])
    quoted = f"“{text}”" if said[kind_key] == "quote" else text
    marks = numbers(cited["marker"] for cited in said["citations"])
    yield Line(Kind.STATEMENT, f"{before}{quoted} {marks}")
    told = [
        f"[{cited['marker']}] {cited['summary_notice']}"
        for cited in said["citations"]
        if cited["summary_notice"]
    ]
    for notice in dict.fromkeys(told):
        yield Line(Kind.NOTICE, one_line(notice))


def _conflicts(conflicts: list[Json]) -> Iterator[Line]:
    if conflicts:
        yield _heading(wording("heading.conflicts"), 3)
    for conflict in conflicts:
        yield Line(Kind.SUBJECT, one_line(conflict["about"]))
        for side, says in zip(("first", "second"), conflict["says"], strict=True):
            held = "; ".join(
                f"{each['qualifier']}: {each[side] or wording('says.unsaid')}"
                for each in conflict["differences"]
            )
            yield Line(Kind.TEXT, one_line(f"{says} ({held})" if held else says))
            yield from _statement(conflict[side])


def _reference(entry: Json, accessed: str | None) -> str:
    """Write a reference in full, but for its address: who, what, where, when, ids, standing."""
    authors = ", ".join(entry.get("authors") or ())
    told = [
        authors,
        entry["title"],
        entry["journal"] or entry["publisher"],
        str(entry["year"] or ""),
        f"Version {entry['version']}" if entry["version"] else "",
        f"Effective {entry['effective']}" if entry["effective"] else "",
        f"DOI {entry['doi']}" if entry["doi"] else "",
        f"PMID {entry['pmid']}" if entry["pmid"] else "",
        f"PMCID {entry['pmcid']}" if entry["pmcid"] else "",
        f"Set id {entry['set_id']}" if entry["set_id"] else "",
        f"Accessed {accessed}" if accessed and entry["url"] else "",
    ]
    standing = " · ".join(entry["badges"])
    whole = ". ".join(part.rstrip(". ") for part in told if part)
    return f"{whole}. ({standing})"


def _heading(text: str, level: int) -> Line:
    return Line(Kind.HEADING, one_line(text), level)


def _text(text: str) -> Line:
    return Line(Kind.TEXT, one_line(text))
