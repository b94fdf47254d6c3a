"""
What the client returns: the replies of the API as typed values.

They take what they know and let be what they do not, so that a client outlives a newer service;
``service.api.shapes`` says exactly what is sent.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from ingest.documents import SourceType, Status
from service.answers import (
    Audience,
    DeclineReason,
    Outcome,
    SafetyKind,
    SectionKind,
    StatementKind,
)


class Reply(BaseModel):
    """Plain data from the service; it cannot be changed."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Choice(Reply):
    """One way to settle an ambiguous question; ``question`` is ready to be asked."""

    label: str
    question: str


class Correction(Reply):
    """A word of the question and what it was read as."""

    heard: str
    meant: str


class Understood(Reply):
    """How the question was understood."""

    text: str
    asked: str
    corrections: tuple[Correction, ...]
    carried: tuple[str, ...]
    choices: tuple[Choice, ...]
    notice: str | None


class Source(Reply):
    """Who says it, and whether it stands today."""

    source_type: SourceType
    title: str
    publisher: str | None
    year: int | None
    status: Status
    url: str | None


class Citation(Source):
    """The exact words that a statement rests on; ``start`` and ``end`` count into the document."""

    marker: int
    passage_id: str
    document_id: str
    section_path: tuple[str, ...]
    quote: str
    start: int
    end: int


class Statement(Reply):
    """One verified sentence; ``subject`` is what it leans on, and no part of the quote."""

    text: str
    kind: StatementKind
    subject: str
    citations: tuple[Citation, ...]


class Notice(Reply):
    """A boxed warning or contraindication of a drug asked about, verbatim."""

    drug: str
    kind: SafetyKind
    text: str
    citations: tuple[Citation, ...]


class Section(Reply):
    """The statements of one kind of source; ``note`` says what was not found."""

    kind: SectionKind
    heading: str
    note: str | None
    statements: tuple[Statement, ...]
    more: tuple[Statement, ...]


class Conflict(Reply):
    """Two statements that disagree; ``says`` tells which way each points."""

    about: str
    first: Statement
    second: Statement
    says: tuple[str, str]


class Reference(Source):
    """One entry of the numbered list; ``badges`` are words to show beside it."""

    marker: int
    document_id: str
    badges: tuple[str, ...]


class Disclaimer(Reply):
    """Show it wherever the answer is shown."""

    version: str
    text: str


class Provenance(Reply):
    """What made the answer."""

    snapshot: str
    corpus_date: str | None
    composer: str


class Answer(Reply):
    """The answer; declining, and asking back, are answers too."""

    outcome: Outcome
    reason: str | None
    decline: DeclineReason | None
    understood_as: Understood
    audience: Audience
    safety: tuple[Notice, ...]
    lead: Statement | None
    sections: tuple[Section, ...]
    conflicts: tuple[Conflict, ...]
    references: tuple[Reference, ...]
    follow_ups: tuple[str, ...]
    review: str
    disclaimer: Disclaimer
    provenance: Provenance


class Answered(Reply):
    """An answer and where it stands."""

    answer_id: str
    conversation_id: str
    asked_at: str
    question: str
    answer: Answer


class Conversation(Reply):
    """A conversation, its oldest turn first."""

    conversation_id: str
    created: str
    turns: tuple[Answered, ...]


class Event(Reply):
    """
    An event of a streamed answer; docs/api.md lists the types, ``name`` is one of them.

    ``answered`` is the whole answer in the last event, "done", and None in every other.
    """

    name: str
    data: dict[str, Any]
    answered: Answered | None = None


class Passage(Reply):
    """A passage, with its source."""

    passage_id: str
    document_id: str
    snapshot: str
    source: Source
    lead: str
    text: str
    start: int
    end: int


class Document(Reply):
    """A document in the list."""

    document_id: str
    source: Source


class Snapshot(Reply):
    """The live snapshot."""

    snapshot: str
    corpus_date: str | None
    documents: int


class Feedback(Reply):
    """Feedback as it is stored."""

    feedback_id: str
    answer_id: str
    verdict: str
    marker: int | None
    comment: str


class ArticleEntry(Reply):
    """An article in the list; ``status`` is submitted, under_review or approved."""

    article_id: str
    question: str
    status: str
    version: int
    approved_version: int | None
    updated: str
    review: str


class Article(ArticleEntry):
    """One version of an article."""

    newest_version: int
    answer: Answer
