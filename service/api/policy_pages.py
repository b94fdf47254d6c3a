"""Routes: the editorial policy and the page about the service."""

from __future__ import annotations

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from service.api.access import PUBLIC
from service.api.context import context_of
from service.api.pages import page
from service.policies import Policy, read_policy

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/editorial-policy", dependencies=[PUBLIC])
def editorial_policy(request: Request) -> Response:
    """Show how answers and articles are made, checked and reviewed."""
    return _policy_page(request, Policy.EDITORIAL)


@router.get("/about", dependencies=[PUBLIC])
def about(request: Request) -> Response:
    """Show who the service is for, what it does, and what it does with data."""
    return _policy_page(request, Policy.ABOUT)


def _policy_page(request: Request, policy: Policy) -> Response:
    text = read_policy(policy, context_of(request).runtime.settings.pages_folder)
    # Safe: ``to_html`` shows HTML as text.
    body = Markup(text.html)  # noqa: S704
    return page(
        request, "policy.html", {"title": text.title, "updated": text.updated, "body": body}
    )
