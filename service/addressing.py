"""
Answer -> the same answer in the order and the register of one audience, for a terminal.

What ``service.personalizing`` does to a stored answer, done to one that was just made; the rules of
order are its own. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.parsing.loinc import FOR_PATIENTS
from service.answers import Answer, AnswerPart, AnswerSection, Audience, Statement
from service.apparatus import FollowUp
from service.personalizing import section_order
from service.wording import reworded


def addressed(answer: Answer, audience: Audience) -> Answer:
    """Return *answer* as *audience* reads it: nothing cited is added, dropped or changed."""
    return replace(
        answer,
        reason=_told(answer.reason, audience),
        sections=_sections(answer.sections, audience),
        parts=tuple(_part(part, audience) for part in answer.parts),
        follow_ups=tuple(FollowUp(reworded(each.question, audience)) for each in answer.follow_ups),
    )


def _part(part: AnswerPart, audience: Audience) -> AnswerPart:
    reason = _told(part.reason, audience)
    return replace(part, reason=reason, sections=_sections(part.sections, audience))


def _sections(sections: tuple[AnswerSection, ...], audience: Audience) -> tuple[AnswerSection, ...]:
    plain = any(_speaks_to_patients(each) for s in sections for each in (*s.statements, *s.more))
    order = section_order(audience, speaks_to_patients=plain)
    held = [_section(section, audience) for section in sections]
    return tuple(sorted(held, key=lambda section: order.index(section.kind)))


def _section(section: AnswerSection, audience: Audience) -> AnswerSection:
    return replace(
        section,
        heading=reworded(section.heading, audience),
        note=_told(section.note, audience),
        statements=_ordered(section.statements, audience),
        more=_ordered(section.more, audience),
    )


def _ordered(statements: tuple[Statement, ...], audience: Audience) -> tuple[Statement, ...]:
    if audience is not Audience.PATIENT:
        return statements
    return tuple(sorted(statements, key=lambda each: not _speaks_to_patients(each)))


def _speaks_to_patients(statement: Statement) -> bool:
    return any(cited.passage.chunk.code in FOR_PATIENTS for cited in statement.citations)


def _told(sentence: str | None, audience: Audience) -> str | None:
    return None if sentence is None else reworded(sentence, audience)
