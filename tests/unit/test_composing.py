"""The extractive composer: relevance, novelty, subjects, order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.documents import Direction, Recommendation, SourceType
from service.answers import Passage, SectionKind
from service.asked import asked
from service.composing import (
    MORE,
    PER_PASSAGE,
    PER_SECTION,
    PLAIN,
    DraftSentence,
    ExtractiveComposer,
)
from service.gating import Thresholds, gate
from service.understanding import understand
from tests.sample_evidence import (
    AGAINST_MELATONIN,
    FOR_DOXEPIN,
    INSOMNIA_ROW,
    TABLETS_DOSE,
    TRIAL,
    TRIAL_RESULT,
    VOCABULARY,
    passage,
    source,
)

LABEL = TABLETS_DOSE.source
DOSING = {"headings": ("Dosage and administration",), "code": "34068-7"}


def drafted(question: str, *held: Passage) -> list[DraftSentence]:
    """Compose from hand-picked passages, gated as usual."""
    wanted = asked(understand(question, (), VOCABULARY), VOCABULARY)
    found = {kind: [p for p in held if p.source.type is kind] for kind in SourceType}
    evidence = gate(wanted, found, Thresholds())
    return ExtractiveComposer().compose(wanted, evidence.numbered)


def test_words_are_those_of_the_passage() -> None:
    """Text and quote are equal, and begin where the draft says."""
    (sentence,) = drafted("dose of naltrexone", TABLETS_DOSE)

    assert sentence.text == sentence.quotes[0] == TABLETS_DOSE.chunk.text
    assert sentence.starts == (TABLETS_DOSE.chunk.start,)
    assert sentence.markers == (1,)


def test_the_sentence_that_answers_comes_first() -> None:
    """The row on insomnia is chosen, the one on somnolence is not."""
    assert [s.text for s in drafted("naltrexone and insomnia", INSOMNIA_ROW)] == ["Insomnia | 3%"]


def test_a_row_shows_its_table_head_as_subject() -> None:
    """Drug, section and table head restore what the row leans on."""
    (sentence,) = drafted("naltrexone and insomnia", INSOMNIA_ROW)

    assert sentence.subject.startswith("naltrexone (Revita) > Adverse reactions > New reactions")


def test_a_recommendation_shows_direction_and_strength() -> None:
    """In words, in the subject, for either direction."""
    drafts = drafted("What is recommended for insomnia?", FOR_DOXEPIN, AGAINST_MELATONIN)

    assert {s.subject for s in drafts} == {
        "Recommendation for · weak · GRADE · adults",
        "Recommendation against · weak · GRADE · adults",
    }


def test_a_study_shows_design_size_and_year() -> None:
    """As far as its record gives them."""
    (sentence,) = drafted("naltrexone and insomnia", TRIAL_RESULT)

    assert sentence.subject == "Randomised controlled trial · n = 159 · 2018 > Results"


def test_near_duplicates_are_said_once() -> None:
    """Two labels that say the same are one statement."""
    twin = passage(
        LABEL,
        "For alcohol dependence, 50 mg of naltrexone once a day is recommended.",
        start=2000,
        rank=2,
        **DOSING,  # type: ignore[arg-type]
    )

    assert len(drafted("dose of naltrexone", TABLETS_DOSE, twin)) == 1


def test_sections_are_short() -> None:
    """At most four statements a section, two of a passage; what more there is comes after them."""
    many = [
        passage(
            LABEL,
            f"Group {word} takes {n} mg of naltrexone. Later {word} patients have {n}0 mg doses.",
            start=1000 * n,
            rank=n,
            **DOSING,  # type: ignore[arg-type]
        )
        for n, word in enumerate("alpha beta gamma delta epsilon zeta".split(), start=1)
    ]

    drafts = drafted("dose of naltrexone", *many)

    assert [draft.more for draft in drafts] == [False] * PER_SECTION + [True] * MORE
    drafts = drafts[:PER_SECTION]
    assert max(sum(s.markers == d.markers for s in drafts) for d in drafts) <= PER_PASSAGE


def test_one_passage_may_say_it_all() -> None:
    """Where no other passage has anything to say; sentences that differ in figures both stand."""
    only = passage(
        LABEL,
        "Adults take 50 mg of naltrexone a day. Children take 25 mg of naltrexone a day."
        " Night workers take 40 mg of naltrexone a day.",
        **DOSING,  # type: ignore[arg-type]
    )

    assert len(drafted("dose of naltrexone", only)) == 3


def test_equal_candidates_keep_the_order_of_their_passages() -> None:
    """The order is total, whatever order the passages come in."""
    held = [FOR_DOXEPIN, AGAINST_MELATONIN]

    one = [s.text for s in drafted("What is recommended for insomnia?", *held)]
    other = [s.text for s in drafted("What is recommended for insomnia?", *reversed(held))]

    assert one == other


def test_a_sentence_on_another_drug_is_not_taken() -> None:
    """A guideline passage on several drugs is quoted on the one asked about."""
    both = passage(
        FOR_DOXEPIN.source,
        "Naltrexone was not studied for insomnia. Trazodone eased insomnia in one small trial.",
        headings=("Evidence",),
    )

    assert [s.text for s in drafted("naltrexone for insomnia", both)] == [
        "Naltrexone was not studied for insomnia."
    ]


def test_what_a_study_set_out_to_do_is_no_finding() -> None:
    """Objectives are not quoted as evidence."""
    aim = passage(
        TRIAL_RESULT.source,
        "The trial asked whether naltrexone worsens insomnia.",
        headings=("Abstract", "Objective"),
    )

    assert drafted("naltrexone and insomnia", aim) == []


def test_sections_come_in_their_order() -> None:
    """Guidelines, label, research."""
    drafts = drafted("doxepin for insomnia", TRIAL_RESULT, FOR_DOXEPIN)

    assert [s.section for s in drafts] == [SectionKind.GUIDELINES]


@pytest.mark.parametrize("levels", [(1, 3), (3, 1), (2, None), (None, 2)])
def test_better_evidence_stands_first(levels: tuple[int | None, int | None]) -> None:
    """Of two studies that answer alike, the one of the better level; an unknown level is last."""
    studies = [
        passage(
            source(replace(TRIAL, evidence_level=level), f"Trial {number} of naltrexone"),
            f"In group {number} insomnia fell further with naltrexone than with placebo.",
            headings=("Results",),
            code="results",
        )
        for number, level in enumerate(levels)
    ]

    drafts = drafted("naltrexone for insomnia", *studies)

    better = 0 if levels[1] is None or (levels[0] or 9) < levels[1] else 1
    assert drafts[0].text.startswith(f"In group {better} ")


@pytest.mark.parametrize("strengths", [("strong", "weak"), ("weak", "strong")])
def test_a_strong_recommendation_stands_before_a_weak_one(strengths: tuple[str, str]) -> None:
    """Of two on the same question."""
    advice = [
        replace(
            FOR_DOXEPIN,
            chunk=replace(
                FOR_DOXEPIN.chunk,
                id=f"advice-{number}",
                text=f"Doxepin is suggested for insomnia in group {number}.",
                recommendation=Recommendation(Direction.FOR, strength, scheme="GRADE"),
            ),
        )
        for number, strength in enumerate(strengths)
    ]

    drafts = drafted("doxepin for insomnia", *advice)

    assert drafts[0].text.endswith(f"group {strengths.index('strong')}.")


def test_what_is_written_to_patients_is_kept_among_the_further_statements() -> None:
    """It ranks below what prescribers read, and is what a patient reads first."""
    to_prescribers = [
        "Insomnia was reported by 14% of patients given naltrexone and 10% given placebo.",
        "In a second trial, insomnia led three of the treated adults to discontinue naltrexone.",
        "Severe insomnia with agitation has occurred after abrupt opioid withdrawal in hospital.",
        "Postmarketing cases of insomnia include nightmares, restlessness and early waking.",
        "Onset of insomnia was most often within the first two weeks of therapy.",
        "Elderly volunteers had insomnia about as frequently as younger ones.",
        "Insomnia resolved without treatment in nearly every affected adolescent.",
        "Bedtime administration made insomnia more frequent than morning administration.",
        "Rates of insomnia did not differ by sex, race or body weight.",
    ]
    to_patients = [
        "Tell your doctor when you have trouble sleeping, called insomnia, with these tablets.",
        "Sleep problems such as insomnia may go away after some days; call if they do not.",
        "Avoid coffee in the evening, since insomnia gets worse with it.",
    ]
    reactions = {"headings": ("Adverse reactions",), "code": "34084-4"}
    guide = {"headings": ("Medication guide",), "code": "42231-1"}
    texts = [(each, reactions) for each in to_prescribers] + [(each, guide) for each in to_patients]
    held = [
        passage(LABEL, text, start=1_000 * n, rank=n, **where)  # type: ignore[arg-type]
        for n, (text, where) in enumerate(texts, start=1)
    ]

    draft = drafted("naltrexone and insomnia", *held)

    assert all(s.text in to_prescribers for s in draft if not s.more)
    assert sum(s.text in to_patients for s in draft) == PLAIN
    assert len({s.text for s in draft}) == len(draft) == PER_SECTION + MORE + PLAIN


def test_what_is_written_to_patients_alone_is_no_further_statement() -> None:
    """Nothing is added where a section says nothing."""
    aside = passage(
        LABEL, "Call your doctor about hives.", headings=("Medication guide",), code="42231-1"
    )

    assert drafted("naltrexone and insomnia", aside) == []
