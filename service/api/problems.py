"""
Every error as one RFC 9457 problem, from one table: in a reply, in the stream, on a page.

``type`` is a link that opens a page saying what the problem is and what to do about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ingest.errors import (
    CorpusError,
    DiskFullError,
    EmbedderError,
    FetchError,
    IndexDamagedError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
    IngestError,
    ParseError,
    RefusedError,
)
from service.api import problem_kinds as kinds
from service.api.problem_kinds import Kind
from service.api.tagging import FRESH
from service.errors import (
    ArticleError,
    BackupError,
    BackupFileError,
    ConflictError,
    ConversationError,
    FeedbackError,
    ForbiddenError,
    ForgedFormError,
    IdentityProviderError,
    IndexUnavailableError,
    NotFoundError,
    NotOfferedError,
    OverloadedError,
    RateLimitedError,
    SchemaError,
    ServiceError,
    SettingsError,
    StorageFullError,
    UnauthenticatedError,
)

KINDS: dict[type[Exception], Kind] = {
    ServiceError: kinds.FAULT,
    SettingsError: kinds.MISCONFIGURED,
    IndexUnavailableError: kinds.NO_INDEX,
    OverloadedError: kinds.OVERLOADED,
    NotFoundError: kinds.NOT_FOUND,
    UnauthenticatedError: kinds.UNAUTHENTICATED,
    ForbiddenError: kinds.FORBIDDEN,
    NotOfferedError: kinds.NOT_OFFERED,
    ForgedFormError: kinds.FORGED_FORM,
    RateLimitedError: kinds.TOO_MANY,
    IdentityProviderError: kinds.NO_IDENTITY_PROVIDER,
    ConversationError: kinds.NO_STORE,
    StorageFullError: kinds.STORAGE_FULL,
    SchemaError: kinds.NO_STORE,
    FeedbackError: kinds.INVALID,
    ArticleError: kinds.NO_ARTICLE,
    ConflictError: kinds.CONFLICT,
    BackupError: kinds.FAULT,
    BackupFileError: kinds.FAULT,
    IngestError: kinds.FAULT,
    CorpusError: kinds.FAULT,
    ParseError: kinds.FAULT,
    FetchError: kinds.FAULT,
    EmbedderError: kinds.NO_INDEX,
    IndexMissingError: kinds.NO_INDEX,
    IndexMismatchError: kinds.NO_INDEX,
    IndexDamagedError: kinds.NO_INDEX,
    IndexLockedError: kinds.NO_INDEX,
    DiskFullError: kinds.NO_INDEX,
    RefusedError: kinds.FAULT,
}
"""The one table. A test fails when an error class of ours is not in it."""

BY_SLUG: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        *dict.fromkeys(KINDS.values()),
        *(kinds.INVALID, kinds.TOO_LARGE, kinds.CROSS_SITE, kinds.WRONG_HOST, kinds.NO_ADDRESS),
    )
}
_OPENAI_PATHS = ("/v1/chat/", "/v1/models")
_ERROR_TYPES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "server_error",
}
_BY_STATUS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: kinds.TOO_LARGE,
    HTTPStatus.NOT_FOUND: kinds.NO_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem that happened; ``body`` is what is sent."""

    kind: Kind | None
    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def describe(error: Exception, request_id: str) -> Problem:
    """
    Say what *error* is, without the words of the person who asked.

    A ServiceError's message is written for them and shown; an IngestError's names folders and is
    for the log; anything else is unknown, and says nothing.
    """
    if isinstance(error, RequestValidationError):
        return _problem(
            kinds.INVALID, "one or more fields are wrong", request_id, _field_errors(error)
        )
    if isinstance(error, HTTPException):
        return _of_status(error, request_id)
    if isinstance(error, NotOfferedError):
        at = {"errors": [{"at": error.parameter, "says": str(error)}]}
        return _problem(kinds.NOT_OFFERED, str(error), request_id, at)
    kind = next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), kinds.FAULT)
    detail = str(error) if isinstance(error, ServiceError) and str(error) else kind.remedy
    more: dict[str, Any] = {}
    if isinstance(error, ArticleError) and error.faults:
        more["errors"] = [{"at": at, "says": says} for at, says in error.faults]
    problem = _problem(kind, detail, request_id, more)
    if isinstance(error, RateLimitedError):
        problem.headers["Retry-After"] = str(error.retry_after)
    return problem


def refuse(kind: Kind, request_id: str) -> Problem:
    """Return the problem of a request that is turned away before any route sees it."""
    return _problem(kind, kind.remedy, request_id)


def as_openai_error(problem: Problem) -> Problem:
    """Return the problem with OpenAI's ``error`` object beside it, which its clients show."""
    wrong = problem.body.get("errors") or []
    said = "; ".join(one["says"] for one in wrong) or problem.body["detail"]
    error = {
        "message": said,
        "type": _ERROR_TYPES.get(problem.status, "invalid_request_error"),
        "param": wrong[0]["at"].removeprefix("body.") if wrong else None,
        "code": problem.body["type"].rpartition("/")[2],
    }
    return replace(problem, body={**problem.body, "error": error})


def reply(problem: Problem, path: str = "") -> JSONResponse:
    """Return the problem as ``application/problem+json``, as whoever asks at *path* reads it."""
    if path.startswith(_OPENAI_PATHS):
        problem = as_openai_error(problem)
    return JSONResponse(
        problem.body,
        status_code=problem.status,
        headers={**problem.headers, **FRESH},
        media_type="application/problem+json",
    )


def _problem(
    kind: Kind, detail: str, request_id: str, more: dict[str, Any] | None = None
) -> Problem:
    body = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": detail,
        "request_id": request_id,
        **(more or {}),
    }
    headers = {} if kind.retry_after is None else {"Retry-After": str(kind.retry_after)}
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="followup"'
    return Problem(kind, int(kind.status), body, headers)


def _of_status(error: HTTPException, request_id: str) -> Problem:
    status = HTTPStatus(error.status_code)
    if status in _BY_STATUS:
        return refuse(_BY_STATUS[status], request_id)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": status.description or status.phrase,
        "request_id": request_id,
    }
    return Problem(None, int(status), body, dict(error.headers or {}))


def _field_errors(error: RequestValidationError) -> dict[str, Any]:
    """Name the fields; what was sent in them (``input``, ``ctx``) is never sent back."""
    return {
        "errors": [
            {"at": ".".join(str(part) for part in one["loc"]), "says": str(one["msg"])}
            for one in error.errors()
        ]
    }
