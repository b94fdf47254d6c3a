"""Listing, searching and naming conversations, in SQLite and in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from service.conversations import UNTITLED, Conversations
from service.errors import NotFoundError
from service.principals import LOCAL, Principal, Scope
from tests.sample_database import a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Principal("key:ann", "Ann", frozenset({Scope.ASK}))
EVERYTHING = Principal("key:root", "Root", frozenset(Scope))


@pytest.fixture
def conversations(engine: sa.Engine) -> Conversations:
    """A fresh store."""
    return Conversations(engine)


def hold(
    conversations: Conversations, name: str, *questions: str, at: int = 0, owner: Principal = LOCAL
) -> None:
    """Store a conversation of *questions*, asked an hour apart from hour *at* on."""
    for number, question in enumerate(questions):
        conversations.append(
            name,
            a_turn(question),
            answer_id=f"{name}-{number}",
            answer="{}",
            asked_at=NOON + timedelta(hours=at + number),
            begins=number == 0,
            owner=owner,
        )


def test_the_one_last_asked_in_comes_first(conversations: Conversations) -> None:
    """With its first question as title, its turns counted, and when it was last asked in."""
    hold(conversations, "c1", "old", "asked on much later", at=0)
    hold(conversations, "c2", "in between")

    first, second = conversations.listed()

    assert (first.id, first.title, first.turns) == ("c1", "old", 2)
    assert first.last == NOON + timedelta(hours=1)
    assert (second.id, second.last) == ("c2", NOON)
    assert first.created.tzinfo is UTC


def test_a_list_is_its_owners(conversations: Conversations) -> None:
    """Nobody lists another's conversations, whatever rights they have."""
    hold(conversations, "c1", "mine")
    hold(conversations, "c2", "Ann's", owner=ANN)

    assert [one.id for one in conversations.listed()] == ["c1"]
    assert [one.id for one in conversations.listed(ANN)] == ["c2"]
    assert conversations.listed(EVERYTHING) == []


def test_pages_follow_each_other_without_gap_or_repeat(conversations: Conversations) -> None:
    """Also where several were asked in at one moment."""
    for number in range(7):
        hold(conversations, f"c{number}", "a question", at=number // 3)

    pages, before = [], None
    while page := conversations.listed(before=before, limit=2):
        pages.append([one.id for one in page])
        before = (page[-1].last, page[-1].id)

    assert pages == [["c6", "c5"], ["c4", "c3"], ["c2", "c1"], ["c0"]]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("MÉNIÈRE", ["c1"]),
        ("tinnitus", ["c1"]),
        ("100%", ["c2"]),
        ("a_b", []),
        ("grand", ["c2"]),
        ("\\", []),
        ("\0", []),
        ("what", ["c2", "c1"]),
    ],
)
def test_a_search_looks_in_titles_and_questions(
    conversations: Conversations, search: str, found: list[str]
) -> None:
    """In whatever case, beyond English letters, and no sign of it means more than itself."""
    hold(conversations, "c1", "What of betahistine in ménière's disease?", "and tinnitus?")
    hold(conversations, "c2", "What is 100% sure? axb", at=5)
    conversations.rename("c2", "GRAND rounds")

    assert [one.id for one in conversations.listed(search=search)] == found


def test_a_conversation_is_called_as_its_owner_likes(conversations: Conversations) -> None:
    """Until it is called by its first question again."""
    hold(conversations, "c1", "the first question", owner=ANN)

    conversations.rename("c1", "Grand rounds", ANN)
    named = conversations.conversation("c1", ANN).title
    conversations.rename("c1", None, ANN)

    assert named == "Grand rounds"
    assert conversations.conversation("c1", ANN).title == "the first question"


def test_another_cannot_rename_it(conversations: Conversations) -> None:
    """Not a reviewer either; it is not there, and keeps its title."""
    hold(conversations, "c1", "the first question", owner=ANN)

    for name, who in (("c1", EVERYTHING), ("nobody", ANN)):
        with pytest.raises(NotFoundError):
            conversations.rename(name, "x", who)
    assert conversations.conversation("c1", ANN).title == "the first question"


def test_a_conversation_without_a_question_is_listed(conversations: Conversations) -> None:
    """Under a plain title, by the moment it was begun."""
    conversations.start("c1")

    (one,) = conversations.listed()

    assert (one.title, one.turns, one.last) == (UNTITLED, 0, one.created)


def test_an_id_that_no_database_can_hold_is_none(conversations: Conversations) -> None:
    """PostgreSQL keeps no NUL, so there is nothing by that name; that is no outage."""
    hold(conversations, "c1", "mine")

    for read in (conversations.conversation, conversations.answer, conversations.delete):
        with pytest.raises(NotFoundError):
            read("c1\0")
    with pytest.raises(NotFoundError):
        conversations.rename("c1\0", "mine")
    assert conversations.listed(search="\0") == []
