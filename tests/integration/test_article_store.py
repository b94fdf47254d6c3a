"""The article store, against a real SQLite file and a real PostgreSQL."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from service.article_store import Articles
from service.articles import Article, ArticleStatus, ChangeKind, Move, SourceChange
from service.errors import ConflictError, ForbiddenError, NotFoundError
from service.principals import LOCAL, Principal, Scope
from service.tables import ARTICLE_COMMENTS, ARTICLE_MOVES, ARTICLE_VERSIONS
from tests.sample_database import a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER = Principal("reader", "A reader", frozenset({Scope.ASK}))
CHANGE = SourceChange(
    ChangeKind.CHANGED, "passage-1", "label:x@8", "X", "50 mg", "25 mg", None, "s1", "s2"
)


@pytest.fixture
def articles(engine: sa.Engine) -> Articles:
    """A fresh store."""
    return Articles(engine)


def added(articles: Articles, question: str = "What of Neltraxone in the liver?") -> Article:
    """Store an article."""
    return articles.add("ada", "Ada", a_turn(question), '{"β": "10⁹/L"}', "a first draft")


def moved(articles: Articles, article: Article, *steps: ArticleStatus) -> Article:
    """Move the newest version step by step."""
    for step in steps:
        article = articles.move(
            article.id,
            lambda held, now=step: Move(  # type: ignore[misc] # a default of a lambda has no type
                held.current.number, NOON, "Rev", held.status, now, "", (CHANGE,)
            ),
        )
    return article


def test_an_article_comes_back_as_it_was_stored(articles: Articles) -> None:
    """Its turn, note and answer survive unchanged; it is submitted, by a recorded move."""
    article = added(articles)

    assert articles.get(article.id) == article
    assert article.current.turn == a_turn()
    assert (article.owner, article.current.author) == ("ada", "Ada")
    assert articles.answer(article.id, 1) == '{"β": "10⁹/L"}'
    (begun,) = article.moves
    assert (begun.was, begun.now, begun.why) == (None, ArticleStatus.SUBMITTED, "a first draft")


def test_the_status_follows_the_moves(articles: Articles) -> None:
    """With the differences that a move names; the approved version is what readers see."""
    article = moved(articles, added(articles), ArticleStatus.UNDER_REVIEW)

    assert (article.status, article.approved) == (ArticleStatus.UNDER_REVIEW, None)
    assert article.seen_by(READER) is None
    assert article.seen_by(replace(READER, id="ada")) == article.seen_by(LOCAL) == article.current
    article = moved(articles, article, ArticleStatus.APPROVED)
    assert article.approved == article.seen_by(READER) == article.current
    assert article.changes_of(1) == (CHANGE,)


def test_a_new_version_is_submitted_and_the_older_one_stays_approved(articles: Articles) -> None:
    """Readers go on seeing what was approved; once the newer was approved, never the older."""
    article = moved(articles, added(articles), ArticleStatus.APPROVED)

    article = articles.add_version(
        article.id, based_on=1, author="Rev", turn=a_turn(), answer="{}", note="shorter"
    )

    assert (article.status, article.current.number) == (ArticleStatus.SUBMITTED, 2)
    assert article.approved == article.seen_by(READER) == article.versions[0]
    article = moved(articles, article, ArticleStatus.APPROVED, ArticleStatus.UNDER_REVIEW)
    assert article.approved is None
    assert article.status_of(1) is ArticleStatus.APPROVED


def test_a_version_is_based_on_the_newest(articles: Articles) -> None:
    """Of two edits of one version the second is refused."""
    article = added(articles)
    edit = {"author": "Rev", "turn": a_turn(), "answer": "{}", "note": ""}
    articles.add_version(article.id, based_on=1, **edit)  # type: ignore[arg-type]

    with pytest.raises(ConflictError, match="read version 2 first"):
        articles.add_version(article.id, based_on=1, **edit)  # type: ignore[arg-type]
    assert articles.get(article.id).current.number == 2


def test_of_moves_at_once_each_sees_the_one_before(articles: Articles) -> None:
    """Eight threads submit an article for review; one of them does it."""
    article = added(articles)

    def decide(held: Article) -> Move | None:
        if held.status is not ArticleStatus.SUBMITTED:
            return None
        return Move(1, NOON, "Rev", held.status, ArticleStatus.UNDER_REVIEW, "")

    threads = [threading.Thread(target=articles.move, args=(article.id, decide)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(articles.get(article.id).moves) == 2


def test_comments_are_kept_and_resolved_once(articles: Articles) -> None:
    """In the order given, about the article or a statement; who resolved one first stays."""
    article = added(articles)
    about = articles.comment(article.id, version=1, statement="k1", by="Rev", comment="50 mg?")
    articles.comment(article.id, version=1, statement=None, by="Rev", comment="Good.")

    articles.resolve(article.id, about.id, "Ada")
    resolved = articles.resolve(article.id, about.id, "Bob")

    assert {held.comment for held in articles.comments(article.id)} == {"50 mg?", "Good."}
    assert (resolved.statement, resolved.resolved_by) == ("k1", "Ada")
    with pytest.raises(NotFoundError):
        articles.resolve(article.id, "no such", "Ada")


def test_the_listing_goes_on_where_it_ended(articles: Articles) -> None:
    """The last updated first, each once, also where many were made in one second."""
    made = {added(articles, f"question {number}").id for number in range(5)}

    seen: list[Article] = []
    while page := articles.listing(
        before=(seen[-1].updated, seen[-1].id) if seen else None, limit=2
    ):
        seen += page

    assert len(seen) == 5
    assert {article.id for article in seen} == made
    assert seen == [articles.get(article.id) for article in seen]


def test_what_was_moved_last_is_listed_first(articles: Articles) -> None:
    """By any step and by a new version; a step dated earlier than the last takes nothing back."""
    first, second, third = (added(articles, f"question {number}") for number in range(3))
    later = max(article.created for article in (first, second, third)) + timedelta(seconds=5)

    def step(article: Article, at: datetime) -> None:
        to = ArticleStatus.UNDER_REVIEW
        articles.move(article.id, lambda held: Move(1, at, "Rev", held.status, to, ""))

    step(second, later)
    step(first, later + timedelta(seconds=5))
    step(first, NOON)

    listed = articles.listing(limit=9)
    assert [article.id for article in listed] == [first.id, second.id, third.id]
    assert listed[0].updated == later + timedelta(seconds=5)
    assert [a.id for a in articles.by_id(limit=9)] == sorted((first.id, second.id, third.id))
    assert articles.listing(before=(listed[1].updated, listed[1].id), limit=9) == listed[2:]


def test_deleting_leaves_nothing_unless_it_is_not_allowed(
    articles: Articles, engine: sa.Engine
) -> None:
    """Versions, moves and comments go with the article."""
    article = added(articles)
    articles.comment(article.id, version=1, statement=None, by="Rev", comment="Good.")

    def never(_: Article) -> None:
        raise ForbiddenError("no")

    with pytest.raises(ForbiddenError):
        articles.delete(article.id, allowed=never)
    articles.delete(article.id, allowed=lambda _: None)

    with engine.connect() as db:
        for table in (ARTICLE_VERSIONS, ARTICLE_MOVES, ARTICLE_COMMENTS):
            assert db.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    with pytest.raises(NotFoundError):
        articles.get(article.id)


def test_what_is_not_there_is_not_found(articles: Articles) -> None:
    """By every way to an article."""
    article = added(articles)

    for call in (
        lambda: articles.get("none"),
        lambda: articles.answer(article.id, 2),
        lambda: articles.comments("none"),
        lambda: articles.move("none", lambda _: None),
        lambda: articles.delete("none", allowed=lambda _: None),
    ):
        with pytest.raises(NotFoundError):
            call()
