"""The shape of what went wrong."""

from __future__ import annotations

from service.api.shapes import Shape


class FieldError(Shape):
    """A field of the request and what is wrong with it."""

    at: str
    says: str


class OpenAIError(Shape):
    """What OpenAI's clients read of a problem."""

    message: str
    type: str
    param: str | None
    code: str


class ProblemShape(Shape):
    """
    RFC 9457 problem details; ``type`` is the address of a page that explains it.

    ``error`` is there on the addresses of the OpenAI-compatible layer alone.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None
    error: OpenAIError | None = None
