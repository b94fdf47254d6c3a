"""Opaque cursors: where the next page of a list begins, in the address that leads to it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, StringConstraints, TypeAdapter

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2_000, description="Where to go on: take the whole of `next` instead."),
]
Place = tuple[datetime, str]
"""A moment, and the id that decides among what happened in one moment."""
_PLACE: TypeAdapter[tuple[datetime, str]] = TypeAdapter(
    tuple[AwareDatetime, Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]]
)


def next_page(path: str, last: Place, wanted: Mapping[str, object]) -> str:
    """
    Return the address of the page after *last*.

    *wanted* are the other parameters of the list; those that are None or empty are left out.
    """
    held = {name: value for name, value in wanted.items() if value not in (None, "")}
    return f"{path}?{urlencode({**held, 'cursor': cursor_to(last)})}"


def cursor_to(last: Place) -> str:
    """Return the cursor of what comes after *last*."""
    moment, one = last
    told = json.dumps([moment.astimezone(UTC).isoformat(), one]).encode()
    return base64.urlsafe_b64encode(told).decode("ascii").rstrip("=")


def read_cursor(cursor: str | None) -> Place | None:
    """Return the place that a cursor names. Raises RequestValidationError for one we never sent."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, one = _PLACE.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        return moment.astimezone(UTC), one
    except (binascii.Error, ValueError, OverflowError) as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query", "cursor"), "msg": "not one that was sent"}]
        ) from error
