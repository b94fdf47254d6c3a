"""
Routes: the same answers for those who speak OpenAI's chat completions.

``service.chatting`` writes the text. Every error is problem+json with OpenAI's ``error`` object
beside it, so that its clients show the reason.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.exceptions import RequestValidationError
from fastapi.sse import format_sse_event
from starlette.responses import JSONResponse, Response

from service.answers import Audience
from service.api.access import needs, principal_of
from service.api.answers import answered, check_question
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.examples_openai import CHATS
from service.api.openai_shapes import ChatReply, ChatRequest, ModelReply, ModelsReply
from service.api.problems import Problem, as_openai_error
from service.api.streams import stream
from service.api.tagging import FRESH
from service.asking import Asked, Asking
from service.chatting import Chat, Noted, Piece, words_in
from service.errors import NotFoundError, NotOfferedError
from service.principals import Scope
from service.streaming import Event

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

MODELS = {
    "followup": Audience.PHYSICIAN,
    **{f"followup-{audience}": audience for audience in Audience},
}
"""Who is written for, by the model's id."""
_SINCE = 1_795_392_000
"""2026-11-23, the date of the first version; a model has to have one."""


@router.get(
    "/models",
    operation_id="listModels",
    summary="List the models",
    response_model=None,
    responses={
        200: {"model": ModelsReply, "description": "One for each kind of reader."},
        **problem_replies(),
    },
    dependencies=[needs(Scope.ASK)],
)
def list_models() -> Response:
    """Return the ids that a chat completion may name."""
    return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})


@router.get(
    "/models/{model_id}",
    operation_id="readModel",
    summary="Describe a model",
    response_model=None,
    responses={
        200: {"model": ModelReply, "description": "The model."},
        **problem_replies(404),
    },
    dependencies=[needs(Scope.ASK)],
)
def read_model(model_id: str) -> Response:
    """Return one model."""
    _audience(model_id)
    return JSONResponse(_model(model_id))


@router.post(
    "/chat/completions",
    operation_id="chat",
    summary="Ask as a chat completion",
    response_model=None,
    responses={
        200: {
            "model": ChatReply,
            "description": "The answer as Markdown, with its citations; with `stream: true`, "
            "chunks of it, a statement each, and `[DONE]`.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "itemSchema": {
                        "type": "object",
                        "required": ["data"],
                        "properties": {"data": {"type": "string"}},
                    },
                    "example": 'data: {"object":"chat.completion.chunk","choices":[]}\n\n',
                }
            },
        },
        **problem_replies(400, 403, 404, 413, 422, 503),
    },
    dependencies=[needs(Scope.ASK)],
)
async def chat(
    request: Request, body: Annotated[ChatRequest, Body(openapi_examples=CHATS)]
) -> Response:
    """
    Answer the last message of a chat, which must be the user's.

    The user's earlier messages are understood again, so that "and in liver disease?" is heard
    as it was meant; system messages and the assistant's are not read. `metadata.conversation_id`
    continues a conversation of this service instead. The answer is stored as any other is.
    """
    audience = _audience(body.model)
    _check(body)
    *earlier, question = [one.text for one in body.messages if one.role == "user"]
    longest = context_of(request).runtime.settings.max_question_characters
    check_question(question, longest, "messages")
    conversation_id = body.metadata.conversation_id if body.metadata else None
    asking = Asking(
        context_of(request).runtime,
        question,
        conversation_id=conversation_id,
        audience=audience,
        principal=principal_of(request),
        # One that is too long was refused when it was asked, and would cost as much to hear now.
        earlier=[one for one in earlier if one.strip() and len(one) <= longest]
        if conversation_id is None
        else (),
    )
    completion = Completion(body)
    if body.stream:
        return await stream(request, asking, completion)
    asked = await answered(request, asking, completion.hear)
    return JSONResponse(
        completion.whole(asked),
        headers={**FRESH, "X-Index-Version": asked.answer.provenance.snapshot},
    )


class Completion:
    """One answer as a chat completion: whole, or the encoding of its stream."""

    def __init__(self, body: ChatRequest) -> None:
        """Begin the message that answers *body*."""
        self._chat = Chat()
        self._pieces: list[Piece] = []
        self._with_usage = bool(body.stream_options and body.stream_options.include_usage)
        self._read = sum(words_in(message.text) for message in body.messages)
        self._head: dict[str, Any] = {"created": int(time.time()), "model": body.model}

    def hear(self, event: Event) -> list[Piece]:
        """Take in an event, and return what it adds to the message."""
        if event.name == "meta":
            self._head = {
                "id": f"chatcmpl-{event.data['answer_id']}",
                **self._head,
                "system_fingerprint": event.data["snapshot"],
            }
        return self._kept(self._chat.tell(event))

    def whole(self, asked: Asked) -> dict[str, Any]:
        """Return the completion of an answer all of whose events were heard."""
        self._kept(self._chat.close(asked.body["answer"]))
        message = {
            "role": "assistant",
            "content": "".join(piece.text for piece in self._pieces),
            "refusal": None,
            "annotations": [_annotation(one) for piece in self._pieces for one in piece.noted],
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(),
            "followup": _where(asked),
        }

    def event(self, event: Event) -> bytes:
        """Return the chunks of an event."""
        told = self.hear(event)
        if event.name == "meta":
            return self._chunk({"role": "assistant", "content": ""})
        return b"".join(self._chunk(_delta(piece)) for piece in told)

    def done(self, asked: Asked) -> bytes:
        """Return the chunks of the end."""
        told = self._kept(self._chat.close(asked.body["answer"]))
        chunks = [self._chunk(_delta(piece)) for piece in told]
        chunks.append(self._chunk({}, finish_reason="stop", followup=_where(asked)))
        if self._with_usage:
            chunks.append(_line({**self._chunked(), "choices": [], "usage": self._usage()}))
        return b"".join([*chunks, format_sse_event(data_str="[DONE]")])

    def failed(self, problem: Problem) -> bytes:
        """Return the chunk that OpenAI's clients raise as an error."""
        return _line(as_openai_error(problem).body)

    def _kept(self, pieces: Iterator[Piece]) -> list[Piece]:
        told = list(pieces)
        self._pieces += told
        return told

    def _chunked(self) -> dict[str, Any]:
        return {**self._head, "object": "chat.completion.chunk"}

    def _chunk(
        self, delta: dict[str, Any], *, finish_reason: str | None = None, **more: object
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return _line({**self._chunked(), "choices": [choice], **more})

    def _usage(self) -> dict[str, int]:
        written = sum(words_in(piece.text) for piece in self._pieces)
        return {
            "prompt_tokens": self._read,
            "completion_tokens": written,
            "total_tokens": self._read + written,
        }


def _audience(model_id: str) -> Audience:
    audience = MODELS.get(model_id)
    if audience is None:
        raise NotFoundError("there is no model by that name; GET /v1/models lists them")
    return audience


def _check(body: ChatRequest) -> None:
    """Raise NotOfferedError for what would be missing from the answer without a word."""
    parts = [
        part.type
        for message in body.messages
        if message.role == "user" and isinstance(message.content, list)
        for part in message.content
    ]
    beyond = {
        "n": body.n not in (None, 1),
        "tools": bool(body.tools) or body.tool_choice not in (None, "none", "auto"),
        "functions": bool(body.functions) or body.function_call not in (None, "none", "auto"),
        "logprobs": bool(body.logprobs) or bool(body.top_logprobs),
        "modalities": any(one != "text" for one in body.modalities or ()),
        "audio": body.audio is not None,
        "prediction": body.prediction is not None,
        "response_format": (body.response_format or {"type": "text"}).get("type") != "text",
        "messages": any(kind != "text" for kind in parts),
    }
    for parameter, asked_for in beyond.items():
        if asked_for:
            says = f"{parameter}: this service gives one answer, in text, to a question in text"
            raise NotOfferedError(says, f"body.{parameter}")
    if body.messages[-1].role != "user":
        says = "the last message must be the user's question"
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("body", "messages"), "msg": says}]
        )


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _SINCE, "owned_by": "followup"}


def _delta(piece: Piece) -> dict[str, Any]:
    noted = [_annotation(one) for one in piece.noted]
    return {"content": piece.text, **({"annotations": noted} if noted else {})}


def _annotation(noted: Noted) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "url_citation": {
            "url": noted.url,
            "title": noted.title,
            "start_index": noted.start,
            "end_index": noted.end,
        },
    }


def _where(asked: Asked) -> dict[str, str]:
    return {
        "answer_id": asked.answer_id,
        "conversation_id": asked.conversation_id,
        "outcome": asked.answer.outcome.value,
    }


def _line(data: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False, separators=(",", ":")))
