"""Routes: an article's history, the steps of its review, and the comments on it."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from service.api.access import needs, principal_of
from service.api.article_shapes import (
    ArticleReply,
    CommentReply,
    CommentRequest,
    CommentsReply,
    HistoryReply,
    MoveRequest,
)
from service.api.context import context_of
from service.api.documenting import problem_replies
from service.api.examples_articles import COMMENTS, MOVES
from service.api.recording import note
from service.api.tagging import FRESH
from service.errors import NotFoundError
from service.principals import Scope
from service.showing import article_json, comment_json, history_json, keyed, version_for
from service.stepping import take_step

router = APIRouter(prefix="/v1", tags=["Articles"])


@router.get(
    "/articles/{article_id}/history",
    dependencies=[needs(Scope.ASK)],
    operation_id="readHistory",
    summary="Read an article's history",
    response_model=None,
    responses={
        200: {"model": HistoryReply, "description": "Who moved it when, from, to, and why."},
        **problem_replies(404, 503),
    },
)
def read_history(request: Request, article_id: str) -> Response:
    """Return every version and step, oldest first; to readers those of the published version."""
    article = context_of(request).runtime.articles.get(article_id)
    return JSONResponse(history_json(article, principal_of(request)), headers=FRESH)


@router.post(
    "/articles/{article_id}/moves",
    dependencies=[needs(Scope.REVIEW)],
    operation_id="moveArticle",
    summary="Take a step of the review",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": ArticleReply, "description": "The article after the step."},
        **problem_replies(403, 404, 409, 413, 422, 503),
    },
)
def move_article(
    request: Request,
    article_id: str,
    body: Annotated[MoveRequest, Body(openapi_examples=MOVES)],
) -> Response:
    """
    Move the newest version: submitted, under review, approved, or a step back with its reason.

    Its sources are compared with the live snapshot first: what they say today must have been read
    before it is approved.
    """
    runtime, principal = context_of(request).runtime, principal_of(request)
    article = take_step(
        runtime, article_id, body.to, version=body.version, by=principal.name, why=body.why
    )
    note(request, article_id=article_id, article_version=body.version)
    answer = runtime.articles.answer(article_id, article.current.number)
    told = article_json(article, article.current, answer)
    return JSONResponse(told, status_code=201, headers=FRESH)


@router.get(
    "/articles/{article_id}/comments",
    dependencies=[needs(Scope.ASK)],
    operation_id="readComments",
    summary="Read the comments on an article",
    response_model=None,
    responses={
        200: {"model": CommentsReply, "description": "Every comment, oldest first."},
        **problem_replies(404, 503),
    },
)
def read_comments(request: Request, article_id: str) -> Response:
    """Return the reviewers' comments, to them and to the article's owner; to others it has none."""
    articles, principal = context_of(request).runtime.articles, principal_of(request)
    article = articles.get(article_id)
    version_for(article, principal)
    found = articles.comments(article_id) if principal.sees(article.owner) else ()
    body = {"article_id": article_id, "comments": [comment_json(comment) for comment in found]}
    return JSONResponse(body, headers=FRESH)


@router.post(
    "/articles/{article_id}/comments",
    dependencies=[needs(Scope.REVIEW)],
    operation_id="commentOnArticle",
    summary="Comment on an article",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": CommentReply, "description": "It is stored."},
        **problem_replies(403, 404, 413, 422, 503),
    },
)
def comment_on_article(
    request: Request,
    article_id: str,
    body: Annotated[CommentRequest, Body(openapi_examples=COMMENTS)],
) -> Response:
    """Comment on a version, or on one statement of it, by its key."""
    articles, principal = context_of(request).runtime.articles, principal_of(request)
    answer = json.loads(articles.answer(article_id, body.version))
    if body.statement is not None and body.statement not in {key for key, *_ in keyed(answer)}:
        raise NotFoundError("there is no statement by that key in this version")
    made = articles.comment(
        article_id,
        version=body.version,
        statement=body.statement,
        by=principal.name,
        comment=body.comment,
    )
    note(request, article_id=article_id, article_version=body.version)
    return JSONResponse(comment_json(made), status_code=201, headers=FRESH)


@router.post(
    "/articles/{article_id}/comments/{comment_id}/resolve",
    dependencies=[needs(Scope.REVIEW)],
    operation_id="resolveComment",
    summary="Mark a comment as dealt with",
    response_model=None,
    responses={
        200: {"model": CommentReply, "description": "The comment; who resolved it first stays."},
        **problem_replies(403, 404, 503),
    },
)
def resolve_comment(request: Request, article_id: str, comment_id: str) -> Response:
    """Mark a comment as dealt with; it stays where it is."""
    articles = context_of(request).runtime.articles
    made = articles.resolve(article_id, comment_id, principal_of(request).name)
    note(request, article_id=article_id)
    return JSONResponse(comment_json(made), headers=FRESH)
