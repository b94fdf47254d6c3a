"""Which statements of an answer disagree, and which only seem to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ingest.documents import Direction, GuidelineFacts, LabelFacts, Recommendation, StudyFacts
from service.answers import Citation, Conflict, Passage, Statement, StatementKind
from service.comparing import MOST, compare
from service.subjects import subject
from tests.sample_evidence import (
    AGAINST_MELATONIN,
    FOR_DOXEPIN,
    INJECTION_SLEEP,
    INSOMNIA_ROW,
    TABLETS,
    TRIAL,
    TRIAL_RESULT,
    VOCABULARY,
    passage,
    source,
)


def quoted(held: Passage, marker: int = 1, text: str | None = None) -> Statement:
    """Quote *text* of a passage, all of it where none is given."""
    words = text or held.chunk.text
    start = held.chunk.start + held.chunk.text.index(words)
    citation = Citation(marker, held, words, start, start + len(words))
    return Statement(words, StatementKind.QUOTE, (citation,), subject=subject(held))


def study(text: str, *, title: str = "A trial", start: int = 100, year: int = 2018) -> Passage:
    """One finding of a study."""
    return passage(
        source(replace(TRIAL, year=year), title), text, headings=("Results",), start=start
    )


def reaction(text: str, *, lead: str = "") -> Passage:
    """One passage of the adverse reactions of naltrexone tablets."""
    return passage(
        source(TABLETS, "Naltrexone tablets"),
        text,
        headings=("Adverse reactions",),
        code="34084-4",
        lead=lead,
    )


def advice(
    text: str, direction: Direction, *, title: str = "A guideline", population: str | None = None
) -> Passage:
    """One recommendation of a guideline."""
    return passage(
        source(GuidelineFacts(year=2020), title),
        text,
        recommendation=Recommendation(direction, population=population),
    )


def compared(*passages: Passage) -> tuple[Conflict, ...]:
    """Compare statements that quote *passages* whole."""
    return compare(
        [quoted(held, marker) for marker, held in enumerate(passages, start=1)], VOCABULARY
    )


def label(text: str, code: str = "34067-9", facts: LabelFacts = TABLETS) -> Passage:
    """One passage of a label's indications, or of another section."""
    return passage(source(facts, "A label"), text, headings=("A section",), code=code)


FELL = "Insomnia fell further with naltrexone than with placebo."


def test_a_label_and_a_trial_disagree_on_insomnia() -> None:
    """The label lists it as a reaction, the trial saw less of it; what differs is told."""
    row = quoted(INSOMNIA_ROW, 1, "Insomnia | 3%")
    trial = quoted(TRIAL_RESULT, 2, TRIAL_RESULT.chunk.text.split(" This")[0])

    (conflict,) = compare([row, trial], VOCABULARY)

    assert (conflict.first, conflict.second) == (row, trial)
    assert conflict.about == "naltrexone: insomnia"
    assert conflict.says == ("reported as an adverse reaction: insomnia", "less insomnia")
    told = {each.qualifier: (each.first, each.second) for each in conflict.differences}
    assert told["comparator"] == ("", "buprenorphine-naloxone")
    assert told["design"] == ("FDA drug label", "randomised controlled trial")
    assert told["year"] == ("2020", "2018")
    assert told["formulation"][0] == "tablets"


def test_the_injection_reports_more_than_placebo() -> None:
    """Fourteen against twelve percent is more, and disagrees with a trial that saw less."""
    assert len(compared(INJECTION_SLEEP, study(FELL))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Insomnia was not reported.",
        "Insomnia was reported by 3% of patients and by 5% given placebo.",
        "Nausea was reported by adults with insomnia.",
        "If insomnia persists, look for another cause.",
        "Insomnia improved.",
    ],
)
def test_a_label_that_does_not_report_a_reaction_is_no_side(text: str) -> None:
    """Negated, no more than placebo, a population, a condition, an improvement."""
    assert compared(reaction(text), study(FELL)) == ()


def test_a_column_of_populations_holds_no_reactions() -> None:
    """The first cell of such a row says who, the last what happened to them."""
    row = reaction("Insomnia | Nausea", lead="Who had what\nPopulation | Reactions")

    assert compared(row, study(FELL)) == ()
    assert compared(row, study("Nausea fell with naltrexone.")) != ()


def test_guidelines_for_and_against_one_drug_disagree() -> None:
    """With the population of each."""
    (conflict,) = compared(
        advice(
            "Melatonin is not recommended for insomnia.", Direction.AGAINST, population="adults"
        ),
        advice(
            "Prolonged-release melatonin can be used for insomnia.",
            Direction.FOR,
            title="Another",
            population="adults aged 55 years or older",
        ),
    )

    assert conflict.says == (
        "recommended against or contraindicated",
        "recommended or indicated",
    )
    assert conflict.differs_in == ("population", "formulation")


def test_one_drug_for_and_another_against_is_no_conflict() -> None:
    """Doxepin is suggested and melatonin is not: two drugs."""
    other = replace(FOR_DOXEPIN, source=replace(FOR_DOXEPIN.source, id="guideline:other"))

    assert compared(other, AGAINST_MELATONIN) == ()


def test_one_document_does_not_disagree_with_itself() -> None:
    """Fast release against and slow release for, in one guideline, are its qualifiers."""
    fast = advice("Melatonin is not recommended for insomnia.", Direction.AGAINST)
    slow = advice("Melatonin can be used for insomnia.", Direction.FOR)

    assert compared(fast, slow) == ()


@pytest.mark.parametrize(
    ("text", "population"),
    [
        ("Melatonin is not recommended for insomnia in pregnancy.", None),
        ("Melatonin is not recommended for insomnia.", "adults with epilepsy who drive"),
        ("Fast-release melatonin is not recommended for insomnia.", None),
        ("Melatonin is not recommended for depression.", None),
        ("Stopping melatonin suddenly is not recommended in insomnia.", None),
        ("Adding melatonin to doxepin is not recommended for insomnia.", None),
    ],
)
def test_an_exception_is_no_disagreement(text: str, population: str | None) -> None:
    """Another group, product, condition, act or combination than what is recommended."""
    favoured = advice("Prolonged-release melatonin can be used for insomnia.", Direction.FOR)

    against = advice(text, Direction.AGAINST, title="Another", population=population)

    assert compared(favoured, against) == ()


def test_a_label_and_a_guideline_disagree_on_an_indication() -> None:
    """Approved, and recommended against."""
    (conflict,) = compared(
        label("Naltrexone is indicated for alcohol dependence."),
        advice("Naltrexone is not recommended for alcohol use disorder.", Direction.AGAINST),
    )

    assert conflict.about == "naltrexone: alcohol use disorder"


def test_a_contraindication_in_a_group_is_no_denial_of_the_use() -> None:
    """Only the same group, contraindicated and recommended, disagrees."""
    barred = label("Naltrexone is contraindicated in pregnancy.", "34070-3")
    general = advice("Naltrexone is recommended for alcohol use disorder.", Direction.FOR)
    same = advice("Naltrexone is recommended in pregnancy.", Direction.FOR)

    assert compared(barred, general) == ()
    assert len(compared(barred, same)) == 1


def test_studies_that_point_apart_disagree() -> None:
    """Less and more, and less and no difference against the same comparator."""
    less = study("Naltrexone reduced mortality compared with placebo.", title="First", year=2010)
    more = study("Mortality was higher with naltrexone.", title="Second")
    same = study("Naltrexone did not reduce mortality compared with placebo.", title="Third")
    other = study("Naltrexone did not reduce mortality compared with doxepin.", title="Fourth")

    assert len(compared(less, more)) == 1
    assert [c.says for c in compared(less, same)] == [
        ("less mortality", "no difference in mortality")
    ]
    assert compared(less, other) == ()


def test_the_drug_compared_with_is_not_the_drug_tested() -> None:
    """That insomnia fell further with naltrexone than with doxepin is no finding on doxepin."""
    fell = study("Insomnia fell further with naltrexone than with doxepin.")
    rose = study("Insomnia rose with doxepin.", title="Another")

    assert compared(fell, rose) == ()


def test_a_study_that_names_no_drug_is_about_its_title() -> None:
    """Unless the sentence speaks of the other arm."""
    title = "Naltrexone for sleep"
    risen = study("Insomnia rose.", title="Naltrexone in practice", start=300)

    assert len(compared(study("Insomnia improved.", title=title), risen)) == 1
    assert compared(study("Insomnia improved with placebo.", title=title), risen) == ()


def test_a_document_is_shown_once_while_others_are_left() -> None:
    """Three sentences of one label and two of two trials make two conflicts, not six."""
    rows = [
        passage(
            source(TABLETS, "Naltrexone tablets"),
            f"Insomnia was reported by {n}%.",
            headings=("Adverse reactions",),
            code="34084-4",
            start=n * 100,
        )
        for n in (1, 2, 3)
    ]
    trials = [study(FELL, title=f"Trial {n}") for n in (1, 2)]

    assert len(compared(*rows, *trials)) == 2


def test_no_more_conflicts_than_fit_a_screen() -> None:
    """However many sources disagree."""
    less = [study("Naltrexone reduced mortality.", title=f"Less {n}") for n in range(9)]
    more = [study("Mortality rose with naltrexone.", title=f"More {n}") for n in range(9)]

    assert len(compared(*less, *more)) == MOST


def test_the_order_of_conflicts_is_that_of_the_statements() -> None:
    """The same statements give the same conflicts, each with its first side first."""

    def told(statements: Sequence[Statement]) -> list[tuple[int, int]]:
        found = compare(statements, VOCABULARY)
        return [(c.first.citations[0].marker, c.second.citations[0].marker) for c in found]

    passages = [reaction("Insomnia | 3%"), study(FELL), study(FELL, title="Another")]
    statements = [quoted(held, marker) for marker, held in enumerate(passages, start=1)]

    assert told(statements) == told(statements) == [(1, 2), (1, 3)]


def test_a_study_without_a_design_is_called_one() -> None:
    """What a record does not say is not made up."""
    bare = passage(source(StudyFacts(year=2019), "Naltrexone in practice"), "Insomnia fell.")

    (conflict,) = compared(reaction("Insomnia | 3%"), bare)

    assert ("design", "FDA drug label", "Study") in [
        (each.qualifier, each.first, each.second) for each in conflict.differences
    ]
