"""What a question was understood as, asked again alone, is understood the same."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from service.answers import Outcome, Query, Turn
from service.drugs import Vocabulary
from service.medicines import load_medicines
from service.spelling import english_words
from service.splitting import joined, understand_all
from tests.sample_evidence import LABELS

VOCABULARY = Vocabulary.of(LABELS, medicines=load_medicines(), english=english_words())
DRUGS = (
    "naltrexone doxepin tramadol hydroxyzine Vivitrol Contrave melatonin warfarin SSRIs"
    " benzodiazepines Suboxone"
).split()
CONDITIONS = ("insomnia", "alcohol use disorder", "opioid dependence", "weight loss", "pruritus")
TOPICS = (
    "dose",
    "side effects",
    "interactions",
    "contraindications",
    "half-life",
    "mechanism",
    "monitoring",
    "overdose",
    "warnings",
)
GROUPS = ("pregnancy", "children", "older adults", "renal impairment", "liver disease")
OPENINGS = (
    "What is the {topic} of {drug}?",
    "{drug} for {condition}",
    "Is {drug} safe in {group}?",
    "Can I take {drug} with {other}?",
    "{drug} {topic} in {group}",
    "What is recommended for {condition}?",
    "Is {drug} better than {other} for {condition}?",
    "What is the {topic} of {drug} and is it safe in {group}?",
)
FOLLOW_UPS = (
    "and {drug}?",
    "and in {group}?",
    "and for {condition}?",
    "what about the {topic}?",
    "and the injection?",
    "and the tablets?",
    "and with {other}?",
    "no, I meant {drug}",
    "not {other}, {drug}",
    "without it?",
    "without {other}?",
    "Is it safe in {group}?",
    "How much {drug} can I take with it?",
    "back to {drug}: {topic}?",
    "{topic}",
    "I meant in {group}",
    "What is its {topic}?",
    "is it better than {other}?",
    "can they be combined?",
    "What is the {topic}? And in {group}?",
)


def about(query: Query) -> tuple[object, ...]:
    """Return what a query is about."""
    return query.drugs, query.classes, query.condition, query.topics


def read(question: str, turns: list[Turn]) -> tuple[Query, bool]:
    """Return what *question* is understood as, and whether it is searched."""
    queries = understand_all(question, turns, VOCABULARY)
    return joined(question, queries, VOCABULARY), all(query.reason is None for query in queries)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 4))
def test_what_was_understood_is_understood_the_same(seed: int, turns: int) -> None:
    """Drugs, formulations, classes, condition and topics, through dialogues of every kind."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    history: list[Turn] = []
    for number in range(turns + 1):
        question = chance.choice(FOLLOW_UPS if number else OPENINGS).format(
            drug=chance.choice(DRUGS),
            other=chance.choice(DRUGS),
            condition=chance.choice(CONDITIONS),
            topic=chance.choice(TOPICS),
            group=chance.choice(GROUPS),
        )
        query, searched = read(question, history)
        history.append(Turn(question, query, Outcome.ANSWERED))

        if searched:
            again, _ = read(query.text, [])
            assert about(again) == about(query), (question, query.text)
