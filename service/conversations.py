"""
Turns in a database: what the next question needs to know, and the record of what was answered.

See ``service.database`` for the database itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from service.answers import Outcome, Query, Turn
from service.database import forget, reading, writing
from service.errors import NotFoundError
from service.principals import LOCAL, Principal
from service.tables import CONVERSATIONS, FEEDBACK, SHARES, TURNS

_QUERY = TypeAdapter(Query)
_WHAT = "conversation store"
_NOBODYS = "there is no conversation by that id"


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as it was recorded; ``answer`` is the JSON text that was sent, byte for byte."""

    conversation_id: str
    position: int
    asked_at: datetime
    turn: Turn
    answer_id: str
    answer: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    An ordered list of turns, oldest first; ``owner`` is the id of who began it.

    ``title`` is what its owner calls it, or its first question. ``article_id`` names the article
    that it follows up on.
    """

    id: str
    owner: str
    created: datetime
    title: str
    turns: tuple[StoredTurn, ...]
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list; ``last`` is when it was last asked in, or begun."""

    id: str
    title: str
    created: datetime
    last: datetime
    turns: int


UNTITLED = "Conversation"
"""The title of a conversation without a question."""


def new_id() -> str:
    """Return 128 random bits as 32 hexadecimal digits: an id that cannot be guessed."""
    return secrets.token_hex(16)


class Conversations:
    """
    Stores and reads conversations; safe from any thread.

    Its owner and reviewers may read one, its owner alone may go on with it or delete it; to anybody
    else it is not there.
    """

    def __init__(self, engine: sa.Engine) -> None:
        """Use the database behind *engine*, whose schema is that of this version."""
        self._engine = engine

    def start(self, conversation_id: str | None = None, *, owner: Principal = LOCAL) -> str:
        """Begin a conversation, under an id from ``new_id`` where one is given; return its id."""
        conversation_id = conversation_id or new_id()
        with writing(self._engine, _WHAT) as db:
            db.execute(_started(conversation_id, owner))
        return conversation_id

    def turns(self, conversation_id: str, owner: Principal = LOCAL) -> list[Turn]:
        """Return what its owner's next question needs, oldest first. Raises NotFoundError."""
        return [stored.turn for stored in self.owned(conversation_id, owner).turns]

    def owned(self, conversation_id: str, owner: Principal = LOCAL) -> Conversation:
        """Return a conversation to go on with. Raises NotFoundError for one of somebody else."""
        found = self.conversation(conversation_id, owner)
        if found.owner != owner.id:
            raise NotFoundError(_NOBODYS)
        return found

    def conversation(self, conversation_id: str, reader: Principal = LOCAL) -> Conversation:
        """Return a conversation with every turn. Raises NotFoundError."""
        wanted = sa.select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
        turns = TURNS.select().where(TURNS.c.conversation_id == conversation_id)
        with reading(self._engine, _WHAT) as db:
            found = db.execute(wanted).one_or_none()
            rows = db.execute(turns.order_by(TURNS.c.position)).all()
        if found is None or not reader.sees(found.owner):
            raise NotFoundError(_NOBODYS)
        stored = tuple(map(_stored, rows))
        title = found.title or (stored[0].turn.question if stored else UNTITLED)
        return Conversation(found.id, found.owner, found.created, title, stored, found.article_id)

    def listed(
        self,
        owner: Principal = LOCAL,
        *,
        search: str = "",
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[Listed]:
        """
        Return conversations of *owner*, the one last asked in first, at most *limit*.

        Those alone whose title or one of whose questions holds *search*, in whatever case; those
        alone that come after the one whose ``last`` and id are *before*.
        """
        begun = TURNS.alias()
        first = sa.select(begun.c.question).where(
            begun.c.conversation_id == CONVERSATIONS.c.id, begun.c.position == 1
        )
        last = sa.func.coalesce(sa.func.max(TURNS.c.asked_at), CONVERSATIONS.c.created)
        title = sa.func.coalesce(CONVERSATIONS.c.title, first.scalar_subquery(), UNTITLED)
        wanted = (
            sa.select(
                CONVERSATIONS.c.id,
                title.label("title"),
                CONVERSATIONS.c.created,
                last.label("last"),
                sa.func.count(TURNS.c.position).label("turns"),
            )
            .outerjoin(TURNS)
            .where(CONVERSATIONS.c.owner == owner.id)
            .group_by(CONVERSATIONS.c.id, CONVERSATIONS.c.title, CONVERSATIONS.c.created)
            .order_by(last.desc(), CONVERSATIONS.c.id.desc())
            .limit(limit)
        )
        if search:
            asked = sa.select(TURNS.c.conversation_id).where(
                TURNS.c.question.icontains(search, autoescape=True)
            )
            named = CONVERSATIONS.c.title.icontains(search, autoescape=True)
            wanted = wanted.where(named | CONVERSATIONS.c.id.in_(asked))
        if before is not None:
            moment, after = before
            wanted = wanted.having(
                (last < moment) | ((last == moment) & (CONVERSATIONS.c.id < after))
            )
        with reading(self._engine, _WHAT) as db:
            return [Listed(*row) for row in db.execute(wanted)]

    def rename(self, conversation_id: str, title: str | None, owner: Principal = LOCAL) -> None:
        """
        Call a conversation *title*; None calls it by its first question again.

        Raises NotFoundError for one that is not there, or not its *owner*'s.
        """
        named = CONVERSATIONS.update().where(_owned(conversation_id, owner)).values(title=title)
        with writing(self._engine, _WHAT) as db:
            if not db.execute(named).rowcount:
                raise NotFoundError(_NOBODYS)

    def append(  # noqa: PLR0913 - a turn, and where it belongs
        self,
        conversation_id: str,
        turn: Turn,
        *,
        answer_id: str,
        answer: str,
        asked_at: datetime,
        begins: bool = False,
        owner: Principal = LOCAL,
        article_id: str | None = None,
    ) -> None:
        """
        Record one finished turn at the end of a conversation, or the one that *begins* it.

        One that begins may follow up on an article.

        Raises NotFoundError for a conversation that is not there, or not its *owner*'s.
        """
        place = (
            sa.select(sa.func.coalesce(sa.func.max(TURNS.c.position), 0) + 1)
            .where(TURNS.c.conversation_id == conversation_id)
            .scalar_subquery()
        )
        row = {
            "conversation_id": conversation_id,
            "asked_at": asked_at,
            "question": turn.question,
            "query": _QUERY.dump_python(turn.query, mode="json"),
            "outcome": str(turn.outcome),
            "cited": list(turn.cited),
            "answer_id": answer_id,
            "answer": answer,
        }
        # Two tabs may ask at once: the second waits here for the place after the first. SQLite,
        # which has one writer at a time, needs no such lock and ignores it.
        held = sa.select(CONVERSATIONS.c.id).where(_owned(conversation_id, owner))
        with writing(self._engine, _WHAT) as db:
            if begins:
                db.execute(_started(conversation_id, owner, article_id))
            elif db.execute(held.with_for_update()).one_or_none() is None:
                raise NotFoundError(_NOBODYS)
            db.execute(TURNS.insert().values(position=place, **row))

    def answer(self, answer_id: str, reader: Principal = LOCAL) -> StoredTurn:
        """Return the turn that holds an answer. Raises NotFoundError."""
        wanted = sa.select(TURNS, CONVERSATIONS.c.owner).join(CONVERSATIONS)
        with reading(self._engine, _WHAT) as db:
            row = db.execute(wanted.where(TURNS.c.answer_id == answer_id)).one_or_none()
        if row is None or not reader.sees(row.owner):
            raise NotFoundError("there is no answer by that id")
        return _stored(row)

    def delete(self, conversation_id: str, owner: Principal = LOCAL) -> None:
        """
        Remove a conversation, its turns, their feedback and its shares for good.

        Raises NotFoundError for one that is not there, or not its *owner*'s.
        """
        with writing(self._engine, _WHAT) as db:
            gone = db.execute(CONVERSATIONS.delete().where(_owned(conversation_id, owner)))
        if not gone.rowcount:
            raise NotFoundError(_NOBODYS)
        forget(self._engine, CONVERSATIONS, TURNS, FEEDBACK, SHARES)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def _started(conversation_id: str, owner: Principal, article_id: str | None = None) -> sa.Insert:
    return CONVERSATIONS.insert().values(
        id=conversation_id, created=datetime.now(UTC), owner=owner.id, article_id=article_id
    )


def _owned(conversation_id: str, owner: Principal) -> sa.ColumnElement[bool]:
    return (CONVERSATIONS.c.id == conversation_id) & (CONVERSATIONS.c.owner == owner.id)


def _stored(row: sa.Row[Any]) -> StoredTurn:
    turn = Turn(
        question=row.question,
        query=_QUERY.validate_python(row.query, strict=False),
        outcome=Outcome(row.outcome),
        cited=tuple(row.cited),
    )
    return StoredTurn(
        row.conversation_id, row.position, row.asked_at, turn, row.answer_id, row.answer
    )
