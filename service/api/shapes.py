"""
The shapes of requests and replies, for the OpenAPI document and for checking what comes in.

What goes out is written by ``service.serialising``; a test checks it against these, field by
field, so that the document cannot promise anything else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest.documents import Direction, SourceKind, SourceType, Status
from service.answers import (
    Audience,
    CorrectionKind,
    DeclineReason,
    Outcome,
    SafetyKind,
    SectionKind,
    StatementKind,
    Support,
    Topic,
)
from service.api.view_shapes import MarkShape, ViewShape

Qualifier = Literal["population", "formulation", "dose", "route", "comparator", "year", "design"]


class Shape(BaseModel):
    """Exactly these fields, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DrugShape(Shape):
    """A drug as it was understood."""

    name: str
    ingredients: list[str]
    formulation: str | None
    indexed: bool


class ClassShape(Shape):
    """A class of drugs as it was understood; ``members`` are those with a label indexed."""

    name: str
    members: list[str]


class CorrectionShape(Shape):
    """A word of the question and what it was read as."""

    heard: str
    meant: str
    kind: CorrectionKind


class ChoiceShape(Shape):
    """One way to settle an ambiguous question; ``question`` is ready to be asked."""

    label: str
    question: str


class UnderstoodShape(Shape):
    """How the question was understood, with everything that was read into it."""

    text: str
    asked: str
    drugs: list[DrugShape]
    classes: list[ClassShape]
    condition: str | None
    topics: list[Topic]
    corrections: list[CorrectionShape]
    carried: list[str]
    choices: list[ChoiceShape]
    notice: str | None


class EvidenceShape(Shape):
    """What the evidence is worth, as its own scheme says; null where it does not say."""

    level: int | None
    direction: Direction | None
    strength: str | None
    certainty: str | None
    scheme: str | None
    population: str | None


class SpanShape(Shape):
    """Text with its offsets in the stored document."""

    text: str
    start: int
    end: int


class FactsShape(Shape):
    """Identifiers and dates; those that a source of its type does not have are null."""

    doi: str | None
    pmid: str | None
    pmcid: str | None
    journal: str | None
    design: str | None
    participants: int | None
    set_id: str | None
    version: str | None
    effective: str | None
    labeler: str | None
    superseded_by: list[str]


class SourceShape(FactsShape):
    """Who says it, and whether it stands today."""

    source_id: str
    source_type: SourceType
    kind: SourceKind
    summary_notice: str | None
    summary_of: str | None
    title: str
    publisher: str | None
    year: int | None
    status: Status
    url: str | None
    authors: list[str]
    licence: str | None


class CitationShape(FactsShape):
    """
    The exact words a statement rests on.

    ``start`` and ``end`` count characters of the stored document, ``answer_start`` and
    ``answer_end`` of the statement. Where ``summary_notice`` is set, show it with the quote.
    """

    marker: int
    passage_id: str
    document_id: str
    source_id: str
    source_type: SourceType
    kind: SourceKind
    summary_notice: str | None
    summary_of: str | None
    title: str
    year: int | None
    publisher: str | None
    section_path: list[str]
    section_code: str | None
    page: int | None
    quote: str
    lead: str
    passage: SpanShape
    start: int
    end: int
    answer_start: int
    answer_end: int
    evidence: EvidenceShape
    status: Status
    similarity: float
    url: str | None
    retrieved: str | None


class _Said(Shape):
    text: str
    subject: str
    support: Support
    reasons: list[str]
    citations: list[CitationShape]
    terms: list[MarkShape]


class StatementShape(_Said):
    """One verified sentence; ``subject`` is what it leans on, and no part of the quote."""

    kind: StatementKind


class SafetyShape(_Said):
    """A boxed warning or contraindication of a drug asked about, verbatim."""

    drug: str
    kind: SafetyKind
    statement_kind: StatementKind


class SectionShape(Shape):
    """
    The statements of one kind of source; ``note`` says what was not found.

    ``more`` holds further statements, verified alike, for those who want to read on.
    """

    kind: SectionKind
    heading: str
    note: str | None
    statements: list[StatementShape]
    more: list[StatementShape]


class DifferenceShape(Shape):
    """A qualifier that differs; empty where that side does not say."""

    qualifier: Qualifier
    first: str
    second: str


class ConflictShape(Shape):
    """
    Two statements that disagree, and in what their sources differ.

    ``says`` tells in words of the service which way each points.
    """

    about: str
    first: StatementShape
    second: StatementShape
    says: Annotated[list[str], Field(min_length=2, max_length=2)]
    differs_in: list[Qualifier]
    differences: list[DifferenceShape]


class ReferenceShape(SourceShape):
    """One entry of the numbered list; ``badges`` are words to show beside it."""

    marker: int
    document_id: str
    badges: list[str]


class DisclaimerShape(Shape):
    """The professional disclaimer: show it wherever the answer is shown."""

    version: str
    text: str


class ProvenanceShape(Shape):
    """What made this answer: enough to explain, repeat or withdraw it."""

    snapshot: str
    corpus_date: str | None
    embedder: str
    composer: str
    settings: str
    searched: list[str]
    retractions: str | None


class PartShape(Shape):
    """The answer to one of several questions that were asked at once."""

    outcome: Outcome
    reason: str | None
    decline: DeclineReason | None
    understood_as: UnderstoodShape
    sections: list[SectionShape]


class AnswerShape(Shape):
    """
    The answer; declining is one, too. The same snapshot gives the same but for ``timings``.

    ``parts`` is empty but for several questions at once: it tells what belongs to which, and
    ``sections`` holds all of it.
    """

    outcome: Outcome
    reason: str | None
    decline: DeclineReason | None
    understood_as: UnderstoodShape
    audience: Audience
    safety: list[SafetyShape]
    lead: StatementShape | None
    sections: list[SectionShape]
    parts: list[PartShape]
    conflicts: list[ConflictShape]
    references: list[ReferenceShape]
    follow_ups: list[str]
    review: str
    disclaimer: DisclaimerShape
    provenance: ProvenanceShape
    withheld: list[StatementShape]
    timings: dict[str, float]
    view: ViewShape


class AnswerReply(Shape):
    """An answer and where it stands."""

    answer_id: str
    conversation_id: str
    asked_at: str
    question: str
    answer: AnswerShape


class ConversationReply(Shape):
    """A conversation, oldest turn first; ``article_id`` is the article it follows up on."""

    conversation_id: str
    created: str
    title: str
    article_id: str | None
    turns: list[AnswerReply]
