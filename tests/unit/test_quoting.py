"""What may be quoted alone, and what a quote leans on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Passage
from service.quoting import units
from tests.sample_evidence import FOR_DOXEPIN, INSOMNIA_ROW, TABLETS_DOSE, TRIAL_RESULT, passage

LABEL, STUDY = TABLETS_DOSE.source, TRIAL_RESULT.source


def texts(held: Passage) -> list[str]:
    """Return the texts of a passage's units."""
    return [unit.text for unit in units(held)]


def test_sentences_end_where_clinicians_end_them() -> None:
    """Abbreviations and decimals do not end a sentence."""
    held = passage(LABEL, "Give 0.5 mg p.o. daily, e.g. in the morning. Stop at 2.5 mg per day.")

    assert texts(held) == [
        "Give 0.5 mg p.o. daily, e.g. in the morning.",
        "Stop at 2.5 mg per day.",
    ]


def test_rows_are_units_under_their_table_head() -> None:
    """A row is quoted whole, its head shown apart."""
    first, second = units(INSOMNIA_ROW)

    assert first.text == "Insomnia | 3%"
    assert first.head == second.head == INSOMNIA_ROW.chunk.lead


def test_it_in_a_label_is_the_drug() -> None:
    """The sentence "It was discontinued in 5%" is quoted with its subject restored."""
    held = passage(
        LABEL, "Naltrexone was studied in adults. It was discontinued in 5% of patients."
    )

    assert [unit.leans for unit in units(held)] == [False, True]


def test_a_demonstrative_takes_its_sentence_along() -> None:
    """The words "This effect" are quoted with the sentence before, as one contiguous span."""
    assert texts(TRIAL_RESULT) == [
        "Insomnia fell further with naltrexone than with buprenorphine-naloxone (p < 0.01).",
        TRIAL_RESULT.chunk.text,
    ]


def test_a_leaning_sentence_with_nothing_before_it_is_left_out() -> None:
    """Its subject is in another passage, so it cannot be shown honestly."""
    held = passage(STUDY, "This effect held at 12 weeks. They slept longer in the second month.")

    assert texts(held) == []


def test_this_trial_names_itself() -> None:
    """The citation says which trial, so the sentence stands alone."""
    held = passage(STUDY, "In this randomized trial, 159 adults were treated for 12 weeks.")

    assert len(units(held)) == 1


def test_a_list_is_quoted_with_its_head() -> None:
    """Head and entries are one contiguous span."""
    held = passage(LABEL, "Do not use naltrexone in patients with:\nacute hepatitis\nliver failure")

    assert texts(held) == [held.chunk.text]


def test_a_recommendation_is_whole_without_our_notation() -> None:
    """Strength travels as data; the words are not cut."""
    told = FOR_DOXEPIN.chunk.recommendation
    held = passage(
        FOR_DOXEPIN.source,
        "Recommendation (for; weak): Doxepin is suggested. It was tested at 3 mg.",
        recommendation=told,
    )

    assert texts(held) == ["Doxepin is suggested. It was tested at 3 mg."]


@pytest.mark.parametrize("text", ["5.1 Hepatotoxicity", "[see Warnings (5.1)]", "Adverse:", "  "])
def test_headings_and_cross_references_say_nothing(text: str) -> None:
    """Bare marks are not statements."""
    assert texts(passage(LABEL, text)) == []


@given(st.text(max_size=300))
def test_every_unit_is_an_exact_span(text: str) -> None:
    """Offsets count into the document, whatever the text."""
    held = passage(LABEL, text, start=7)

    for unit in units(held):
        assert held.chunk.text[unit.start - 7 : unit.end - 7] == unit.text
        assert unit.text == unit.text.strip()


def test_a_list_is_not_cut_before_its_last_entry() -> None:
    """Entries joined by "or" belong together, also where the last is a sentence's length."""
    head = "Naltrexone is for adults with a body mass index of:"
    last = "27 or more who have high blood pressure and were told that it is risky."
    held = passage(LABEL, f"{head}\n30 or more, or\n{last}")

    assert texts(held) == [held.chunk.text]


def test_a_list_that_goes_on_elsewhere_is_not_quoted_as_a_whole() -> None:
    """The passage ends inside the list: its entries stand alone under their head."""
    held = passage(
        LABEL, "Do not use naltrexone in patients with any of:\nfailure of the liver, or"
    )

    assert [(unit.text, unit.head) for unit in units(held)] == [
        ("failure of the liver, or", "Do not use naltrexone in patients with any of:")
    ]
