"""
The door: who sent a request, is it their own page's, and have they sent too many.

It stands between the walls of ``service.api.guarding`` and the routes, which say whom they let in
(``service.api.access``). Where nobody needs an account it only counts, where a rate is set.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.accounts import neighbourhood
from service.api.access import PRINCIPAL
from service.api.limiting import Left, Limit
from service.api.metering import Meter
from service.api.recording import note
from service.errors import (
    ForgedFormError,
    IdentityProviderError,
    ServiceError,
    UnauthenticatedError,
)
from service.identifying import Identifier
from service.principals import Principal
from service.sessions import Session, Sessions, same

COOKIE = "__Host-followup"
"""The prefix makes browsers insist on Secure, on no Domain and on Path=/ (RFC 6265bis)."""
SESSION, ADDRESS = "followup_session", "followup_address"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNCOUNTED = ("/healthz", "/readyz", "/metrics", "/static/")
_FORM = "application/x-www-form-urlencoded"
_FIELDS = 64
_TOKEN_THREADS = 4
"""Threads that may wait for an identity provider; the others serve API keys meanwhile."""

OnError = Callable[[Request, Exception], Awaitable[Response]]


class Door:
    """Finds out who sent a request, and puts it where ``principal_of`` finds it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        identifier: Identifier,
        sessions: Sessions,
        limit: Limit | None,
        meter: Meter,
        required: bool,
        on_error: OnError,
    ) -> None:
        """Wrap *app*; where authentication is not *required* everybody is let in uncounted."""
        self.app = app
        self.identifier = identifier
        self.sessions = sessions
        self.limit = limit
        self.meter = meter
        self.required = required
        self.on_error = on_error
        self._waiting = CapacityLimiter(_TOKEN_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        trusted = self.identifier.proxies.trusts(peer)
        forwarded = ",".join(headers.getlist("x-forwarded-for"))
        address = neighbourhood(self.identifier.proxies.caller(peer, forwarded))
        scope[ADDRESS] = address
        left: Left | None = None

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start" and self.limit is not None and left:
                message["headers"] = [*message.get("headers", ()), *self.limit.fields(left)]
            await send(message)

        uncounted = scope["path"].startswith(_UNCOUNTED)
        try:
            refused: ServiceError | None = None
            if self.required:
                try:
                    await self._identify(scope, headers, trusted=trusted)
                except (UnauthenticatedError, IdentityProviderError) as error:
                    refused = error  # counted like any other request
            if self.limit is not None and not uncounted:
                principal = scope.get(PRINCIPAL)
                whose = f"address:{address}"
                if isinstance(principal, Principal):
                    whose = principal.id
                left = self.limit.left(whose)
                left = self.limit.take(whose)
            if refused is not None:
                raise refused
            receive = await self._check_form(scope, headers, receive)
        except ServiceError as error:
            response = await self.on_error(Request(scope), error)
            await response(scope, receive, sender)
            return
        await self.app(scope, receive, sender)

    async def _identify(self, scope: Scope, headers: Headers, *, trusted: bool) -> None:
        """Put the principal into the scope, None for nobody. Raises UnauthenticatedError."""
        named = self.identifier.identity_headers
        claims: dict[str, list[str]] = {}
        for name in named & set(headers.keys()):
            claims[name] = headers.getlist(name)
        if claims and not trusted:
            self.meter.untrusted()
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if name.decode("latin-1").lower() not in named
            ]
            claims = {}
        scope[PRINCIPAL] = None
        principal: Principal | None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            principal = await self._of_bearer(token.strip())
        else:
            principal = self.identifier.vouched(claims)
        if principal is None and (cookie := cookie_of(headers)):
            session = await run_in_threadpool(self.sessions.find, cookie)
            if session is not None:
                scope[SESSION] = session
                principal = session.key.principal
        scope[PRINCIPAL] = principal
        if principal is not None:
            note(Request(scope), principal=principal.id)

    async def _of_bearer(self, token: str) -> Principal:
        if self.identifier.is_key(token):
            return await run_in_threadpool(self.identifier.bearer, token)
        return await to_thread.run_sync(self.identifier.bearer, token, limiter=self._waiting)

    async def _check_form(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """
        Make sure that what changes something was sent by the session's own page.

        Only the cookie is sent by a browser of its own accord; a key or token never is. Returns
        what the body can be read from again. Raises ForgedFormError.
        """
        session = scope.get(SESSION)
        if not isinstance(session, Session) or scope["method"] in _SAFE_METHODS:
            return receive
        if given := headers.get("x-csrf-token"):
            _compare(given, session)
            return receive
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            raise ForgedFormError("send the page's token as X-CSRF-Token")
        request = Request(scope, receive)
        body = await request.body()
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS)
        except ValueError:
            fields = {}
        _compare(fields.get("csrf", [""])[-1], session)
        return _again(body, receive)


def cookie_of(headers: Headers) -> str | None:
    """Return the session's token, as the browser sent it."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


def csrf_of(request: Request) -> str:
    """Return what the forms of *request*'s session carry; "" where there is no session."""
    session = request.scope.get(SESSION)
    return session.csrf if isinstance(session, Session) else ""


def _compare(given: str, session: Session) -> None:
    if not same(given, session.csrf):
        raise ForgedFormError("this form is not of the session that is signed in now")


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives *body* once, then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
