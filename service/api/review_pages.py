"""Routes: the reviewer's workbench of an article, and its forms."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ingest.errors import IngestError
from service.api import article_views as views
from service.api.access import needs, principal_of
from service.api.article_pages import failed
from service.api.article_shapes import LONGEST_NOTE
from service.api.context import context_of
from service.api.forms import fields_of
from service.api.pages import page
from service.api.recording import note
from service.api.tagging import FRESH
from service.articles import Article, ArticleStatus
from service.differing import compared_answers
from service.errors import NotFoundError, ServiceError
from service.principals import Scope
from service.publishing import recompose, reworded
from service.rearranging import Act, kept_after
from service.reviewing import may_delete
from service.showing import article_json, comment_json, history_json, keyed
from service.stepping import take_step

router = APIRouter(
    prefix="/articles/{article_id}",
    include_in_schema=False,
    default_response_class=HTMLResponse,
    dependencies=[needs(Scope.REVIEW)],
)

LONGEST_STATEMENT: Final = 5_000
_NOTHING_TYPED = dict.fromkeys(("statement", "comment", "text", "note", "why"), "")
Number = Annotated[int | None, Query(ge=1, le=1_000_000)]


@router.get("/review")
def workbench(
    request: Request, article_id: str, old: Number = None, new: Number = None
) -> Response:
    """Show an article to its reviewer; *old* and *new* are the versions to compare."""
    return _workbench_page(request, article_id, (old, new))


@router.post("/moves")
async def move(request: Request, article_id: str) -> Response:
    """Take a step of the review."""

    def work(given: Mapping[str, str]) -> str:
        runtime, reviewer = context_of(request).runtime, principal_of(request)
        why, version = _bounded(given, "why", LONGEST_NOTE), _version(given)
        if given.get("to") not in set(ArticleStatus):
            raise _wrong("to", "choose a step")
        step = ArticleStatus(given["to"])
        take_step(runtime, article_id, step, version=version, by=reviewer.name, why=why)
        note(request, article_id=article_id, article_version=version)
        return ""

    return await _done(request, article_id, work)


@router.post("/comments")
async def comment(request: Request, article_id: str) -> Response:
    """Keep a remark on the version, or on one statement of it."""

    def work(given: Mapping[str, str]) -> str:
        store = context_of(request).runtime.articles
        says, key = _bounded(given, "comment", LONGEST_NOTE), given.get("statement") or None
        if not says:
            raise _wrong("comment", "a comment says something")
        version = _version(given)
        told = json.loads(store.answer(article_id, version))
        if key is not None and key not in {held for held, *_ in keyed(told)}:
            raise NotFoundError(f"version {version} has no such statement")
        store.comment(
            article_id,
            version=version,
            statement=key,
            by=principal_of(request).name,
            comment=says,
        )
        return f"#s-{key}" if key else "#whole"

    return await _done(request, article_id, work)


@router.post("/comments/{comment_id}/resolve")
async def resolve(request: Request, article_id: str, comment_id: str) -> Response:
    """Mark a comment as dealt with."""

    def work(_: Mapping[str, str]) -> str:
        store = context_of(request).runtime.articles
        held = store.resolve(article_id, comment_id, principal_of(request).name)
        return f"#s-{held.statement}" if held.statement else "#whole"

    return await _done(request, article_id, work)


@router.post("/edits")
async def edit(request: Request, article_id: str) -> Response:
    """Change one statement: the next version, if it passes the gates."""

    def work(given: Mapping[str, str]) -> str:
        runtime, reviewer = context_of(request).runtime, principal_of(request)
        article, version = runtime.articles.get(article_id), _version(given)
        answer = json.loads(runtime.articles.answer(article_id, version))
        if given.get("act") not in set(Act):
            raise _wrong("act", "choose what to do with the statement")
        act = Act(given["act"])
        text = _bounded(given, "text", LONGEST_STATEMENT)
        kept = kept_after(answer, given.get("statement", ""), act, text)
        words = _bounded(given, "note", LONGEST_NOTE)
        made = reworded(runtime, article, kept, based_on=version, note=words, principal=reviewer)
        note(request, article_id=article_id, article_version=made.current.number)
        section = next(held for key, held, *_ in keyed(answer) if key == given["statement"])
        return f"#g-{section}"

    return await _done(request, article_id, work)


@router.post("/recompose")
async def compose_anew(request: Request, article_id: str) -> Response:
    """Answer the question again on the live snapshot: the next version."""

    def work(given: Mapping[str, str]) -> str:
        runtime, reviewer = context_of(request).runtime, principal_of(request)
        article, version = runtime.articles.get(article_id), _version(given)
        words = _bounded(given, "note", LONGEST_NOTE)
        made = recompose(runtime, article, based_on=version, note=words, principal=reviewer)
        note(request, article_id=article_id, article_version=made.current.number)
        return ""

    return await _done(request, article_id, work, context_of(request).desk.run)


async def _done(
    request: Request,
    article_id: str,
    work: Callable[[Mapping[str, str]], str],
    run: Callable[[Callable[[], str]], Awaitable[str]] = run_in_threadpool,
) -> Response:
    """Do what a form says and lead back; or show the page again: what is wrong, what was typed."""
    body = await request.body()
    given: Mapping[str, str] = {}
    try:
        given = fields_of(body)
        place = await run(lambda: work(given))
    except NotFoundError:
        raise
    except (RequestValidationError, ServiceError, IngestError) as error:
        wrong = failed(request, error)
        typed = {name: given.get(name, "") for name in _NOTHING_TYPED}
        return await run_in_threadpool(
            _workbench_page, request, article_id, (None, None), wrong, typed
        )
    return RedirectResponse(f"/articles/{article_id}/review{place}", HTTPStatus.SEE_OTHER, FRESH)


def _workbench_page(
    request: Request,
    article_id: str,
    sides: tuple[int | None, int | None],
    wrong: dict[str, Any] | None = None,
    typed: Mapping[str, str] = _NOTHING_TYPED,
) -> Response:
    store, reader = context_of(request).runtime.articles, principal_of(request)
    article = store.get(article_id)
    newest = article.current
    stored = store.answer(article_id, newest.number)
    comments = [comment_json(one) for one in store.comments(article_id)]
    history = history_json(article, reader)
    note(request, article_id=article_id, article_version=newest.number)
    told = json.loads(stored)
    if typed["statement"] not in {key for key, *_ in keyed(told)}:  # somebody was there first
        typed = {**typed, "statement": ""}
    shown = {
        "article": article_json(article, newest, stored),
        "may_delete": may_delete(article, reader),
        "published": article.published.number if article.published else None,
        "reached": views.steps(article, newest),
        "changed": views.changed(article, newest),
        "allowed": views.ways(article),
        "groups": views.workbench(told, comments),
        "general": views.unplaced(told, comments),
        "open_comments": sum(not one["resolved_at"] for one in comments),
        "versions": history["versions"],
        "moves": history["moves"],
        "compared": _compared(request, article, sides),
        "wrong": wrong,
        "typed": typed,
        "longest_comment": LONGEST_NOTE,
        "longest_statement": LONGEST_STATEMENT,
    }
    return page(request, "review.html", shown, wrong["status"] if wrong else HTTPStatus.OK)


def _compared(
    request: Request, article: Article, sides: tuple[int | None, int | None]
) -> dict[str, Any]:
    """Compare two versions: those named, else the newest with the one before it."""
    new = sides[1] or article.current.number
    old = sides[0] or max(new - 1, 1)
    store = context_of(request).runtime.articles
    answers = [json.loads(store.answer(article.id, number)) for number in (old, new)]
    return {"old": old, "new": new, "groups": compared_answers(*answers)}


def _version(given: Mapping[str, str]) -> int:
    written = given.get("version", "")
    if not (written.isascii() and written.isdigit() and len(written) <= len("1000000")):
        raise _wrong("version", "name the version")
    return int(written)


def _bounded(given: Mapping[str, str], name: str, longest: int) -> str:
    text = given.get(name, "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise _wrong(name, f"at most {longest} characters")
    return text


def _wrong(field: str, says: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form_invalid", "loc": ("body", field), "msg": says}])
