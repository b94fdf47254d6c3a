"""Routes: sign in on the page with an API key, and out again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.api.access import PUBLIC
from service.api.context import context_of
from service.api.entering import ADDRESS, COOKIE, cookie_of
from service.api.leading_in import safe_path
from service.api.pages import page
from service.api.recording import note
from service.api.tagging import FRESH
from service.errors import RateLimitedError, UnauthenticatedError

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_FIELDS = 8


@router.get("/sign-in", dependencies=[PUBLIC])
def sign_in(
    request: Request, following: Annotated[str, Query(alias="next", max_length=600)] = "/"
) -> Response:
    """Ask for a key; where nobody needs one, lead on."""
    if context_of(request).runtime.settings.authentication == "none":
        return RedirectResponse(safe_path(following), HTTPStatus.SEE_OTHER, FRESH)
    return page(request, "sign_in.html", {"next": safe_path(following), "refused": None})


@router.post("/sign-in", dependencies=[PUBLIC])
async def sign_in_with_key(request: Request) -> Response:
    """Begin a session with the key that a form sent, and lead on."""
    body = await request.body()
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS)
    except ValueError:
        fields = {}
    given = {name: values[-1] for name, values in fields.items()}
    return await run_in_threadpool(
        _signed_in, request, given.get("key", "").strip(), safe_path(given.get("next", "/"))
    )


@router.post("/sign-out", dependencies=[PUBLIC])
def sign_out(request: Request) -> Response:
    """End the session, whose form this is, and forget its cookie."""
    token = cookie_of(request.headers)
    if token is not None:
        context_of(request).runtime.sessions.end(token)
    leaving = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER, FRESH)
    leaving.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return leaving


def _signed_in(request: Request, secret: str, following: str) -> Response:
    runtime = context_of(request).runtime
    attempts = context_of(request).attempts
    address = str(request.scope.get(ADDRESS, ""))
    shown = {"next": following}
    try:
        attempts.check(address)
        key = runtime.keys.check(secret)
    except UnauthenticatedError as error:
        attempts.take(address)
        shown["refused"] = str(error)
        return page(request, "sign_in.html", shown, HTTPStatus.UNAUTHORIZED)
    except RateLimitedError as error:
        shown["refused"] = str(error)
        headers = {"Retry-After": str(error.retry_after)}
        return page(request, "sign_in.html", shown, HTTPStatus.TOO_MANY_REQUESTS, headers)
    token = runtime.sessions.begin(key, replacing=cookie_of(request.headers))
    note(request, principal=key.principal.id)
    leading = RedirectResponse(following, HTTPStatus.SEE_OTHER, FRESH)
    leading.set_cookie(
        COOKIE,
        token,
        max_age=int(runtime.settings.session_hours * 3600),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return leading
