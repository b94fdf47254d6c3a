"""The shapes of what the tools for agents give; an answer is ``AnswerReply``, as everywhere."""

from __future__ import annotations

from service.api.evidence_shapes import PassageReply
from service.api.shapes import (
    DisclaimerShape,
    EvidenceShape,
    Shape,
    SourceShape,
    UnderstoodShape,
)


class FoundPassage(Shape):
    """A passage that was found; ``rank`` is within its source type, ``similarity`` a cosine."""

    passage_id: str
    document_id: str
    source: SourceShape
    section_path: list[str]
    lead: str
    text: str
    evidence: EvidenceShape
    rank: int
    similarity: float
    url: str | None


class SearchReply(Shape):
    """The nearest passages, the best of each type first; ``reason`` says why there are none."""

    snapshot: str
    understood_as: UnderstoodShape
    reason: str | None
    passages: list[FoundPassage]
    review: str
    disclaimer: DisclaimerShape


class PassageToolReply(PassageReply):
    """A passage, with what must stand beside it."""

    review: str
    disclaimer: DisclaimerShape
