"""Questions that were asked elsewhere -> turns: understood again, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from service.answers import Outcome, Query, Turn
from service.drugs import Vocabulary
from service.splitting import joined, understand_all

LONGEST_MEMORY = 20
"""Questions that are understood again, the latest ones; no subject is carried further."""


def rehear(questions: Iterable[str], vocabulary: Vocabulary) -> list[Turn]:
    """
    Return the turns that *questions*, oldest first, would have been; nothing is answered again.

    What a turn cited is not known, so no passage is preferred for having been cited before.
    """
    turns: list[Turn] = []
    for question in list(questions)[-LONGEST_MEMORY:]:
        query = joined(question, understand_all(question, turns, vocabulary), vocabulary)
        turns.append(Turn(question, query, _outcome(query)))
    return turns


def _outcome(query: Query) -> Outcome:
    if query.choices:
        return Outcome.CLARIFY
    return Outcome.DECLINED if query.decline is not None else Outcome.ANSWERED
