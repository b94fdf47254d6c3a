"""
One question in a conversation: history in, answer out, and a turn on record once it is delivered.

The command line, the HTTP API and the page all ask through here.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from service.answers import Answer, Audience, Turn
from service.bootstrap import Runtime
from service.citing import cited_passages
from service.conversations import StoredTurn, new_id
from service.disclaimers import read_disclaimer
from service.errors import NotFoundError
from service.personalizing import personalized
from service.principals import LOCAL, Principal
from service.serialising import Json, as_json
from service.showing import version_for
from service.streaming import Event, Teller


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A question that was answered.

    ``body`` is what every interface sends: ids and time around the answer as its audience reads
    it, which holds neither, so that the same question on the same snapshot gives the same answer,
    byte for byte.
    """

    answer_id: str
    conversation_id: str
    answer: Answer
    body: Json


def ask(
    runtime: Runtime,
    question: str,
    *,
    conversation_id: str | None = None,
    audience: Audience = Audience.PHYSICIAN,
    principal: Principal = LOCAL,
) -> Asked:
    """
    Answer *question* as the next turn of a conversation, a new one where none is named.

    Raises NotFoundError for a conversation that does not exist or is not that of the *principal*,
    and any other ServiceError.
    """
    asking = Asking(
        runtime,
        question,
        conversation_id=conversation_id,
        audience=audience,
        principal=principal,
    )
    for _ in asking.steps():
        pass
    return asking.record()


class Asking:
    """
    A question under way: ``steps`` answers it, ``record`` makes it a turn of the conversation.

    They are apart because an answer that its reader stopped is not part of the conversation.
    """

    def __init__(
        self,
        runtime: Runtime,
        question: str,
        *,
        conversation_id: str | None = None,
        audience: Audience = Audience.PHYSICIAN,
        principal: Principal = LOCAL,
        earlier: Sequence[str] = (),
        article_id: str | None = None,
    ) -> None:
        """
        Begin, for *principal*; nothing is read or written yet.

        *earlier* are the questions before this one, oldest first, of a conversation that is kept
        elsewhere; they are understood again, and not answered or recorded. A new conversation may
        follow up on the article *article_id*, which it remembers.
        """
        self._earlier = tuple(earlier)
        self._article_id = article_id
        self._runtime = runtime
        self._question = question
        self._audience = audience
        self._principal = principal
        self._is_new = conversation_id is None
        self._asked_at = datetime.now(UTC).replace(microsecond=0)
        self._answer: Answer | None = None
        self.conversation_id = conversation_id or new_id()
        self.answer_id = new_id()

    def steps(self) -> Generator[Event, None, None]:
        """Answer, an event at a time, all of it on one snapshot; ``meta`` comes first."""
        history = self._history()
        article = self._article()
        with self._runtime.live.reading() as reading:
            manifest = reading.snapshot.manifest
            yield Event(
                "meta",
                {
                    "answer_id": self.answer_id,
                    "conversation_id": self.conversation_id,
                    "asked_at": _written(self._asked_at),
                    "snapshot": manifest.id,
                    "disclaimer_version": read_disclaimer().version,
                },
            )
            teller = Teller(manifest.corpus_date, self._audience)
            if self._earlier:
                history = reading.answerer.rehear(self._earlier)
            steps = reading.answerer.stream(self._question, history, self._audience, article)
            with closing(steps):
                yield from teller.tell(steps)
        self._answer = teller.answer

    def record(self) -> Asked:
        """Store the finished turn. Raises NotFoundError where its conversation was deleted."""
        answer = self._answer
        if answer is None:
            raise RuntimeError("an answer is recorded after its last step")
        rendered = as_json(answer)
        self._runtime.conversations.append(
            self.conversation_id,
            Turn(self._question, answer.query, answer.outcome, cited_passages(answer)),
            answer_id=self.answer_id,
            answer=json.dumps(rendered, ensure_ascii=False),
            asked_at=self._asked_at,
            begins=self._is_new,
            owner=self._principal,
            article_id=self._article_id,
        )
        body = {
            "answer_id": self.answer_id,
            "conversation_id": self.conversation_id,
            "asked_at": _written(self._asked_at),
            "question": self._question,
            "answer": personalized(rendered, self._audience),
        }
        return Asked(self.answer_id, self.conversation_id, answer, body)

    def _history(self) -> list[Turn]:
        """Return the turns so far, and learn which article they are about."""
        if self._is_new:
            return []
        found = self._runtime.conversations.owned(self.conversation_id, self._principal)
        if self._article_id not in (None, found.article_id):
            raise NotFoundError("that conversation does not follow up on that article")
        self._article_id = found.article_id
        return [stored.turn for stored in found.turns]

    def _article(self) -> Turn | None:
        """
        Return the article's turn, as *principal* sees it today.

        A new conversation needs it; one that goes on does without where it has gone since.
        """
        if self._article_id is None:
            return None
        try:
            article = self._runtime.articles.get(self._article_id)
            return version_for(article, self._principal).turn
        except NotFoundError:
            if self._is_new:
                raise
            return None


def read_back(stored: StoredTurn, audience: Audience | None = None) -> Json:
    """Return a stored turn as it was sent the first time, or as *audience* reads it."""
    answer = json.loads(stored.answer)
    return {
        "answer_id": stored.answer_id,
        "conversation_id": stored.conversation_id,
        "asked_at": _written(stored.asked_at),
        "question": stored.turn.question,
        "answer": personalized(answer, audience or Audience(answer["audience"])),
    }


def _written(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
