"""Retention: conversations that nobody has gone on with for so long are deleted, for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.database import forget, reading, writing
from service.tables import CONVERSATIONS, FEEDBACK, TURNS

_WHAT = "conversation store"


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted, or would be; ``before`` is the moment that decides."""

    before: datetime
    conversations: int
    turns: int
    feedback: int


def purge(engine: sa.Engine, before: datetime, *, dry_run: bool = False) -> Purged:
    """
    Delete every conversation whose last question came before *before*, with all that hangs on it.

    A conversation without a question counts from its beginning. Retractions are never touched. With
    *dry_run* it is only counted. Raises ConversationError.
    """
    if dry_run:
        with reading(engine, _WHAT) as db:
            return _counted(db, before)
    with writing(engine, _WHAT) as db:
        idle = CONVERSATIONS.c.id.in_(_idle(before))
        # A question on its way into one of them holds its row: it is waited for here, and the
        # statements after this one see it. None comes to a row that is held.
        db.execute(sa.select(CONVERSATIONS.c.id).where(idle).with_for_update()).all()
        purged = _counted(db, before)
        db.execute(CONVERSATIONS.delete().where(idle))
    forget(engine, CONVERSATIONS, TURNS, FEEDBACK)
    return purged


def _idle(before: datetime) -> sa.Select[tuple[str]]:
    last = sa.func.coalesce(sa.func.max(TURNS.c.asked_at), CONVERSATIONS.c.created)
    return (
        sa.select(CONVERSATIONS.c.id)
        .outerjoin(TURNS)
        .group_by(CONVERSATIONS.c.id, CONVERSATIONS.c.created)
        .having(last < before)
    )


def _counted(db: sa.Connection, before: datetime) -> Purged:
    turns = sa.select(TURNS.c.answer_id).where(TURNS.c.conversation_id.in_(_idle(before)))
    feedback = sa.select(FEEDBACK.c.id).where(FEEDBACK.c.answer_id.in_(turns))
    conversations, answers, given = (
        db.scalar(sa.select(sa.func.count()).select_from(each.subquery())) or 0
        for each in (_idle(before), turns, feedback)
    )
    return Purged(before, conversations, answers, given)
