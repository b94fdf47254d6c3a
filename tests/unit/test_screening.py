"""Scope, emergencies, patient details; topics and formulations; the fixed sentences."""

from __future__ import annotations

import re

import pytest

from ingest.documents import LabelFacts
from service.answers import DeclineReason, SectionKind, Topic
from service.disclaimers import read_disclaimer
from service.formulations import fits, formulation_in, formulation_of
from service.screening import is_emergency, is_medical, is_request_to_act
from service.topics import TOPICS, codes_of, cues, in_section, topics_of
from service.wording import wording_keys


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("She took 40 tablets of tramadol", True),
        ("the patient is not breathing", True),
        ("How is an overdose of tramadol managed?", False),
        ("The patient has taken naltrexone for a year", False),
        ("My son swallowed a handful of lithium", True),
        ("he is seizing, which benzodiazepine?", True),
        ("I want to end my life", True),
        ("Does metoprolol make breathing difficult?", False),
        ("her throat is closing after amoxicillin", True),
        ("Which drugs are used in cardiac arrest?", False),
        ("Does sertraline raise the risk of suicidal thoughts?", False),
        ("Is trazodone safe in suicidal patients?", False),
        ("Were 40 patients taken off tramadol?", False),
        ("management of anaphylaxis", False),
        ("patients who had taken 20 mg of doxepin", False),
    ],
)
def test_emergencies_are_what_is_happening_now(question: str, *, expected: bool) -> None:
    """A question about overdoses is not one; a person who took forty tablets is."""
    assert is_emergency(question) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Order a refill of lithium", True),
        ("please stop her medication", True),
        ("Can I prescribe naltrexone with opioids?", False),
        ("When should I stop the medication?", False),
        ("Start dose of naltrexone", False),
    ],
)
def test_acting_is_told_from_asking(question: str, *, expected: bool) -> None:
    """An imperative asks the service to act; a question asks what the sources say."""
    assert is_request_to_act(question) is expected


def test_words_of_medicine_are_in_scope() -> None:
    """Words, endings and abbreviations of the trade."""
    assert is_medical("management of pancreatitis")
    assert not is_medical("the best restaurant in town")


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        ("what about the liver?", (Topic.HEPATIC,)),
        ("dose in renal impairment", (Topic.DOSE, Topic.RENAL)),
        ("can it be taken while breastfeeding?", (Topic.LACTATION,)),
        ("what is the half-life", (Topic.PHARMACOKINETICS,)),
        ("low-dose naltrexone", ()),
        ("side effects in older adults", (Topic.ADVERSE_REACTION, Topic.GERIATRIC)),
    ],
)
def test_topics_are_heard(question: str, topics: tuple[Topic, ...]) -> None:
    """From the words clinicians use."""
    assert topics_of(cues(question)) == topics


def test_every_topic_has_its_table_row() -> None:
    """A topic is never half known: name, question with a place for the drug, codes, cues."""
    assert set(TOPICS) == set(Topic)
    for entry in TOPICS.values():
        assert "{drug}" in entry.question
        assert entry.codes
        assert all(re.fullmatch(r"\d{5}-\d", code) for code in entry.codes)


def test_a_topics_question_asks_for_that_topic() -> None:
    """A suggested question is heard as the topic it was suggested for."""
    for topic, entry in TOPICS.items():
        assert topic in topics_of(cues(entry.question.format(drug="naltrexone"))), topic


def test_sections_are_known_by_code_and_by_heading() -> None:
    """Labels by LOINC code, subsections and other sources by their headings."""
    assert in_section(Topic.HEPATIC, "88829-7", ())
    assert in_section(Topic.HEPATIC, "42229-5", ("Warnings", "5.1 Hepatotoxicity"))
    assert not in_section(Topic.HEPATIC, "34068-7", ("Dosage",))
    assert "34073-7" in codes_of([Topic.INTERACTION])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (LabelFacts(("x",), forms=("TABLET, FILM COATED",), routes=("ORAL",)), "tablets"),
        (
            LabelFacts(("x",), ("Vivitrol",), routes=("INTRAMUSCULAR",)),
            "extended-release injection",
        ),
        (LabelFacts(("x",), ("Glow XR",), routes=("ORAL",)), "extended-release oral"),
        (LabelFacts(("x",), routes=("INTRAVENOUS", "SUBCUTANEOUS")), "injection"),
        (LabelFacts(("x",), routes=("ORAL", "INTRAVENOUS")), None),
        (LabelFacts(("x",), routes=("TRANSDERMAL",)), "patch"),
        (LabelFacts(("x",)), None),
    ],
)
def test_a_label_fixes_its_formulation(facts: LabelFacts, expected: str | None) -> None:
    """From forms, routes and names; None where they do not agree on one."""
    assert formulation_of(facts) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("and the injection?", "injection"),
        ("the long-acting injectable", "extended-release injection"),
        ("extended-release tablets", "extended-release tablets"),
        ("by mouth", "oral"),
        ("and in pregnancy?", None),
    ],
)
def test_a_question_names_a_formulation(question: str, expected: str | None) -> None:
    """The words that switch from one label of a drug to the other."""
    found = formulation_in(question)

    assert (found[0] if found else None) == expected


def test_formulations_fit_labels() -> None:
    """An injection is not a tablet; "oral" is; silence fits everything."""
    tablets = LabelFacts(("x",), forms=("TABLET",), routes=("ORAL",))

    assert fits("oral", tablets)
    assert not fits("injection", tablets)
    assert fits(None, tablets)
    assert fits("injection", LabelFacts(("x",)))


def test_the_disclaimer_is_versioned_and_ours() -> None:
    """One file, with our service's name and for professionals."""
    held = read_disclaimer()

    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", held.version)
    assert held.text.startswith("Followup is a reference aid for health care professionals.")


def test_every_sentence_that_code_asks_for_is_written() -> None:
    """Keys built from enums are all there."""
    expected = {f"heading.{kind}" for kind in SectionKind}
    expected |= {f"nothing_found.{kind}" for kind in SectionKind}
    expected |= {f"declined.{reason}" for reason in DeclineReason}

    assert expected <= wording_keys()
