"""The types of the event stream, one shape per event."""

from __future__ import annotations

from typing import Literal

from service.api.problem_shapes import ProblemShape
from service.api.shapes import (
    AnswerReply,
    CitationShape,
    SafetyShape,
    Shape,
    StatementShape,
    UnderstoodShape,
)


class MetaEvent(Shape):
    """First event: the ids of what is coming."""

    answer_id: str
    conversation_id: str
    asked_at: str
    snapshot: str
    disclaimer_version: str


class StageEvent(Shape):
    """What the service is doing."""

    name: Literal["understanding", "searching"]


class PartEvent(Shape):
    """One of several questions comes next; its sections and statements carry its number."""

    part: int
    understood_as: UnderstoodShape


class SectionEvent(Shape):
    """A section begins, or its note is known; ``part`` is null where one question was asked."""

    id: str
    part: int | None
    kind: Literal["safety", "guidelines", "label", "research"]
    heading: str
    note: str | None


class StatementEvent(StatementShape):
    """A statement of a section; its citations follow as events of their own."""

    section: str
    part: int | None
    index: int


class SafetyEvent(SafetyShape):
    """A statement of the safety section."""

    section: Literal["safety"]
    part: None
    index: int


class CitationEvent(CitationShape):
    """A citation of the statement at ``section``, ``part`` and ``index``."""

    section: str
    part: int | None
    index: int


class FollowupsEvent(Shape):
    """Questions that are known to retrieve evidence."""

    items: list[str]


EVENTS: dict[str, tuple[type[Shape], ...]] = {
    "meta": (MetaEvent,),
    "stage": (StageEvent,),
    "understood": (UnderstoodShape,),
    "part": (PartEvent,),
    "section": (SectionEvent,),
    "statement": (StatementEvent, SafetyEvent),
    "citation": (CitationEvent,),
    "followups": (FollowupsEvent,),
    "done": (AnswerReply,),
    "error": (ProblemShape,),
}
"""The types of the stream, in the order they come."""
