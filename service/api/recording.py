"""
One canonical log line per request: ids, counts, timings, outcome; never what was asked or said.

Routes add facts with ``note``; a fact that is not on the list is an error of ours, not a leak.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.answers import Answer
from service.api import problems
from service.api.context import context_of
from service.api.metering import Meter
from service.api.served import Served
from service.gates.reasons import gate_and_code
from service.log_lines import places

if TYPE_CHECKING:  # imported only where traces are wanted
    from service.api.tracing import Traces

FACTS = frozenset(
    "answer_id conversation_id snapshot outcome reason audience stages statements withheld gates "
    "references safety conflicts turn streamed stopped verdict problem error at article_id "
    "article_version articles share_id principal".split()
)
"""What a route may add to the line. None of them can hold a word of a question or an answer."""
_LINE, _STAGES = "followup_line", "followup_stages"
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def note(request: HTTPConnection, **facts: object) -> None:
    """Add facts to the request's line. Raises ValueError for one that is not in ``FACTS``."""
    if unknown := facts.keys() - FACTS:
        raise ValueError(f"not a fact of the request line: {', '.join(sorted(unknown))}")
    request.scope.setdefault(_LINE, {}).update(facts)


def note_answer(request: Request, answer: Answer, finished: int) -> None:
    """
    Count an answer, and add its counts and timings to the request's line.

    *finished* is when its last stage ended, in nanoseconds since 1970.
    """
    context_of(request).meter.answer(answer)
    request.scope[_STAGES] = (finished, answer.timings)
    gates = Counter(gate_and_code(reason)[0] for one in answer.withheld for reason in one.reasons)
    note(
        request,
        snapshot=answer.provenance.snapshot,
        outcome=str(answer.outcome),
        reason=None if answer.decline is None else str(answer.decline),
        audience=str(answer.audience),
        stages={one.stage: round(one.milliseconds, 1) for one in answer.timings},
        statements=sum(len(section.statements) for section in answer.sections),
        withheld=len(answer.withheld),
        gates=dict(gates) or None,
        references=len(answer.references),
        safety=len(answer.safety),
        conflicts=len(answer.conflicts),
    )


def note_error(request: HTTPConnection, error: Exception) -> None:
    """Add what kind of error it was, and where; its own words may quote a question."""
    note(request, error=type(error).__name__, at=places(error))


def note_problem(request: Request, error: Exception) -> problems.Problem:
    """Say what *error* is, and put it in the request's line; with its place where it is ours."""
    problem = problems.describe(error, request_id(request))
    note(request, problem=problem.body["type"])
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        note_error(request, error)
    return problem


def request_id(request: HTTPConnection) -> str:
    """Return the request's id: the caller's own where it is a plain word, ours otherwise."""
    return str(request.scope["followup_request_id"])


class Recorder:
    """Gives every request an id, counts it, writes its line; an unforeseen error is a problem."""

    def __init__(self, app: ASGIApp, *, meter: Meter, traces: Traces | None) -> None:
        """Wrap *app*; *meter* counts, *traces* (where there are any) get a span per request."""
        self.app = app
        self.meter = meter
        self.traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, started = time.time_ns(), time.perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        own = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope["followup_request_id"] = own
        scope.setdefault(_LINE, {})
        status = 0

        async def sender(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", own.encode("ascii")),
                ]
            await send(message)

        try:
            await self.app(scope, receive, sender)
        except Exception as error:  # noqa: BLE001 - the last place where one can be told
            note_error(HTTPConnection(scope), error)
            if not status:
                reply = problems.reply(problems.describe(error, own), scope["path"])
                await reply(scope, receive, sender)
        finally:
            self._record(scope, status, began, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, began: int, seconds: float) -> None:
        """Count the request, trace it, and write its line."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        # The path as it was declared: a path as it was sent could hold anything.
        route = getattr(scope.get("route"), "path", None)
        facts = {fact: value for fact, value in scope[_LINE].items() if value is not None}
        self.meter.request(route, method, status, seconds, stopped="stopped" in facts)
        if self.traces is not None:
            answered, stages = scope.get(_STAGES, (None, ()))
            headers = dict(Headers(scope=scope).items())
            ended = began + round(seconds * 1e9)
            facts["trace_id"] = self.traces.record(
                Served(method, route, status, began, ended, headers, facts, stages, answered)
            )
        log = structlog.get_logger()
        (log.error if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not status else log.info)(
            "request",
            request_id=scope["followup_request_id"],
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            **facts,
        )
