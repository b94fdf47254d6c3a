"""
Question + conversation -> query: what is asked, about which drugs, and what was read into it.

Deterministic and shown: every correction, every carried drug or condition is in the query, and
what cannot be decided becomes a choice. The article that a conversation hangs on is its first
turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten

from service.answers import (
    Choice,
    Correction,
    DeclineReason,
    Query,
    Topic,
    Turn,
)
from service.carrying import Carried, carry
from service.conditions import listed_condition
from service.drugs import Vocabulary
from service.hearing import Heard, hear
from service.instructing import Heeded, heed, is_question
from service.restating import corrected, standalone
from service.screening import is_medical, is_request_to_act, notices
from service.wording import wording

NEEDS_A_DRUG = frozenset(
    {
        Topic.DOSE,
        Topic.INTERACTION,
        Topic.CONTRAINDICATION,
        Topic.PHARMACOKINETICS,
        Topic.STORAGE,
        Topic.ADVERSE_REACTION,
        Topic.WARNING,
        Topic.PREGNANCY,
        Topic.LACTATION,
        Topic.MECHANISM,
    }
)
"""Topics that say nothing without a drug or a condition."""

_EVERYDAY = frozenset({Topic.EFFICACY, Topic.MECHANISM})
"""Topics whose cues alone do not mean medicine: solar panels work, too."""
_SHARED = frozenset({Topic.COMPARISON, Topic.ADVERSE_REACTION, Topic.STORAGE})
"""Topics whose cues mean medicine where nothing else is named: wars have causes, too."""

_ORDINALS = (
    re.compile(r"^\W*(?:yes|yeah|yep|correct|right|that one|(?:the )?(?:first|1st|former)|1)\b"),
    re.compile(r"^\W*(?:the )?(?:second|2nd|latter|2)\b"),
    re.compile(r"^\W*(?:the )?(?:third|3rd|3)\b"),
    re.compile(r"^\W*(?:the )?(?:fourth|4th|4)\b"),
)
_REPLY_WORDS = 6
_SHOWN = 160
"""Characters of what was set aside that the notice repeats."""
_NEITHER = re.compile(
    r"^\W*(?:no|nope|neither|none)(?: of (?:them|these|those|the two))?\W*$", re.IGNORECASE
)


def understand(
    question: str,
    history: Sequence[Turn],
    vocabulary: Vocabulary,
    article: Turn | None = None,
) -> Query:
    """
    Return the query that *question* is, after the turns of *history*, oldest first.

    ``choices`` or ``reason`` is set where the question must be asked back, ``decline`` where it
    must not be searched. Orders to the service are set aside, and ``notice`` says which.
    """
    heeded = heeded_in(question, vocabulary)
    query = _understood(heeded.text, history, vocabulary, article)
    return replace(query, bare=question, notice=with_aside(query.notice, heeded))


def heeded_in(question: str, vocabulary: Vocabulary) -> Heeded:
    """Return *question* without what does not ask about medicine, and what that was."""
    return heed(question, lambda part: _is_about_medicine(part, vocabulary))


def with_aside(notice: str | None, heeded: Heeded) -> str | None:
    """Return *notice* with word of what was set aside, if anything was."""
    if not heeded.aside:
        return notice
    words = shorten(" ".join(heeded.aside), _SHOWN, placeholder=" ...")
    return " ".join(filter(None, (notice, wording("notice.set_aside", words=words))))


def _understood(
    question: str, history: Sequence[Turn], vocabulary: Vocabulary, article: Turn | None
) -> Query:
    turns = (article, *history) if article is not None else tuple(history)
    if (settled := _reply(question, turns, vocabulary)) is not None:
        return settled
    heard = hear(question, vocabulary)
    if is_request_to_act(question):
        return _declined(heard, DeclineReason.OUT_OF_SCOPE, wording("declined.request_to_act"))
    if heard.unsettled:
        return _asked_back(heard)
    carried = carry(heard, turns, vocabulary)
    if not _is_in_scope(heard, carried):
        return _declined(heard, DeclineReason.OUT_OF_SCOPE, wording("declined.out_of_scope"))
    if heard.unknown and not heard.drugs and heard.leans_on is None:
        subject = ", ".join(heard.unknown)
        reason = wording("declined.unrecognized_drug", subject=subject)
        return _declined(heard, DeclineReason.UNKNOWN_DRUG, reason)
    query = Query(
        text=standalone(heard, carried, vocabulary),
        bare=question,
        drugs=carried.drugs,
        condition=carried.condition,
        topics=carried.topics,
        corrections=_corrections(heard),
        carried=carried.notes,
        notice=notices(question, heard.unknown),
        classes=carried.classes,
    )
    return replace(query, reason=wording("clarify.no_drug")) if _lacks_drug(query, heard) else query


def _reply(question: str, turns: Sequence[Turn], vocabulary: Vocabulary) -> Query | None:
    """Return what a reply to the choices of the turn before makes of its question, or None."""
    if (picked := chosen(question, turns)) is not None:
        return replace(understand(picked, turns[:-1], vocabulary), bare=question)
    if not turns or not turns[-1].query.choices or not _NEITHER.search(question):
        return None
    reason = wording("clarify.no_drug")
    return replace(turns[-1].query, bare=question, choices=(), corrections=(), reason=reason)


def chosen(question: str, turns: Sequence[Turn]) -> str | None:
    """Return the question that a short reply to a clarifying question picks, or None."""
    if not turns:
        return None
    choices = turns[-1].query.choices
    reply = question.strip().lower()
    if not choices or len(reply.split()) > _REPLY_WORDS:
        return None
    named = [c for c in choices if re.search(rf"\b{re.escape(c.label.lower())}\b", reply)]
    if len(named) == 1:
        return named[0].question
    for choice, ordinal in zip(choices, _ORDINALS, strict=False):
        if ordinal.search(reply):
            return choice.question
    return None


def _asked_back(heard: Heard) -> Query:
    first = heard.unsettled[0]
    before, after = heard.question[: first.start], heard.question[first.end :]
    choices = tuple(
        Choice(label=drug.name, question=f"{before}{drug.name}{after}") for drug in first.drugs
    )
    others = " or ".join(choice.label for choice in choices[1:])
    key = "clarify.look_alike" if others else "clarify.doubtful"
    reason = wording(key, heard=first.heard, first=choices[0].label, others=others)
    return Query(
        text=heard.question,
        bare=heard.question,
        topics=heard.topics,
        condition=heard.condition.name if heard.condition else None,
        corrections=_corrections(heard),
        choices=choices,
        notice=notices(heard.question),
        reason=reason,
    )


def _declined(heard: Heard, decline: DeclineReason, reason: str) -> Query:
    return Query(
        text=corrected(heard),
        bare=heard.question,
        corrections=_corrections(heard),
        decline=decline,
        notice=notices(heard.question),
        reason=reason,
    )


def _corrections(heard: Heard) -> tuple[Correction, ...]:
    found = (m.correction for m in heard.mentions if m.settled and m.correction is not None)
    return tuple(dict.fromkeys(found))


def _is_about_medicine(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a part of a question asks about medicine, or about what was said before."""
    heard = hear(text, vocabulary)
    if heard.mentions or heard.classes or heard.leads_on:
        return True
    if heard.leans_on is not None and is_question(text):
        return True
    topics = set(heard.topics) - _EVERYDAY - (_SHARED if heard.rest else frozenset())
    return bool(topics) or listed_condition(text) is not None or is_medical(text)


def _is_in_scope(heard: Heard, carried: Carried) -> bool:
    named = heard.mentions or heard.unknown or heard.classes or heard.condition or carried.notes
    return bool(named) or is_medical(heard.question)


def _lacks_drug(query: Query, heard: Heard) -> bool:
    """Tell whether a question without drug or condition leans on one that nobody named."""
    if query.drugs or query.classes or query.condition:
        return False
    if heard.leans_on is not None:
        return True
    continues = heard.leads_on or heard.formulation is not None
    return not heard.rest and (continues or bool(NEEDS_A_DRUG.intersection(query.topics)))
