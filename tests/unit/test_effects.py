"""Which measure a sentence says went which way, and what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.effects import LONGEST_SENTENCE, Effect, Trend, effects
from service.measures import mentions

MORE, LESS, SAME = Trend.MORE, Trend.LESS, Trend.SAME


def trends(sentence: str) -> dict[str, Trend]:
    """Return the trend of each measure that *sentence* reports."""
    return {effect.measure: effect.trend for effect in effects(sentence)}


@pytest.mark.parametrize(
    ("sentence", "measure", "trend"),
    [
        ("Insomnia fell further with zorvaxone than with placebo.", "insomnia", LESS),
        ("Symptoms of insomnia were significantly reduced.", "insomnia", LESS),
        ("The mean insomnia score fell from 14 to 4 in the zorvaxone group.", "insomnia", LESS),
        ("Zorvaxone improved sleep quality.", "insomnia", LESS),
        ("Zorvaxone lengthened total sleep time by 8 minutes.", "insomnia", LESS),
        ("Zorvaxone reduced total sleep time.", "insomnia", MORE),
        ("Zorvaxone shortened sleep latency.", "insomnia", LESS),
        ("Insomnia worsened on zorvaxone.", "insomnia", MORE),
        ("Zorvaxone was associated with a higher risk of insomnia.", "insomnia", MORE),
        ("There was a reduction in mortality.", "mortality", LESS),
        ("Mortality was higher with zorvaxone.", "mortality", MORE),
        ("Survival increased.", "mortality", LESS),
        ("Zorvaxone caused headache.", "headache", MORE),
        ("There was no significant difference in mortality.", "mortality", SAME),
        ("Mortality did not differ between the groups.", "mortality", SAME),
        ("Zorvaxone did not reduce mortality.", "mortality", SAME),
        ("Zorvaxone had no effect on mortality.", "mortality", SAME),
        ("The review did not find that zorvaxone reduces suicide.", "suicide", SAME),
        ("Mortality was not reduced.", "mortality", SAME),
        ("Zorvaxone gave greater pain relief.", "chronic pain", LESS),
        ("Smoking abstinence was higher.", "tobacco use", LESS),
        ("Weight loss was greater with zorvaxone.", "weight", LESS),
        ("Rates of smoking cessation were higher.", "tobacco use", LESS),
    ],
)
def test_a_finding_is_read_with_its_direction(sentence: str, measure: str, trend: Trend) -> None:
    """By verb, adjective or noun; for measures of harm and of its opposite."""
    assert trends(sentence) == {measure: trend}


def test_a_list_of_measures_shares_its_verb() -> None:
    """What improved was each of them."""
    found = trends("Anxiety, depression and insomnia improved further.")

    assert found == dict.fromkeys(("anxiety", "depression", "insomnia"), LESS)


def test_each_clause_is_read_alone() -> None:
    """What follows "but" may point the other way, for another measure."""
    found = trends("Zorvaxone reduced headache, but it increased nausea.")

    assert found == {"headache": LESS, "nausea": MORE}


@pytest.mark.parametrize(
    "sentence",
    [
        "The trial asked whether zorvaxone reduces insomnia.",
        "Zorvaxone may reduce insomnia.",
        "Zorvaxone was given to reduce insomnia.",
        "Zorvaxone reduced agitation in adults with insomnia.",
        "Zorvaxone was studied for the treatment of insomnia.",
        "Insomnia fell less than with placebo.",
        "A difference in mortality was found.",
        "Time to relapse increased.",
        "Insomnia should not prevent a switch to zorvaxone.",
        "Mortality rose at first and mortality fell later.",
        "Insomnia is common.",
        "Smoking is the leading cause of death.",
        "The hypothesis is: zorvaxone prevents insomnia.",
        "Zorvaxone could have even reduced insomnia.",
        "It led to the prevention of more deaths.",
        "Drug-induced insomnia was studied.",
        "Neuropathy of grade 2 or higher headache was excluded.",
        "Lower abdominal pain was noted.",
        "Knowledge about smoking increased.",
        "Blood pressure rose in one group and fell in the other.",
        "This was not simply an effect of weight loss.",
        "",
    ],
)
def test_what_is_no_clear_finding_is_not_read(sentence: str) -> None:
    """Aims, hedges, populations, reversed comparisons, and what points both ways."""
    assert effects(sentence) == ()


def test_a_population_is_no_outcome() -> None:
    """Whom a study treated is told apart from what it measured."""
    (held,) = mentions("patients with chronic insomnia")

    assert held.of_patients
    assert not mentions("Insomnia was reported.")[0].of_patients


def test_what_exactly_was_measured_is_kept() -> None:
    """Sleep latency may change while sleep efficiency does not."""
    (latency,) = effects("Zorvaxone shortened sleep latency.")
    (efficiency,) = effects("Zorvaxone did not improve sleep efficiency.")

    assert latency == Effect("insomnia", "sleep latency", LESS)
    assert efficiency == Effect("insomnia", "sleep efficiency", SAME)


@given(st.sampled_from(["insomnia", "headache", "mortality"]), st.booleans())
def test_negation_never_turns_a_direction_round(measure: str, negated: bool) -> None:  # noqa: FBT001 - drawn
    """What "did not" happen is no difference."""
    verb = "did not reduce" if negated else "reduced"

    assert trends(f"Zorvaxone {verb} {measure}.") == {measure: SAME if negated else LESS}


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text: str) -> None:
    """Each measure once at most, its words within the text."""
    found = effects(text)

    assert len(set(found)) == len(found)
    assert all(0 <= held.start < held.end <= len(text) for held in mentions(text))


def test_a_table_run_together_is_not_read() -> None:
    """Reading time is bounded by the length read."""
    assert effects("insomnia fell " * LONGEST_SENTENCE) == ()
