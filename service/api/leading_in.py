"""The way to the sign-in page and back, never to another host."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.api.tagging import FRESH

_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")
"""A path of ours: "//host" and "/\\host" would lead to another, and a backslash anywhere may."""


def way_in(request: Request) -> Response:
    """Lead somebody who has not signed in to where they can, and back afterwards."""
    query = f"?{request.url.query}" if request.url.query else ""
    back = request.url.path + query if request.method in ("GET", "HEAD") else "/"
    to = f"/sign-in?{urlencode({'next': safe_path(back)})}"
    return RedirectResponse(to, HTTPStatus.SEE_OTHER, FRESH)


def safe_path(path: str) -> str:
    """Return *path* where it leads to a page of ours, "/" where it might lead anywhere else."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"
