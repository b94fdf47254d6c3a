"""The one sentence that stands above the sections, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.documents import Direction, GuidelineFacts, LabelFacts, Recommendation
from service.answers import SECTION_OF, Citation, Drug, Passage, Statement, StatementKind
from service.asked import asked
from service.citing import CitedStatement
from service.comparing import compare
from service.leading import LONGEST, lead
from service.understanding import understand
from tests.sample_evidence import (
    AGAINST_MELATONIN,
    DOXEPIN,
    DOXEPIN_USE,
    FOR_DOXEPIN,
    INJECTION,
    INJECTION_SLEEP,
    INSOMNIA_ROW,
    TABLETS,
    TABLETS_DOSE,
    TABLETS_OPIOIDS,
    TABLETS_PREGNANCY,
    TRIAL,
    TRIAL_RESULT,
    VOCABULARY,
    passage,
    source,
)


def quoted(held: Passage) -> CitedStatement:
    """Quote the first sentence of a passage in its section."""
    words = held.chunk.text.split(". ")[0]
    citation = Citation(1, held, words, held.chunk.start, held.chunk.start + len(words))
    statement = Statement(words, StatementKind.QUOTE, (citation,))
    return CitedStatement(SECTION_OF[held.source.type], statement)


def led(question: str, *passages: Passage) -> str | None:
    """Return the lead of an answer that quotes *passages*."""
    shown = [quoted(held) for held in passages]
    wanted = asked(understand(question, [], VOCABULARY), VOCABULARY)
    conflicts = compare([each.statement for each in shown], VOCABULARY)
    found = lead(wanted, shown, conflicts, VOCABULARY)
    return found.text if found else None


def label(
    text: str, code: str, heading: str, facts: LabelFacts = TABLETS, title: str = "Tablets"
) -> Passage:
    """One passage of a label."""
    return passage(source(facts, title), text, headings=(heading,), code=code)


def advice(text: str, population: str | None = None) -> Passage:
    """One recommendation for something."""
    return passage(
        source(GuidelineFacts(year=2020), "A guideline"),
        text,
        recommendation=Recommendation(Direction.FOR, population=population),
    )


def test_a_dose_leads_a_question_on_the_dose() -> None:
    """An amount with its schedule, of the drug asked about."""
    assert led("What is the dose of naltrexone?", TABLETS_DOSE) == TABLETS_DOSE.chunk.text


@pytest.mark.parametrize(
    "text",
    [
        "Single doses of naltrexone above 50 mg may injure the liver.",
        "The dose of naltrexone depends on what it is taken for.",
    ],
)
def test_what_is_no_dose_does_not(text: str) -> None:
    """An amount alone, or a dose without one, does not answer."""
    held = label(text, "34068-7", "Dosage and administration")

    assert led("What is the dose of naltrexone?", held) is None


def test_two_formulations_have_two_doses() -> None:
    """Neither leads, unless the question says which is meant."""
    injected = label(
        "The dose of naltrexone is 380 mg injected every 4 weeks.",
        "34068-7",
        "Dosage and administration",
        INJECTION,
        "Injection",
    )

    assert led("What is the dose of naltrexone?", TABLETS_DOSE, injected) is None
    assert led("What is the dose of Vivitrol?", injected) == injected.chunk.text


def test_a_recommendation_leads_a_question_on_the_use() -> None:
    """Before the label, and before research."""
    assert led("doxepin for insomnia", FOR_DOXEPIN, DOXEPIN_USE) == FOR_DOXEPIN.chunk.text
    assert led("doxepin for insomnia", DOXEPIN_USE) == DOXEPIN_USE.chunk.text


def test_a_recommendation_on_another_drug_does_not_lead() -> None:
    """What is recommended instead stands in its section."""
    assert led("naltrexone for insomnia", AGAINST_MELATONIN, FOR_DOXEPIN) is None


@pytest.mark.parametrize(
    ("text", "population"),
    [
        ("Doxepin is suggested for insomnia.", "adults with epilepsy"),
        ("Doxepin together with naltrexone is suggested for insomnia.", None),
        ("Clinicians should monitor doxepin in insomnia.", None),
    ],
)
def test_a_narrower_recommendation_does_not_lead(text: str, population: str | None) -> None:
    """Another group, a combination, another act than the use."""
    assert led("doxepin for insomnia", advice(text, population)) is None


def test_no_side_of_a_conflict_leads() -> None:
    """Nor does the next best sentence on what the sources disagree about."""
    question = "naltrexone for insomnia"

    assert led(question, TRIAL_RESULT) == TRIAL_RESULT.chunk.text.split(". ")[0]
    assert led(question, INJECTION_SLEEP, TRIAL_RESULT) is None


def test_a_table_row_does_not_lead() -> None:
    """It is no sentence; nor is what is too long to be read at a glance."""
    long = label(
        f"Insomnia is common with naltrexone{' indeed' * LONGEST}.", "34084-4", "Reactions"
    )

    assert led("Does naltrexone cause insomnia?", INSOMNIA_ROW) is None
    assert led("Does naltrexone cause insomnia?", long) is None


def test_a_yes_or_no_question_is_led_by_a_yes_or_no() -> None:
    """The sentence must carry one."""
    says = "Naltrexone is for use in pregnancy only if the benefit justifies the risk to the fetus."
    mere = label("Naltrexone crosses the placenta in pregnancy.", "42228-7", "Pregnancy")

    assert led("Is naltrexone safe in pregnancy?", TABLETS_PREGNANCY) == says
    assert led("Is naltrexone safe in pregnancy?", mere) is None


def test_no_one_sentence_answers_a_question_on_many_things() -> None:
    """Contraindications are a list; the warnings stand above anyway."""
    assert led("What are the contraindications of naltrexone?", TABLETS_OPIOIDS) is None


def test_the_most_common_reactions_lead_a_question_on_reactions() -> None:
    """One reaction of many does not."""
    most = label("The most common reactions to doxepin are dreams.", "34084-4", "Adverse reactions")
    most = replace(most, source=source(DOXEPIN, "Doxepin"))
    rare = replace(most, chunk=replace(most.chunk, text="Dreams have been reported with doxepin."))

    question = "What are the adverse reactions of doxepin?"
    assert led(question, most) == most.chunk.text
    assert led(question, rare) is None


def test_a_trial_of_a_combination_does_not_lead_for_its_part() -> None:
    """Contrave is not naltrexone."""
    study = passage(
        source(TRIAL, "A trial"),
        "Naltrexone and bupropion reduced insomnia.",
        headings=("Results",),
    )

    assert led("naltrexone for insomnia", study) is None


def test_a_question_without_a_drug_is_led_by_a_recommendation() -> None:
    """What one trial found of one drug does not answer what helps."""
    question = "What is recommended for insomnia?"

    assert led(question, FOR_DOXEPIN, TRIAL_RESULT) == FOR_DOXEPIN.chunk.text
    assert led(question, TRIAL_RESULT) is None


def test_a_drug_alone_asks_nothing_that_a_sentence_answers() -> None:
    """There is no attribute to lead with."""
    wanted = asked(understand("naltrexone", [], VOCABULARY), VOCABULARY)
    wanted = replace(
        wanted,
        query=replace(wanted.query, drugs=(Drug("naltrexone", ("naltrexone",)),), topics=()),
        condition=(),
        terms=(),
    )

    assert lead(wanted, [quoted(TABLETS_DOSE)], (), VOCABULARY) is None


def test_nothing_shown_is_nothing_to_lead() -> None:
    """An empty answer has no lead."""
    assert led("dose of naltrexone") is None
