"""
One question or several: "What is the dose, and is it safe in pregnancy?" asks two.

Split only where each part asks by itself. "The dose and side effects of naltrexone" is one
question on two topics, and so is what has its drug only at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.answers import Outcome, Query, Turn
from service.drugs import Vocabulary, merged
from service.hearing import Heard, hear
from service.screening import is_request_to_act, notices
from service.topics import TOPICS
from service.understanding import chosen, heeded_in, understand, with_aside

MOST = 5
"""Parts answered apart at most; the rest stays with the last of them."""

_MARK = re.compile(r"(?<=\?)[\s\"')\]]+(?=\S)")
_AUXILIARY = (
    r"(?:is|are|was|were|does|do|did|can|could|should|will|would|may|must|has|have)(?:n['’]t)?"
)
_SUBJECT = (
    r"(?:it|they|this|that|these|those|he|she|there|i|we|you|one|the|an?|any|patients?|people"
    r"|children|adults|women|men)"
)
_ASKS = re.compile(
    rf"^\W*(?:(?:and|so|also|ok(?:ay)?)\W+)*(?:what|how|when|why|which|{_AUXILIARY})\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf"[,;]?\s+and\s+(?:also\s+)?(?=(?:what|how|when|why)\s+(?:\w+\s+){{0,2}}?{_AUXILIARY}\b"
    rf"|which\s+\w+\s+{_AUXILIARY}\b|{_AUXILIARY}\s+{_SUBJECT}\b|what about\b|how about\b)",
    re.IGNORECASE,
)


def split(question: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the questions that *question* asks, in order; itself where it asks one."""
    parts: list[str] = []
    for said in _MARK.split(question.strip()):
        if parts and not _asks(said, vocabulary):
            parts[-1] = f"{parts[-1]} {said}"
        else:
            parts += _clauses(said, vocabulary)
    if len(parts) > MOST:
        parts = [*parts[: MOST - 1], " ".join(parts[MOST - 1 :])]
    return tuple(parts) if len(parts) > 1 else (question,)


def understand_all(
    question: str,
    history: Sequence[Turn],
    vocabulary: Vocabulary,
    article: Turn | None = None,
) -> tuple[Query, ...]:
    """
    Return the queries that *question* is: one, or one for each question it asks.

    A later part takes over from the earlier ones as a follow-up does.
    """
    turns = (article, *history) if article is not None else tuple(history)
    parts = split(heeded_in(question, vocabulary).text, vocabulary)
    acts = is_request_to_act(question)
    if len(parts) == 1 or acts or chosen(question, turns) is not None:
        return (understand(question, turns, vocabulary),)
    said: list[Turn] = []
    for part in parts:
        query = understand(part, (*turns, *said), vocabulary)
        said.append(Turn(part, query, Outcome.ANSWERED))
    return tuple(turn.query for turn in said)


def joined(question: str, queries: Sequence[Query], vocabulary: Vocabulary) -> Query:
    """
    Return what *question* was understood as altogether.

    The one query itself; of several, everything that any of them is about, in their order. Its
    text, asked again, is the same questions.
    """
    if len(queries) == 1:
        return queries[0]
    unknown = [w for q in queries if q.decline is None for w in hear(q.bare, vocabulary).unknown]
    choices = next((query.choices for query in queries if query.choices), ())
    return Query(
        text=" ".join(_ended(query.text) for query in queries),
        bare=question,
        drugs=merged(drug for query in queries for drug in query.drugs),
        condition=next((q.condition for q in reversed(queries) if q.condition), None),
        topics=tuple(t for t in TOPICS if any(t in query.topics for query in queries)),
        corrections=tuple(dict.fromkeys(c for query in queries for c in query.corrections)),
        carried=tuple(dict.fromkeys(note for query in queries for note in query.carried)),
        choices=choices,
        notice=with_aside(
            notices(question, tuple(dict.fromkeys(unknown))), heeded_in(question, vocabulary)
        ),
        classes=tuple(dict.fromkeys(held for query in queries for held in query.classes)),
    )


def _ended(text: str) -> str:
    return text if text.rstrip().endswith("?") else f"{text.rstrip('.;, ')}?"


def _asks(said: str, vocabulary: Vocabulary) -> bool:
    """Tell whether what follows a question mark is a question of its own."""
    if not said.rstrip("\"')] ").endswith("?"):
        return False
    heard = hear(said, vocabulary)
    return not heard.corrects and (
        _names(heard) or bool(heard.topics) or _ASKS.search(said) is not None
    )


def _clauses(said: str, vocabulary: Vocabulary) -> list[str]:
    """Split coordinated questions; the first must say itself what it is about."""
    if _ASKS.search(said) is None:
        return [said]
    clauses = _CLAUSE.split(said)
    subjects = [_names(hear(clause, vocabulary)) for clause in clauses]
    leans = hear(clauses[0], vocabulary).leans_on is not None
    if len(clauses) == 1 or (any(subjects) and not subjects[0] and not leans):
        return [said]
    asked = [clause if clause.rstrip().endswith("?") else f"{clause}?" for clause in clauses]
    return [f"{clause[:1].upper()}{clause[1:]}" for clause in asked]


def _names(heard: Heard) -> bool:
    return bool(heard.mentions or heard.classes or heard.condition or heard.unknown)
