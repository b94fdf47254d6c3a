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


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its place under ``/problems/``, its status, and what to do."""

    slug: str
    status: HTTPStatus
    title: str
    remedy: str
    retry_after: int | None = None
    """Seconds after which asking again makes sense."""


NOT_FOUND = Kind(
    "not-found",
    HTTPStatus.NOT_FOUND,
    "There is nothing by that id",
    "Check the id. A passage or document may have left with an older index; an answer or "
    "conversation may have been deleted.",
)
UNAUTHENTICATED = Kind(
    "unauthenticated",
    HTTPStatus.UNAUTHORIZED,
    "Nobody is signed in",
    "Send an API key as `Authorization: Bearer KEY`, or sign in on the page; the operator makes "
    "keys with `followup keys create`.",
)
FORBIDDEN = Kind(
    "forbidden",
    HTTPStatus.FORBIDDEN,
    "You have not the right to do this",
    "Use a key or an account that has it; `detail` names the right.",
)
NOT_OFFERED = Kind(
    "not-offered",
    HTTPStatus.BAD_REQUEST,
    "The service does not do this",
    "Leave the field out that `detail` names; the API document tells what there is.",
)
FORGED_FORM = Kind(
    "form-expired",
    HTTPStatus.FORBIDDEN,
    "This form is not of your session",
    "Go back, reload the page and send it again; you may have signed in or out meanwhile. A "
    "client that is no browser sends its key as `Authorization: Bearer KEY`.",
)
TOO_MANY = Kind(
    "too-many-requests",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many requests",
    "Wait for the time that Retry-After names; RateLimit-Policy tells how many are let in.",
    retry_after=60,
)
NO_IDENTITY_PROVIDER = Kind(
    "identity-provider-unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The identity provider cannot be reached",
    "Ask again in a moment; API keys work meanwhile.",
    retry_after=10,
)
OVERLOADED = Kind(
    "overloaded",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too many questions are waiting",
    "Ask again after the time that Retry-After names.",
    retry_after=2,
)
NO_INDEX = Kind(
    "index-unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "There is no usable index",
    "The operator builds one with `followup ingest apply`; nothing is answered without evidence.",
    retry_after=30,
)
NO_STORE = Kind(
    "conversations-unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The conversation store is not available",
    "Ask again in a moment; the operator checks FOLLOWUP_DATABASE and the space on its disk.",
    retry_after=5,
)
STORAGE_FULL = Kind(
    "storage-full",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The disk of the database is full",
    "Nothing was stored. Once the operator has freed space the same request works, without a "
    "restart.",
    retry_after=30,
)
MISCONFIGURED = Kind(
    "misconfigured",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "The service is set up wrongly",
    "The operator finds the setting's name in the service's log.",
)
FAULT = Kind(
    "internal",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something went wrong in the service",
    "Ask again; if it stays, give the request id to the operator, who finds it in the log.",
)
INVALID = Kind(
    "invalid-request",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The request does not fit",
    "`errors` names each field that is wrong and how.",
)
NO_ARTICLE = Kind(
    "no-article",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "This cannot be an article as it is",
    "`detail` says why; `errors` names each statement that failed a check, and the check.",
)
CONFLICT = Kind(
    "conflict",
    HTTPStatus.CONFLICT,
    "Somebody else was there first",
    "Read the article again, and decide on what it is now.",
)
TOO_LARGE = Kind(
    "too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The request is too large",
    "Send one question and nothing else; the length that is accepted stands in the API document.",
)
CROSS_SITE = Kind(
    "cross-site",
    HTTPStatus.FORBIDDEN,
    "Another site may not ask on your behalf",
    "Open this service's own page, or call the API without a browser.",
)
NO_ADDRESS = Kind(
    "no-such-address",
    HTTPStatus.NOT_FOUND,
    "There is no such address here",
    "Check the path; `/openapi.json` lists every one.",
)
WRONG_HOST = Kind(
    "wrong-host",
    HTTPStatus.BAD_REQUEST,
    "The service does not answer to that host name",
    "Use the address that the service printed when it started.",
)

KINDS: dict[type[Exception], Kind] = {
    ServiceError: FAULT,
    SettingsError: MISCONFIGURED,
    IndexUnavailableError: NO_INDEX,
    OverloadedError: OVERLOADED,
    NotFoundError: NOT_FOUND,
    UnauthenticatedError: UNAUTHENTICATED,
    ForbiddenError: FORBIDDEN,
    NotOfferedError: NOT_OFFERED,
    ForgedFormError: FORGED_FORM,
    RateLimitedError: TOO_MANY,
    IdentityProviderError: NO_IDENTITY_PROVIDER,
    ConversationError: NO_STORE,
    StorageFullError: STORAGE_FULL,
    SchemaError: NO_STORE,
    FeedbackError: INVALID,
    ArticleError: NO_ARTICLE,
    ConflictError: CONFLICT,
    BackupError: FAULT,
    BackupFileError: FAULT,
    IngestError: FAULT,
    CorpusError: FAULT,
    ParseError: FAULT,
    FetchError: FAULT,
    EmbedderError: NO_INDEX,
    IndexMissingError: NO_INDEX,
    IndexMismatchError: NO_INDEX,
    IndexDamagedError: NO_INDEX,
    IndexLockedError: NO_INDEX,
    DiskFullError: NO_INDEX,
    RefusedError: FAULT,
}
"""The one table. A test fails when an error class of ours is not in it."""

BY_SLUG: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        *dict.fromkeys(KINDS.values()),
        *(INVALID, TOO_LARGE, CROSS_SITE, WRONG_HOST, NO_ADDRESS),
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
_BY_STATUS = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE, HTTPStatus.NOT_FOUND: NO_ADDRESS}


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
        return _problem(INVALID, "one or more fields are wrong", request_id, _field_errors(error))
    if isinstance(error, HTTPException):
        return _of_status(error, request_id)
    if isinstance(error, NotOfferedError):
        at = {"errors": [{"at": f"body.{error.parameter}", "says": str(error)}]}
        return _problem(NOT_OFFERED, str(error), request_id, at)
    kind = next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), FAULT)
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
        headers={**problem.headers, "Cache-Control": "no-store"},
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
