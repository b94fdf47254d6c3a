"""The reference list, its badges, and the suggested questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.documents import (
    GuidelineFacts,
    LabelFacts,
    Notice,
    NoticeKind,
    Source,
    Status,
    StudyFacts,
)
from service.answers import Topic
from service.apparatus import Reference
from service.citing import Numbering, quoted
from service.references import badges, by_document, references, summary_notice, year_of
from service.retractions import Nature, Retraction, Retractions
from service.suggesting import SUGGESTED, follow_ups
from service.understanding import understand
from tests.sample_evidence import (
    AGAINST_MELATONIN,
    DOXEPIN_USE,
    TABLETS_DOSE,
    TRIAL,
    TRIAL_RESULT,
    VOCABULARY,
    FakeRetriever,
    passage,
    source,
)


def test_a_study_shows_year_design_and_level() -> None:
    """As words, in a fixed order."""
    assert badges(TRIAL_RESULT, "2026-11-01") == (
        "Study",
        "2018",
        "randomised controlled trial",
        "Evidence level 2",
    )


def test_a_concern_and_a_correction_are_badges() -> None:
    """Whether the study's own record tells of them or the table of retractions."""
    facts = replace(TRIAL, doi="10.5555/a")
    study = source(facts, "A trial")
    told = [
        Retraction((), ("10.5555/a",), nature) for nature in (Nature.CONCERN, Nature.CORRECTION)
    ]
    noticed = replace(facts, notices=(Notice(NoticeKind.CONCERN_IN), Notice(NoticeKind.ERRATUM_IN)))
    both = {"Expression of concern", "Correction published"}

    assert both <= set(badges(passage(study, "x"), None, Retractions.of(told)))
    assert both <= set(badges(passage(source(noticed, "A trial"), "x"), None))
    assert not both & set(badges(passage(study, "x"), None))


def test_a_summary_says_whose_words_it_is_not() -> None:
    """On the reference as on every citation."""
    told = badges(AGAINST_MELATONIN, "2026-11-01")

    assert told[1] == "Project summary of the sleep guideline of 2017, not its words"
    assert "Recommendation against · weak · GRADE · adults" in told


@pytest.mark.parametrize(
    ("corpus_date", "old"), [("2026-11-01", False), ("2029-01-01", True), (None, False)]
)
def test_age_counts_to_the_corpus_date(corpus_date: str | None, *, old: bool) -> None:
    """Never to today: the same index gives the same badges on any day."""
    assert ("Older than 10 years" in badges(TRIAL_RESULT, corpus_date)) is old


@pytest.mark.parametrize(
    ("status", "badge"), [(Status.SUPERSEDED, "Superseded"), (Status.RETRACTED, "Retracted")]
)
def test_standing_is_a_badge(status: Status, badge: str) -> None:
    """A source that no longer stands says so."""
    assert badge in badges(replace(TRIAL_RESULT, status=status), "2026-11-01")


@pytest.mark.parametrize(
    ("held", "year"),
    [
        (source(StudyFacts(year=2018), "a"), 2018),
        (source(LabelFacts(("x",), effective="2020-05"), "b"), 2020),
        (source(GuidelineFacts(year=2017), "c"), 2017),
        (source(LabelFacts(("x",)), "d"), None),
    ],
)
def test_a_year_is_what_the_record_gives(held: Source, year: int | None) -> None:
    """Unknown stays unknown."""
    assert year_of(held) == year


def test_originals_carry_no_summary_notice() -> None:
    """The notice is for this project's words alone."""
    assert summary_notice(TABLETS_DOSE.source) is None
    assert (
        summary_notice(DOXEPIN_USE.source) == "Project summary of the doxepin label, not its words"
    )


def test_one_reference_per_number() -> None:
    """Two citations of one passage are one entry."""
    numbering = Numbering()
    cited = [
        *quoted(TABLETS_DOSE, numbering, "").citations,
        *quoted(TRIAL_RESULT, numbering, "").citations,
        *quoted(TABLETS_DOSE, numbering, "").citations,
    ]

    assert [r.marker for r in references(cited, "2026-11-01")] == [1, 2]


def test_suggestions_name_the_drug_and_have_a_section() -> None:
    """Topics asked before are left out; a topic without a label section is never offered."""
    query = understand("naltrexone for insomnia", (), VOCABULARY)

    offered = [f.question for f in follow_ups(query, FakeRetriever(), {Topic.PREGNANCY})]

    assert 0 < len(offered) <= SUGGESTED
    assert all("naltrexone" in question for question in offered)
    assert not any("pregnancy" in question or "overdose" in question for question in offered)


@pytest.mark.parametrize("question", ["What is recommended for insomnia?", "apixaban dose"])
def test_nothing_is_suggested_without_an_indexed_drug(question: str) -> None:
    """No label, no certainty."""
    assert follow_ups(understand(question, (), VOCABULARY), FakeRetriever()) == ()


def test_references_to_one_document_are_one_entry() -> None:
    """The entry carries every number, and only the badges that all of them share."""
    held = TRIAL_RESULT.source
    first = Reference(1, held, Status.CURRENT, "a", ("Study", "Recommendation for"))
    other = Reference(2, held, Status.CURRENT, "b", ("Study",))
    third = Reference(3, held, Status.CURRENT, "a", ("Study", "Recommendation against"))

    merged = by_document([first, other, third])

    assert [(markers, each.document_id, each.badges) for markers, each in merged] == [
        ((1, 3), "a", ("Study",)),
        ((2,), "b", ("Study",)),
    ]
