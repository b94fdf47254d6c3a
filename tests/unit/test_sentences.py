"""Sentence ends are found where a clinician sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentence_spans


@pytest.mark.parametrize(
    "sentences",
    [
        ["Take 10⁹/L doses.", "The dose (e.g. 0.5 mg vs. 1 mg) is ≤ 4,523 µg."],
        ["Tab. p.o. b.i.d. for 3 wk.", "See Fig. 2."],
        ["Nausea occurred in 10% vs. 5%.", "P = .04."],
        ["Give 50 mg.", "The dose is then halved."],
        ["1. Do not use.", "2. Stop."],
    ],
)
def test_clinical_abbreviations_and_numbers_do_not_end_a_sentence(sentences: list[str]) -> None:
    """The split gives back the sentences it was joined from."""
    text = " ".join(sentences)

    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(max_size=400))
def test_nothing_but_white_space_lies_between_sentences(text: str) -> None:
    """Spans are in order, do not overlap, and lose no visible character."""
    spans = sentence_spans(text)

    at = 0
    for start, end in spans:
        assert at <= start < end
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()
