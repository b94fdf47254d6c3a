"""Answer -> JSON, and plain text for a terminal: the same, laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.answers import (
    Answer,
    AnswerPart,
    AnswerSection,
    Citation,
    Conflict,
    SafetyNotice,
    Statement,
)
from service.apparatus import Reference
from service.inert import inert
from service.references import by_document, summary_notice
from service.serialising import as_json, query_json, understood_line, web_address
from service.wording import wording

__all__ = ["as_json", "as_plain_text"]


def as_plain_text(answer: Answer, *, everything: bool = False) -> str:
    """
    Return *answer* as lines for a terminal; the disclaimer is always the last.

    *everything* adds the further statements of each section, which are only counted otherwise.
    """
    return inert("\n".join(_text_lines(answer, everything=everything)).strip()) + "\n"


def _text_lines(answer: Answer, *, everything: bool) -> Iterator[str]:
    yield from _opening(answer)
    yield from _text_safety(answer)
    if answer.lead is not None:
        yield f"\n{wording('heading.lead').upper()}\n"
        yield from _text_statement(answer.lead)
    yield from _text_sections(answer, everything=everything)
    folded = set() if everything else _folded(answer)
    listed = [reference for reference in answer.references if reference.marker not in folded]
    if listed:
        yield "\nREFERENCES"
    for markers, reference in by_document(listed):
        yield f"  {_numbers(markers)} {_reference(reference)}"
        yield f"      {' · '.join(reference.badges)}"
        if (address := web_address(reference.source)) is not None:
            yield f"      {address}"
    if answer.follow_ups:
        yield "\nYOU COULD ASK NEXT"
        yield from (f"  {follow_up.question}" for follow_up in answer.follow_ups)
    yield f"\n{answer.review}"
    yield f"Disclaimer ({answer.disclaimer.version}): {answer.disclaimer.text}"


def _folded(answer: Answer) -> set[int]:
    """Return the markers that stand behind further statements only."""
    shown = [notice.statement for notice in answer.safety]
    shown += [statement for section in answer.sections for statement in section.statements]
    shown += [answer.lead] if answer.lead is not None else []
    more = [statement for section in answer.sections for statement in section.more]
    return _markers(more) - _markers(shown)


def _markers(statements: Iterable[Statement]) -> set[int]:
    return {citation.marker for statement in statements for citation in statement.citations}


def _text_safety(answer: Answer) -> Iterator[str]:
    if answer.safety:
        yield f"\n{wording('heading.safety').upper()}"
    headed = ""
    for notice in answer.safety:
        heading = _safety_heading(notice)
        if heading != headed:
            yield f"\n! {heading}"
        headed = heading
        yield f"  {_quoted(notice.statement)} {_marks(notice.statement)}"
        yield from (f"  {told}" for told in _summaries(notice.statement))


def _text_sections(answer: Answer, *, everything: bool) -> Iterator[str]:
    for number, part in enumerate(answer.parts, start=1):
        yield f"\n{number}. {part.query.text}"
        yield from (f"   {line}" for line in _opening_of(part))
        for section in part.sections:
            yield from _text_section(section, everything=everything)
    for section in () if answer.parts else answer.sections:
        yield from _text_section(section, everything=everything)
    if answer.conflicts:
        yield f"\n{wording('heading.conflicts').upper()}"
    for conflict in answer.conflicts:
        yield f"\n  {conflict.about}"
        for statement, told in _sides(conflict):
            yield f"  - {told}"
            yield f"    {_quoted(statement)} {_marks(statement)}"
            yield from (f"    {notice}" for notice in _summaries(statement))


def _text_section(section: AnswerSection, *, everything: bool) -> Iterator[str]:
    yield f"\n{section.heading.upper()}"
    if section.note:
        yield f"  {section.note}"
    for statement in (*section.statements, *(section.more if everything else ())):
        if statement.subject:
            yield ""
        yield from _text_statement(statement)
    if section.more and not everything:
        yield f"  {wording('more.terminal', count=len(section.more))}"


def _text_statement(statement: Statement) -> Iterator[str]:
    if statement.subject:
        yield f"  {statement.subject}"
    yield f"  {_quoted(statement)} {_marks(statement)}"
    yield from (f"  {told}" for told in _summaries(statement))


def _sides(conflict: Conflict) -> Iterator[tuple[Statement, str]]:
    """Yield each side with which way it points and what it holds under, where that differs."""
    for statement, says, side in (
        (conflict.first, conflict.says[0], "first"),
        (conflict.second, conflict.says[1], "second"),
    ):
        told = "; ".join(
            f"{each.qualifier}: {getattr(each, side) or wording('says.unsaid')}"
            for each in conflict.differences
        )
        yield statement, f"{says} ({told})" if told else says


def _opening(answer: Answer) -> Iterator[str]:
    query = answer.query
    if query.notice:
        yield query.notice
    if (understood := understood_line(query_json(query))) is not None:
        yield understood
    if answer.reason:
        yield answer.reason
    for number, choice in enumerate(() if answer.parts else query.choices, start=1):
        yield f"{number}. {choice.label}: {choice.question}"


def _opening_of(part: AnswerPart) -> Iterator[str]:
    """Tell why a part is not answered, or not in full, and what to choose from."""
    if part.reason:
        yield part.reason
    for number, choice in enumerate(part.query.choices, start=1):
        yield f"{number}. {choice.label}: {choice.question}"


def _safety_heading(notice: SafetyNotice) -> str:
    return f"{notice.drug}: {notice.kind.value.replace('_', ' ')}"


def _numbers(markers: Iterable[int]) -> str:
    return "".join(f"[{marker}]" for marker in markers)


def _quoted(statement: Statement) -> str:
    """Return the words on one line, in quotation marks where they are the source's."""
    text = _flat(statement.text)
    return f"“{text}”" if statement.kind.value == "quote" else text


def _flat(text: str) -> str:
    return " ".join(text.split())


def _marks(statement: Statement) -> str:
    return "".join(f"[{citation.marker}]" for citation in statement.citations)


def _summaries(statement: Statement) -> list[str]:
    """Return whose words a statement quotes, where they are this project's."""
    told = (_summary(citation) for citation in statement.citations)
    return list(dict.fromkeys(line for line in told if line is not None))


def _summary(citation: Citation) -> str | None:
    notice = summary_notice(citation.passage.source)
    return f"[{citation.marker}] {notice}" if notice else None


def _reference(reference: Reference) -> str:
    source = reference.source
    return ". ".join(part for part in (source.title.rstrip("."), source.publisher) if part)
