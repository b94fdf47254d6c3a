"""Routes: say what you think of an answer, read what was said of it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Header, Query, Request
from pydantic import AwareDatetime, Field
from starlette.responses import JSONResponse, Response

from service.answers import Outcome
from service.api.access import needs, principal_of
from service.api.context import context_of
from service.api.cursors import Cursor, Limit, next_page, read_cursor
from service.api.documenting import problem_replies
from service.api.examples import FEEDBACK
from service.api.fields import IN_UTC, MOMENT, WHOLE
from service.api.recording import note
from service.api.shapes import Shape
from service.api.tagging import FRESH
from service.feedback import Feedback, StoredFeedback, Told, Verdict
from service.principals import Scope

router = APIRouter(prefix="/v1", tags=["Answers"])

LONGEST_COMMENT: Final = 2_000


class FeedbackRequest(Shape):
    """What a reader found, about the answer or about one of its references."""

    verdict: Verdict
    marker: (
        Annotated[
            int,
            Field(ge=1, description="The reference it is about, by its number in the answer."),
            WHOLE,
        ]
        | None
    ) = None
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


class ToldFeedback(Shape):
    """
    Feedback and what it is about; `commented` tells that there is a comment.

    `understood` is the question as it was understood, on its own.
    """

    feedback_id: str
    answer_id: str
    snapshot: str
    given_at: str
    verdict: Verdict
    marker: int | None
    commented: bool
    question: str
    understood: str
    outcome: Outcome


class AllFeedbackReply(Shape):
    """Everybody's feedback, the newest first; `next` is the address of the next page."""

    feedback: list[ToldFeedback]
    next: str | None


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
    return JSONResponse(feedback_json(stored), status_code=201, headers=FRESH)


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
    return JSONResponse(body, headers=FRESH)


@router.get(
    "/feedback",
    dependencies=[needs(Scope.EVALUATE)],
    operation_id="listFeedback",
    summary="List what everybody said of answers",
    response_model=None,
    responses={
        200: {"model": AllFeedbackReply, "description": "The newest first, for evaluators."},
        **problem_replies(403, 422, 503),
    },
)
def list_feedback(
    request: Request,
    verdict: Annotated[Verdict | None, Query(description="This verdict alone.")] = None,
    since: Annotated[
        AwareDatetime | None, MOMENT, IN_UTC, Query(description="Given at this moment or later.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """
    List all feedback beside the question it is about, without its comments.

    A comment is read with its answer's feedback, or in the cases of `followup feedback export`.
    """
    found = context_of(request).runtime.feedback.told(
        verdict=verdict, since=since, before=read_cursor(cursor), limit=limit + 1
    )
    page, last = found[:limit], found[:limit][-1].stored if len(found) > limit else None
    wanted = {"verdict": verdict, "since": since and since.isoformat(), "limit": limit}
    body = {
        "feedback": [_told_json(one) for one in page],
        "next": next_page("/v1/feedback", (last.given_at, last.id), wanted) if last else None,
    }
    return JSONResponse(body, headers=FRESH)


def _told_json(told: Told) -> dict[str, Any]:
    about = feedback_json(told.stored)
    return {
        **{name: value for name, value in about.items() if name != "comment"},
        "commented": bool(told.stored.feedback.comment),
        "question": told.asked[-1],
        "understood": told.answer["understood_as"]["text"],
        "outcome": told.answer["outcome"],
    }


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
