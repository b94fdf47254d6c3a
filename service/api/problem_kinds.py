"""The kinds of problems: where each is explained, its status, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


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
