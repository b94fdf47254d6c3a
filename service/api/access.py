"""Who may use a route: each declares it, with ``needs`` or ``PUBLIC``."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from service.errors import ForbiddenError, UnauthenticatedError
from service.principals import LOCAL, Principal, Scope

PRINCIPAL = "followup_principal"
"""Where the request's scope holds its principal: None for nobody, absent without accounts."""


class Needs:
    """Lets a request in whose principal has ``scope``; anybody where that is None."""

    def __init__(self, scope: Scope | None) -> None:
        """Ask for *scope*."""
        self.scope = scope

    def __call__(self, request: Request) -> None:
        """Raise UnauthenticatedError for nobody, ForbiddenError for somebody without the right."""
        if self.scope is None:
            return
        if not principal_of(request).may(self.scope):
            raise ForbiddenError(f"this needs the right to {self.scope}")


def needs(scope: Scope) -> Dependency:
    """Return the declaration of a route for those who have *scope*."""
    return Depends(Needs(scope))  # type: ignore[no-any-return] # FastAPI types it as anything


PUBLIC: Dependency = Depends(Needs(None))
"""The declaration of a route that anybody may use."""


def principal_of(request: Request) -> Principal:
    """Return who sent *request*. Raises UnauthenticatedError for nobody."""
    principal = request.scope.get(PRINCIPAL, LOCAL)
    if not isinstance(principal, Principal):
        raise UnauthenticatedError("sign in, or send an API key")
    return principal


def declared(route: APIRoute) -> Needs | None:
    """Return what *route* declares, None where it declares nothing."""
    calls = (dependency.dependency for dependency in route.dependencies)
    return next((call for call in calls if isinstance(call, Needs)), None)


def undeclared(routes: Iterable[BaseRoute]) -> list[str]:
    """Return the paths of the routes that do not say who may use them."""
    return [r.path for r in routes if isinstance(r, APIRoute) and declared(r) is None]
