"""What a quoted line must say to be worth quoting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.answers import Passage
from service.quoting import units
from service.substance import says_something, without_references
from tests.sample_evidence import INJECTION_LIVER


def held(text: str, *, lead: str = "") -> Passage:
    """Return a label passage of *text* under the table head *lead*."""
    chunk = replace(INJECTION_LIVER.chunk, text=text, lead=lead, end=100 + len(text))
    return replace(INJECTION_LIVER, chunk=chunk)


@pytest.mark.parametrize(
    "text",
    [
        "Table 5 includes clinically significant interactions with zorvaxone [see (12.3)] .",
        "Recommended dosage modifications for interactions are provided in Table 1.",
        "The following reactions are described in detail in other sections [see Boxed Warning]",
        "WARNING: DEEP SLEEP, FALLS, and LATE WAKING See full prescribing information.",
        "[see Warnings and Precautions (5.1)]",
        "5.1 Hepatotoxicity",
        "10 x 20",
    ],
)
def test_pointers_headings_and_cross_references_say_nothing(text: str) -> None:
    """They lead on in the whole document; alone they state nothing."""
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "Table 5 shows that headache occurred in 12% of patients.",
        "NEVER restart it after a reaction, as MORE severe symptoms can occur.",
        "Headache | 12% | 11%",
        "None known.",
        "As shown in Table 2, exposure rose by 40% in severe impairment.",
    ],
)
def test_what_states_a_fact_says_something(text: str) -> None:
    """A figure beside a table's number, a capitalised warning, a row, and the word none."""
    assert says_something(text)


def test_cross_references_do_not_tell_two_sentences_apart() -> None:
    """The section numbers in brackets are not figures of the sentence; other brackets stay."""
    text = "Levels rise [see Warnings (5.1, 5.2)] in 12% (95% CI 3 to 5) ( 2.2 )."

    assert without_references(text).split() == "Levels rise in 12% (95% CI 3 to 5) .".split()


@pytest.mark.parametrize(
    "lead", ["Reaction | Zorvaxone | Placebo", "Table 2: Reactions (below: Nervous system)"]
)
def test_a_row_without_cells_is_not_quoted_under_its_table(lead: str) -> None:
    """It only heads the rows below; they are quoted with the head of the table."""
    passage = held("Nervous system\nHeadache | 12% | 11%", lead=lead)

    assert [unit.text for unit in units(passage)] == ["Headache | 12% | 11%"]


@pytest.mark.parametrize("mark", ["²", "¹⁸,¹⁹", "^(18,19)"])
def test_note_marks_do_not_hide_the_end_of_a_sentence(mark: str) -> None:
    """The mark stays with the sentence it closes, and the next is one of its own."""
    passage = held(f"Harms were rare in all trials.{mark} Other harms were not reported at all.")

    assert [unit.text for unit in units(passage)] == [
        f"Harms were rare in all trials.{mark}",
        "Other harms were not reported at all.",
    ]


def test_a_condition_on_what_came_before_is_quoted_with_it() -> None:
    """A sentence on "such reactions" is not quotable alone; the one before it comes along."""
    text = "Zorvaxone can cause a rash. If such reactions occur, it should be stopped."

    assert [unit.text for unit in units(held(text))] == ["Zorvaxone can cause a rash.", text]
