"""Routes: every snapshot that is kept, and when each went live; for operators."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from ingest.snapshots import list_snapshots
from service.api.access import needs
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.evidence_shapes import EmbedderShape, SnapshotReply
from service.api.shapes import Shape
from service.api.tagging import TAG_HEADERS, UNCHANGED, tagged_json
from service.errors import NotFoundError
from service.principals import Scope
from service.snapshot_report import listed, shown

router = APIRouter(prefix="/v1", tags=["Evidence"], dependencies=[needs(Scope.OPERATE)])

_PRIVATE = {"Cache-Control": "private, no-cache"}


class SnapshotEntry(Shape):
    """A snapshot in the list; of one whose manifest cannot be read, ``error`` alone is known."""

    snapshot: str
    live: bool
    previous: bool
    built: str | None
    corpus_date: str | None
    documents: int | None
    passages: int | None
    embedder: str | None
    error: str | None


class SnapshotsReply(Shape):
    """Every snapshot that is kept, newest first; ``previous`` is the one to go back to."""

    snapshots: list[SnapshotEntry]


class ActivationShape(Shape):
    """When the snapshot went live, after which, and whether by choice or by going back."""

    at: str
    before: str | None
    move: Literal["activate", "rollback"]


class KeptSnapshotReply(SnapshotReply):
    """One snapshot: what it was made from, its size, and when it went live."""

    live: bool
    previous: bool
    activations: list[ActivationShape]


@router.get(
    "/snapshots",
    operation_id="listSnapshots",
    summary="List the snapshots",
    response_model=None,
    responses={
        200: {"model": SnapshotsReply, "description": "Newest first.", "headers": TAG_HEADERS},
        **UNCHANGED,
        **problem_replies(401, 403, 503),
    },
)
def list_kept(request: Request) -> Response:
    """List every snapshot that is kept."""
    rows = listed(context_of(request).runtime.settings.index_folder)
    names = [name for name in SnapshotEntry.model_fields if name != "passages"]
    told = [
        {**{name: row.get(name) for name in names}, "passages": row.get("chunks")} for row in rows
    ]
    return tagged_json(request, {"snapshots": told}, _PRIVATE)


@router.get(
    "/snapshots/{snapshot_id}",
    operation_id="readKeptSnapshot",
    summary="Describe a snapshot",
    response_model=None,
    responses={
        200: {"model": KeptSnapshotReply, "description": "It.", "headers": TAG_HEADERS},
        **UNCHANGED,
        **problem_replies(401, 403, 404, 503),
    },
)
def read_kept(request: Request, snapshot_id: str) -> Response:
    """Describe one snapshot, with every time that it went live."""
    index = context_of(request).runtime.settings.index_folder
    if snapshot_id not in list_snapshots(index):
        raise NotFoundError("there is no snapshot by that id")
    facts = shown(index, snapshot_id)
    manifest = facts["manifest"]
    body = {
        **{name: facts[name] for name in ("snapshot", "live", "previous")},
        **{name: manifest[name] for name in ("content", "built", "corpus_date")},
        "embedder": {name: manifest["embedder"][name] for name in EmbedderShape.model_fields},
        **{name: manifest[name] for name in ("splitter", "lexical", "parsers", "documents")},
        "passages": manifest["chunks"],
        "activations": [
            {name: move[name] for name in ActivationShape.model_fields}
            for move in facts["activations"]
        ],
    }
    return tagged_json(request, body, {**_PRIVATE, "X-Index-Version": snapshot_id})
