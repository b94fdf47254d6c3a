"""The OpenAPI document: examples for success and for every problem, and the types of the stream."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from service.api import (
    examples,
    examples_articles,
    examples_infobutton,
    examples_openai,
    examples_snapshots,
    problems,
)
from service.api.access import PUBLIC, declarations
from service.api.problem_shapes import ProblemShape
from service.api.securing import secure
from service.api.shapes import Shape
from service.api.stream_shapes import EVENTS
from service.api.tagging import tagged_json

router = APIRouter(include_in_schema=False)

DESCRIPTION = """
Answers clinicians' follow-up questions from clinical guidelines, FDA drug labels and published
studies. Every sentence is cited to the exact words it rests on; a question that the indexed
sources cannot answer is declined, with HTTP 200 and the reason. Every error is
`application/problem+json` (RFC 9457). On the machine it runs on the service may need no account;
everywhere else each request carries an API key or a token, and the operation's `security` names
the right that it must have. Do not send anything that could identify a patient.
"""

_REPLIES = {
    **examples.REPLIES,
    **examples_articles.REPLIES,
    **examples_infobutton.REPLIES,
    **examples_openai.REPLIES,
    **examples_snapshots.REPLIES,
}


def _event(name: str, shapes: tuple[type[Shape], ...]) -> dict[str, Any]:
    """Return the schema of one type of event, as HTML's server-sent events have it."""
    held = [{"$ref": f"#/components/schemas/{shape.__name__}"} for shape in shapes]
    return {
        "type": "object",
        "required": ["event", "id", "data"],
        "properties": {
            "event": {"const": name},
            "id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": held[0] if len(held) == 1 else {"oneOf": held},
            },
        },
    }


STREAM: dict[str, Any] = {
    "text/event-stream": {
        "schema": {
            "type": "string",
            "description": "Server-sent events. `event` names the type, `id` counts from 1, `data` "
            "is JSON of the schema listed for that type; `done` carries the whole answer, and a "
            "client may ignore every other. Something that goes wrong after the first event comes "
            "as `error`.",
        },
        "itemSchema": {"oneOf": [_event(name, shapes) for name, shapes in EVENTS.items()]},
        "example": 'event: stage\ndata: {"name":"searching"}\nid: 3\n\n',
    }
}
"""One event is one of these; ``itemSchema`` is OpenAPI 3.2's word for it."""


def problem_replies(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documented replies of a route for each status, an example per kind of problem."""
    replies: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 400, 500}):
        kinds = [kind for kind in problems.BY_SLUG.values() if kind.status == status]
        examples = {
            kind.slug: {
                "summary": kind.title,
                "value": problems.refuse(kind, "7c1d0a52e9b34f68").body,
            }
            for kind in kinds
        }
        replies[status] = {
            "description": " · ".join(kind.title for kind in kinds),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemShape"},
                    "examples": examples,
                }
            },
        }
        if any(kind.retry_after for kind in kinds):
            replies[status]["headers"] = {
                "Retry-After": {
                    "description": "Seconds after which asking again makes sense.",
                    "schema": {"type": "integer"},
                }
            }
    return replies


@router.get("/openapi.json", dependencies=[PUBLIC])
def openapi(request: Request) -> Response:
    """Send the document; it changes with the version alone."""
    return tagged_json(request, request.app.openapi(), {"Cache-Control": "no-cache"})


def describe_with(app: FastAPI, longest_question: int, *, required: bool) -> None:
    """Let *app* describe itself: the stream's types, the real lengths, who may do what."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=DESCRIPTION,
                routes=app.routes,
            )
            held = schema["components"]["schemas"]
            shapes: list[type[Shape]] = [ProblemShape]
            shapes += [shape for group in EVENTS.values() for shape in group]
            _, more = models_json_schema(
                [(shape, "serialization") for shape in dict.fromkeys(shapes)],
                ref_template="#/components/schemas/{model}",
            )
            held.update({name: held.get(name, told) for name, told in more["$defs"].items()})
            held["AnswerRequest"]["properties"]["question"]["maxLength"] = longest_question
            for unused in ("HTTPValidationError", "ValidationError"):
                held.pop(unused, None)
            for operation in (one for path in schema["paths"].values() for one in path.values()):
                _mend(operation)
            replies = problem_replies(401, 403, 429)
            secure(schema, declarations(app.routes), replies, required=required)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _mend(operation: dict[str, Any]) -> None:
    """Take out the 422 that FastAPI adds of its own, and put in the example of success."""
    replies = operation["responses"]
    if "application/problem+json" not in replies.get("422", {}).get("content", {}):
        replies.pop("422", None)
    example = _REPLIES.get(operation["operationId"])
    if example is not None:  # put in here, since FastAPI drops nulls, which are part of the shape
        success = replies["201" if "201" in replies else "200"]
        success["content"]["application/json"]["example"] = example
