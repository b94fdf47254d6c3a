"""
Links that show a conversation to whoever has them, read-only, for some days.

The link's token is its right: 256 random bits, of which the database holds a digest alone. What it
shows ends with the turns that there were when it was made.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from service.conversations import Conversations, StoredTurn, new_id
from service.database import reading, writing
from service.errors import ForbiddenError, NotFoundError
from service.principals import LOCAL, Principal
from service.tables import SHARES

LONGEST_DAYS: Final = 90
_WHAT = "conversation store"
_NO_LINK = "this link shows nothing: it has expired, was revoked, or never was"


@dataclass(frozen=True, slots=True)
class Share:
    """A link that works, without its token; ``turns`` is how many turns it shows."""

    id: str
    conversation_id: str
    created: datetime
    expires: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link shows, and until when."""

    expires: datetime
    turns: tuple[StoredTurn, ...]


class Shares:
    """Makes, shows and revokes links; safe from any thread."""

    def __init__(self, engine: sa.Engine, *, days: int) -> None:
        """Use the database behind *engine*; a link lasts *days*, with 0 none is made or shown."""
        self._engine = engine
        self._conversations = Conversations(engine)
        self.days = days

    def make(
        self, conversation_id: str, owner: Principal = LOCAL, *, days: int | None = None
    ) -> tuple[Share, str]:
        """
        Return a new link to a conversation and its token, which is nowhere to be found again.

        Raises ForbiddenError where sharing is switched off, NotFoundError for a conversation that
        is not there, not the *owner*'s, or without a question.
        """
        if not self.days:
            raise ForbiddenError("sharing is switched off on this service")
        turns = len(self._conversations.turns(conversation_id, owner))
        if not turns:
            raise NotFoundError("there is nothing to share in that conversation yet")
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(microsecond=0)
        expires = now + timedelta(days=self.days if days is None else days)
        share = Share(new_id(), conversation_id, now, expires, turns)
        with writing(self._engine, _WHAT) as db:
            db.execute(
                SHARES.insert().values(
                    id=share.id,
                    digest=_digest(token),
                    conversation_id=conversation_id,
                    turns=turns,
                    owner=owner.id,
                    created=now,
                    expires=expires,
                )
            )
        return share, token

    def of(self, conversation_id: str, owner: Principal = LOCAL) -> tuple[Share, ...]:
        """Return the links to a conversation that work, oldest first. Raises NotFoundError."""
        self._conversations.turns(conversation_id, owner)
        return self._working(SHARES.c.conversation_id == conversation_id)

    def all_of(self, owner: Principal = LOCAL) -> tuple[Share, ...]:
        """Return every link of *owner* that works, oldest first."""
        return self._working(SHARES.c.owner == owner.id)

    def revoke(self, share_id: str, owner: Principal = LOCAL) -> None:
        """Let a link show nothing from now on. Raises NotFoundError for none of *owner*'s."""
        now = datetime.now(UTC)
        theirs = (SHARES.c.id == share_id) & (SHARES.c.owner == owner.id) & _works(now)
        with writing(self._engine, _WHAT) as db:
            if not db.execute(SHARES.update().where(theirs).values(revoked=now)).rowcount:
                raise NotFoundError("there is no link by that id that works")

    def shown(self, token: str) -> Shared:
        """Return what the link with *token* shows. Raises NotFoundError, alike for every reason."""
        if not self.days:
            raise NotFoundError(_NO_LINK)
        wanted = sa.select(SHARES).where(
            SHARES.c.digest == _digest(token), _works(datetime.now(UTC))
        )
        with reading(self._engine, _WHAT) as db:
            share = db.execute(wanted).one_or_none()
        if share is None:
            raise NotFoundError(_NO_LINK)
        owner = Principal(share.owner, "", frozenset())
        found = self._conversations.conversation(share.conversation_id, owner)
        return Shared(share.expires, found.turns[: share.turns])

    def _working(self, which: sa.ColumnElement[bool]) -> tuple[Share, ...]:
        if not self.days:
            return ()
        wanted = (
            SHARES.select()
            .where(which, _works(datetime.now(UTC)))
            .order_by(SHARES.c.created, SHARES.c.id)
        )
        with reading(self._engine, _WHAT) as db:
            return tuple(map(_share, db.execute(wanted)))


def _works(now: datetime) -> sa.ColumnElement[bool]:
    return SHARES.c.revoked.is_(None) & (SHARES.c.expires > now)


def _share(row: sa.Row[Any]) -> Share:
    return Share(row.id, row.conversation_id, row.created, row.expires, row.turns)


def _digest(token: str) -> str:
    # A plain digest is enough: nobody guesses one of 2**256 tokens, so nobody needs slowing.
    return hashlib.sha256(token.encode()).hexdigest()
