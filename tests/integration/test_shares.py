"""Links to conversations, in SQLite and in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.conversations import Conversations
from service.database import open_engine
from service.dumping import write_dump
from service.errors import ForbiddenError, NotFoundError
from service.principals import Principal, Scope
from service.restoring import restore
from service.retention import purge
from service.shares import Shares
from service.tables import API_KEYS, SESSIONS, SHARES
from tests.sample_database import a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Principal("key:ann", "Ann", frozenset({Scope.ASK}))
REVIEWER = Principal("key:rev", "Rev", frozenset({Scope.ASK, Scope.REVIEW}))


@pytest.fixture
def conversations(engine: sa.Engine) -> Conversations:
    """A store with one conversation of Ann's, of one turn."""
    made = Conversations(engine)
    ask(made, "a1", begins=True)
    return made


@pytest.fixture
def shares(engine: sa.Engine, conversations: Conversations) -> Shares:
    """Links to that conversation; none yet."""
    del conversations
    return Shares(engine, days=14)


def ask(conversations: Conversations, answer: str, *, begins: bool = False) -> None:
    """Store one more turn of Ann's."""
    conversations.append(
        "c1",
        a_turn(f"question of {answer}"),
        answer_id=answer,
        answer="{}",
        asked_at=NOON,
        begins=begins,
        owner=ANN,
    )


def test_a_link_shows_what_there_was(shares: Shares, conversations: Conversations) -> None:
    """Turns asked later stay its owner's; another link may show them."""
    share, token = shares.make("c1", ANN)
    ask(conversations, "a2")
    later, other = shares.make("c1", ANN, days=1)

    assert [one.answer_id for one in shares.shown(token).turns] == ["a1"]
    assert [one.answer_id for one in shares.shown(other).turns] == ["a1", "a2"]
    assert shares.shown(token).expires == share.expires
    assert share.expires - share.created == timedelta(days=14)
    assert later.expires - later.created == timedelta(days=1)
    assert shares.of("c1", ANN) == shares.all_of(ANN)
    assert {one.id: one.turns for one in shares.of("c1", ANN)} == {share.id: 1, later.id: 2}


def test_no_token_is_stored(shares: Shares, engine: sa.Engine, tmp_path: Path) -> None:
    """Whoever reads the database cannot open a link; no two tokens are alike."""
    tokens = {shares.make("c1", ANN)[1] for _ in range(5)}

    assert len(tokens) == 5
    assert all(len(token) == 43 for token in tokens)  # 256 bits
    backup = tmp_path / "all.zip"
    write_dump(engine, backup)
    with engine.connect() as db:
        told = repr(db.execute(SHARES.select()).all())
    assert not any(token in told for token in tokens)


def test_a_revoked_link_shows_nothing(shares: Shares) -> None:
    """Its owner alone revokes it, and once."""
    share, token = shares.make("c1", ANN)
    kept, other = shares.make("c1", ANN)

    with pytest.raises(NotFoundError):
        shares.revoke(share.id, REVIEWER)
    shares.revoke(share.id, ANN)

    with pytest.raises(NotFoundError):
        shares.shown(token)
    with pytest.raises(NotFoundError):
        shares.revoke(share.id, ANN)
    assert shares.shown(other).turns
    assert shares.of("c1", ANN) == (kept,)


def test_links_that_show_nothing_are_all_alike(shares: Shares, engine: sa.Engine) -> None:
    """Expired, revoked, unknown and switched off: one message."""
    _, expired = shares.make("c1", ANN, days=0)
    gone, revoked = shares.make("c1", ANN)
    shares.revoke(gone.id, ANN)
    _, works = shares.make("c1", ANN)

    said = set()
    attempts = [(shares, token) for token in (expired, revoked, "unknown", "", "\0")]
    for store, token in [*attempts, (Shares(engine, days=0), works)]:
        with pytest.raises(NotFoundError) as told:
            store.shown(token)
        said.add(str(told.value))

    assert len(said) == 1


def test_a_conversation_is_shared_by_its_owner(shares: Shares, engine: sa.Engine) -> None:
    """Not by a reviewer, not where there is nothing to show, not where sharing is off."""
    Conversations(engine).start("empty", owner=ANN)

    for conversation, who in (("c1", REVIEWER), ("empty", ANN), ("nothing", ANN)):
        with pytest.raises(NotFoundError):
            shares.make(conversation, who)
    with pytest.raises(NotFoundError):
        shares.of("c1", REVIEWER)
    with pytest.raises(ForbiddenError):
        Shares(engine, days=0).make("c1", ANN)
    assert shares.all_of(REVIEWER) == ()


def test_links_go_with_their_conversation(shares: Shares, conversations: Conversations) -> None:
    """No row is left."""
    _, token = shares.make("c1", ANN)

    conversations.delete("c1", ANN)

    with pytest.raises(NotFoundError):
        shares.shown(token)
    assert shares.all_of(ANN) == ()


def test_a_purge_takes_links_and_sessions_that_are_over(shares: Shares, engine: sa.Engine) -> None:
    """However young; those that work stay, unless their conversation goes."""
    now = datetime.now(UTC)
    shares.make("c1", ANN, days=0)
    shares.revoke(shares.make("c1", ANN)[0].id, ANN)
    kept, _ = shares.make("c1", ANN)
    with engine.begin() as db:
        db.execute(
            API_KEYS.insert().values(id="k", name="Ann", digest="d", scopes=["ask"], created=NOON)
        )
        for digest, ends in (("over", NOON), ("runs", now + timedelta(days=1))):
            db.execute(
                SESSIONS.insert().values(digest=digest, key_id="k", created=NOON, expires=ends)
            )

    counted = purge(engine, NOON, dry_run=True)
    purged = purge(engine, NOON)

    assert counted == purged
    assert (purged.conversations, purged.shares, purged.sessions) == (0, 2, 1)
    with engine.connect() as db:
        assert db.scalars(sa.select(SHARES.c.id)).all() == [kept.id]
        assert db.scalars(sa.select(SESSIONS.c.digest)).all() == ["runs"]
    assert purge(engine, now).shares == 1
    assert shares.all_of(ANN) == ()


def test_links_owners_and_titles_come_back_from_a_backup(
    shares: Shares, engine: sa.Engine, tmp_path: Path
) -> None:
    """A link made before works after, and one that was revoked does not."""
    _, token = shares.make("c1", ANN)
    gone, revoked = shares.make("c1", ANN)
    shares.revoke(gone.id, ANN)
    Conversations(engine).rename("c1", "Grand rounds", ANN)
    write_dump(engine, tmp_path / "all.zip")

    url = f"sqlite:///{tmp_path / 'other' / 'followup.sqlite'}"
    restore(url, tmp_path / "all.zip", tmp_path / "other")

    opened = open_engine(url)
    there = Shares(opened, days=14)
    assert there.shown(token).turns == shares.shown(token).turns
    with pytest.raises(NotFoundError):
        there.shown(revoked)
    assert Conversations(opened).conversation("c1", ANN).title == "Grand rounds"
    opened.dispose()
