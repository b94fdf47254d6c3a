"""Routes: the list of articles and the page of one, made on the server without a script."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ingest.errors import IngestError
from service.answers import Audience
from service.api import article_views as views
from service.api.access import needs, principal_of
from service.api.answers import Reader, check_question
from service.api.context import context_of
from service.api.cursors import cursor_to, read_cursor
from service.api.forms import fields_of
from service.api.pages import page
from service.api.recording import note, note_problem
from service.api.tagging import FRESH
from service.articles import Article, ArticleStatus
from service.errors import ServiceError
from service.listing import Wanted, list_articles
from service.principals import Scope
from service.publishing import publish_answer, publish_question
from service.reviewing import check_deletable, may_delete
from service.showing import article_json, history_json, summary_json, version_for

router = APIRouter(
    include_in_schema=False,
    default_response_class=HTMLResponse,
    dependencies=[needs(Scope.ASK)],
)

_ON_A_PAGE = 20
_LONGEST_WORD = 200


@router.get("/articles")
def articles(request: Request) -> Response:
    """List the articles that the reader may see, narrowed by what the filters say."""
    return _list_page(request, request.query_params)


@router.post("/articles")
async def make(request: Request) -> Response:
    """Make an article of a question, or of an answer, and lead to its page."""
    given = fields_of(await request.body())
    question = given.get("question", "").replace("\r\n", "\n").strip()
    try:
        article = await _made(request, question, given.get("answer_id"))
    except (RequestValidationError, ServiceError, IngestError) as error:
        wrong = failed(request, error)
        shown = {"wrong": wrong, "question": question}
        return await run_in_threadpool(_list_page, request, {}, shown, wrong["status"])
    return RedirectResponse(f"/articles/{article.id}", HTTPStatus.SEE_OTHER, FRESH)


@router.get("/articles/{article_id}")
def article(
    request: Request,
    article_id: str,
    audience: Reader = None,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """Show an article: its review, what became of its sources, and the answer."""
    store, reader = context_of(request).runtime.articles, principal_of(request)
    found = store.get(article_id)
    seen = version_for(found, reader, version)
    told = article_json(found, seen, store.answer(article_id, seen.number), audience)
    note(request, article_id=article_id, article_version=seen.number)
    shown = {
        "article": told,
        "audience": told["answer"]["view"]["audience"],
        "reached": views.steps(found, seen),
        "changed": views.changed(found, seen),
        "newer": views.newer_notice(found, seen),
        "moves": history_json(found, reader)["moves"] if reader.sees(found.owner) else [],
        "asked_version": version is not None,
        "may_review": reader.may(Scope.REVIEW),
        "may_delete": may_delete(found, reader),
        "body": {
            "answer": told["answer"],
            "answer_id": "article",
            "conversation_id": None,
            "question": told["question"],
            "asked_at": told["created"],
        },
    }
    return page(request, "article.html", shown)


@router.post("/articles/{article_id}/delete")
async def delete(request: Request, article_id: str) -> Response:
    """Say what would go, and ask; the answer to that deletes it, and leads to the list."""
    sure = fields_of(await request.body()).get("sure") == "yes"
    store, reader = context_of(request).runtime.articles, principal_of(request)

    def work() -> Response:
        note(request, article_id=article_id)
        if sure:
            store.delete(article_id, allowed=lambda held: check_deletable(held, reader))
            return RedirectResponse("/articles", HTTPStatus.SEE_OTHER, FRESH)
        found = store.get(article_id)
        check_deletable(found, reader)
        seen = found.seen_by(reader)
        shown = {
            "article_id": article_id,
            "title": seen.question if seen else article_id,
            "seen": seen is not None,
            "versions": len(found.versions),
        }
        return page(request, "delete_article.html", shown)

    return await run_in_threadpool(work)


def failed(request: Request, error: Exception) -> dict[str, Any]:
    """Note what went wrong with a form; return its title, its words and its status."""
    problem = note_problem(request, error)
    says = [one["says"] for one in problem.body.get("errors", ())]
    detail = "; ".join(says) or problem.body["detail"]
    title = problem.body["title"]
    return {
        "title": title,
        "detail": f"{detail[:1].upper()}{detail[1:]}.".replace("..", "."),
        "status": problem.status,
    }


async def _made(request: Request, question: str, answer_id: str | None) -> Article:
    context, principal = context_of(request), principal_of(request)
    runtime = context.runtime
    if not answer_id:
        check_question(question, runtime.settings.max_question_characters)

    def work() -> Article:
        if answer_id:
            return publish_answer(runtime, answer_id, principal)
        return publish_question(runtime, question, Audience.PHYSICIAN, principal)

    made = await context.desk.run(work)
    note(request, article_id=made.id, article_version=made.current.number)
    return made


def _list_page(
    request: Request,
    given: Mapping[str, str],
    more: Mapping[str, Any] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    reader = principal_of(request)
    filters = {name: given.get(name, "").strip() for name in ("q", "status", "drug", "from", "to")}
    cursor, wrong = given.get("after"), None
    try:
        wanted = _wanted(filters)
    except ValueError as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query",), "msg": str(error)}]
        ) from error
    found, last = list_articles(
        context_of(request).runtime.articles,
        reader,
        wanted,
        before=read_cursor(cursor or None),
        limit=_ON_A_PAGE,
    )
    narrowed = {name: value for name, value in filters.items() if value}
    note(request, articles=len(found))
    shown = {
        "articles": [summary_json(*one) for one in found],
        "next": f"/articles?{urlencode({**narrowed, 'after': cursor_to(last)})}" if last else None,
        "filters": filters,
        "narrowed": bool(narrowed) or bool(cursor),
        "statuses": [one.value for one in ArticleStatus],
        "may_review": reader.may(Scope.REVIEW),
        "wrong": wrong,
        "question": "",
        **(more or {}),
    }
    return page(request, "articles.html", shown, status)


def _wanted(filters: Mapping[str, str]) -> Wanted:
    """Read the filters. Raises ValueError for a status or a day that is none."""
    if max(map(len, filters.values())) > _LONGEST_WORD:
        raise ValueError(f"a filter has at most {_LONGEST_WORD} characters")
    until = _day(filters["to"])
    if until is not None and until.date() == date.max:
        raise ValueError("there is no day after that one")
    return Wanted(
        words=filters["q"],
        status=ArticleStatus(filters["status"]) if filters["status"] else None,
        drug=filters["drug"] or None,
        since=_day(filters["from"]),
        before=until + timedelta(days=1) if until else None,
    )


def _day(written: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(written), time(), UTC) if written else None
