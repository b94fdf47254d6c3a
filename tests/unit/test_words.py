"""Stems and content words, as evidence is matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.words import contains, content, stem, tokens, words


@pytest.mark.parametrize(
    ("first", "second"),
    [("doses", "dosing"), ("dose", "dosed"), ("studies", "study"), ("tablets", "tablet")],
)
def test_forms_of_a_word_share_a_stem(first: str, second: str) -> None:
    """Plurals and verb endings do not part a question from its passage."""
    assert stem(first) == stem(second)


@pytest.mark.parametrize(
    ("first", "second"), [("hepatic", "hepatitis"), ("mg", "mcg"), ("dose", "dosage")]
)
def test_different_words_keep_different_stems(first: str, second: str) -> None:
    """The stemmer is light: what is not an inflection stays apart."""
    assert stem(first) != stem(second)


def test_content_leaves_grammar_and_trade_words_out() -> None:
    """Only words that carry subject matter are required of a passage."""
    assert content(words("What is the recommended treatment of patients with gout?")) == ("gout",)


def test_a_phrase_is_found_across_inflections() -> None:
    """The phrase "night sweat" stands in "Night sweats were common"."""
    assert contains("Night sweats were common.", "night sweat")
    assert not contains("Sweats at night.", "night sweat")


@given(st.text(max_size=60))
def test_tokens_keep_their_place(text: str) -> None:
    """A token is the lower-cased text at its offsets."""
    assert all(text[t.start : t.end].lower() == t.word for t in tokens(text))
