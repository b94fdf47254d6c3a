"""A link from a health record becomes a question, whatever it says of the patient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Audience
from service.infobutton import LONGEST_TERM, READ, read_link

RXNORM, SNOMED = "2.16.840.1.113883.6.88", "2.16.840.1.113883.6.96"
TERM = "mainSearchCriteria.v.dn"


@pytest.mark.parametrize(
    ("more", "question"),
    [
        ({}, "What is Naltrexone used for?"),
        ({"mainSearchCriteria.v.cs": RXNORM}, "What is Naltrexone used for?"),
        ({"mainSearchCriteria.v.cs": SNOMED}, "Which drugs are recommended for Naltrexone?"),
        ({"taskContext.c.c": "MEDOE"}, "What is Naltrexone used for?"),
        (
            {"taskContext.c.c": "MEDOE", "mainSearchCriteria.v.cs": RXNORM},
            "What is the dose of Naltrexone?",
        ),
        ({"taskContext.c.c": "PROBLISTREV"}, "Which drugs are recommended for Naltrexone?"),
        ({"subTopic.v.c": "Q000744"}, "What are the contraindications of Naltrexone?"),
        ({"subTopic.v.c": "D004347"}, "What are the interactions of Naltrexone?"),
        ({"subTopic.v.dn": "renal impairment"}, "Naltrexone: renal impairment?"),
    ],
)
def test_the_question_follows_what_is_sought(more: dict[str, str], question: str) -> None:
    """The sub-topic first, then the task, then whether the term is a medicine or a problem."""
    assert read_link({TERM: "Naltrexone", **more}).question == question


@pytest.mark.parametrize(
    ("more", "audience"),
    [
        ({}, Audience.PHYSICIAN),
        ({"informationRecipient": "PROV"}, Audience.PHYSICIAN),
        ({"informationRecipient": "PAT"}, Audience.PATIENT),
        ({"informationRecipient.healthCareProvider.c.c": "163W00000X"}, Audience.NURSE),
        ({"informationRecipient.healthCareProvider.c.c": "183500000X"}, Audience.PHARMACIST),
    ],
)
def test_the_reader_is_who_the_link_says(more: dict[str, str], audience: Audience) -> None:
    """A clinician where it does not say."""
    assert read_link({TERM: "Naltrexone", **more}).audience is audience


def test_the_address_carries_the_question_and_nothing_else() -> None:
    """It is encoded, and opens the page without asking."""
    link = read_link({TERM: "A & B?c=d", "informationRecipient": "PAT", "age.v.v": "67"})

    assert link.address == ("/?question=What+is+A+%26+B%3Fc%3Dd+used+for%3F&audience=patient")


def test_a_code_alone_is_not_looked_up() -> None:
    """The error names the parameter that is missing."""
    with pytest.raises(ValueError, match=r"mainSearchCriteria\.v\.dn"):
        read_link({"mainSearchCriteria.v.c": "7243", "mainSearchCriteria.v.cs": RXNORM})


def test_the_original_text_stands_in_for_a_name() -> None:
    """And no term is longer than a name can be."""
    assert read_link({"mainSearchCriteria.v.ot": "low  back\npain"}).question.startswith(
        "What is low back pain"
    )
    assert len(read_link({TERM: "x" * 999}).question) < LONGEST_TERM + 50


@given(
    st.dictionaries(st.sampled_from(["patientPerson.id", "age.v.v", "observation.v.c"]), st.text())
)
def test_the_patient_makes_no_difference(told: dict[str, str]) -> None:
    """Whatever the link says of them."""
    plain = {TERM: "Naltrexone"}

    assert not set(told) & set(READ)
    assert read_link({**plain, **told}) == read_link(plain)
