"""What a passage may not contradict, on minimal pairs; and what a question asks within a topic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Topic
from service.conditions import listed_condition, spelled_condition
from service.constraining import (
    SPEAKS_OF_IT,
    SPEAKS_OF_LIMITS,
    amounts_in,
    constraints,
    contradicts,
    people_in,
    worth,
)
from service.facets import FACETS, codes_sought, facets_in, words_of_facets
from service.narrowing import narrowing, numbered
from tests.sample_evidence import INJECTION, TABLETS, TRIAL

BOTH = replace(TABLETS, routes=("ORAL", "INTRAVENOUS"), forms=())


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("in children", "The dose in adults is 10 mg.", True),
        ("in children", "The dose in adults and children over 6 is 10 mg.", False),
        ("in children", "The dose is 10 mg.", False),
        ("in the elderly", "The dose in adults is 10 mg.", False),
        ("in the elderly", "The dose in children is 2 mg.", True),
        ("in adults", "Paediatric patients take 2 mg.", True),
        ("in adults", "Older adults take 5 mg.", False),
        ("in pregnant women", "It lowered sperm counts in men.", True),
        ("in men", "Women and men cleared it alike.", False),
        ("in renal impairment", "The dose in adults is 10 mg.", False),
    ],
)
def test_a_text_about_other_people_alone_contradicts(
    question: str, text: str, *, expected: bool
) -> None:
    """Silence on age and sex is no contradiction; naming only others is one."""
    assert contradicts(constraints(question, (), None), text, TABLETS) is expected


def test_a_topic_names_a_group_too() -> None:
    """The paediatric topic was heard in words that only the topic's table knows."""
    fixed = constraints("for a 6-year-old", (Topic.PEDIATRIC,), None)

    assert contradicts(fixed, "The dose in adults is 10 mg.", TABLETS)


@pytest.mark.parametrize(
    ("formulation", "facts", "text", "expected"),
    [
        ("injection", BOTH, "The tablets are taken once daily.", True),
        ("injection", BOTH, "After intravenous injection the effect is immediate.", False),
        ("injection", BOTH, "Tablets may follow the injection.", False),
        ("injection", BOTH, "Nausea is common.", False),
        ("injection", TABLETS, "Nausea is common.", True),
        ("injection", TABLETS, "The injection is another product.", False),
        ("injection", INJECTION, "Oral doses came before.", False),
        ("tablets", TABLETS, "Nausea is common.", False),
        (None, BOTH, "The tablets are taken once daily.", False),
        ("injection", TRIAL, "Oral treatment failed.", True),
        ("injection", TRIAL, "Treatment failed.", False),
        ("nasal spray", TRIAL, "Treatment failed.", True),
        ("extended-release", TABLETS, "Nausea is common.", True),
        ("extended-release", TABLETS, "The extended-release form is taken at night.", False),
    ],
)
def test_a_text_on_another_route_alone_contradicts(
    formulation: str | None, facts: object, text: str, *, expected: bool
) -> None:
    """What a label of another form says is about its own form, unless it names the one asked."""
    fixed = constraints("", (), formulation)

    assert contradicts(fixed, text, facts) is expected


def test_the_amount_asked_about_comes_first() -> None:
    """Then what limits it, then everything else."""
    fixed = constraints("Is 200 mg safe?", (), None)

    assert worth(fixed, "Take 200 mg twice daily.") == SPEAKS_OF_IT
    assert worth(fixed, "Take 100 to 400 mg daily.") == SPEAKS_OF_IT
    assert worth(fixed, "Take 0.2 g daily.") == SPEAKS_OF_IT
    assert worth(fixed, "The maximum is 100 mg.") == SPEAKS_OF_LIMITS
    assert worth(fixed, "Take 100 mg.") == 0
    assert worth(constraints("Is it safe?", (), None), "Take 200 mg.") == 0


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_an_amount_is_read_in_milligrams(low: int, more: int) -> None:
    """With separators, in grams, as a range: the same amount."""
    assert amounts_in(f"{low:,} mg") == ((float(low), float(low)),)
    assert amounts_in(f"{low} g") == ((1000.0 * low, 1000.0 * low),)
    assert amounts_in(f"{low}-{low + more} mg") == ((float(low), float(low + more)),)


def test_a_concentration_is_no_amount() -> None:
    """10 mg/mL says nothing of a dose."""
    assert amounts_in("10 mg/mL") == ()


def test_older_adults_are_not_adults_by_name() -> None:
    """They are a group of their own."""
    assert people_in("older adults") == {"older adults"}


@pytest.mark.parametrize(
    ("question", "facet", "said", "unsaid"),
    [
        ("what is its half-life", "elimination", "The half-life is 4 h.", "It is absorbed fast."),
        ("I missed a dose", "missed dose", "If a dose is missed, skip it.", "Take 10 mg daily."),
        ("must it be tapered", "stopping", "Reduce the dose gradually.", "Take 10 mg daily."),
        ("with food?", "food", "Take it with a meal.", "It is absorbed fast."),
        ("kept in the fridge?", "temperature", "Store at 25 °C.", "Keep the carton."),
        ("is it addictive", "abuse", "It has a potential for abuse.", "It was well tolerated."),
        ("protein binding", "protein binding", "It is 95% bound to albumin.", "It binds to DNA."),
        ("can I split it", "crushing", "Do not crush the tablets.", "The half-life is 4 h."),
        ("poor metabolizers", "genetics", "In slow metabolizers it lasts.", "It is metabolized."),
        ("does it cause cancer", "tumours", "Carcinomas were seen in mice.", "Rats gained weight."),
        ("what does it cost", "price", "Its cost is not known.", "The dose is 10 mg."),
    ],
)
def test_a_facet_must_be_spoken_of(question: str, facet: str, said: str, unsaid: str) -> None:
    """The topic alone does not answer what was asked within it."""
    (sought,) = facets_in(question)

    assert sought.facet.name == facet
    assert sought.facet.is_said(said, None, in_label=False)
    assert not sought.facet.is_said(unsaid, None, in_label=False)


def test_a_mechanism_stands_in_its_own_section_of_a_label() -> None:
    """An enzyme inhibitor among the interactions is not how the drug works."""
    (sought,) = facets_in("What is the mechanism of action?")

    assert sought.facet.is_said("It inhibits the pump.", "43679-0", in_label=True)
    assert not sought.facet.is_said("Inhibitors of CYP3A4.", "34073-7", in_label=True)
    assert sought.facet.is_said("It inhibits the pump.", None, in_label=False)


def test_a_boxed_warning_answers_in_any_words() -> None:
    """The section is the answer, whatever it says."""
    (sought,) = facets_in("Is there a black box warning?")

    assert sought.facet.is_said("Risk of death.", "34066-1", in_label=True)
    assert not sought.facet.is_said("Risk of death.", "43685-7", in_label=True)


def test_what_one_facet_took_is_not_anothers() -> None:
    """Poor metabolizers ask for genetics, not for metabolism."""
    assert [s.facet.name for s in facets_in("in CYP2D6 poor metabolizers")] == ["genetics"]
    assert [s.facet.name for s in facets_in("how is it metabolized")] == ["metabolism"]
    assert facets_in("creatinine clearance of 25 mL/min") == ()


def test_where_to_look_and_by_which_words() -> None:
    """Lay words find the section and the words that labels use."""
    assert "34083-6" in codes_sought("Does it cause cancer?")
    assert "metabolism" in words_of_facets("Where is it broken down?")
    assert codes_sought("Does it cause nausea?") == frozenset()


def test_every_facet_finds_itself_by_its_name_or_has_words_to_say() -> None:
    """No two facets share a name."""
    assert len({facet.name for facet in FACETS}) == len(FACETS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for diastolic heart failure", ("diastolic",)),
        ("for severe chronic heart failure", ()),
        ("homozygous familial hypercholesterolemia", ("homozygous", "familial")),
        ("prevents migraine", ()),
        ("untreated hypothyroidism", ()),
        ("steroid-induced osteoporosis", ("steroid",)),
    ],
)
def test_the_words_before_a_condition_narrow_it(text: str, expected: tuple[str, ...]) -> None:
    """Degrees, courses and verbs do not."""
    condition = listed_condition(text)

    assert condition is not None
    assert set(narrowing(text, condition, spelled=False)) == set(expected)


def test_a_spelled_condition_goes_on_after_an_and() -> None:
    """The list does not know where its name ends."""
    text = "indicated for spinal and bulbar muscular atrophy?"
    condition = spelled_condition(text)

    assert condition is not None
    assert narrowing(text, condition, spelled=True) == ("bulbar", "muscular", "atrophy")


def test_a_number_that_follows_a_condition_is_part_of_its_name() -> None:
    """HIV-2 is not HIV-1."""
    text = "HIV-2 infection"
    condition = listed_condition(text)

    assert condition is not None
    assert numbered(text, condition) == ("hiv", "2")
    assert numbered("HIV infection", condition) is None
