"""Several questions at once: where they are split, what they take over, what they are together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Query, Topic
from service.splitting import MOST, joined, split, understand_all
from tests.sample_evidence import VOCABULARY


def texts(question: str) -> list[str]:
    """Return what the parts of *question* are understood as."""
    return [query.text for query in understand_all(question, (), VOCABULARY)]


def about(query: Query) -> tuple[object, ...]:
    """Return what a query is about."""
    return query.drugs, query.classes, query.condition, query.topics


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "What is the dose of naltrexone and is it safe in pregnancy? And what about tramadol?",
            [
                "What is the dose of naltrexone?",
                "Is naltrexone safe in pregnancy?",
                "tramadol: warnings, pregnancy",
            ],
        ),
        (
            "Is naltrexone safe in pregnancy? What is its half-life?",
            ["Is naltrexone safe in pregnancy?", "What is naltrexone's half-life?"],
        ),
        (
            "What is the dose of naltrexone, and how often is it taken?",
            ["What is the dose of naltrexone?", "How often is naltrexone taken?"],
        ),
        (
            "How do ACE inhibitors work and what is the dose of tramadol?",
            ["How do ACE inhibitors work?", "What is the dose of tramadol?"],
        ),
    ],
)
def test_questions_of_their_own_are_split(question: str, parts: list[str]) -> None:
    """By question marks and by coordinated clauses; later parts lean on earlier ones."""
    assert texts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "What are the dose and side effects of naltrexone?",
        "What are the benefits and what are the risks of naltrexone?",
        "My patient takes naltrexone. Can she take tramadol?",
        "Is tramadol safe in patients who are old and who take naltrexone?",
        "Is doxepin better than tramadol and is either safe in older adults?",
        "Does naltrexone help with insomnia? I mean low dose?",
        "What is the dose of naltrexone? Thanks.",
        "naltrexone and tramadol together?",
        "Is naltrexone safe (in pregnancy?)",
        "",
        "?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    """Two topics, a setting told first, a relative clause, an afterthought: nothing is split."""
    assert split(question, VOCABULARY) == (question,)


def test_a_dose_in_pregnancy_asks_for_both() -> None:
    """A topic beside a group of patients is one question on both."""
    (query,) = understand_all("dose of naltrexone in pregnancy", (), VOCABULARY)

    assert query.topics == (Topic.DOSE, Topic.PREGNANCY)


def test_more_than_a_handful_stay_together() -> None:
    """The rest is asked with the last part, and nothing is lost."""
    asked = " ".join(f"What is the dose of naltrexone on day {n}?" for n in range(9))

    parts = split(asked, VOCABULARY)

    assert len(parts) == MOST
    assert " ".join(parts) == asked


def test_what_must_be_said_first_is_said_of_the_whole() -> None:
    """An emergency in the second part comes before everything, and a strange word is told."""
    question = "What is the dose of Flumoxitan in insomnia? She took 40 tablets, what to do?"

    whole = joined(question, understand_all(question, (), VOCABULARY), VOCABULARY)

    assert whole.notice is not None
    assert whole.notice.startswith("If this is happening now")


_WORDS = (
    "what is the dose of naltrexone and is it safe in pregnancy ? tramadol insomnia how".split()
)


@given(st.lists(st.sampled_from(_WORDS), max_size=16))
def test_splitting_loses_no_word(words: list[str]) -> None:
    """Every word but the "and" between questions stands in one of the parts."""
    question = " ".join(words)

    parts = split(question, VOCABULARY)

    kept = [w for part in parts for w in part.lower().replace("?", " ").split() if w != "and"]
    assert kept == [word for word in words if word not in {"?", "and"}]


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of naltrexone and is it safe in pregnancy? And what about tramadol?",
        "Is doxepin used for insomnia? And tramadol?",
        "What is the dose of tramadol and are children at risk?",
    ],
)
def test_what_several_were_understood_as_is_understood_the_same(question: str) -> None:
    """The text that is shown, asked again, is the same questions."""
    whole = joined(question, understand_all(question, (), VOCABULARY), VOCABULARY)
    again = joined(whole.text, understand_all(whole.text, (), VOCABULARY), VOCABULARY)

    assert about(again) == about(whole)
