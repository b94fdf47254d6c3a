"""What routes need: the runtime, the desk where answers are made, the meter, the templates."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from service.api.limiting import Limit
from service.api.metering import Meter
from service.api.working import Desk
from service.bootstrap import Runtime


@dataclass(frozen=True, slots=True)
class Context:
    """Set once when the app is made."""

    runtime: Runtime
    desk: Desk
    meter: Meter
    templates: Environment
    attempts: Limit
    """How many keys that are not good one address may try on the page."""


def context_of(request: Request) -> Context:
    """Return the context of the app that *request* came to."""
    context = request.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the app was not made by create_app")
    return context
