"""Recommendations are read as for, against or neither; never the wrong way round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Direction
from ingest.grading import (
    CLASS_LEVEL,
    GRADE,
    OLD_USPSTF,
    QUALITY_STRENGTH,
    STRENGTH_QUALITY,
    USPSTF,
    grades,
    letter_direction,
    only_grades,
)
from ingest.recommending import contradicts, direction, population_of, read, reading

FOR, AGAINST, NEITHER = Direction.FOR, Direction.AGAINST, Direction.NEITHER

MINIMAL_PAIRS = [
    ("We recommend oral zinc.", "We recommend against oral zinc."),
    ("We suggest using zinc at night.", "We suggest not using zinc at night."),
    ("We suggest that clinicians use zinc.", "We suggest that clinicians not use zinc."),
    ("Zinc is recommended in adults.", "Zinc is not recommended in adults."),
    ("Zinc is routinely recommended.", "Zinc is no longer recommended."),
    ("Zinc is suggested for colds.", "Zinc is suggested against for colds."),
    ("Zinc is advised for colds.", "Zinc is advised against for colds."),
    ("The panel recommends that zinc be used.", "The panel recommends that zinc not be used."),
    ("The Work Group recommends zinc.", "The Work Group recommends strongly against zinc."),
    ("The Work Group recommends _zinc_.", "The Work Group recommends _**against**_ zinc."),
    ("ACIP recommends zinc.", "ACIP does not recommend zinc."),
    ("Clinicians should offer zinc.", "Clinicians should not offer zinc."),
    ("Zinc must be given.", "Zinc must not be given."),
    ("Use zinc in adults.", "Do not use zinc in adults."),
    ("In adults with a cold, give zinc.", "In adults with a cold, do not give zinc."),
    ("If a cold lasts, treat with zinc.", "If a cold lasts, never treat with zinc."),
    ("Zinc is indicated for colds.", "Zinc is not indicated for colds."),
    ("Clinicians should use zinc.", "Clinicians should avoid zinc."),
    ("We recommend that smokers use zinc.", "We recommend that smokers avoid zinc."),
    ("Graded recommendations to transfuse", "Graded recommendations not to transfuse"),
    ("Advise patients to take zinc.", "Advise patients against taking zinc."),
    ("Clinicians should tell patients to take zinc.", "Clinicians should tell patients not to."),
]


@pytest.mark.parametrize(("positive", "negative"), MINIMAL_PAIRS)
def test_one_word_turns_a_recommendation_round(positive: str, negative: str) -> None:
    """A recommendation and its negation, a word or two apart, are read as for and against."""
    found = (direction(positive), direction(negative))

    assert found == (FOR, AGAINST)


@pytest.mark.parametrize(
    "text",
    [
        "There is insufficient evidence to recommend for or against zinc for colds.",
        "The evidence is insufficient to recommend for or against any zinc for colds.",
        "The current evidence is insufficient to assess the balance of benefits and harms of zinc.",
        "No recommendation for or against is made for zinc because evidence is lacking.",
        "No recommendations could be made for zinc.",
        "We cannot make a recommendation on zinc.",
        "We recommend neither for nor against zinc.",
        "There is insufficient evidence to recommend one zinc salt over another.",
    ],
)
def test_an_open_question_is_neither(text: str) -> None:
    """A guideline that could not decide is read as neither, not as for or against."""
    assert direction(text) is NEITHER


@pytest.mark.parametrize(
    "text",
    [
        "Clinicians should use extreme caution when prescribing zinc.",
        "Zinc should be used with caution in children.",
        "Clinicians should weigh benefits and risks of zinc.",
    ],
)
def test_caution_is_neither(text: str) -> None:
    """A call for caution is no recommendation for the drug, nor against it."""
    assert direction(text) is NEITHER


@pytest.mark.parametrize(
    "text",
    [
        "Zinc is recommended, and copper is not recommended.",
        "Zinc is recommended for adults but not for children.",
        "Zinc is recommended, but no recommendation for or against is made for copper.",
        "Clinicians should give zinc. Clinicians should not give copper.",
    ],
)
def test_words_that_point_both_ways_give_none(text: str) -> None:
    """A block that recommends one thing and refuses another has no one direction."""
    assert direction(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "The data suggest that zinc shortens colds.",
        "It has been suggested that zinc shortens colds.",
        "The recommended dose is 10 mg.",
        "If recommended by a physician, zinc was taken daily.",
        "Patients who do not respond were followed.",
        "Zinc levels were measured in 40 adults.",
        "The data do not suggest that zinc shortens colds.",
        "Coverage was higher in persons for whom zinc is recommended.",
        "Men not recommended for screening were excluded.",
        "The committee voted for or against each change.",
        "There were insufficient years of data to assess trends.",
    ],
)
def test_evidence_is_no_recommendation(text: str) -> None:
    """Results, reported opinions and recommended doses recommend nothing."""
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "For patients who do not respond to zinc, we recommend copper.",
        "We recommend that patients not receiving zinc be offered copper.",
        "We recommend that all patients not currently receiving zinc be screened.",
        "If zinc does not help, clinicians should offer copper.",
        "For patients in whom zinc is contraindicated, we suggest copper.",
        "We recommend copper when zinc is not recommended by the manufacturer.",
    ],
)
def test_a_negation_elsewhere_does_not_turn_the_recommendation(text: str) -> None:
    """Who does not respond, or does not take a drug, may well be recommended another."""
    assert direction(text) in (FOR, None)
    assert direction(text) is not AGAINST


@pytest.mark.parametrize(
    "text",
    [
        "Zinc should not be delayed.",
        "Opioids should not be withheld.",
        "Zinc is not contraindicated.",
    ],
)
def test_a_double_negation_is_not_against(text: str) -> None:
    """Not to delay a treatment is no recommendation against it."""
    assert direction(text) is not AGAINST


def test_what_somebody_recommends_outweighs_what_should_be_done() -> None:
    """The first tier decides: a side remark does not turn a recommendation round."""
    text = "We recommend against zinc tests. Testing should be done only after exposure."

    assert reading(text).direction is AGAINST
    assert reading(text).explicit


@pytest.mark.parametrize(
    ("text", "strength", "certainty", "way"),
    [
        ("We offer zinc. (Strong For; Reviewed, New-replaced)", "strong", None, FOR),
        ("The group suggests zinc. ( Weak Against )", "weak", None, None),
        ("Give zinc. (Strong Recommendation, High-Quality Evidence)", "strong", "high", FOR),
        ("Give zinc. (Consensus–Panel Expertise)", "consensus–panel expertise", None, FOR),
        ("Avoid zinc (recommendation category: A, evidence type: 3).", "A", "3", AGAINST),
        ("Zinc can be useful. (Class IIa; Level of Evidence: B-NR)", "IIa", "B-NR", None),
        ("Zinc is harmful. (Class III: Harm; Level of Evidence: B)", "III", "B", AGAINST),
        ("Zinc helps. (conditional recommendation, very low certainty of evidence)",
         "conditional", "very low", None),
        ("Zinc. (N/A; Reviewed, New-added) There is insufficient evidence to recommend it.",
         None, None, NEITHER),
    ],
)  # fmt: skip
def test_notations_are_read(
    text: str, strength: str | None, certainty: str | None, way: Direction | None
) -> None:
    """Strength and certainty are the notation's own words; its direction joins the sentence's."""
    found = read(text)

    assert found is not None
    assert (found.strength, found.certainty, found.direction) == (strength, certainty, way)


def test_lone_letters_need_their_scheme() -> None:
    """A lone "[D]" or "(IIIA)" means something only in a guideline that uses such grades."""
    assert [grade.strength for grade in grades("No zinc. (IIIA)", QUALITY_STRENGTH)] == ["A"]
    assert [grade.certainty for grade in grades("Zinc. (AII)", STRENGTH_QUALITY)] == ["II"]
    assert [grade.strength for grade in grades("Zinc. (1B)", GRADE)] == ["1"]
    assert grades("stage (IIIA) disease") == ()
    assert grades("heart failure (class III)", CLASS_LEVEL) == ()
    assert read("Stage [D] disease is frequent.") is None


def test_uspstf_letters() -> None:
    """A, B and C are for, D against, I neither; until 2007 C was no recommendation."""
    now = [letter_direction(letter) for letter in "ABCDI"]

    assert now == [FOR, FOR, FOR, AGAINST, NEITHER]
    assert letter_direction("C", OLD_USPSTF) is None
    assert direction("Zinc in healthy adults. [D]", USPSTF) is AGAINST


def test_a_notation_that_denies_the_sentence_gives_none() -> None:
    """Where the sentence recommends and the notation says against, nothing is guessed."""
    assert direction("We recommend zinc. (Strong Against)") is None
    assert direction("Clinicians should avoid zinc. (Strong For)") is FOR


def test_only_grade_wording_makes_a_strength() -> None:
    """The words "we suggest" are weak under GRADE, and say no strength under another scheme."""
    weak = read("We suggest zinc.", scheme=GRADE)
    unknown = read("We suggest zinc.")

    assert weak is not None
    assert unknown is not None
    assert (weak.strength, unknown.strength) == ("weak", None)


def test_an_item_leans_on_its_lead() -> None:
    """An item that only names a drug takes the direction of the sentence it hangs from."""
    lead = "We recommend against the following:"

    found = read("Zinc lozenges (Weak Against)", lead=lead)
    graded = read("Zinc lozenges", stated=True, lead=lead)

    assert found is not None
    assert graded is not None
    assert found.direction is graded.direction is AGAINST


def test_a_line_of_notation_is_told_from_prose() -> None:
    """The strength printed below a list is recognised as nothing but a strength."""
    assert only_grades("( **Weak For** )".replace("*", ""))
    assert only_grades("(Strong For; Reviewed, New-replaced)")
    assert not only_grades("See also zinc. (Strong For)")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("In adults with chronic insomnia, we suggest zinc.", "adults with chronic insomnia"),
        ("Zinc is recommended in women aged 50 to 74 years.", "women aged 50 to 74 years"),
        ("We suggest zinc for pregnant women (any trimester).", "pregnant women"),
        ("We suggest zinc.", None),
        ("In part because of this, zinc is recommended for patients.", None),
        ("For adults with pain, clinicians should offer zinc.", "adults with pain"),
    ],
)
def test_population_is_read_from_the_sentence(text: str, who: str | None) -> None:
    """Whom a recommendation is about is in its words, or unknown."""
    assert population_of(text) == who


def test_contradictions_are_firm_ones() -> None:
    """Stated "for" is denied by "recommend against", not by "should avoid"."""
    assert contradicts(FOR, "We recommend against zinc.")
    assert contradicts(AGAINST, "Zinc should be given.")
    assert not contradicts(FOR, "People with obesity should avoid zinc.")
    assert not contradicts(FOR, "Zinc helps.")


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text: str) -> None:
    """Whatever the words, reading ends and gives a direction or None."""
    assert direction(text) in (FOR, AGAINST, NEITHER, None)


@given(
    st.sampled_from(["zinc", "routine zinc testing", "zinc in adults who do not respond"]),
    st.sampled_from(["We recommend", "The panel suggests", "AASM recommends"]),
)
def test_against_is_never_lost(what: str, opening: str) -> None:
    """Putting "against" after the verb always turns for into against."""
    assert direction(f"{opening} {what}.") is FOR
    assert direction(f"{opening} against {what}.") is AGAINST
