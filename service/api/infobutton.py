"""
Route: a link from an electronic health record, which opens the page with its question filled in.

Only the parameters that ``service.infobutton`` lists are taken from the address. What tells of a
patient is neither read nor sent on, and the log has the path alone.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.answers import Answer
from service.api.access import needs
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.recording import note_answer
from service.api.shapes import Shape
from service.api.tagging import FRESH
from service.chatting import Chat
from service.errors import NotOfferedError
from service.infobutton import (
    CODE_SYSTEM,
    PROFESSION,
    READ,
    RECIPIENT,
    RESPONSE,
    SUBTOPIC,
    SUBTOPIC_CODE,
    TASK,
    TERM,
    TERM_CODE,
    TERM_IN_WORDS,
    Link,
    read_link,
)
from service.personalizing import personalized
from service.principals import Scope
from service.serialising import as_json
from service.streaming import Teller

router = APIRouter(tags=["Infobutton"])

_LONGEST = 1_000


class WordsShape(Shape):
    """A text of an Atom feed in JSON."""

    type: Literal["text", "text/markdown"]
    value: Annotated[str, Field(alias="_value")]


class HrefShape(Shape):
    """A link of an Atom feed in JSON."""

    href: str
    rel: Literal["alternate"]


class EntryShape(Shape):
    """What the service has to say: the answer as Markdown, and the page to go on from."""

    id: str
    title: WordsShape
    link: list[HrefShape]
    updated: str
    summary: WordsShape


class CategoryShape(Shape):
    """A parameter of the request that was read."""

    scheme: str
    term: str


class FeedShape(Shape):
    """An Atom feed in JSON, as knowledge responses are."""

    base: str
    lang: Literal["en"]
    title: WordsShape
    id: str
    updated: str
    category: list[CategoryShape]
    entry: Annotated[list[EntryShape], Field(min_length=1, max_length=1)]


class KnowledgeReply(Shape):
    """A knowledge response: one entry, which is the answer to the question of the link."""

    feed: FeedShape


@router.get(
    "/infobutton",
    operation_id="infobutton",
    summary="Open from a health record",
    response_model=None,
    responses={
        200: {"model": KnowledgeReply, "description": "The answer, where JSON was asked for."},
        303: {"description": "To the page, with the question filled in and not yet asked."},
        **problem_replies(400, 422, 503),
    },
    dependencies=[needs(Scope.ASK)],
)
async def infobutton(  # noqa: PLR0913 - one for each parameter of the standard that is read
    request: Request,
    *,
    term: Annotated[str, Query(alias=TERM, max_length=_LONGEST)] = "",
    words: Annotated[str, Query(alias=TERM_IN_WORDS, max_length=_LONGEST)] = "",
    code: Annotated[str, Query(alias=TERM_CODE, max_length=_LONGEST)] = "",
    system: Annotated[str, Query(alias=CODE_SYSTEM, max_length=_LONGEST)] = "",
    subtopic: Annotated[str, Query(alias=SUBTOPIC, max_length=_LONGEST)] = "",
    subtopic_code: Annotated[str, Query(alias=SUBTOPIC_CODE, max_length=_LONGEST)] = "",
    task: Annotated[str, Query(alias=TASK, max_length=_LONGEST)] = "",
    recipient: Annotated[str, Query(alias=RECIPIENT, max_length=_LONGEST)] = "",
    profession: Annotated[str, Query(alias=PROFESSION, max_length=_LONGEST)] = "",
    response: Annotated[str, Query(alias=RESPONSE, max_length=_LONGEST)] = "text/html",
) -> Response:
    """
    Turn a link of HL7 Infobutton into a question about the medicine or problem it names.

    A browser is sent to the page, with the question filled in. With
    `knowledgeResponseType=application/json` the question is answered, and nothing is stored.
    Parameters that tell of the patient are not read.
    """
    values = (term, words, code, system, subtopic, subtopic_code, task, recipient, profession)
    given = {name: value for name, value in zip(READ, values, strict=True) if value}
    try:
        link = read_link(given)
    except ValueError as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query", TERM), "msg": str(error)}]
        ) from error
    if response in ("text/html", ""):
        return RedirectResponse(link.address, HTTPStatus.SEE_OTHER, FRESH)
    if response != "application/json":
        raise NotOfferedError(
            f"{RESPONSE} may be text/html or application/json", f"query.{RESPONSE}"
        )
    answer, text = await _answered(request, link)
    feed = _feed(str(request.base_url), given, link, text)
    return JSONResponse(
        {"feed": feed}, headers={**FRESH, "X-Index-Version": answer.provenance.snapshot}
    )


async def _answered(request: Request, link: Link) -> tuple[Answer, str]:
    """Answer at the desk, for this reply alone: there is no conversation, and no record."""
    live = context_of(request).runtime.live

    def work() -> tuple[Answer, str]:
        chat = Chat()
        with live.reading() as reading:
            teller = Teller(reading.snapshot.manifest.corpus_date, link.audience)
            steps = reading.answerer.stream(link.question, (), link.audience)
            pieces = [piece for event in teller.tell(steps) for piece in chat.tell(event)]
        if teller.answer is None:
            raise RuntimeError("the last step of an answer is the answer")
        told = personalized(as_json(teller.answer), link.audience)
        pieces += chat.close(told)
        return teller.answer, "".join(piece.text for piece in pieces)

    answer, text = await context_of(request).desk.run(work)
    note_answer(request, answer, time.time_ns())
    return answer, text


def _feed(base: str, given: dict[str, str], link: Link, text: str) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    question = {"type": "text", "_value": link.question}
    entry = {
        "id": link.address,
        "title": question,
        "link": [{"href": link.address, "rel": "alternate"}],
        "updated": now,
        "summary": {"type": "text/markdown", "_value": text},
    }
    return {
        "base": base,
        "lang": "en",
        "title": {"type": "text", "_value": "Followup"},
        "id": link.address,
        "updated": now,
        "category": [{"scheme": name, "term": value} for name, value in given.items()],
        "entry": [entry],
    }
