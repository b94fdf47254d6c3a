"""Routes: ask, read an answer again, read or delete a conversation."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from service.answers import Audience
from service.api.access import needs, principal_of
from service.api.context import context_of
from service.api.documenting import STREAM, problem_replies
from service.api.examples import QUESTIONS
from service.api.recording import note, note_answer
from service.api.request_shapes import AnswerRequest
from service.api.shapes import AnswerReply, ConversationReply
from service.api.streams import stream
from service.api.tagging import FRESH, TAG_HEADERS, UNCHANGED, tagged_json
from service.asking import Asked, Asking, read_back
from service.conversations import Conversation
from service.principals import Scope
from service.streaming import Event

Reader = Annotated[
    Audience | None,
    Query(description="Show it to another reader than the one who asked: order and words change."),
]
"""Whose view of a stored answer is wanted."""

router = APIRouter(prefix="/v1", tags=["Answers"])

_EVENTS = re.compile(r"\btext/event-stream\b")


@router.post(
    "/answers",
    dependencies=[needs(Scope.ASK)],
    operation_id="ask",
    summary="Ask a question",
    response_model=None,
    responses={
        200: {
            "model": AnswerReply,
            "description": "The answer, or why there is none: declining is a result.",
            "content": STREAM,
        },
        **problem_replies(403, 404, 413, 422, 503),
    },
)
async def ask(
    request: Request, body: Annotated[AnswerRequest, Body(openapi_examples=QUESTIONS)]
) -> Response:
    """
    Answer a question from guidelines, drug labels and studies, every sentence cited.

    Name a `conversation_id` to ask a follow-up, or an `article_id` to begin a conversation about an
    article. With `stream: true`, or `Accept:
    text/event-stream`, the answer comes as events; closing the connection stops it.
    """
    context = context_of(request)
    check_question(body.question, context.runtime.settings.max_question_characters)
    asking = Asking(
        context.runtime,
        body.question,
        conversation_id=body.conversation_id,
        audience=body.audience,
        principal=principal_of(request),
        article_id=body.article_id,
    )
    if body.stream or _EVENTS.search(request.headers.get("accept", "")):
        return await stream(request, asking)
    asked = await answered(request, asking)
    return JSONResponse(asked.body, headers=_fresh(asked.answer.provenance.snapshot))


@router.get(
    "/answers/{answer_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="readAnswer",
    summary="Read an answer again",
    response_model=None,
    responses={
        200: {
            "model": AnswerReply,
            "description": "The answer as it was sent the first time, or as another reads it.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(404, 422, 503),
    },
)
def read_answer(request: Request, answer_id: str, audience: Reader = None) -> Response:
    """Return a finished answer; it does not change when the index does."""
    stored = context_of(request).runtime.conversations.answer(answer_id, principal_of(request))
    body = read_back(stored, audience)
    return tagged_json(request, body, _fresh(body["answer"]["provenance"]["snapshot"]))


@router.get(
    "/conversations/{conversation_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="readConversation",
    summary="Read a conversation",
    response_model=None,
    responses={
        200: {
            "model": ConversationReply,
            "description": "Its turns, oldest first.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(404, 422, 503),
    },
)
def read_conversation(request: Request, conversation_id: str, audience: Reader = None) -> Response:
    """Return every question of a conversation with its answer."""
    conversations = context_of(request).runtime.conversations
    found = conversations.conversation(conversation_id, principal_of(request))
    return tagged_json(request, conversation_json(found, audience), FRESH)


@router.delete(
    "/conversations/{conversation_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="deleteConversation",
    summary="Delete a conversation",
    status_code=204,
    response_model=None,
    responses={204: {"description": "Nothing of it is left."}, **problem_replies(403, 404, 503)},
)
def delete_conversation(request: Request, conversation_id: str) -> Response:
    """Delete a conversation with its answers; they cannot be brought back."""
    context_of(request).runtime.conversations.delete(conversation_id, principal_of(request))
    return Response(status_code=204)


async def answered(request: Request, asking: Asking, hear: Callable[[Event], object] = id) -> Asked:
    """
    Answer whole, at the desk, and record the turn. Raises OverloadedError when it is full.

    *hear* is called with every event, in the thread that answers.
    """

    def work() -> tuple[Asked, int]:
        for event in asking.steps():
            hear(event)
        finished = time.time_ns()
        return asking.record(), finished

    asked, finished = await context_of(request).desk.run(work)
    note(request, answer_id=asked.answer_id, conversation_id=asked.conversation_id)
    note_answer(request, asked.answer, finished)
    return asked


def check_question(question: str, longest: int, at: str = "question") -> None:
    """Raise RequestValidationError for a question that is empty or longer than is accepted."""
    says = "type a question" if not question.strip() else None
    if len(question) > longest:
        says = f"a question has at most {longest} characters"
    if says is not None:
        raise RequestValidationError([{"type": "value_error", "loc": ("body", at), "msg": says}])


def conversation_json(
    conversation: Conversation, audience: Audience | None = None
) -> dict[str, Any]:
    """Return a conversation with every turn as it was sent, or as *audience* reads it."""
    return {
        "conversation_id": conversation.id,
        "created": conversation.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": conversation.title,
        "article_id": conversation.article_id,
        "turns": [read_back(stored, audience) for stored in conversation.turns],
    }


def _fresh(snapshot: str) -> dict[str, str]:
    return {**FRESH, "X-Index-Version": snapshot}
