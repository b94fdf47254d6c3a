"""The app: routes, the walls around them, one handler for every error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from http import HTTPStatus
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from ingest.errors import IngestError
from service.accounts import DEFAULT_RATE, contradictions, read_proxies
from service.api import (
    answers,
    article_pages,
    articles,
    documenting,
    evidence,
    exports,
    feedback,
    health,
    history,
    history_pages,
    infobutton,
    openai_chat,
    pages,
    policy_pages,
    problems,
    review_pages,
    reviews,
    signing_in,
    snapshots,
)
from service.api.access import Gate, declarations
from service.api.context import Context
from service.api.documenting import describe_with
from service.api.entering import Door
from service.api.guarding import LOOPBACK_HOSTS, Guard
from service.api.leading_in import way_in
from service.api.limiting import Limit
from service.api.metering import Meter
from service.api.methods import Heads, allowed
from service.api.recording import Recorder, note_problem
from service.api.templates import STATIC, templates
from service.api.working import Desk
from service.bootstrap import Runtime
from service.errors import ServiceError, SettingsError
from service.identifying import Identifier
from service.principals import Scope

if TYPE_CHECKING:  # imported only where they are wanted
    from service.api.mcp_server import Tools
    from service.api.tracing import Traces

ROUTES = (
    answers,
    exports,
    history,
    feedback,
    documenting,
    evidence,
    snapshots,
    openai_chat,
    infobutton,
    health,
    pages,
    article_pages,
    review_pages,
    policy_pages,
    articles,
    reviews,
    history_pages,
    signing_in,
)
"""Every module with routes."""
_OTLP_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_BYTES_PER_CHARACTER = 12
"""An astral character is at most twelve bytes, as %F0%9F%92%8A in a form or two \\u in JSON."""
_OTHER_BYTES = 4096
_LONGER_BODIES = ("/v1/articles", "/articles", "/v1/chat/completions", "/mcp")
"""Where whole texts are sent: a reviewer's edits, a chat with all that was said before."""
_LONGER_BYTES = 1 << 20
_ATTEMPTS = "10/minute"


def traces_wanted(endpoint: str | None, environment: Mapping[str, str]) -> Traces | None:
    """Open traces to *endpoint*, or where OpenTelemetry's own variables say; None for neither."""
    if not endpoint and not any(environment.get(name) for name in _OTLP_ENDPOINTS):
        return None
    from service.api.tracing import open_traces  # noqa: PLC0415 - only where it is wanted

    return open_traces(endpoint)


def create_app(
    runtime: Runtime,
    *,
    hosts: Collection[str] = LOOPBACK_HOSTS,
    traces: Traces | None = None,
) -> FastAPI:
    """
    Wrap *runtime* in routes. It stays open: whoever made it closes it.

    Raises TypeError for a route that does not declare who may use it, SettingsError where the
    settings of accounts contradict each other.

    *traces* are sent and closed when the app ends: a signal may end the process right after.
    *hosts* are the host names that requests may be addressed to; "*" lets any in, and is for a
    service behind a proxy that checks them.
    """
    settings = runtime.settings
    if wrong := next(contradictions(settings), None):
        raise SettingsError(wrong)
    desk = Desk(settings.queue)
    meter = Meter(runtime, desk)
    tools = _tools(runtime, desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.opened() if tools is not None else nullcontext():
            yield
        desk.close()
        if traces is not None:
            traces.close()

    app = FastAPI(
        title="Followup",
        version=version("followup"),
        summary="Cited answers to clinicians' follow-up questions.",
        openapi_url=None,  # service.api.documenting serves it, with a tag
        docs_url=None,  # its page loads from another host
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(Recorder, meter=meter, traces=traces),
            Middleware(
                Guard,
                hosts=hosts,
                body_bytes=body_bytes(settings.max_question_characters),
                proxies=read_proxies(settings.proxy_addresses),
            ),
            *_doors(runtime, meter),
            Middleware(Heads),
        ],
        exception_handlers=dict.fromkeys(
            (ServiceError, IngestError, HTTPException, RequestValidationError), _on_error
        ),
    )
    app.state.context = Context(runtime, desk, meter, templates(), Limit("attempts", _ATTEMPTS))
    for routes in ROUTES:
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    if tools is not None:
        app.routes.append(Route(tools.path, Gate(tools, Scope.ASK), methods=["POST"]))
    list(declarations(app.routes))  # none is served by an oversight
    describe_with(
        app,
        settings.max_question_characters,
        required=settings.authentication == "required",
    )
    return app


def _tools(runtime: Runtime, desk: Desk) -> Tools | None:
    """Return the tools for agents, where the extra that brings their protocol is installed."""
    if find_spec("mcp") is None:
        return None
    from service.api.mcp_server import Tools  # noqa: PLC0415 - only where it is installed

    return Tools(runtime, desk.run)


def body_bytes(longest_question: int) -> dict[str, int]:
    """Return the longest body that is read, by the beginning of the path."""
    question = _BYTES_PER_CHARACTER * max(longest_question, feedback.LONGEST_COMMENT) + _OTHER_BYTES
    return {"": question, **dict.fromkeys(_LONGER_BODIES, max(question, _LONGER_BYTES))}


def _doors(runtime: Runtime, meter: Meter) -> Iterator[Middleware]:
    """Yield the door, where somebody has to say who they are or where requests are counted."""
    settings = runtime.settings
    required = settings.authentication == "required"
    rate = settings.rate_limit or (DEFAULT_RATE if required else None)
    if required or rate:
        yield Middleware(
            Door,
            identifier=Identifier(settings, runtime.keys),
            sessions=runtime.sessions,
            limit=Limit("requests", rate) if rate else None,
            meter=meter,
            required=required,
            on_error=_on_error,
        )


async def _on_error(request: Request, error: Exception) -> Response:
    """Turn any error of ours into a problem, as JSON or, for a reader of pages, as a page."""
    problem = note_problem(request, error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = allowed(request.app.routes, request.scope)
    path = request.url.path
    reads_pages = "text/html" in request.headers.get("accept", "")
    if reads_pages and not path.startswith(("/v1/", "/static/")):
        if problem.status == HTTPStatus.UNAUTHORIZED:
            return way_in(request)
        return pages.problem_page(request, problem)
    return problems.reply(problem, path)
