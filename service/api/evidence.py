"""Routes: passages in their place, documents, the live snapshot."""

from __future__ import annotations

import base64
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ingest.documents import SourceType, Status
from ingest.records import Stored
from ingest.snapshots import Snapshot
from service.api.access import needs
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.evidence_shapes import (
    DocumentReply,
    DocumentsReply,
    PassageReply,
    SnapshotReply,
)
from service.api.recording import note
from service.api.tagging import TAG_HEADERS, UNCHANGED, tagged_json
from service.passages import find_document, find_passage, passage_json
from service.placing import placed_sections
from service.principals import Scope
from service.serialising import source_json

router = APIRouter(prefix="/v1", tags=["Evidence"])

_CURSOR = r"^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$"
"""What base64url of anything looks like, without its padding."""


@router.get(
    "/passages/{passage_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="readPassage",
    summary="Read a passage in its place",
    response_model=None,
    responses={
        200: {
            "model": PassageReply,
            "description": "The passage and the section around it.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(404, 503),
    },
)
def read_passage(request: Request, passage_id: str) -> Response:
    """Return a passage of the live snapshot, with the whole section it stands in."""
    with context_of(request).runtime.live.reading() as reading:
        chunk, stored = find_passage(reading.snapshot, passage_id)
        body = passage_json(reading.snapshot, chunk, stored, status_now(request, stored))
    return _tagged(request, body)


@router.get(
    "/documents",
    dependencies=[needs(Scope.ASK)],
    operation_id="listDocuments",
    summary="List documents",
    response_model=None,
    responses={
        200: {
            "model": DocumentsReply,
            "description": "One page of documents, by id.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(422, 503),
    },
)
def list_documents(
    request: Request,
    cursor: Annotated[
        str | None, Query(max_length=1024, pattern=_CURSOR, description="From `next`.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Documents on a page.")] = 50,
    type: Annotated[  # noqa: A002 - its name in the address
        SourceType | None, Query(description="Only this type.")
    ] = None,
) -> Response:
    """List the documents of the live snapshot; follow `next` until it is null."""
    after = "" if cursor is None else _read_cursor(cursor)
    with context_of(request).runtime.live.reading() as reading:
        documents = reading.snapshot.documents
        retractions = context_of(request).runtime.retractions.current()
        ids = documents.listing(after=after, limit=limit + 1, source_type=type)
        entries = []
        for document_id in ids[:limit]:
            source, standing = documents.source(document_id)
            status = retractions.status(source, standing.status)
            entries.append({"document_id": document_id, "source": source_json(source, status)})
        body = {
            "snapshot": reading.snapshot.id,
            "documents": entries,
            "next": _next_page(ids[limit - 1], limit, type) if len(ids) > limit else None,
        }
    return _tagged(request, body)


@router.get(
    "/documents/{document_id:path}",
    dependencies=[needs(Scope.ASK)],
    operation_id="readDocument",
    summary="Read a document",
    response_model=None,
    responses={
        200: {"model": DocumentReply, "description": "The document whole.", "headers": TAG_HEADERS},
        **UNCHANGED,
        **problem_replies(404, 503),
    },
)
def read_document(request: Request, document_id: str) -> Response:
    """Return a document of the live snapshot: sections, standing, source, and its passages."""
    with context_of(request).runtime.live.reading() as reading:
        stored = find_document(reading.snapshot, document_id)
        body = _document_json(reading.snapshot, stored, status_now(request, stored))
    return _tagged(request, body)


@router.get(
    "/snapshot",
    dependencies=[needs(Scope.ASK)],
    operation_id="readSnapshot",
    summary="Describe the live snapshot",
    response_model=None,
    responses={
        200: {
            "model": SnapshotReply,
            "description": "What it was built from, and its size.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(503),
    },
)
def read_snapshot(request: Request) -> Response:
    """Say which snapshot answers now."""
    with context_of(request).runtime.live.reading() as reading:
        manifest = reading.snapshot.manifest
    body = {
        "snapshot": manifest.id,
        "content": manifest.content,
        "built": manifest.built,
        "corpus_date": manifest.corpus_date,
        "embedder": {
            "name": manifest.embedder.name,
            "dimension": manifest.embedder.dimension,
            "max_tokens": manifest.embedder.max_tokens,
            "weights_sha256": manifest.embedder.weights_sha256,
        },
        "splitter": manifest.splitter,
        "lexical": manifest.lexical,
        "parsers": manifest.parsers,
        "documents": manifest.documents,
        "passages": manifest.chunks,
    }
    return _tagged(request, body)


def status_now(request: Request, stored: Stored) -> Status:
    """Return what a document is today; it may have been retracted since it was indexed."""
    retractions = context_of(request).runtime.retractions.current()
    return retractions.status(stored.document.source, stored.standing.status)


def _document_json(snapshot: Snapshot, stored: Stored, status: Status) -> dict[str, Any]:
    document, standing = stored.document, stored.standing
    return {
        "document_id": document.id,
        "snapshot": snapshot.id,
        "source": source_json(document.source, status),
        "superseded_by": standing.superseded_by,
        "siblings": list(standing.siblings),
        "needs_review": document.needs_review,
        "origin": {
            "path": document.origin.path,
            "sha256": document.origin.sha256,
            "parser": document.origin.parser,
            "record": document.origin.record,
        },
        "text": document.text,
        "sections": [
            {
                "headings": list(placed.section.headings),
                "code": placed.section.code,
                "start": placed.start,
                "end": placed.end,
                "blocks": [
                    {"kind": block.kind.value, "lead": block.lead, "text": block.text}
                    for block in placed.section.blocks
                ],
            }
            for placed in placed_sections(document)
        ],
        "passages": [
            {"passage_id": chunk.id, "start": chunk.start, "end": chunk.end}
            for chunk in snapshot.documents.chunks_of(document.id)
        ],
    }


def _tagged(request: Request, body: dict[str, Any]) -> Response:
    """Send *body* with a strong ETag, or 304 to a caller that has it."""
    note(request, snapshot=body["snapshot"])
    headers = {"Cache-Control": "private, no-cache", "X-Index-Version": body["snapshot"]}
    return tagged_json(request, body, headers)


def _next_page(last: str, limit: int, source_type: SourceType | None) -> str:
    cursor = base64.urlsafe_b64encode(last.encode()).decode("ascii").rstrip("=")
    wanted = {"cursor": cursor, "limit": str(limit)}
    if source_type is not None:
        wanted["type"] = source_type.value
    return f"/v1/documents?{urlencode(wanted)}"


def _read_cursor(cursor: str) -> str:
    """Return the id to go on after; one that was made up is a place like any other."""
    padded = cursor + "=" * (-len(cursor) % 4)
    return base64.urlsafe_b64decode(padded).decode(errors="replace")
