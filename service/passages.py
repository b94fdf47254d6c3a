"""Passages of a snapshot by id, as every interface sends them."""

from __future__ import annotations

from ingest.documents import Chunk, Status
from ingest.records import Stored
from ingest.snapshots import Snapshot
from service.errors import NotFoundError
from service.placing import place_of
from service.serialising import Json, evidence_json, source_json


def find_document(snapshot: Snapshot, document_id: str) -> Stored:
    """Return a document. Raises NotFoundError."""
    stored = snapshot.documents.get(document_id)
    if stored is None:
        raise NotFoundError("there is no document by that id in the live snapshot")
    return stored


def find_passage(snapshot: Snapshot, passage_id: str) -> tuple[Chunk, Stored]:
    """Return a passage and its document. Raises NotFoundError."""
    row = snapshot.documents.row_of(passage_id)
    if row is None:
        raise NotFoundError("there is no passage by that id in the live snapshot")
    (chunk,) = snapshot.documents.chunks([row])
    return chunk, find_document(snapshot, chunk.document_id)


def passage_json(snapshot: Snapshot, chunk: Chunk, stored: Stored, status: Status) -> Json:
    """Return a passage with the whole section it stands in; *status* is its document's today."""
    place = place_of(stored.document, chunk)
    return {
        "passage_id": chunk.id,
        "document_id": chunk.document_id,
        "snapshot": snapshot.id,
        "source": source_json(stored.document.source, status),
        "header": chunk.header,
        "lead": chunk.lead,
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "evidence": evidence_json(stored.document.source, chunk),
        "section": {
            "headings": list(place.section.headings),
            "code": place.section.code,
            "text": place.section.text,
            "start": place.start,
            "end": place.end,
        },
    }
