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
    """An ordered list of turns, oldest first; ``owner`` is the id of who began it."""

    id: str
    owner: str
    created: datetime
    turns: tuple[StoredTurn, ...]


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
        found = self.conversation(conversation_id, owner)
        if found.owner != owner.id:
            raise NotFoundError(_NOBODYS)
        return [stored.turn for stored in found.turns]

    def conversation(self, conversation_id: str, reader: Principal = LOCAL) -> Conversation:
        """Return a conversation with every turn. Raises NotFoundError."""
        wanted = sa.select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
        turns = TURNS.select().where(TURNS.c.conversation_id == conversation_id)
        with reading(self._engine, _WHAT) as db:
            found = db.execute(wanted).one_or_none()
            rows = db.execute(turns.order_by(TURNS.c.position)).all()
        if found is None or not reader.sees(found.owner):
            raise NotFoundError(_NOBODYS)
        return Conversation(found.id, found.owner, found.created, tuple(map(_stored, rows)))

    def append(
        self,
        conversation_id: str,
        turn: Turn,
        *,
        answer_id: str,
        answer: str,
        asked_at: datetime,
        begins: bool = False,
        owner: Principal = LOCAL,
    ) -> None:
        """
        Record one finished turn at the end of a conversation, or the one that *begins* it.

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
                db.execute(_started(conversation_id, owner))
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


def _started(conversation_id: str, owner: Principal) -> sa.Insert:
    return CONVERSATIONS.insert().values(
        id=conversation_id, created=datetime.now(UTC), owner=owner.id
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
