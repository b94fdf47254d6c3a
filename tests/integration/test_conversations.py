"""The conversation store, against a real SQLite file and a real PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.conversations import Conversations
from service.errors import ConversationError, NotFoundError
from service.feedback import Feedback, FeedbackStore, Verdict
from service.migrating import open_database
from service.principals import Principal, Scope
from tests.sample_database import a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Principal("key:ann", "Ann", frozenset({Scope.ASK}))
BOB = Principal("key:bob", "Bob", frozenset({Scope.ASK, Scope.EVALUATE, Scope.OPERATE}))
ANSWER = '{"references": [], "provenance": {"snapshot": "s1"}}'
REVIEWER = Principal("key:rev", "Rev", frozenset({Scope.ASK, Scope.REVIEW}))


@pytest.fixture
def conversations(engine: sa.Engine) -> Conversations:
    """A fresh store."""
    return Conversations(engine)


def test_a_turn_comes_back_as_it_was_stored(conversations: Conversations) -> None:
    """Question, understood query, outcome, citations and the answer's text survive unchanged."""
    conversation = conversations.start()
    conversations.append(
        conversation, a_turn(), answer_id="a1", answer='{"β": "10⁹/L"}', asked_at=NOON
    )

    assert conversations.turns(conversation) == [a_turn()]
    stored = conversations.answer("a1")
    assert (stored.answer, stored.asked_at, stored.position) == ('{"β": "10⁹/L"}', NOON, 1)
    assert conversations.conversation(conversation).turns == (stored,)


def test_turns_keep_their_order(conversations: Conversations) -> None:
    """Turns come back oldest first, numbered from one, whatever else is stored between them."""
    one, other = conversations.start(), conversations.start()
    for number in range(3):
        for conversation in (one, other):
            conversations.append(
                conversation,
                a_turn(f"question {number}"),
                answer_id=f"{conversation}-{number}",
                answer="{}",
                asked_at=NOON,
            )

    stored = conversations.conversation(one).turns
    assert [turn.position for turn in stored] == [1, 2, 3]
    assert [turn.turn.question for turn in stored] == [f"question {n}" for n in range(3)]


def test_times_are_moments_in_utc(conversations: Conversations) -> None:
    """A time given in another zone comes back as the same moment, in UTC."""
    conversation = conversations.start()
    local = datetime(2026, 3, 1, 7, tzinfo=timezone(timedelta(hours=-5)))
    conversations.append(conversation, a_turn(), answer_id="a1", answer="{}", asked_at=local)

    read = conversations.answer("a1").asked_at
    assert read == NOON
    assert read.utcoffset() == timedelta(0)
    assert conversations.conversation(conversation).created.tzinfo is UTC


def test_deleting_leaves_nothing_behind(engine: sa.Engine, tmp_path: Path) -> None:
    """After a deletion no file of a SQLite database holds a word of the question or the answer."""
    conversations = Conversations(engine)
    conversation = conversations.start()
    for number in range(20):
        conversations.append(
            conversation,
            a_turn("an unmistakable zebra question"),
            answer_id=f"a{number}",
            answer="an unmistakable quagga answer " * 200,
            asked_at=NOON,
        )

    conversations.delete(conversation)

    if engine.dialect.name == "sqlite":
        held = b"".join(path.read_bytes() for path in (tmp_path / "home").iterdir())
        assert held
        assert b"zebra" not in held
        assert b"quagga" not in held
    else:
        with engine.connect() as db:
            vacuumed = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'turns'"
            assert (db.scalar(sa.text(vacuumed)) or 0) >= 1
    with pytest.raises(NotFoundError):
        conversations.conversation(conversation)
    with pytest.raises(NotFoundError):
        conversations.answer("a0")


def test_deleting_one_conversation_keeps_the_others(conversations: Conversations) -> None:
    """Deletion touches the named conversation alone."""
    kept, gone = conversations.start(), conversations.start()
    conversations.append(kept, a_turn(), answer_id="kept", answer="{}", asked_at=NOON)
    conversations.append(gone, a_turn(), answer_id="gone", answer="{}", asked_at=NOON)

    conversations.delete(gone)

    assert conversations.answer("kept").conversation_id == kept


@pytest.mark.parametrize("call", ["turns", "conversation", "answer", "delete"])
def test_an_unknown_id_is_not_found(conversations: Conversations, call: str) -> None:
    """Every reading of an id that nobody gave out says so."""
    with pytest.raises(NotFoundError):
        getattr(conversations, call)("nobody")


def test_nothing_is_appended_to_a_deleted_conversation(conversations: Conversations) -> None:
    """An answer that finishes after its conversation was deleted is not stored."""
    conversation = conversations.start()
    conversations.delete(conversation)

    with pytest.raises(NotFoundError):
        conversations.append(conversation, a_turn(), answer_id="a", answer="{}", asked_at=NOON)
    with pytest.raises(NotFoundError):
        conversations.answer("a")


def test_threads_may_append_to_one_conversation(conversations: Conversations) -> None:
    """Two tabs asking at once in one conversation lose no turn."""
    conversation = conversations.start()

    def ask(thread: int) -> None:
        for number in range(5):
            conversations.append(
                conversation,
                a_turn(),
                answer_id=f"{thread}-{number}",
                answer="{}",
                asked_at=NOON,
            )

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    positions = [turn.position for turn in conversations.conversation(conversation).turns]
    assert positions == list(range(1, 21))


def test_a_store_opens_again(conversations: Conversations, database_url: str) -> None:
    """A second process, or the service after a restart, reads what was written."""
    conversation = conversations.start()
    conversations.append(conversation, a_turn(), answer_id="a1", answer="{}", asked_at=NOON)

    again = Conversations(open_database(database_url))
    turns = again.turns(conversation)
    again.close()

    assert turns == [a_turn()]


def test_the_turn_that_begins_a_conversation_is_stored_with_it(
    conversations: Conversations,
) -> None:
    """Both or neither: a turn that cannot be stored leaves no empty conversation."""
    conversations.append("c1", a_turn(), answer_id="a1", answer="{}", asked_at=NOON, begins=True)

    with pytest.raises(ConversationError):
        conversations.append(
            "c2", a_turn(), answer_id="a1", answer="{}", asked_at=NOON, begins=True
        )

    assert conversations.turns("c1") == [a_turn()]
    with pytest.raises(NotFoundError):
        conversations.conversation("c2")


def test_ids_cannot_be_guessed(conversations: Conversations) -> None:
    """Ids are 128 random bits, no two alike."""
    ids = {conversations.start() for _ in range(50)}

    assert len(ids) == 50
    assert all(len(one) == 32 for one in ids)


@pytest.fixture
def anns(conversations: Conversations) -> str:
    """A conversation of Ann's with the one answer "a1"."""
    conversations.append(
        "c1", a_turn(), answer_id="a1", answer=ANSWER, asked_at=NOON, begins=True, owner=ANN
    )
    return "c1"


def test_a_conversation_is_there_for_its_owner_alone(
    conversations: Conversations, anns: str
) -> None:
    """Whatever another may do, their reading, asking on and deleting say that it is not there."""
    attempts = (
        lambda: conversations.conversation(anns, BOB),
        lambda: conversations.turns(anns, BOB),
        lambda: conversations.answer("a1", BOB),
        lambda: conversations.delete(anns, BOB),
        lambda: conversations.append(
            anns, a_turn(), answer_id="a2", answer="{}", asked_at=NOON, owner=BOB
        ),
    )

    for attempt in attempts:
        with pytest.raises(NotFoundError, match="there is no"):
            attempt()
    assert len(conversations.turns(anns, ANN)) == 1
    assert conversations.answer("a1", ANN).conversation_id == anns
    conversations.delete(anns, ANN)


def test_a_reviewer_reads_a_conversation_and_no_more(
    conversations: Conversations, anns: str
) -> None:
    """Going on with it and deleting it are its owner's."""
    read = conversations.conversation(anns, REVIEWER)

    assert (read.owner, len(read.turns)) == (ANN.id, 1)
    assert conversations.answer("a1", REVIEWER).position == 1
    with pytest.raises(NotFoundError):
        conversations.turns(anns, REVIEWER)
    with pytest.raises(NotFoundError):
        conversations.delete(anns, REVIEWER)
    with pytest.raises(NotFoundError):
        conversations.append(
            anns, a_turn(), answer_id="a2", answer="{}", asked_at=NOON, owner=REVIEWER
        )


def test_feedback_is_given_by_those_who_see_the_answer(engine: sa.Engine, anns: str) -> None:
    """Its owner and reviewers; what they gave is read by them and by evaluators."""
    del anns
    stranger = Principal("key:x", "X", frozenset({Scope.ASK}))
    feedback = FeedbackStore(engine)

    for giver in (ANN, REVIEWER):
        feedback.give("a1", Feedback(Verdict.HELPFUL), reader=giver)

    for foreign in (BOB, stranger):
        with pytest.raises(NotFoundError):
            feedback.give("a1", Feedback(Verdict.HELPFUL), reader=foreign)
    with pytest.raises(NotFoundError):
        feedback.of("a1", stranger)
    assert [len(feedback.of("a1", reader)) for reader in (ANN, REVIEWER, BOB)] == [2, 2, 2]
