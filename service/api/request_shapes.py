"""The shape of a question as it comes in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from service.answers import Audience
from service.api.shapes import Shape


class AnswerRequest(Shape):
    """A question, alone or as the next turn of a conversation."""

    question: Annotated[
        str,
        Field(
            min_length=1,
            max_length=20_000,
            pattern=r"\S",
            description="The question. Leave out whatever could identify a patient.",
        ),
    ]
    conversation_id: Annotated[
        str | None,
        Field(max_length=64, description="The conversation to continue; a new one where null."),
    ] = None
    audience: Annotated[
        Audience, Field(description="Who reads: changes wording and order, never facts.")
    ] = Audience.PHYSICIAN
    article_id: Annotated[
        str | None,
        Field(max_length=64, description="The article that a new conversation follows up on."),
    ] = None
    stream: Annotated[
        StrictBool,
        Field(description="Send events while the answer is made, instead of one JSON reply."),
    ] = False
