"""Routes: an answer or a conversation as a file, to read or for a reference manager."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.api.access import needs, principal_of
from service.api.answers import Reader
from service.api.articles import Version
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.recording import note
from service.api.tagging import FRESH, TAG_HEADERS, UNCHANGED, tagged
from service.asking import read_back
from service.errors import NotFoundError
from service.exporting.exports import Export
from service.exporting.formats import WRITERS, ExportFormat, file_name
from service.exporting.published import article_export
from service.principals import Scope
from service.showing import version_for

router = APIRouter(prefix="/v1", tags=["Exports"], dependencies=[needs(Scope.ASK)])

Wanted = Annotated[
    ExportFormat,
    Query(
        alias="format",
        description="`md`, `txt` and `html` hold the answer with its references in full; `ris`, "
        "`bibtex` and `csl-json` the references, with what they were cited in as a note.",
    ),
]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; `Content-Disposition` names it.",
        "headers": {
            **TAG_HEADERS,
            "Content-Disposition": {
                "description": "`attachment` with a file name in ASCII.",
                "schema": {"type": "string"},
            },
        },
        "content": {
            writer.media_type: {"schema": {"type": "string"}, "example": example}
            for writer, example in (
                (WRITERS[ExportFormat.MARKDOWN], "# What is examplol for?\n"),
                (WRITERS[ExportFormat.PLAIN], "What is examplol for?\n=====================\n"),
                (WRITERS[ExportFormat.HTML], "<!doctype html>\n"),
                (WRITERS[ExportFormat.RIS], "TY  - RPRT\r\nTI  - Examplol tablets\r\nER  - \r\n"),
                (WRITERS[ExportFormat.BIBTEX], "@techreport{example-2025-3f9c0d5b7a1e,\n}\n"),
            )
        }
        | {
            WRITERS[ExportFormat.CSL_JSON].media_type: {
                "schema": {"type": "array", "items": {"type": "object"}},
                "example": [
                    {
                        "id": "example-2025-3f9c0d5b7a1e",
                        "type": "report",
                        "title": "Examplol tablets",
                        "genre": "Prescribing information",
                    }
                ],
            }
        },
    },
    **UNCHANGED,
}


@router.get(
    "/answers/{answer_id}/export",
    operation_id="exportAnswer",
    summary="Take an answer with you",
    response_model=None,
    response_class=Response,  # not JSON
    responses={**_FILE, **problem_replies(401, 403, 404, 422, 503)},
)
def export_answer(
    request: Request,
    answer_id: str,
    wanted: Wanted = ExportFormat.MARKDOWN,
    audience: Reader = None,
) -> Response:
    """Return a stored answer as a file; it carries its date, snapshot, status and disclaimer."""
    conversations = context_of(request).runtime.conversations
    turn = read_back(conversations.answer(answer_id, principal_of(request)), audience)
    note(request, answer_id=answer_id)
    return exported(request, Export(turn["question"], (turn,)), wanted)


@router.get(
    "/conversations/{conversation_id}/export",
    operation_id="exportConversation",
    summary="Take a conversation with you",
    response_model=None,
    response_class=Response,  # not JSON
    responses={**_FILE, **problem_replies(401, 403, 404, 422, 503)},
)
def export_conversation(
    request: Request,
    conversation_id: str,
    wanted: Wanted = ExportFormat.MARKDOWN,
    audience: Reader = None,
) -> Response:
    """Return every turn of a conversation as one file; a work that several cite is in it once."""
    conversations = context_of(request).runtime.conversations
    found = conversations.conversation(conversation_id, principal_of(request))
    note(request, conversation_id=conversation_id)
    turns = tuple(read_back(stored, audience) for stored in found.turns)
    if not turns:
        raise NotFoundError("there is no answer in that conversation yet")
    return exported(request, Export(turns[0]["question"], turns), wanted)


@router.get(
    "/articles/{article_id}/export",
    operation_id="exportArticle",
    summary="Take an article with you",
    response_model=None,
    response_class=Response,  # not JSON
    responses={**_FILE, **problem_replies(401, 403, 404, 422, 503)},
)
def export_article(
    request: Request,
    article_id: str,
    wanted: Wanted = ExportFormat.MARKDOWN,
    version: Version = None,
    audience: Reader = None,
) -> Response:
    """Return the version that you may see as a file: who approved it, and what changed since."""
    articles = context_of(request).runtime.articles
    article = articles.get(article_id)
    shown = version_for(article, principal_of(request), version)
    answer = articles.answer(article_id, shown.number)
    note(request, article_id=article_id, article_version=shown.number)
    return exported(request, article_export(article, shown, answer, audience), wanted)


def exported(request: Request, export: Export, wanted: ExportFormat) -> Response:
    """Write *export* and send it as a file."""
    writer = WRITERS[wanted]
    name = file_name(export.title, writer.suffix)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        **FRESH,
        "X-Index-Version": export.turns[-1]["answer"]["provenance"]["snapshot"],
    }
    return tagged(request, writer.write(export).encode(), writer.media_type, headers)
