"""Evidence: a passage must cover the drug and what was asked about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.documents import SourceType
from service.answers import Passage, Query, SectionKind
from service.asked import Asked, asked
from service.gating import Evidence, Thresholds, gate, is_evidence
from service.understanding import understand
from tests.sample_evidence import (
    AGAINST_MELATONIN,
    DOXEPIN_USE,
    FOR_DOXEPIN,
    INJECTION_LIVER,
    INSOMNIA_ROW,
    TABLETS_DOSE,
    TABLETS_OPIOIDS,
    TABLETS_RENAL,
    TRAMADOL_INTERACTION,
    TRIAL_RESULT,
    VOCABULARY,
    passage,
)


def wanted(question: str, **changed: object) -> Asked:
    """Return what a question asks evidence for."""
    query = understand(question, (), VOCABULARY)
    return asked(replace(query, **changed), VOCABULARY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "held", "expected"),
    [
        ("naltrexone for insomnia", INSOMNIA_ROW, True),
        ("naltrexone for insomnia", TABLETS_DOSE, False),
        ("naltrexone for insomnia", DOXEPIN_USE, False),
        ("naltrexone for insomnia", TRIAL_RESULT, True),
        ("doxepin for insomnia", TRIAL_RESULT, False),
        ("dose of naltrexone", TABLETS_DOSE, True),
        ("dose of naltrexone", TABLETS_RENAL, False),
        ("naltrexone in renal impairment", TABLETS_RENAL, True),
        ("naltrexone in renal impairment", TABLETS_DOSE, False),
        ("Is naltrexone bad for the liver?", INJECTION_LIVER, True),
        ("Does naltrexone cause purple warts?", INSOMNIA_ROW, False),
        ("naltrexone", TABLETS_DOSE, True),
    ],
)
def test_drug_and_attribute_must_both_be_there(
    question: str, held: Passage, *, expected: bool
) -> None:
    """The right drug with another topic, or the right topic with another drug, is no evidence."""
    assert is_evidence(held, wanted(question), Thresholds()) is expected


def test_similarity_below_the_floor_is_no_evidence() -> None:
    """Coverage does not make up for distance."""
    far = replace(TABLETS_DOSE, similarity=0.1)

    assert not is_evidence(far, wanted("dose of naltrexone"), Thresholds())


def test_the_about_section_of_a_summary_is_no_evidence() -> None:
    """What a document says about itself answers no medical question."""
    about = passage(
        TABLETS_DOSE.source,
        "This text summarises the dose of naltrexone.",
        headings=("About this summary",),
        code="42229-5",
    )

    assert not is_evidence(about, wanted("dose of naltrexone"), Thresholds())


def test_two_drugs_together_need_a_passage_on_both() -> None:
    """One label must name the other drug, or speak of interactions in general."""
    pair = wanted("Can tramadol be taken with naltrexone?")

    assert is_evidence(TRAMADOL_INTERACTION, pair, Thresholds())
    assert is_evidence(TABLETS_OPIOIDS, pair, Thresholds())
    assert not is_evidence(TABLETS_DOSE, pair, Thresholds())


def test_a_carried_condition_is_welcome_not_required() -> None:
    """The question "what about the liver?" is about the liver, whatever came before it."""
    liver = wanted(
        "Is naltrexone bad for the liver?",
        condition="insomnia",
        carried=("drug: naltrexone", "condition: insomnia"),
    )

    assert is_evidence(INJECTION_LIVER, liver, Thresholds())


def gated(question: str, *held: Passage) -> Evidence:
    """Gate hand-picked passages."""
    found = {kind: [p for p in held if p.source.type is kind] for kind in SourceType}
    return gate(wanted(question), found, Thresholds())


def test_recommendations_beside_the_drug_are_kept_apart() -> None:
    """Guidelines that are silent about the drug say what they recommend for the condition."""
    evidence = gated("naltrexone for insomnia", FOR_DOXEPIN, AGAINST_MELATONIN, INSOMNIA_ROW)

    assert evidence.sections[SectionKind.GUIDELINES] == ()
    assert evidence.beside == (FOR_DOXEPIN, AGAINST_MELATONIN)
    assert [p for _, p in evidence.numbered] == [INSOMNIA_ROW, FOR_DOXEPIN, AGAINST_MELATONIN]


def test_beside_alone_is_not_an_answer() -> None:
    """What is recommended instead does not answer a question about the drug."""
    assert gated("naltrexone for insomnia", FOR_DOXEPIN).is_empty


def test_nothing_stands_beside_a_guideline_on_the_drug_itself() -> None:
    """Where the guidelines speak of the drug, they are quoted on the drug alone."""
    evidence = gated("doxepin for insomnia", FOR_DOXEPIN, AGAINST_MELATONIN)

    assert evidence.sections[SectionKind.GUIDELINES] == (FOR_DOXEPIN,)
    assert evidence.beside == ()


def test_without_a_drug_labels_count_by_what_they_are_for() -> None:
    """Of all labels, indications alone answer a question that names only a condition."""
    evidence = gated("What is recommended for insomnia?", DOXEPIN_USE, INSOMNIA_ROW, FOR_DOXEPIN)

    assert evidence.sections[SectionKind.LABEL] == (DOXEPIN_USE,)


def test_terms_are_what_is_left_of_the_question() -> None:
    """Drug, topic and grammar aside, the words that evidence must hold."""
    assert wanted("Does naltrexone cause purple warts?").terms == ("purpl", "wart")
    assert asked(Query("naltrexone: insomnia", "x"), VOCABULARY).terms == ()


def test_a_passage_that_names_both_drugs_of_a_pair_is_evidence_in_any_words() -> None:
    """No word of interaction is needed where one drug's label speaks of the other by name."""
    text = "Tramadol counts as an opioid before naltrexone tablets are started."
    chunk = replace(TABLETS_DOSE.chunk, text=text, code=None, headings=("Before the first dose",))
    question = wanted("Can tramadol be taken with naltrexone?")

    assert is_evidence(replace(TABLETS_DOSE, chunk=chunk), question, Thresholds())
    assert not is_evidence(TABLETS_DOSE, question, Thresholds())
