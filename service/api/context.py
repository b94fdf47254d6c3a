"""What every route needs: the runtime, the desk where answers are made, the page's templates."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from service.api.working import Desk
from service.bootstrap import Runtime


@dataclass(frozen=True, slots=True)
class Context:
    """Set once when the app is made."""

    runtime: Runtime
    desk: Desk
    templates: Environment


def context_of(request: Request) -> Context:
    """Return the context of the app that *request* came to."""
    context = request.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the app was not made by create_app")
    return context
