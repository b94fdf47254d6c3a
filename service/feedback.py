"""
What readers say about an answer: kept with it, for those who judge answers, and gone with it.

An evaluator can make a case of it: it names the answer, the snapshot it was made from, and the
reference that is meant.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from service.conversations import new_id
from service.database import reading, writing
from service.errors import FeedbackError, NotFoundError
from service.principals import LOCAL, Principal, Scope
from service.tables import CONVERSATIONS, FEEDBACK, TURNS

_WHAT = "feedback store"


class Verdict(StrEnum):
    """What a reader found."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    WRONG_CITATION = "wrong_citation"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict; ``marker`` is the reference it is about, None for the answer as a whole."""

    verdict: Verdict
    marker: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """Feedback as it was recorded; ``snapshot`` is the one that the answer was made from."""

    id: str
    answer_id: str
    snapshot: str
    given_at: datetime
    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Told:
    """
    Feedback beside what it is about, for those who judge answers.

    ``asked`` are the questions of the conversation up to the one whose ``answer`` (the JSON that
    was sent) it is about, which is the last of them.
    """

    stored: StoredFeedback
    asked: tuple[str, ...]
    answer: dict[str, Any]


class FeedbackStore:
    """Stores and reads feedback; safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use the database behind *engine*, whose schema is that of this version."""
        self._engine = engine

    def give(
        self,
        answer_id: str,
        feedback: Feedback,
        *,
        key: str | None = None,
        reader: Principal = LOCAL,
    ) -> StoredFeedback:
        """
        Record feedback on an answer; it is on the disk when this returns.

        The same feedback under the same *key* is recorded once and returned as it was the first
        time. Raises NotFoundError for an answer that is not there or that the *reader* may not see,
        FeedbackError for a marker that is not in it and for a key that other feedback on it has.
        """
        answer = _asked(answer_id, TURNS.c.answer, CONVERSATIONS.c.owner)
        same = FEEDBACK.select().where(FEEDBACK.c.answer_id == answer_id, FEEDBACK.c.key == key)
        with writing(self._engine, _WHAT) as db:
            # Locked, so that of two equal requests the second finds what the first one stored.
            told = db.execute(answer.with_for_update(of=TURNS)).one_or_none()
            if told is None or not reader.sees(told.owner):
                raise NotFoundError("there is no answer by that id")
            if key is not None and (row := db.execute(same).one_or_none()) is not None:
                return _repeated(_stored(row), feedback)
            written = json.loads(told.answer)
            _check(feedback, written)
            stored = StoredFeedback(
                new_id(),
                answer_id,
                written["provenance"]["snapshot"],
                datetime.now(UTC).replace(microsecond=0),
                feedback,
            )
            db.execute(FEEDBACK.insert().values(**_row(stored), key=key))
        return stored

    def of(self, answer_id: str, reader: Principal = LOCAL) -> tuple[StoredFeedback, ...]:
        """
        Return the feedback on an answer, oldest first.

        Raises NotFoundError for an answer that is not there, or that the *reader* may not see;
        evaluators read all feedback.
        """
        answer = _asked(answer_id, CONVERSATIONS.c.owner)
        given = FEEDBACK.select().where(FEEDBACK.c.answer_id == answer_id)
        with reading(self._engine, _WHAT) as db:
            owner = db.scalar(answer)
            if owner is None or not (reader.sees(owner) or reader.may(Scope.EVALUATE)):
                raise NotFoundError("there is no answer by that id")
            rows = db.execute(given.order_by(FEEDBACK.c.position)).all()
        return tuple(_stored(row) for row in rows)

    def told(
        self,
        *,
        verdict: Verdict | None = None,
        since: datetime | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[Told]:
        """
        Return all feedback of everybody, the newest first, at most *limit*: for evaluators alone.

        That of one *verdict*, given at *since* or later, and that which comes after the one whose
        moment and id are *before*; where these are given.
        """
        wanted = sa.select(
            FEEDBACK, TURNS.c.conversation_id, TURNS.c.position.label("place"), TURNS.c.answer
        ).join(TURNS, TURNS.c.answer_id == FEEDBACK.c.answer_id)
        if verdict is not None:
            wanted = wanted.where(FEEDBACK.c.verdict == verdict.value)
        if since is not None:
            wanted = wanted.where(FEEDBACK.c.given_at >= since)
        if before is not None:
            moment, after = before
            later = (FEEDBACK.c.given_at == moment) & (FEEDBACK.c.id < after)
            wanted = wanted.where((FEEDBACK.c.given_at < moment) | later)
        newest = wanted.order_by(FEEDBACK.c.given_at.desc(), FEEDBACK.c.id.desc()).limit(limit)
        with reading(self._engine, _WHAT) as db:
            return [_told(db, row) for row in db.execute(newest).all()]


def _told(db: sa.Connection, row: sa.Row[Any]) -> Told:
    asked = sa.select(TURNS.c.question).where(
        TURNS.c.conversation_id == row.conversation_id, TURNS.c.position <= row.place
    )
    questions = tuple(db.scalars(asked.order_by(TURNS.c.position)))
    return Told(_stored(row), questions, json.loads(row.answer))


def _asked(answer_id: str, *columns: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(TURNS.join(CONVERSATIONS))
        .where(TURNS.c.answer_id == answer_id)
    )


def _check(feedback: Feedback, answer: dict[str, Any]) -> None:
    markers = {reference["marker"] for reference in answer["references"]}
    if feedback.marker is not None and feedback.marker not in markers:
        raise FeedbackError(f"the answer has no reference [{feedback.marker}]")


def _repeated(stored: StoredFeedback, feedback: Feedback) -> StoredFeedback:
    if stored.feedback != feedback:
        raise FeedbackError("other feedback was given under that Idempotency-Key")
    return stored


def _row(stored: StoredFeedback) -> dict[str, object]:
    place = (
        sa.select(sa.func.coalesce(sa.func.max(FEEDBACK.c.position), 0) + 1)
        .where(FEEDBACK.c.answer_id == stored.answer_id)
        .scalar_subquery()
    )
    return {
        "answer_id": stored.answer_id,
        "position": place,
        "id": stored.id,
        "snapshot": stored.snapshot,
        "given_at": stored.given_at,
        "verdict": stored.feedback.verdict.value,
        "marker": stored.feedback.marker,
        "comment": stored.feedback.comment,
    }


def _stored(row: sa.Row[Any]) -> StoredFeedback:
    feedback = Feedback(Verdict(row.verdict), row.marker, row.comment)
    return StoredFeedback(row.id, row.answer_id, row.snapshot, row.given_at, feedback)
