"""
Statements -> the lead: the one quoted sentence that answers the question asked, or none. Pure.

It is repeated above the sections, so it must stand without them: it names the drug or stands under
it, speaks of what was asked, and has the form that the question asks for. Where the sources
disagree no side leads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.documents import Direction, LabelFacts
from service.answers import Conflict, Passage, SectionKind, Statement, Topic
from service.asked import Asked, Line
from service.citing import CitedStatement
from service.claims import claims, class_key, drugs_of
from service.comparing import topics_of
from service.drugs import Vocabulary
from service.gating import covers, names_both, speaks_of
from service.qualifiers import narrowing

COVERAGE = 0.6
"""Share of the question's remaining content words that the sentence itself must hold."""
LONGEST = 400
"""Characters beyond which a sentence is no short answer."""

_STRICT = frozenset(
    {
        Topic.DOSE,
        Topic.INTERACTION,
        Topic.CONTRAINDICATION,
        Topic.MECHANISM,
        Topic.MONITORING,
        Topic.PHARMACOKINETICS,
        Topic.STORAGE,
    }
)
"""Topics that a lead must speak of where they are asked, and that labels speak of first."""
_MANY = frozenset({Topic.WARNING, Topic.INTERACTION, Topic.CONTRAINDICATION, Topic.OVERDOSE})
"""Topics that no one sentence answers, unless the question narrows them."""
_EVIDENCE_FIRST = frozenset({Topic.INDICATION, Topic.EFFICACY, Topic.COMPARISON})
_BY_LABEL = (SectionKind.LABEL, SectionKind.GUIDELINES)
_BY_EVIDENCE = (SectionKind.GUIDELINES, SectionKind.RESEARCH, SectionKind.LABEL)
_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|was|were|can|could|does|do|did|should|may|might|will|would|has|have)\b",
    re.IGNORECASE,
)
_CARRIES_IT = re.compile(
    r"\b(?:not|no|never|should|must|may be|can be|avoid|only|contraindicated|indicated|approved"
    r"|recommend\w*|suggest\w*|safe|unsafe|caus\w+|increas\w+|decreas\w+|reduc\w+|lower\w*"
    r"|rais\w+|improv\w+|worsen\w*|effective|ineffective|associated|reported|occurred)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\d\s*(?:mg|mcg|µg|μg|g|ml|units?|iu|mmol|meq|tablets?)\b", re.IGNORECASE)
_SCHEDULE = re.compile(
    r"\b(?:once|twice|times|daily|every|per day|a day|monthly|weekly|bedtime|single dose"
    r"|(?:usual|recommended|starting|initial|maximum|maintenance) (?:\w+ )?(?:dose|dosage))\b",
    re.IGNORECASE,
)
_MOST = re.compile(r"\b(?:common|commonly|frequent|frequently|most often)\b|\d\s*%", re.IGNORECASE)
_SEVERITY = {"moderate"}


def lead(
    asked: Asked,
    shown: Sequence[CitedStatement],
    conflicts: Sequence[Conflict],
    vocabulary: Vocabulary,
) -> Statement | None:
    """
    Return the statement among *shown* that answers the question best; None where none does.

    *shown* is in the order of the answer. Questions on what labels govern (dose, mechanism,
    groups of patients) are led by the label, others by guidelines, then research. Two labels, of
    tablets and of an injection, have two doses: neither leads unless the question says which.
    """
    topics = frozenset(asked.query.topics)
    if not (topics or asked.condition or asked.terms):
        return None
    labels = {
        each.statement.citations[0].passage.chunk.document_id
        for each in shown
        if each.section is SectionKind.LABEL
    }
    fixed = all(held.drug.formulation for held in asked.drugs)
    if Topic.DOSE in topics and len(labels) > 1 and not fixed:
        return None
    by_label = topics & _STRICT or (topics and not topics & _EVIDENCE_FIRST)
    disputed = {conflict.about for conflict in conflicts}
    for kind in _BY_LABEL if by_label else _BY_EVIDENCE:
        for cited in shown:
            statement = cited.statement
            if cited.section is not kind or not _answers(statement, asked, vocabulary):
                continue
            # The next best is no better: it would settle what the sources leave open.
            return None if disputed & set(topics_of(statement, vocabulary)) else statement
    return None


def _answers(statement: Statement, asked: Asked, vocabulary: Vocabulary) -> bool:
    text, passage = statement.text, statement.citations[0].passage
    if " | " in text or "\n" in text or len(text) > LONGEST:
        return False
    line = Line.of(text)
    return (
        _is_about(statement, line, asked, vocabulary)
        and _covers(passage, line, asked)
        and _has_form(text, asked)
        and _decides(statement, asked, vocabulary)
    )


def _is_about(statement: Statement, line: Line, asked: Asked, vocabulary: Vocabulary) -> bool:
    """
    Tell whether a sentence is about all that was asked about; a label's is about its own drug.

    Not by a part of a combination's name, nor by a member of a class. Where neither drug nor class
    is asked about, recommendations alone answer.
    """
    passage = statement.citations[0].passage
    if not (asked.drugs or asked.classes):
        return passage.chunk.recommendation is not None
    if not names_both(passage, line, asked):
        return False
    if isinstance(passage.source.facts, LabelFacts):
        return bool(asked.drugs)
    named = {drug for drug, _ in drugs_of(statement.text, passage, vocabulary)}
    drugs = {held.drug.ingredients for held in asked.drugs}
    return bool(named & (drugs | {class_key(held) for held in asked.classes}))


def _decides(statement: Statement, asked: Asked, vocabulary: Vocabulary) -> bool:
    """Tell whether a sentence says which way, where the question is what a drug does for whom."""
    passage = statement.citations[0].passage
    if passage.chunk.recommendation is not None:
        return _recommends(statement, asked, vocabulary)
    open_question = asked.condition and set(asked.aspects) <= _EVIDENCE_FIRST
    return not open_question or bool(claims(statement, vocabulary))


def _covers(passage: Passage, line: Line, asked: Asked) -> bool:
    """Tell whether a sentence itself speaks of all that was asked."""
    if asked.condition and not (asked.condition_is_context or asked.names_condition(line)):
        return False
    if asked.terms and asked.coverage(line) < COVERAGE:
        return False
    spoken = {topic for topic in asked.aspects if speaks_of(topic, passage, line)}
    if asked.aspects and not (spoken or asked.populations):
        return False
    if not _STRICT & set(asked.aspects) <= spoken:
        return False
    return covers(passage, line, asked, COVERAGE)


def _has_form(text: str, asked: Asked) -> bool:
    """Tell whether a sentence has the form of an answer: a dose for a dose, a yes or a no."""
    topics = set(asked.aspects)
    narrowed = asked.condition or asked.terms or asked.populations
    if topics & _MANY and not (narrowed or len(asked.drugs) > 1):
        return False
    if Topic.ADVERSE_REACTION in topics and not narrowed and not _MOST.search(text):
        return False
    if Topic.DOSE in topics and not (_AMOUNT.search(text) and _SCHEDULE.search(text)):
        return False
    return not _YES_OR_NO.match(asked.query.bare) or bool(_CARRIES_IT.search(text))


def _recommends(statement: Statement, asked: Asked, vocabulary: Vocabulary) -> bool:
    """Tell whether a recommendation is of what was asked about, and for no narrower group."""
    told = statement.citations[0].passage.chunk.recommendation
    if told is None or told.direction not in (Direction.FOR, Direction.AGAINST):
        return False
    if narrowing(told.population or "") - asked.spoken - _SEVERITY:
        return False
    wanted = {held.drug.ingredients for held in asked.drugs}
    meant = {asked.query.condition, *(topic.value for topic in asked.populations)}
    of = {
        claim.drug
        for claim in claims(statement, vocabulary)
        if claim.recommends and meant.issuperset(claim.about)
    }
    return not wanted or bool(wanted & of)
