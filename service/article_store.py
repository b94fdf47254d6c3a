"""
Articles in a database: versions that never change, moves and comments that are only added.

See ``service.database`` for the database itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from service.answers import Outcome, Query, Turn
from service.articles import (
    Article,
    ArticleStatus,
    Comment,
    Move,
    SourceChange,
    Version,
)
from service.conversations import new_id
from service.database import forget, reading, writing
from service.errors import ConflictError, NotFoundError
from service.tables import ARTICLE_COMMENTS, ARTICLE_MOVES, ARTICLE_VERSIONS, ARTICLES

_QUERY = TypeAdapter(Query)
_CHANGES = TypeAdapter(tuple[SourceChange, ...])
_WHAT = "article store"
_VERSION_FACTS = [c for c in ARTICLE_VERSIONS.c if c.name != "answer"]


class Articles:
    """Stores and reads articles; safe from any thread and process."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use the database behind *engine*, whose schema is that of this version."""
        self._engine = engine

    def add(self, owner: str, author: str, turn: Turn, answer: str, note: str = "") -> Article:
        """Store an article with its first version, submitted; *answer* is its JSON text."""
        article_id, now = new_id(), _now()
        with writing(self._engine, _WHAT) as db:
            row = {"id": article_id, "owner": owner, "created": now, "updated": now}
            db.execute(ARTICLES.insert().values(**row))
            _insert_version(db, article_id, Version(1, now, author, note, turn), answer)
            return _one(db, article_id)

    def get(self, article_id: str) -> Article:
        """Return an article. Raises NotFoundError."""
        with reading(self._engine, _WHAT) as db:
            return _one(db, article_id)

    def answer(self, article_id: str, number: int) -> str:
        """Return the answer of a version as its JSON text. Raises NotFoundError."""
        wanted = sa.select(ARTICLE_VERSIONS.c.answer).where(
            ARTICLE_VERSIONS.c.article_id == article_id, ARTICLE_VERSIONS.c.number == number
        )
        with reading(self._engine, _WHAT) as db:
            found = db.scalar(wanted)
        if found is None:
            raise NotFoundError("there is no such version of an article")
        return str(found)

    def listing(self, *, before: tuple[datetime, str] | None = None, limit: int) -> list[Article]:
        """
        Return up to *limit* articles, the last updated first.

        *before* is where the last page ended: ``updated`` and the id of its last article.
        """
        moved, own_id = ARTICLES.c.updated, ARTICLES.c.id
        wanted = ARTICLES.select().order_by(moved.desc(), own_id.desc()).limit(limit)
        if before is not None:
            moment, last = before
            wanted = wanted.where(sa.or_(moved < moment, sa.and_(moved == moment, own_id < last)))
        with reading(self._engine, _WHAT) as db:
            return _loaded(db, db.execute(wanted).all())

    def by_id(self, *, after: str = "", limit: int) -> list[Article]:
        """Return up to *limit* articles by id, after *after*: an order that no move changes."""
        wanted = ARTICLES.select().where(ARTICLES.c.id > after).order_by(ARTICLES.c.id)
        with reading(self._engine, _WHAT) as db:
            return _loaded(db, db.execute(wanted.limit(limit)).all())

    def add_version(
        self, article_id: str, *, based_on: int, author: str, turn: Turn, answer: str, note: str
    ) -> Article:
        """
        Store a version, submitted, that takes the place of the newest.

        Raises ConflictError where the newest is no longer *based_on*, NotFoundError.
        """
        with writing(self._engine, _WHAT) as db:
            held = _one(db, article_id, locked=True)
            check_current(held, based_on)
            made = Version(based_on + 1, _now(), author, note, turn)
            _insert_version(db, article_id, made, answer)
            return _one(db, article_id)

    def move(self, article_id: str, decide: Callable[[Article], Move | None]) -> Article:
        """
        Record the move that *decide* makes of the article as it stands; none for None.

        Nobody else moves it meanwhile. Raises NotFoundError, and what *decide* raises.
        """
        with writing(self._engine, _WHAT) as db:
            decided = decide(_one(db, article_id, locked=True))
            if decided is not None:
                _insert_move(db, article_id, decided)
            return _one(db, article_id)

    def comment(
        self, article_id: str, *, version: int, statement: str | None, by: str, comment: str
    ) -> Comment:
        """Record a comment. Raises NotFoundError."""
        made = Comment(new_id(), version, statement, _now(), by, comment)
        row = {
            "id": made.id,
            "article_id": article_id,
            "version": version,
            "statement": statement,
            "at": made.at,
            "by": by,
            "comment": comment,
        }
        with writing(self._engine, _WHAT) as db:
            _one(db, article_id, locked=True)
            db.execute(ARTICLE_COMMENTS.insert().values(**row))
        return made

    def comments(self, article_id: str) -> tuple[Comment, ...]:
        """Return an article's comments, oldest first. Raises NotFoundError."""
        held = ARTICLE_COMMENTS.c
        wanted = ARTICLE_COMMENTS.select().where(held.article_id == article_id)
        with reading(self._engine, _WHAT) as db:
            _one(db, article_id)
            rows = db.execute(wanted.order_by(held.at, held.id)).all()
        return tuple(_comment(row) for row in rows)

    def resolve(self, article_id: str, comment_id: str, by: str) -> Comment:
        """Mark a comment as dealt with; who did so first stays. Raises NotFoundError."""
        held = ARTICLE_COMMENTS.c
        this = sa.and_(held.article_id == article_id, held.id == comment_id)
        with writing(self._engine, _WHAT) as db:
            db.execute(
                ARTICLE_COMMENTS.update()
                .where(this, held.resolved_at.is_(None))
                .values(resolved_at=_now(), resolved_by=by)
            )
            row = db.execute(ARTICLE_COMMENTS.select().where(this)).one_or_none()
        if row is None:
            raise NotFoundError("there is no comment by that id")
        return _comment(row)

    def delete(self, article_id: str, *, allowed: Callable[[Article], None]) -> None:
        """Remove an article for good, unless *allowed* raises. Raises NotFoundError."""
        with writing(self._engine, _WHAT) as db:
            allowed(_one(db, article_id, locked=True))
            db.execute(ARTICLES.delete().where(ARTICLES.c.id == article_id))
        forget(self._engine, ARTICLES, ARTICLE_VERSIONS, ARTICLE_MOVES, ARTICLE_COMMENTS)


def check_current(article: Article, number: int) -> None:
    """Raise ConflictError where *number* is not the newest version."""
    if article.current.number != number:
        raise ConflictError(
            f"version {number} is not the newest: read version {article.current.number} first"
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _one(db: sa.Connection, article_id: str, *, locked: bool = False) -> Article:
    wanted = ARTICLES.select().where(ARTICLES.c.id == article_id)
    rows = db.execute(wanted.with_for_update() if locked else wanted).all()
    if not rows:
        raise NotFoundError("there is no article by that id")
    return _loaded(db, rows)[0]


def _loaded(db: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Article]:
    """Return the articles of *rows* of the first table, in that order."""
    ids = [row.id for row in rows]
    versions: dict[str, list[Version]] = defaultdict(list)
    moves: dict[str, list[Move]] = defaultdict(list)
    numbered, placed = ARTICLE_VERSIONS.c, ARTICLE_MOVES.c
    facts = sa.select(*_VERSION_FACTS).where(numbered.article_id.in_(ids))
    for row in db.execute(facts.order_by(numbered.article_id, numbered.number)):
        versions[row.article_id].append(_version(row))
    made = ARTICLE_MOVES.select().where(placed.article_id.in_(ids))
    for row in db.execute(made.order_by(placed.article_id, placed.position)):
        moves[row.article_id].append(_move(row))
    return [
        Article(row.id, row.owner, row.created, tuple(versions[row.id]), tuple(moves[row.id]))
        for row in rows
    ]


def _insert_version(db: sa.Connection, article_id: str, made: Version, answer: str) -> None:
    db.execute(
        ARTICLE_VERSIONS.insert().values(
            article_id=article_id,
            number=made.number,
            created=made.created,
            author=made.author,
            note=made.note,
            question=made.turn.question,
            query=_QUERY.dump_python(made.turn.query, mode="json"),
            outcome=str(made.turn.outcome),
            cited=list(made.turn.cited),
            answer=answer,
        )
    )
    begun = Move(made.number, made.created, made.author, None, ArticleStatus.SUBMITTED, made.note)
    _insert_move(db, article_id, begun)


def _insert_move(db: sa.Connection, article_id: str, move: Move) -> None:
    place = (
        sa.select(sa.func.coalesce(sa.func.max(ARTICLE_MOVES.c.position), 0) + 1)
        .where(ARTICLE_MOVES.c.article_id == article_id)
        .scalar_subquery()
    )
    db.execute(
        ARTICLE_MOVES.insert().values(
            article_id=article_id,
            position=place,
            version=move.version,
            at=move.at,
            by=move.by,
            was=None if move.was is None else move.was.value,
            now=move.now.value,
            why=move.why,
            changes=_CHANGES.dump_python(move.changes, mode="json"),
        )
    )
    this = sa.and_(ARTICLES.c.id == article_id, ARTICLES.c.updated < move.at)
    db.execute(ARTICLES.update().where(this).values(updated=move.at))


def _version(row: sa.Row[Any]) -> Version:
    turn = Turn(
        question=row.question,
        query=_QUERY.validate_python(row.query, strict=False),
        outcome=Outcome(row.outcome),
        cited=tuple(row.cited),
    )
    return Version(row.number, row.created, row.author, row.note, turn)


def _move(row: sa.Row[Any]) -> Move:
    return Move(
        version=row.version,
        at=row.at,
        by=row.by,
        was=None if row.was is None else ArticleStatus(row.was),
        now=ArticleStatus(row.now),
        why=row.why,
        changes=_CHANGES.validate_python(row.changes, strict=False),
    )


def _comment(row: sa.Row[Any]) -> Comment:
    return Comment(
        row.id,
        row.version,
        row.statement,
        row.at,
        row.by,
        row.comment,
        row.resolved_at,
        row.resolved_by,
    )
