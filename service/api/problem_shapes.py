"""The shape of what went wrong."""

from __future__ import annotations

from service.api.shapes import Shape


class FieldError(Shape):
    """A field of the request and what is wrong with it."""

    at: str
    says: str


class ProblemShape(Shape):
    """RFC 9457 problem details; ``type`` is the address of a page that explains it."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None
