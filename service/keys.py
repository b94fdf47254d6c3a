"""
API keys: made once, shown once, kept as digests.

A key is ``fk_<id>_<secret>``: a prefix that scanners for leaked secrets can look for, 64 bits of
id, by which it is found, and 256 random bits, of which the database has the SHA-256 alone (a
digest without salt or rounds is enough for a secret that nobody chose).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from service.database import reading, writing
from service.errors import ConversationError, NotFoundError, UnauthenticatedError
from service.principals import Principal, Scope
from service.tables import API_KEYS, SESSIONS

log = structlog.get_logger()

PATTERN = re.compile(r"fk_([0-9a-f]{16})_([0-9a-f]{64})")
"""What a key looks like, for us and for scanners."""
LONGEST_NAME = 100
_USED_EVERY = timedelta(minutes=1)
"""A key's last use is written at most this often: asking must not become writing."""
_WHAT = "keys"
_NOT_GOOD = "that key is not known, is revoked, or has expired"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    used: datetime | None

    def holds(self, now: datetime) -> bool:
        """Tell whether it lets anybody in at *now*."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    @property
    def principal(self) -> Principal:
        """Whoever has this key."""
        return Principal(f"key:{self.id}", self.name, self.scopes)


class Keys:
    """Makes, checks and revokes keys; safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use the database behind *engine*, whose schema is that of this version."""
        self._engine = engine

    def create(
        self, name: str, scopes: Collection[Scope], expires: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """
        Make a key with *scopes*; return it, and its only spelling that lets anybody in.

        Raises ValueError for no scope, or a name that is empty or longer than ``LONGEST_NAME``.
        """
        if not scopes:
            raise ValueError("a key needs a scope")
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise ValueError(f"a name has from 1 to {LONGEST_NAME} printable characters")
        own, now = secrets.token_hex(8), datetime.now(UTC)
        secret = f"fk_{own}_{secrets.token_hex(32)}"
        with writing(self._engine, _WHAT) as db:
            db.execute(
                API_KEYS.insert().values(
                    id=own,
                    name=name,
                    digest=digest_of(secret),
                    scopes=sorted(scopes),
                    created=now,
                    expires=expires,
                )
            )
        return ApiKey(own, name, frozenset(scopes), now, expires, None, None), secret

    def listing(self) -> list[ApiKey]:
        """Return every key, revoked ones too, oldest first."""
        with reading(self._engine, _WHAT) as db:
            rows = db.execute(API_KEYS.select().order_by(API_KEYS.c.created, API_KEYS.c.id)).all()
        return [as_key(row) for row in rows]

    def check(self, secret: str) -> ApiKey:
        """Return the key that *secret* spells. Raises UnauthenticatedError where it is not good."""
        found = PATTERN.fullmatch(secret)
        row = None
        if found is not None:
            with reading(self._engine, _WHAT) as db:
                row = db.execute(API_KEYS.select().where(API_KEYS.c.id == found[1])).one_or_none()
        known = "" if row is None else row.digest
        now = datetime.now(UTC)
        if not hmac.compare_digest(known, digest_of(secret)) or row is None:
            raise UnauthenticatedError(_NOT_GOOD)
        key = as_key(row)
        if not key.holds(now):
            raise UnauthenticatedError(_NOT_GOOD)
        self.note_use(key, now)
        return key

    def note_use(self, key: ApiKey, now: datetime) -> None:
        """
        Remember that *key* was used, once a minute at most.

        Where that cannot be written the log says so, and whoever has the key is let in all the
        same: a full disk must not keep clinicians from reading.
        """
        if key.used is not None and now - key.used < _USED_EVERY:
            return
        try:
            with writing(self._engine, _WHAT) as db:
                db.execute(API_KEYS.update().where(API_KEYS.c.id == key.id).values(used=now))
        except ConversationError as error:
            log.warning("key_use_not_noted", key=key.id, error=str(error))

    def revoke(self, key_id: str) -> ApiKey:
        """
        Let nobody in with a key any more, and end its sessions; return it.

        A key that was revoked before stays as it is. Raises NotFoundError.
        """
        with writing(self._engine, _WHAT) as db:
            db.execute(
                API_KEYS.update()
                .where(API_KEYS.c.id == key_id, API_KEYS.c.revoked.is_(None))
                .values(revoked=datetime.now(UTC))
            )
            db.execute(SESSIONS.delete().where(SESSIONS.c.key_id == key_id))
            row = db.execute(API_KEYS.select().where(API_KEYS.c.id == key_id)).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no key {key_id}; `followup keys list` shows them")
        return as_key(row)


def digest_of(secret: str) -> str:
    """Return what is stored in a secret's place: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def as_key(row: sa.Row[Any]) -> ApiKey:
    """Return a row of the table as a key."""
    scopes = frozenset(Scope(each) for each in row.scopes)
    return ApiKey(row.id, row.name, scopes, row.created, row.expires, row.revoked, row.used)
