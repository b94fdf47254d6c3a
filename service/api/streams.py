"""
An answer as server-sent events: typed, numbered, stopped when the reader leaves.

The encoding and the keep-alive comment are FastAPI's own. Its generator routes are not used,
since one address gives JSON or events, and since an error before the first event must still be
able to choose the status.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.api import problems
from service.api.context import context_of
from service.api.recording import note, note_answer, note_error, request_id
from service.api.tagging import FRESH
from service.asking import Asked, Asking
from service.streaming import Event

KEEP_ALIVE_SECONDS = 15.0
"""Silence after which a comment is sent, so that no proxy closes the connection."""


class Encoding(Protocol):
    """**Protocol:** how the events of one answer are written."""

    def event(self, event: Event) -> bytes:
        """Return what is sent for an event; nothing is allowed."""

    def done(self, asked: Asked) -> bytes:
        """Return what is sent at the end of an answer that is complete and recorded."""

    def failed(self, problem: problems.Problem) -> bytes:
        """Return what is sent at the end of one that is not."""


class Typed:
    """Our own: one event a line, typed, numbered, in JSON."""

    def __init__(self) -> None:
        """Count from 1."""
        self._sequence = 0

    def event(self, event: Event) -> bytes:
        """Return one event."""
        self._sequence += 1
        data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
        return format_sse_event(data_str=data, event=event.name, id=str(self._sequence))

    def done(self, asked: Asked) -> bytes:
        """Return the whole reply."""
        return self.event(Event("done", asked.body))

    def failed(self, problem: problems.Problem) -> bytes:
        """Return the problem."""
        return self.event(Event("error", problem.body))


async def stream(
    request: Request, asking: Asking, encoding: Encoding | None = None
) -> EventSourceResponse:
    """
    Return the events of *asking*, in *encoding*; our own where none is named.

    What goes wrong before the first event is raised here and becomes an ordinary problem; what
    goes wrong later is an ``error`` event. The turn is recorded after every other event has been
    taken, so that an answer stopped half way is no part of the conversation.
    """
    stack = AsyncExitStack()
    try:
        steps = await stack.enter_async_context(
            context_of(request).desk.steps(asking.steps, KEEP_ALIVE_SECONDS)
        )
        meta = await _first(steps)
    except BaseException:
        await stack.aclose()
        raise
    note(
        request,
        streamed=True,
        stopped=True,  # until it is known to be complete
        answer_id=asking.answer_id,
        conversation_id=asking.conversation_id,
        snapshot=meta.data["snapshot"],
    )
    headers = {
        **FRESH,
        "X-Accel-Buffering": "no",
        "X-Index-Version": str(meta.data["snapshot"]),
    }
    return _Stopping(stack, _encoded(request, asking, encoding or Typed(), meta, steps), headers)


class _Stopping(EventSourceResponse):
    """Stops the answer when the response ends, also when its first byte was never read."""

    def __init__(
        self, stack: AsyncExitStack, content: AsyncIterator[bytes], headers: dict[str, str]
    ) -> None:
        super().__init__(content, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _first(steps: AsyncIterator[Event | None]) -> Event:
    async for step in steps:
        if step is not None:
            return step
    raise RuntimeError("an answer has at least one step")


async def _encoded(
    request: Request,
    asking: Asking,
    encoding: Encoding,
    meta: Event,
    steps: AsyncIterator[Event | None],
) -> AsyncIterator[bytes]:
    yield encoding.event(meta)
    try:
        async for step in steps:
            sent = KEEPALIVE_COMMENT if step is None else encoding.event(step)
            if sent:
                yield sent
        finished = time.time_ns()
        asked = await run_in_threadpool(asking.record)
        note_answer(request, asked.answer, finished)
        last = encoding.done(asked)
    except Exception as error:  # noqa: BLE001 - told to the reader and to the log
        note_error(request, error)
        last = encoding.failed(problems.describe(error, request_id(request)))
    note(request, stopped=None)
    yield last
