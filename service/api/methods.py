"""What every address answers to beside GET and POST: HEAD wherever GET does, 405 with Allow."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Answers HEAD as GET, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap *app*."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            # The server knows by the method that no body follows the length.
            scope["method"] = "HEAD"
            try:
                await send(message)
            finally:
                scope["method"] = "GET"

        # In the scope itself: what is noted there belongs to the request's log line.
        scope["method"] = "GET"
        try:
            await self.app(scope, receive, sender)
        finally:
            scope["method"] = "HEAD"


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """Return the value of Allow for the path of *scope*: the methods of every route that has it."""
    # A mount that was entered has moved the root; routes are matched from where the app is.
    scope = {**scope, "root_path": scope.get("app_root_path", scope["root_path"])}
    methods: set[str] = set()
    for route in iter_route_contexts([*routes]):
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            is_folder = isinstance(route.original_route, Mount)
            methods |= {"GET"} if is_folder else set(route.methods or ())
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))
