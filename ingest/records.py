"""How documents and chunks stand in the rows of a store: the one place that knows both sides."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from ingest.documents import (
    Chunk,
    Document,
    Facts,
    GuidelineFacts,
    LabelFacts,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)

_FACTS: dict[SourceType, TypeAdapter[Any]] = {
    SourceType.LABEL: TypeAdapter(LabelFacts),
    SourceType.STUDY: TypeAdapter(StudyFacts),
    SourceType.GUIDELINE: TypeAdapter(GuidelineFacts),
}
SECTIONS = TypeAdapter(tuple[Section, ...])
ORIGIN = TypeAdapter(Origin)
RECOMMENDATION = TypeAdapter(Recommendation)
CHUNK_FIELDS = "id, document_id, type, headings, code, header, lead, text, start, end"
CHUNK_FIELDS += ", recommendation"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a document is today, and which others say the same."""

    status: Status
    superseded_by: str | None = None
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the snapshot holds it."""

    document: Document
    standing: Standing


def load_document(db: sqlite3.Connection, document_id: str) -> Stored | None:
    """Return one stored document, or None."""
    found = db.execute(
        "SELECT source, type, sections, origin, needs_review, status, superseded_by, siblings "
        "FROM documents WHERE id = ?",
        (document_id,),
    ).fetchone()
    if found is None:
        return None
    source, kind, sections, origin, review, status, superseded_by, siblings = found
    document = Document(
        document_id,
        parse_source(source, SourceType(kind)),
        SECTIONS.validate_json(sections),
        ORIGIN.validate_json(origin),
        bool(review),
    )
    standing = Standing(Status(status), superseded_by, tuple(json.loads(siblings)))
    return Stored(document, standing)


def chunk_from(row: Sequence[Any]) -> Chunk:
    """Return the chunk of a row of CHUNK_FIELDS."""
    chunk_id, document_id, kind, headings, code, header, lead, text, start, end, rec = row
    return Chunk(
        chunk_id,
        document_id,
        SourceType(kind),
        tuple(json.loads(headings)),
        code,
        header,
        lead,
        text,
        start,
        end,
        RECOMMENDATION.validate_json(rec) if rec else None,
    )


def text_digest(text: str) -> bytes:
    """Return the sha256 of what is embedded: header, lead and text of a chunk."""
    return hashlib.sha256(text.encode()).digest()


def dump_source(source: Source) -> str:
    """Write a source as JSON, its facts after its type."""
    facts: dict[str, Any] = _FACTS[source.type].dump_python(source.facts, mode="json")
    return json.dumps(
        {
            "id": source.id,
            "title": source.title,
            "kind": source.kind,
            "publisher": source.publisher,
            "published": source.published,
            "url": source.url,
            "licence": source.licence,
            "summary_of": source.summary_of,
            "facts": facts,
        },
        ensure_ascii=False,
    )


def parse_source(text: str, source_type: SourceType) -> Source:
    """Read back what dump_source wrote."""
    raw: dict[str, Any] = json.loads(text)
    facts: Facts = _FACTS[source_type].validate_python(raw.pop("facts"), strict=False)
    kind = SourceKind(raw.pop("kind"))
    return Source(type=source_type, facts=facts, kind=kind, **raw)
