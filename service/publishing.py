"""Question, or answer -> article: what may be published, and how it is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from service.answers import Answer, Audience, Outcome, Turn
from service.article_store import check_current
from service.articles import Article
from service.bootstrap import Runtime
from service.citing import cited_passages
from service.editing import Kept, Shelf, cited_in, edited
from service.errors import ArticleError
from service.principals import Principal
from service.serialising import Json, as_json
from service.stepping import looked_at
from service.wording import wording

PUBLISHABLE = frozenset({Outcome.ANSWERED, Outcome.PARTIAL})


def publish_question(
    runtime: Runtime, question: str, audience: Audience, principal: Principal
) -> Article:
    """Compose an article on *question* and store it, submitted. Raises ArticleError."""
    turn, answer = composed(runtime, question, audience)
    return runtime.articles.add(principal.id, principal.name, turn, answer)


def publish_answer(runtime: Runtime, answer_id: str, principal: Principal) -> Article:
    """
    Store a recorded answer, as it was sent, as an article, submitted.

    Its title is the question as it stands alone. Raises ArticleError for an answer that says
    nothing, NotFoundError for one that *principal* may not see.
    """
    stored = runtime.conversations.answer(answer_id, principal)
    held = stored.turn
    told: Json = json.loads(stored.answer)
    _check(held.outcome, told["reason"])
    title = held.query.text if held.query.carried else held.question
    turn = Turn(title, held.query, held.outcome, held.cited)
    made = runtime.articles.add(principal.id, principal.name, turn, stored.answer)
    return looked_at(runtime, made)


def recompose(
    runtime: Runtime, article: Article, *, based_on: int, note: str, principal: Principal
) -> Article:
    """Answer an article's question anew: its next version. Raises ArticleError, ConflictError."""
    check_current(article, based_on)
    audience = Audience(json.loads(runtime.articles.answer(article.id, based_on))["audience"])
    turn, answer = composed(runtime, article.current.question, audience)
    return runtime.articles.add_version(
        article.id, based_on=based_on, author=principal.name, turn=turn, answer=answer, note=note
    )


def reworded(
    runtime: Runtime,
    article: Article,
    kept: Sequence[Kept],
    *,
    based_on: int,
    note: str,
    principal: Principal,
) -> Article:
    """
    Store a reviewer's edit as an article's next version, submitted, its sources looked at.

    Raises ArticleError for an edit that does not pass the gates, ConflictError.
    """
    check_current(article, based_on)
    answer: Json = json.loads(runtime.articles.answer(article.id, based_on))
    with runtime.live.reading() as reading:
        vocabulary = reading.answerer.vocabulary
        shelf = Shelf(reading.snapshot.documents, vocabulary, runtime.retractions.current())
        told = edited(answer, kept, shelf)
    turn = replace(article.current.turn, outcome=Outcome(told["outcome"]), cited=cited_in(told))
    made = runtime.articles.add_version(
        article.id,
        based_on=based_on,
        author=principal.name,
        turn=turn,
        answer=json.dumps(told, ensure_ascii=False),
        note=note,
    )
    return looked_at(runtime, made)


def composed(runtime: Runtime, question: str, audience: Audience) -> tuple[Turn, str]:
    """Answer *question* by itself; return its turn and the answer's JSON. Raises ArticleError."""
    with runtime.live.reading() as reading:
        *_, last = reading.answerer.stream(question, (), audience)
    answer = getattr(last, "answer", None)
    if not isinstance(answer, Answer):
        raise TypeError("the last step of an answer is the answer")
    _check(answer.outcome, answer.reason)
    turn = Turn(question, answer.query, answer.outcome, cited_passages(answer))
    return turn, json.dumps(as_json(answer), ensure_ascii=False)


def _check(outcome: Outcome, reason: str | None) -> None:
    if outcome not in PUBLISHABLE:
        raise ArticleError(wording(f"article.{outcome.value}", reason=reason or "").strip())
