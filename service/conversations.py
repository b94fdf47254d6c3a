"""
Turns in a database: what the next question needs to know, and the record of what was answered.

See ``service.database`` for the database itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from pydantic import TypeAdapter

from service.answers import Outcome, Query, Turn
from service.database import Instant, open_engine, told_plainly
from service.errors import NotFoundError

_QUERY = TypeAdapter(Query)
_TABLES = sa.MetaData()
_CONVERSATIONS = sa.Table(
    "conversations",
    _TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("created", Instant, nullable=False),
)
_TURNS = sa.Table(
    "turns",
    _TABLES,
    sa.Column(
        "conversation_id",
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("query", sa.JSON, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("cited", sa.JSON, nullable=False),
    sa.Column("answer_id", sa.String(64), nullable=False, unique=True),
    sa.Column("answer", sa.Text, nullable=False),
)


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
    """An ordered list of turns, oldest first."""

    id: str
    created: datetime
    turns: tuple[StoredTurn, ...]


def new_id() -> str:
    """Return 128 random bits as 32 hexadecimal digits: an id that cannot be guessed."""
    return secrets.token_hex(16)


class Conversations:
    """Stores and reads conversations; safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use *engine*, whose tables exist."""
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """
        Open the database at *url* (``sqlite:///file`` or any other SQLAlchemy URL).

        Raises ConversationError when it cannot be opened.
        """
        return cls.over(open_engine(url))

    @classmethod
    def over(cls, engine: sa.Engine) -> Self:
        """Use the database behind *engine*. Raises ConversationError when it is no database."""
        with told_plainly("opened"):
            _create_tables(engine)
        return cls(engine)

    def start(self, conversation_id: str | None = None) -> str:
        """Begin a conversation, under an id from ``new_id`` where one is given; return its id."""
        conversation_id = conversation_id or new_id()
        with self._transaction("written") as db:
            db.execute(
                _CONVERSATIONS.insert().values(id=conversation_id, created=datetime.now(UTC))
            )
        return conversation_id

    def turns(self, conversation_id: str) -> list[Turn]:
        """Return what the next question needs to know, oldest first. Raises NotFoundError."""
        return [stored.turn for stored in self.conversation(conversation_id).turns]

    def conversation(self, conversation_id: str) -> Conversation:
        """Return a conversation with every turn. Raises NotFoundError."""
        wanted = sa.select(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation_id)
        turns = _TURNS.select().where(_TURNS.c.conversation_id == conversation_id)
        with self._transaction("read") as db:
            found = db.execute(wanted).one_or_none()
            rows = db.execute(turns.order_by(_TURNS.c.position)).all()
        if found is None:
            raise NotFoundError("there is no conversation by that id")
        return Conversation(found.id, found.created, tuple(_stored(row) for row in rows))

    def append(
        self, conversation_id: str, turn: Turn, *, answer_id: str, answer: str, asked_at: datetime
    ) -> None:
        """Record one finished turn at the end of a conversation. Raises NotFoundError."""
        place = (
            sa.select(sa.func.coalesce(sa.func.max(_TURNS.c.position), 0) + 1)
            .where(_TURNS.c.conversation_id == conversation_id)
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
        held = sa.select(_CONVERSATIONS.c.id).where(_CONVERSATIONS.c.id == conversation_id)
        with self._transaction("written") as db:
            if db.execute(held.with_for_update()).one_or_none() is None:
                raise NotFoundError("there is no conversation by that id")
            db.execute(_TURNS.insert().values(position=place, **row))

    def answer(self, answer_id: str) -> StoredTurn:
        """Return the turn that holds an answer. Raises NotFoundError."""
        with self._transaction("read") as db:
            row = db.execute(_TURNS.select().where(_TURNS.c.answer_id == answer_id)).one_or_none()
        if row is None:
            raise NotFoundError("there is no answer by that id")
        return _stored(row)

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation and its turns, and overwrite them. Raises NotFoundError."""
        with self._transaction("written") as db:
            db.execute(_TURNS.delete().where(_TURNS.c.conversation_id == conversation_id))
            gone = db.execute(_CONVERSATIONS.delete().where(_CONVERSATIONS.c.id == conversation_id))
        if not gone.rowcount:
            raise NotFoundError("there is no conversation by that id")
        if self._engine.dialect.name == "sqlite":
            # Freed pages are zeroed (secure_delete); the write-ahead log still holds the old ones.
            with self._transaction("written") as db:
                db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sa.Connection]:
        with told_plainly(doing), self._engine.begin() as db:
            yield db


def _create_tables(engine: sa.Engine) -> None:
    """Bring the schema up to date. The one place for migrations once there is a second version."""
    _TABLES.create_all(engine)


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
