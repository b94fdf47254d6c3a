"""Replies with a strong ETag: a caller that has the same already gets 304 and no body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

FRESH: Final = {"Cache-Control": "no-store"}
"""The headers of a reply that nobody between keeps: it is somebody's, or holds for now alone."""
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since that ETag."}}
"""How a route with an ETag documents that."""

TAG_HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "Send it as `If-None-Match` to learn whether anything changed.",
        "schema": {"type": "string"},
    }
}


def tagged_json(request: Request, body: object, headers: Mapping[str, str]) -> Response:
    """Return *body* as JSON, or 304 to a caller that has it."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return tagged(request, content, "application/json", headers)


def tagged(
    request: Request, content: bytes, media_type: str, headers: Mapping[str, str]
) -> Response:
    """
    Return *content*, or 304 to a caller that has it (RFC 9110, 13.1.2).

    Who asks decides what may be read, so that no cache may hand it to anybody else.
    """
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    held = {"ETag": tag, "Vary": "Authorization, Cookie", **headers}
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in given.split(",")):
        return Response(status_code=304, headers=held)
    return Response(content, media_type=media_type, headers=held)
