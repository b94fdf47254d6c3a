"""The shapes of what an audience changes in an answer: its view, and the terms explained."""

from __future__ import annotations

from pydantic import BaseModel

from service.answers import Audience, SectionKind


class MarkShape(BaseModel, extra="forbid", frozen=True):
    """``text[start:end]`` of the statement, in characters, is a form of this term of the view."""

    term: str
    start: int
    end: int


class TermShape(BaseModel, extra="forbid", frozen=True):
    """A clinical word in plain words of ours, and the public page it can be checked on."""

    term: str
    plain: str
    source: str
    url: str


class HeadingsShape(BaseModel, extra="forbid", frozen=True):
    """The headings that stand in no section, in the register of the audience."""

    safety: str
    lead: str
    conflicts: str
    references: str
    follow_ups: str


class ViewShape(BaseModel, extra="forbid", frozen=True):
    """
    How the answer is laid out for ``audience``; sections and statements are in its order.

    ``note`` stands before the answer, or is null. Of the sections in ``unfolded``, ``more`` is
    shown at once. ``terms`` are those marked in the statements, as they are first met;
    ``glossary`` is the version of their file.
    """

    audience: Audience
    note: str | None
    headings: HeadingsShape
    unfolded: list[SectionKind]
    terms: list[TermShape]
    glossary: str
