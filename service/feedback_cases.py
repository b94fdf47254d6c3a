"""
Feedback as evaluation cases: what was asked, what was shown for it, and what was found wrong.

A case holds what is needed to ask again on another snapshot and to compare; ``docs/evaluation.md``
tells what each key means. It holds what people typed: it is for the evaluator's own machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from service.feedback import FeedbackStore, Told, Verdict
from service.serialising import Json

FORMAT = "followup-case/1"
_AT_ONCE = 200


def cases(store: FeedbackStore, verdict: Verdict | None = None) -> Iterator[Json]:
    """Yield a case for each feedback, the newest first. Raises ConversationError."""
    before = None
    while page := store.told(verdict=verdict, before=before, limit=_AT_ONCE):
        yield from map(case, page)
        last = page[-1].stored
        before = (last.given_at, last.id)


def case(told: Told) -> Json:
    """Return one feedback as a case."""
    stored, answer = told.stored, told.answer
    shown = list(_shown(answer))
    marker = stored.feedback.marker
    return {
        "format": FORMAT,
        "id": stored.id,
        "given_at": stored.given_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": stored.feedback.verdict.value,
        "marker": marker,
        "comment": stored.feedback.comment,
        "answer_id": stored.answer_id,
        "history": list(told.asked[:-1]),
        "question": told.asked[-1],
        "audience": answer["audience"],
        "understood_as": answer["understood_as"],
        "outcome": answer["outcome"],
        "decline": answer["decline"],
        "statements": shown,
        "about": [one for one in shown if marker in {each["marker"] for each in one["cited"]}],
        "snapshot": stored.snapshot,
        "provenance": answer["provenance"],
    }


def _shown(answer: Json) -> Iterator[Json]:
    """Yield every statement of an answer once, where it stands, with the passages it rests on."""
    said = [("safety", one) for one in answer["safety"]]
    for section in answer["sections"]:
        said += [(section["kind"], one) for one in (*section["statements"], *section["more"])]
    for where, statement in said:
        yield {
            "section": where,
            "text": statement["text"],
            "cited": [
                {
                    "marker": cited["marker"],
                    "passage_id": cited["passage_id"],
                    "document_id": cited["document_id"],
                    "source_id": cited["source_id"],
                    "start": cited["start"],
                    "end": cited["end"],
                    "quote": cited["quote"],
                }
                for cited in statement["citations"]
            ],
        }
