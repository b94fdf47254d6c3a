"""The OpenAPI document: examples for success and for every problem, and the types of the stream."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service.api import problems
from service.api.shapes import ProblemShape, Shape
from service.api.stream_shapes import EVENTS

DESCRIPTION = """
Answers clinicians' follow-up questions from clinical guidelines, FDA drug labels and published
studies. Every sentence is cited to the exact words it rests on; a question that the indexed
sources cannot answer is declined, with HTTP 200 and the reason. Every error is
`application/problem+json` (RFC 9457). There are no accounts: the service listens on this machine
alone. Do not send anything that could identify a patient.
"""

QUESTION_EXAMPLES: dict[str, Example] = {
    "first": {
        "summary": "A first question",
        "value": {"question": "What is the role of naltrexone for insomnia?"},
    },
    "follow-up": {
        "summary": "A follow-up, streamed",
        "value": {
            "question": "And in liver disease?",
            "conversation_id": "5f0c6b1e9a7d4c21b3e8f6a05d92c417",
            "audience": "pharmacist",
            "stream": True,
        },
    },
}

ANSWER_EXAMPLE: dict[str, Any] = {
    "answer_id": "0b9f5c6c2f0e4d0f8a3f6f1f5f7d9c11",
    "conversation_id": "5f0c6b1e9a7d4c21b3e8f6a05d92c417",
    "asked_at": "2026-11-23T09:30:00Z",
    "question": "What is the airspeed of an unladen swallow?",
    "answer": {
        "outcome": "declined",
        "reason": "Followup answers medical questions from guidelines, drug labels and studies; "
        "this does not read as one.",
        "decline": "out_of_scope",
        "understood_as": {
            "text": "What is the airspeed of an unladen swallow?",
            "asked": "What is the airspeed of an unladen swallow?",
            "drugs": [],
            "condition": None,
            "topics": [],
            "corrections": [],
            "carried": [],
            "choices": [],
            "notice": None,
        },
        "audience": "physician",
        "safety": [],
        "sections": [],
        "conflicts": [],
        "references": [],
        "follow_ups": [],
        "review": "Educational purpose only; not reviewed by a human",
        "disclaimer": {"version": "2026-11-23", "text": "Followup is a reference aid ..."},
        "provenance": {
            "snapshot": "20261123T090000-1a2b3c4d",
            "corpus_date": "2026-11-20",
            "embedder": "all-MiniLM-L6-v2@53aa51172d14",
            "composer": "extractive/1",
            "settings": "2f1b6a0c9d3e",
            "searched": [],
        },
        "withheld": [],
        "timings": {"understanding": 0.8},
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
            "x-events": {
                name: {
                    "oneOf": [{"$ref": f"#/components/schemas/{one.__name__}"} for one in shapes]
                }
                for name, shapes in EVENTS.items()
            },
        },
        "example": 'event: stage\ndata: {"name":"searching"}\nid: 3\n\n',
    }
}


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


def describe_with(app: FastAPI, longest_question: int) -> None:
    """Let *app* describe itself: with the stream's types, and the length it really accepts."""

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
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
