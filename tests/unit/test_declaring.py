"""Every route says who may use it, or there is no app."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from service.api.access import PUBLIC, Gate, declarations, needs
from service.principals import Scope


def test_what_a_route_declares_is_found_in_an_included_router() -> None:
    """A router's routes are looked at as they are served: with their prefix and their methods."""
    router = APIRouter(prefix="/v1")
    router.get("/open", dependencies=[PUBLIC])(lambda: None)
    router.post("/closed", dependencies=[needs(Scope.REVIEW)])(lambda: None)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)

    found = {one.path: (one.methods, one.needed) for one in declarations(app.routes)}

    assert found == {
        "/v1/open": (frozenset({"GET"}), None),
        "/v1/closed": (frozenset({"POST"}), Scope.REVIEW),
    }


def test_a_route_that_declares_nothing_is_refused() -> None:
    """A route without a declaration is named, in an included router as well."""
    router = APIRouter()
    router.get("/forgotten")(lambda: None)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)

    with pytest.raises(TypeError, match="/forgotten"):
        list(declarations(app.routes))


def test_a_mounted_app_needs_a_gate() -> None:
    """An app that is mounted bare is refused; behind a gate it declares what the gate asks for."""
    bare = Mount("/other", PlainTextResponse("bare"))
    gated = Mount("/other", Gate(PlainTextResponse("gated"), Scope.ASK))

    assert [one.needed for one in declarations([gated])] == [Scope.ASK]
    with pytest.raises(TypeError, match="/other"):
        list(declarations([bare]))
