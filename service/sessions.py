"""
Sessions of the page: a random token in a cookie, its digest in the database, a key behind it.

Signing in is showing a key; a session lasts as long as the key does, and at most its own hours.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from service.database import reading, writing
from service.keys import ApiKey, as_key, digest_of
from service.tables import API_KEYS, SESSIONS

_WHAT = "sessions"
_CSRF = b"followup csrf"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in on the page; ``csrf`` is what their forms carry and no other site has."""

    key: ApiKey
    csrf: str


class Sessions:
    """Begins, finds and ends sessions; safe from any thread."""

    def __init__(self, engine: sa.Engine, hours: float) -> None:
        """Use the database behind *engine*; a session lasts *hours*."""
        self._engine = engine
        self._lasting = timedelta(hours=hours)

    def begin(self, key: ApiKey, replacing: str | None = None) -> str:
        """
        Sign in with *key*; return the token for the cookie.

        It is always a new one, and the session of the token *replacing* ends, so that nobody can
        choose another's token. Sessions that are over are forgotten on the way.
        """
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        with writing(self._engine, _WHAT) as db:
            db.execute(SESSIONS.delete().where(SESSIONS.c.expires <= now))
            if replacing:
                db.execute(SESSIONS.delete().where(SESSIONS.c.digest == digest_of(replacing)))
            db.execute(
                SESSIONS.insert().values(
                    digest=digest_of(token),
                    key_id=key.id,
                    created=now,
                    expires=now + self._lasting,
                )
            )
        return token

    def find(self, token: str) -> Session | None:
        """Return the session of a token; None where it is over, or its key lets nobody in."""
        now = datetime.now(UTC)
        wanted = (
            sa.select(API_KEYS)
            .join(SESSIONS, SESSIONS.c.key_id == API_KEYS.c.id)
            .where(SESSIONS.c.digest == digest_of(token), SESSIONS.c.expires > now)
        )
        with reading(self._engine, _WHAT) as db:
            row = db.execute(wanted).one_or_none()
        if row is None:
            return None
        key = as_key(row)
        return Session(key, csrf_of(token)) if key.holds(now) else None

    def end(self, token: str) -> None:
        """Sign out."""
        with writing(self._engine, _WHAT) as db:
            db.execute(SESSIONS.delete().where(SESSIONS.c.digest == digest_of(token)))


def csrf_of(token: str) -> str:
    """
    Return the token that the forms of a session carry.

    It follows from the cookie's token, which no script and no other site can read, and does not
    give it away (HMAC-SHA256).
    """
    return hmac.new(token.encode(), _CSRF, hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compare two tokens in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
