"""The shapes of evidence: passages in their place, documents, the snapshot that holds them."""

from __future__ import annotations

from typing import Literal

from ingest.documents import BlockKind
from service.api.shapes import EvidenceShape, Shape, SourceShape, SpanShape


class PlaceShape(SpanShape):
    """The section around a passage."""

    headings: list[str]
    code: str | None


class PassageReply(Shape):
    """A passage in its place. ``header`` and ``lead`` are indexed with it, never quoted."""

    passage_id: str
    document_id: str
    snapshot: str
    source: SourceShape
    header: str
    lead: str
    text: str
    start: int
    end: int
    evidence: EvidenceShape
    section: PlaceShape


class DocumentEntry(Shape):
    """A document in the list."""

    document_id: str
    source: SourceShape


class DocumentsReply(Shape):
    """One page of documents, by id; ``next`` is the address of the page after it."""

    snapshot: str
    documents: list[DocumentEntry]
    next: str | None


class BlockShape(Shape):
    """A paragraph, list item, table row or recommendation; ``lead`` is what it leans on."""

    kind: BlockKind
    lead: str
    text: str


class DocumentSectionShape(Shape):
    """A section with its offsets in the document's text."""

    headings: list[str]
    code: str | None
    start: int
    end: int
    blocks: list[BlockShape]


class PassageEntry(Shape):
    """Where a passage stands in its document."""

    passage_id: str
    start: int
    end: int


class OriginShape(Shape):
    """Where the document was read."""

    path: str
    sha256: str
    parser: str
    record: str | None


class DocumentReply(Shape):
    """A document whole. ``text`` is what every offset counts into."""

    document_id: str
    snapshot: str
    source: SourceShape
    superseded_by: str | None
    siblings: list[str]
    needs_review: bool
    origin: OriginShape
    text: str
    sections: list[DocumentSectionShape]
    passages: list[PassageEntry]


class EmbedderShape(Shape):
    """What made the vectors."""

    name: str
    dimension: int
    max_tokens: int
    weights_sha256: str


class SnapshotReply(Shape):
    """The live snapshot: what it was built from, and how much it holds."""

    snapshot: str
    content: str
    built: str
    corpus_date: str | None
    embedder: EmbedderShape
    splitter: str
    lexical: str
    parsers: dict[str, str]
    documents: int
    passages: dict[str, int]


class HealthReply(Shape):
    """The service runs."""

    status: Literal["ok"]


class ReadyReply(Shape):
    """
    The service can answer, from ``snapshot``.

    With ``fallback``, the one that should answer, ``refused``, is damaged or does not open.
    """

    status: Literal["ready"]
    snapshot: str
    fallback: bool
    refused: str | None
