"""Routes: the page, made on the server; it works without JavaScript."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ingest.errors import IngestError
from service.answers import Audience
from service.api import problems
from service.api.access import PUBLIC, needs, principal_of
from service.api.answers import Reader, answered, check_question, conversation_json
from service.api.context import context_of
from service.api.entering import csrf_of
from service.api.evidence import status_now
from service.api.forms import AskForm, read_ask_form, read_feedback_form
from service.api.recording import note, note_problem
from service.api.tagging import FRESH
from service.api.templates import forms_of
from service.asking import Asking
from service.errors import NotFoundError, ServiceError
from service.passages import find_document, find_passage
from service.placing import laid_out
from service.principals import Scope
from service.serialising import source_json

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/", dependencies=[needs(Scope.ASK)])
def home(
    request: Request,
    question: Annotated[str, Query(max_length=20_000)] = "",
    audience: Reader = None,
) -> Response:
    """Show the box for a first question, filled in where a link says so, and what this is."""
    longest = context_of(request).runtime.settings.max_question_characters
    reader = audience or Audience.PHYSICIAN
    return page(request, "home.html", {"question": question[:longest], "audience": reader})


@router.post("/ask", dependencies=[needs(Scope.ASK)])
async def ask_by_form(request: Request) -> Response:
    """Answer a question sent by a form, then lead to the page of its conversation."""
    form = read_ask_form(await request.body())
    context = context_of(request)
    try:
        check_question(form.question, context.runtime.settings.max_question_characters)
        asking = Asking(
            context.runtime,
            form.question,
            conversation_id=form.conversation_id,
            audience=form.audience,
            principal=principal_of(request),
            article_id=form.article_id,
        )
        asked = await answered(request, asking)
    except (RequestValidationError, ServiceError, IngestError) as error:
        return await run_in_threadpool(_asked_in_vain, request, form, error)
    # 303: going back or reloading shows the answer, and asks nothing twice.
    return RedirectResponse(
        f"/c/{asked.conversation_id}#{asked.answer_id}", HTTPStatus.SEE_OTHER, FRESH
    )


@router.get("/c/{conversation_id}", dependencies=[needs(Scope.ASK)])
def conversation(
    request: Request,
    conversation_id: str,
    audience: Reader = None,
    turn: Annotated[str | None, Query(max_length=64)] = None,
    told: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """
    Show a stored conversation, or one *turn* of it, to another reader where one is named.

    *told* is the answer that the reader has just said something about.
    """
    conversations = context_of(request).runtime.conversations
    reader = principal_of(request)
    found = conversations.conversation(conversation_id, reader)
    body = conversation_json(found, audience)
    owned = found.owner == reader.id
    if not owned:
        body["turns"] = [to_read(each) for each in body["turns"]]
    if turn is not None:
        body["turns"] = [each for each in body["turns"] if each["answer_id"] == turn]
        if not body["turns"]:
            raise NotFoundError("there is no answer by that id in this conversation")
    shown = body["turns"][-1]["answer"]["view"]["audience"] if body["turns"] else audience
    told_of = {"audience": shown or Audience.PHYSICIAN, "told": told}
    about = _article(request, body["article_id"])
    return page(request, "conversation.html", {**body, **told_of, "article": about, "owned": owned})


@router.post("/answers/{answer_id}/feedback", dependencies=[needs(Scope.ASK)])
async def give_feedback(request: Request, answer_id: str) -> Response:
    """Keep what a reader thinks of an answer, and lead back to it."""
    feedback = read_feedback_form(await request.body())
    runtime, reader = context_of(request).runtime, principal_of(request)

    def keep() -> str:
        stored = runtime.feedback.give(answer_id, feedback, reader=reader)
        note(request, answer_id=answer_id, snapshot=stored.snapshot, verdict=feedback.verdict.value)
        return runtime.conversations.answer(answer_id, reader).conversation_id

    where = f"/c/{await run_in_threadpool(keep)}?told={answer_id}#{answer_id}-feedback"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, FRESH)


@router.get("/documents/{document_id:path}", dependencies=[needs(Scope.ASK)])
def document(
    request: Request,
    document_id: str,
    passage: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show a whole document, with one passage marked."""
    with context_of(request).runtime.live.reading() as reading:
        note(request, snapshot=reading.snapshot.id)
        stored = find_document(reading.snapshot, document_id)
        marked = None
        if passage is not None:
            marked, holder = find_passage(reading.snapshot, passage)
            if holder.document.id != document_id:
                raise NotFoundError("that passage is not in this document")
        chunks = reading.snapshot.documents.chunks_of(document_id)
        shown = {
            "source": source_json(stored.document.source, status_now(request, stored)),
            "superseded_by": stored.standing.superseded_by,
            "sections": laid_out(stored.document, chunks, marked),
            "marked": marked,
            "snapshot": reading.snapshot.id,
        }
    return page(request, "document.html", shown)


@router.get("/problems/{slug}", dependencies=[PUBLIC])
def problem_kind(request: Request, slug: str) -> Response:
    """Explain the kind of problem that ``type`` of a problem names."""
    kind = problems.BY_SLUG.get(slug)
    if kind is None:
        raise NotFoundError("there is no problem by that name")
    return page(request, "problem.html", {"title": kind.title, "detail": kind.remedy})


def page(
    request: Request,
    name: str,
    shown: dict[str, Any],
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """Render a template into a page."""
    context = context_of(request)
    audience = shown.get("audience", Audience.PHYSICIAN)
    values = {
        "longest_question": context.runtime.settings.max_question_characters,
        **shown,
        "audience": str(audience),
    }
    with forms_of(csrf_of(request)):
        content = context.templates.get_template(name).render(values)
    return HTMLResponse(content, status, {**(headers or {}), **FRESH})


def to_read(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a turn what only the conversation's owner can go on with."""
    answer = body["answer"]
    for understood in (answer["understood_as"], *(p["understood_as"] for p in answer["parts"])):
        understood["choices"] = []
    return {**body, "conversation_id": ""}


def problem_page(request: Request, problem: problems.Problem) -> HTMLResponse:
    """Return a problem as a page, for a reader who followed a link."""
    return page(
        request,
        "problem.html",
        _told(problem),
        problem.status,
        problem.headers,
    )


def _article(request: Request, article_id: str | None) -> dict[str, str] | None:
    """Return the article that a conversation is about, None where its reader may not see it."""
    if article_id is None:
        return None
    try:
        found = context_of(request).runtime.articles.get(article_id)
    except NotFoundError:
        return None
    seen = found.seen_by(principal_of(request))
    return {"article_id": found.id, "question": seen.question} if seen else None


def _asked_in_vain(request: Request, form: AskForm, error: Exception) -> Response:
    """Show what went wrong above the form, which keeps what was typed."""
    problem = note_problem(request, error)
    shown = {**_told(problem), "question": form.question, "audience": form.audience}
    gone = problem.status == HTTPStatus.NOT_FOUND
    if not gone:
        shown |= {"conversation_id": form.conversation_id, "article_id": form.article_id}
    return page(request, "problem.html", shown, problem.status, problem.headers)


def _told(problem: problems.Problem) -> dict[str, Any]:
    """Say a problem in sentences; the request id only where the operator needs it."""
    body = problem.body
    says = " ".join(f"{one['says']}." for one in body.get("errors", ()))
    told = {"title": body["title"], "detail": says or body["detail"]}
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told["request_id"] = body["request_id"]
    return told
