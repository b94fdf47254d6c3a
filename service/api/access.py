"""Who may use a route: each declares it, with ``needs`` or ``PUBLIC``, or is wrapped in a Gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from service.errors import ForbiddenError, UnauthenticatedError
from service.principals import LOCAL, Principal, Scope

PRINCIPAL = "followup_principal"
"""Where the request's scope holds its principal: None for nobody, absent without accounts."""
_OPEN = frozenset({"/openapi.json", "/static"})
"""What anybody may read and no route of ours serves."""


class Needs:
    """Lets a request in whose principal has ``scope``; anybody where that is None."""

    def __init__(self, scope: Scope | None) -> None:
        """Ask for *scope*."""
        self.scope = scope

    async def __call__(self, request: Request) -> None:
        """Raise UnauthenticatedError for nobody, ForbiddenError for somebody without the right."""
        if self.scope is not None:
            check(request, self.scope)


class Gate:
    """An app of its own that is mounted: lets in whose principal has ``needed``."""

    def __init__(self, app: ASGIApp, needed: Scope) -> None:
        """Wrap *app*."""
        self.app = app
        self.needed = needed

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Raise UnauthenticatedError or ForbiddenError, or pass the connection on."""
        if scope["type"] == "http":
            check(HTTPConnection(scope), self.needed)
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Declared:
    """A route as it is served: its path, its methods, and the right it needs; None: no right."""

    path: str
    methods: frozenset[str]
    needed: Scope | None


def needs(scope: Scope) -> Dependency:
    """Return the declaration of a route for those who have *scope*."""
    return Depends(Needs(scope))  # type: ignore[no-any-return] # FastAPI types it as anything


PUBLIC: Dependency = Depends(Needs(None))
"""The declaration of a route that anybody may use."""


def principal_of(request: HTTPConnection) -> Principal:
    """Return who sent *request*. Raises UnauthenticatedError for nobody."""
    principal = request.scope.get(PRINCIPAL, LOCAL)
    if not isinstance(principal, Principal):
        raise UnauthenticatedError("sign in, or send an API key")
    return principal


def check(request: HTTPConnection, scope: Scope) -> None:
    """Raise UnauthenticatedError for nobody, ForbiddenError for somebody without *scope*."""
    if not principal_of(request).may(scope):
        raise ForbiddenError(f"this needs the right to {scope}")


def declarations(routes: Iterable[BaseRoute]) -> Iterator[Declared]:
    """Yield what each of *routes* declares. Raises TypeError for one that declares nothing."""
    for route in iter_route_contexts([*routes]):
        needed = _needed(route)
        if needed is None:
            if route.path not in _OPEN:
                raise TypeError(f"{route.path} does not say who may use it: needs(...) or PUBLIC")
            continue
        yield Declared(route.path or "/", frozenset(route.methods or {"*"}), needed.scope)


def _needed(route: RouteContext) -> Needs | None:
    app = getattr(route.original_route, "app", None)
    if isinstance(app, Gate):
        return Needs(app.needed)
    calls = (one.dependency for one in getattr(route, "dependencies", ()))
    return next((call for call in calls if isinstance(call, Needs)), None)
