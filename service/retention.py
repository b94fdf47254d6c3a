"""
Retention: conversations that nobody has gone on with for so long are deleted, for good.

Links and sessions that are over go with them, however young: nothing needs them any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from service.database import forget, reading, writing
from service.tables import CONVERSATIONS, FEEDBACK, SESSIONS, SHARES, TURNS

_WHAT = "conversation store"


@dataclass(frozen=True, slots=True)
class Purged:
    """
    How much was deleted, or would be; ``before`` is the moment that decides.

    ``shares`` counts the links to those conversations, and others that had expired or were
    revoked; ``sessions`` those that had expired.
    """

    before: datetime
    conversations: int
    turns: int
    feedback: int
    shares: int = 0
    sessions: int = 0


def purge(engine: sa.Engine, before: datetime, *, dry_run: bool = False) -> Purged:
    """
    Delete every conversation whose last question came before *before*, with all that hangs on it.

    A conversation without a question counts from its beginning. Retractions are never touched. With
    *dry_run* it is only counted. Raises ConversationError.
    """
    now = datetime.now(UTC)
    if dry_run:
        with reading(engine, _WHAT) as db:
            return _counted(db, before, now)
    with writing(engine, _WHAT) as db:
        idle = CONVERSATIONS.c.id.in_(_idle(before))
        # A question on its way into one of them holds its row: it is waited for here, and the
        # statements after this one see it. None comes to a row that is held.
        db.execute(sa.select(CONVERSATIONS.c.id).where(idle).with_for_update()).all()
        purged = _counted(db, before, now)
        db.execute(CONVERSATIONS.delete().where(idle))
        db.execute(SHARES.delete().where(_ended(now)))
        db.execute(SESSIONS.delete().where(SESSIONS.c.expires <= now))
    forget(engine, CONVERSATIONS, TURNS, FEEDBACK, SHARES, SESSIONS)
    return purged


def _idle(before: datetime) -> sa.Select[tuple[str]]:
    last = sa.func.coalesce(sa.func.max(TURNS.c.asked_at), CONVERSATIONS.c.created)
    return (
        sa.select(CONVERSATIONS.c.id)
        .outerjoin(TURNS)
        .group_by(CONVERSATIONS.c.id, CONVERSATIONS.c.created)
        .having(last < before)
    )


def _ended(now: datetime) -> sa.ColumnElement[bool]:
    return SHARES.c.revoked.is_not(None) | (SHARES.c.expires <= now)


def _counted(db: sa.Connection, before: datetime, now: datetime) -> Purged:
    turns = sa.select(TURNS.c.answer_id).where(TURNS.c.conversation_id.in_(_idle(before)))
    feedback = sa.select(FEEDBACK.c.id).where(FEEDBACK.c.answer_id.in_(turns))
    theirs = SHARES.c.conversation_id.in_(_idle(before))
    shares = sa.select(SHARES.c.id).where(theirs | _ended(now))
    sessions = sa.select(SESSIONS.c.digest).where(SESSIONS.c.expires <= now)
    conversations, answers, given, links, visits = (
        db.scalar(sa.select(sa.func.count()).select_from(each.subquery())) or 0
        for each in (_idle(before), turns, feedback, shares, sessions)
    )
    return Purged(before, conversations, answers, given, links, visits)
