"""Routes: make an article, list articles, read one, make its next version, delete it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from starlette.responses import JSONResponse, Response

from service.api.access import needs, principal_of
from service.api.answers import Reader, check_question
from service.api.article_shapes import (
    ArticleReply,
    ArticleRequest,
    ArticlesReply,
    VersionRequest,
)
from service.api.context import context_of
from service.api.cursors import next_page, read_cursor
from service.api.documenting import problem_replies
from service.api.examples_articles import ARTICLES, VERSIONS
from service.api.fields import MOMENT
from service.api.recording import note
from service.api.tagging import FRESH, TAG_HEADERS, UNCHANGED, tagged_json
from service.articles import Article, ArticleStatus
from service.editing import Kept
from service.listing import Wanted, list_articles
from service.principals import Scope
from service.publishing import publish_answer, publish_question, recompose, reworded
from service.reviewing import check_deletable
from service.showing import article_json, summary_json, version_for

router = APIRouter(prefix="/v1", tags=["Articles"])

Version = Annotated[int | None, Query(ge=1, description="Another version than the one you see.")]


@router.post(
    "/articles",
    dependencies=[needs(Scope.ASK)],
    operation_id="makeArticle",
    summary="Make an article",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": ArticleReply, "description": "It is stored, and submitted for review."},
        **problem_replies(403, 404, 413, 422, 503),
    },
)
async def make_article(
    request: Request, body: Annotated[ArticleRequest, Body(openapi_examples=ARTICLES)]
) -> Response:
    """
    Turn a question, or an answer of yours, into an article: composed, stored, *Submitted*.

    An answer becomes an article as it was sent. A question that is declined or asked back makes
    none.
    """
    runtime, principal = context_of(request).runtime, principal_of(request)
    if body.question is not None:
        check_question(body.question, runtime.settings.max_question_characters)

    def make() -> Article:
        if body.question is not None:
            return publish_question(runtime, body.question, body.audience, principal)
        return publish_answer(runtime, body.answer_id or "", principal)

    return await made(request, make)


@router.get(
    "/articles",
    dependencies=[needs(Scope.ASK)],
    operation_id="listArticles",
    summary="List articles",
    response_model=None,
    responses={
        200: {"model": ArticlesReply, "description": "One page, the last updated first."},
        **problem_replies(422, 503),
    },
)
def list_(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="Words of the question.")] = "",
    status: Annotated[ArticleStatus | None, Query(description="Only with this status.")] = None,
    drug: Annotated[str | None, Query(max_length=200, description="Only about this drug.")] = None,
    updated_since: Annotated[
        datetime | None,
        MOMENT,
        Query(description="Only changed since; UTC where no zone is named."),
    ] = None,
    cursor: Annotated[str | None, Query(max_length=256, description="From `next`.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Articles on a page.")] = 20,
) -> Response:
    """
    List published articles, and your own; reviewers see every one. Follow `next` until it is null.

    Of each the version is listed that you would read.
    """
    since = updated_since
    if since is not None:
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
    wanted = Wanted(q, status, drug or None, since)
    runtime, principal = context_of(request).runtime, principal_of(request)
    found, last = list_articles(
        runtime.articles, principal, wanted, before=read_cursor(cursor), limit=limit
    )
    given = {name: value for name, value in request.query_params.items() if name != "cursor"}
    follow = next_page("/v1/articles", last, given) if last else None
    note(request, articles=len(found))
    body = {"articles": [summary_json(*one) for one in found], "next": follow}
    return JSONResponse(body, headers=FRESH)


@router.get(
    "/articles/{article_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="readArticle",
    summary="Read an article",
    response_model=None,
    responses={
        200: {
            "model": ArticleReply,
            "description": "The version that you may see.",
            "headers": TAG_HEADERS,
        },
        **UNCHANGED,
        **problem_replies(404, 422, 503),
    },
)
def read_article(
    request: Request, article_id: str, version: Version = None, audience: Reader = None
) -> Response:
    """
    Return an article: the published version, or the newest to its owner and to reviewers.

    They may name an older `version`. Published is the version last approved, unless a reviewer took
    it back; where its sources changed since, it is `under_review`, and `changes` says how.
    """
    articles = context_of(request).runtime.articles
    article = articles.get(article_id)
    shown = version_for(article, principal_of(request), version)
    answer = articles.answer(article_id, shown.number)
    note(request, article_id=article_id, article_version=shown.number)
    told = article_json(article, shown, answer, audience)
    return tagged_json(request, told, {"Cache-Control": "private, no-cache"})


@router.post(
    "/articles/{article_id}/versions",
    dependencies=[needs(Scope.REVIEW)],
    operation_id="editArticle",
    summary="Make an article's next version",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": ArticleReply, "description": "The new version, submitted."},
        **problem_replies(403, 404, 409, 413, 422, 503),
    },
)
async def edit_article(
    request: Request,
    article_id: str,
    body: Annotated[VersionRequest, Body(openapi_examples=VERSIONS)],
) -> Response:
    """
    Edit the newest version, or compose it anew on the live snapshot; either is *Submitted*.

    A statement in other words is a paraphrase and must pass every check that a composed one
    passes; `errors` names each that does not, and why. An approval stays with the version that it
    was given to.
    """
    runtime, principal = context_of(request).runtime, principal_of(request)

    def make() -> Article:
        article = runtime.articles.get(article_id)
        if body.recompose:
            return recompose(
                runtime, article, based_on=body.based_on, note=body.note, principal=principal
            )
        kept = [Kept(one.key, one.text, one.more) for one in body.statements]
        return reworded(
            runtime, article, kept, based_on=body.based_on, note=body.note, principal=principal
        )

    return await made(request, make)


@router.delete(
    "/articles/{article_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="deleteArticle",
    summary="Delete an article",
    status_code=204,
    response_model=None,
    responses={204: {"description": "Nothing of it is left."}, **problem_replies(403, 404, 503)},
)
def delete_article(request: Request, article_id: str) -> Response:
    """
    Delete an article with its versions, history and comments; they cannot be brought back.

    Its owner may while no version was ever approved; after that it needs the right to operate.
    """
    principal = principal_of(request)
    context_of(request).runtime.articles.delete(
        article_id, allowed=lambda article: check_deletable(article, principal)
    )
    note(request, article_id=article_id)
    return Response(status_code=204)


async def made(request: Request, make: Callable[[], Article]) -> Response:
    """Make an article or a version at the desk, and send what it is now."""
    context = context_of(request)

    def work() -> tuple[Article, str]:
        article = make()
        return article, context.runtime.articles.answer(article.id, article.current.number)

    article, answer = await context.desk.run(work)
    note(request, article_id=article.id, article_version=article.current.number)
    body = article_json(article, article.current, answer)
    headers = {**FRESH, "Location": f"/v1/articles/{article.id}"}
    return JSONResponse(body, status_code=201, headers=headers)
