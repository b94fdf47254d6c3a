"""Routes: is the process alive, can it answer, what has it done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.api.access import PUBLIC, needs
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.evidence_shapes import HealthReply, ReadyReply
from service.api.tagging import FRESH
from service.principals import Scope

router = APIRouter(tags=["Operation"])


@router.get(
    "/healthz",
    dependencies=[PUBLIC],
    operation_id="health",
    summary="Is the process alive",
    response_model=None,
    responses={200: {"model": HealthReply, "description": "It is."}, **problem_replies()},
)
async def health() -> Response:
    """Answer at once, whatever else the service is doing."""
    return JSONResponse({"status": "ok"}, headers=FRESH)


@router.get(
    "/readyz",
    dependencies=[PUBLIC],
    operation_id="readiness",
    summary="Can it answer",
    response_model=None,
    responses={
        200: {"model": ReadyReply, "description": "It can, from this snapshot."},
        **problem_replies(503),
    },
)
def readiness(request: Request) -> Response:
    """Say whether there is an index to answer from, and whether it is the one that is meant."""
    live = context_of(request).runtime.live
    with live.reading() as reading:
        refused = live.refused
        body = {
            "status": "ready",
            "snapshot": reading.snapshot.id,
            "fallback": refused is not None,
            "refused": refused,
        }
    return JSONResponse(body, headers=FRESH)


@router.get(
    "/metrics",
    dependencies=[needs(Scope.OPERATE)],
    operation_id="metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "Every figure that docs/operations.md lists.",
            "content": {"text/plain": {"example": "followup_ready 1.0\n"}},
        },
        **problem_replies(),
    },
)
def metrics(request: Request) -> Response:
    """Write the figures in Prometheus' text format, or OpenMetrics where that is asked for."""
    content, media = context_of(request).meter.exposition(request.headers.get("accept", ""))
    return Response(content, headers={**FRESH, "Content-Type": media})
