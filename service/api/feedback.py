"""Routes: say what you think of an answer, read what was said of it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Header, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from service.api.access import needs, principal_of
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.examples import FEEDBACK
from service.api.recording import note
from service.api.shapes import Shape
from service.feedback import Feedback, StoredFeedback, Verdict
from service.principals import Scope

router = APIRouter(prefix="/v1", tags=["Answers"])

LONGEST_COMMENT: Final = 2_000
_FRESH = {"Cache-Control": "no-store"}


class FeedbackRequest(Shape):
    """What a reader found, about the answer or about one of its references."""

    verdict: Verdict
    marker: Annotated[
        int | None,
        Field(ge=1, description="The reference it is about, by its number in the answer."),
    ] = None
    comment: Annotated[
        str,
        Field(
            max_length=LONGEST_COMMENT,
            description="Why. Leave out whatever could identify a patient.",
        ),
    ] = ""


class FeedbackReply(FeedbackRequest):
    """Feedback as it is stored; ``snapshot`` is the one that the answer was made from."""

    feedback_id: str
    answer_id: str
    snapshot: str
    given_at: str


class FeedbackListReply(Shape):
    """All feedback on an answer, oldest first."""

    answer_id: str
    feedback: list[FeedbackReply]


@router.post(
    "/answers/{answer_id}/feedback",
    dependencies=[needs(Scope.ASK)],
    operation_id="giveFeedback",
    summary="Say what you think of an answer",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": FeedbackReply, "description": "It is stored, and on the disk."},
        **problem_replies(403, 404, 413, 422, 503),
    },
)
def give_feedback(
    request: Request,
    answer_id: str,
    body: Annotated[FeedbackRequest, Body(openapi_examples=FEEDBACK)],
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,64}$",
            description="Any words of your own: sent again with the same feedback on the same "
            "answer, it is stored once, and the first reply comes again.",
        ),
    ] = None,
) -> Response:
    """
    Store a verdict on an answer, or on one of its references, with a comment if there is one.

    It is kept with the answer and deleted with its conversation.
    """
    stored = context_of(request).runtime.feedback.give(
        answer_id,
        Feedback(body.verdict, body.marker, body.comment),
        key=idempotency_key,
        reader=principal_of(request),
    )
    note(request, answer_id=answer_id, snapshot=stored.snapshot, verdict=body.verdict.value)
    return JSONResponse(feedback_json(stored), status_code=201, headers=_FRESH)


@router.get(
    "/answers/{answer_id}/feedback",
    dependencies=[needs(Scope.EVALUATE)],
    operation_id="readFeedback",
    summary="Read the feedback on an answer",
    response_model=None,
    responses={
        200: {"model": FeedbackListReply, "description": "All of it, oldest first."},
        **problem_replies(404, 503),
    },
)
def read_feedback(request: Request, answer_id: str) -> Response:
    """Return what was said of an answer."""
    given = context_of(request).runtime.feedback.of(answer_id, principal_of(request))
    body = {"answer_id": answer_id, "feedback": [feedback_json(one) for one in given]}
    return JSONResponse(body, headers=_FRESH)


def feedback_json(stored: StoredFeedback) -> dict[str, Any]:
    """Return feedback as it is sent."""
    return {
        "feedback_id": stored.id,
        "answer_id": stored.answer_id,
        "snapshot": stored.snapshot,
        "given_at": stored.given_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": stored.feedback.verdict.value,
        "marker": stored.feedback.marker,
        "comment": stored.feedback.comment,
    }
