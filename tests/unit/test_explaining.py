"""Terms are explained beside the words, from a glossary with sources."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Audience
from service.explaining import Term, explained, read_glossary
from service.medicines import load_medicines

TERMS = read_glossary().terms
LAY = (Audience.PATIENT, Audience.STUDENT)
WORDS = st.sampled_from(sorted(form for term in TERMS.values() for form in term.forms))
FILLING = st.sampled_from(["the", "naltrexone", "of 50 mg,", "(", "non-", "; and", "“", "µg\n", ""])
TEXTS = st.lists(st.one_of(WORDS, FILLING), max_size=12).map(" ".join)


def marked(text: str, audience: Audience = Audience.PATIENT, *names: str) -> dict[str, str]:
    """Return the words of *text* that are explained, by term."""
    return {mark.word: text[mark.start : mark.end] for mark in explained(text, audience, names)}


@pytest.mark.parametrize("term", TERMS.values(), ids=lambda term: term.word)
def test_a_term_has_a_short_explanation_and_a_source(term: Term) -> None:
    """One sentence of at most 25 words, without a dose, and a page on the web."""
    assert len(term.plain.split()) <= 25
    assert term.plain.endswith(".")
    assert not re.search(r"\d+ ?(?:mg|mcg|g|mL|units)\b|should|\bask your\b", term.plain)
    assert term.title
    assert re.fullmatch(r"https?://[\w.-]+/\S+", term.url)
    assert "{" not in term.url


def test_no_form_belongs_to_two_terms() -> None:
    """Otherwise which explanation is shown would hang on the order of the file."""
    forms = [form.lower() for term in TERMS.values() for form in term.forms]

    assert len(forms) == len(set(forms))


def test_no_form_is_a_name_of_a_drug() -> None:
    """The glossary explains words of medicine, and no drug."""
    forms = {form.lower() for term in TERMS.values() for form in term.forms}

    assert forms.isdisjoint(load_medicines().common)


@given(TEXTS, st.sampled_from(LAY))
def test_offsets_hold_the_words_of_the_term(text: str, audience: Audience) -> None:
    """Each mark is a form of its term, in order, apart from the others, once per term."""
    marks = explained(text, audience)

    for mark in marks:
        forms = {form.lower() for form in TERMS[mark.word].forms}
        assert text[mark.start : mark.end].lower() in forms
    assert all(first.end <= second.start for first, second in pairwise(marks))
    assert len({mark.word for mark in marks}) == len(marks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QTc prolongation was seen", {"QT prolongation": "QTc prolongation"}),
        ("Adverse reactions, adverse reactions", {"adverse reaction": "Adverse reactions"}),
        ("an opioid analgesic", {"analgesic": "analgesic"}),
        ("a non-placebo arm; inhibitory effect", {}),
        ("ldl is not the test", {}),
        ("LDL was lower", {"LDL": "LDL"}),
    ],
)
def test_the_longest_whole_word_is_explained(text: str, expected: dict[str, str]) -> None:
    """Whole words, the longest form, the first place; capitals matter where a form has them."""
    assert marked(text) == expected


def test_a_drugs_name_is_never_explained_in_part() -> None:
    """What is part of a name is no word of its own."""
    text = "Statin Plus and a statin"

    assert marked(text, Audience.PATIENT, "statin plus") == {"statin": "statin"}
    assert explained(text, Audience.PATIENT, ["statin plus"])[0].start == text.rindex("statin")


def test_professionals_have_nothing_explained() -> None:
    """Students get the technical words, patients all of them."""
    text = "a placebo; the hazard ratio"

    assert marked(text, Audience.PHYSICIAN) == {}
    assert set(marked(text, Audience.STUDENT)) == {"hazard ratio"}
    assert set(marked(text, Audience.PATIENT)) == {"hazard ratio", "placebo"}
