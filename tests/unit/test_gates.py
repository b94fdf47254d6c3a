"""Minimal pairs: what each gate lets pass, and the one change that it stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Direction, Recommendation
from service.answers import Citation, Passage, Statement, StatementKind, Support
from service.verifying import gates, verify
from tests.sample_evidence import (
    COMBINED,
    DOXEPIN,
    TABLETS,
    TRIAL,
    VOCABULARY,
    passage,
    source,
)

LABEL = source(TABLETS, "Naltrexone tablets")
GATES = gates(VOCABULARY)


def told(text: str, quoted: Passage, subject: str = "") -> Statement:
    """A paraphrase of a whole passage, verified."""
    chunk = quoted.chunk
    citation = Citation(1, quoted, chunk.text, chunk.start, chunk.end)
    statement = Statement(text, StatementKind.PARAPHRASE, (citation,), subject=subject)
    return verify(statement, [quoted], GATES)


def supported(text: str, quote: str, *, code: str = "34068-7", heading: str = "Dosage") -> bool:
    """Whether a label's sentence supports a statement."""
    quoted = passage(LABEL, quote, headings=(heading,), code=code)
    return told(text, quoted).support is Support.SUPPORTED


ARMS = "Insomnia occurred in 14% of naltrexone patients and in 8% of placebo patients."
DOSE = "The recommended dose is 50 mg once daily for at most 12 weeks."
CHILDREN = "Naltrexone is not recommended in children with hepatic impairment."
LOWER = "Relapse was lower with naltrexone than with tramadol."


@pytest.mark.parametrize(
    ("quote", "true", "false"),
    [
        (
            ARMS,
            "8% on placebo and 14% on naltrexone had insomnia.",
            "Insomnia occurred in 18% of naltrexone patients.",
        ),
        (
            ARMS,
            "Insomnia was seen in 14% of naltrexone patients.",
            "Insomnia occurred in 8% of naltrexone patients.",
        ),
        (
            ARMS,
            "Insomnia occurred in 8% of placebo patients.",
            "Insomnia occurred in 8% of naltrexone patients and in 14% of placebo patients.",
        ),
        (
            DOSE,
            "The recommended dose is 0.05 g a day for no more than 12 weeks.",
            "The recommended dose is 0.5 g once daily for at most 12 weeks.",
        ),
        (
            DOSE,
            "The recommended dose is 50 mg every day for up to 12 weeks.",
            "The recommended dose is 50 mcg once daily for at most 12 weeks.",
        ),
        (
            DOSE,
            "For at most 12 weeks 50 mg once daily is recommended as the dose.",
            "The recommended dose is 50 mg once weekly for at most 12 weeks.",
        ),
        (
            DOSE,
            "The recommended dose is 50 mg once daily for ≤12 weeks.",
            "The recommended dose is 50 mg once daily for at least 12 weeks.",
        ),
        (
            CHILDREN,
            "Naltrexone is not recommended for pediatric patients with liver impairment.",
            "Naltrexone is recommended in children with hepatic impairment.",
        ),
        (
            CHILDREN,
            "In children with hepatic impairment naltrexone is not recommended.",
            "Naltrexone is not recommended in adults with hepatic impairment.",
        ),
        (
            CHILDREN,
            "Use of naltrexone in children with hepatic impairment is not recommended.",
            "Naltrexone is not recommended in children.",
        ),
        (
            LOWER,
            "With naltrexone relapse was lower than with tramadol.",
            "Relapse was higher with naltrexone than with tramadol.",
        ),
        (
            LOWER,
            "Relapse was reduced with naltrexone compared with tramadol.",
            "Relapse was lower with tramadol than with naltrexone.",
        ),
        ("Give 10 mg intravenously.", "10 mg is given intravenously.", "Give 10 mg orally."),
        (
            "Reduce the dose in severe renal impairment.",
            "In severe renal impairment reduce the dose.",
            "Reduce the dose in mild renal impairment.",
        ),
        (
            "There was no difference in relapse between groups.",
            "Relapse showed no difference between groups.",
            "There was a difference in relapse between groups.",
        ),
        (
            "Doxepin cannot be avoided in such cases.",
            "Doxepin cannot be avoided in these cases.",
            "Doxepin is avoided in such cases.",
        ),
        (
            "Hypotension was reported with naltrexone.",
            "With naltrexone hypotension was reported.",
            "Hypertension was reported with naltrexone.",
        ),
        (
            "Stop naltrexone before surgery.",
            "Before surgery, naltrexone is stopped.",
            "Start naltrexone before surgery.",
        ),
        (
            "Naltrexone should be used only in adults.",
            "Naltrexone should only be used in adults.",
            "Naltrexone should be used in adults.",
        ),
    ],
)
def test_one_change_is_stopped_and_another_wording_is_not(
    quote: str, true: str, false: str
) -> None:
    """The same facts in other words pass; one fact turned does not."""
    assert supported(true, quote)
    assert not supported(false, quote)


def test_a_cell_belongs_to_the_head_of_its_column() -> None:
    """A table row supports each figure for its own arm alone."""
    row = passage(
        LABEL,
        "Insomnia | 14% | 8%",
        headings=("Adverse reactions",),
        code="34084-4",
        lead="Reaction | Naltrexone (n=93) | Placebo (n=99)",
    )

    right = told("Insomnia was reported by 14% on naltrexone and 8% on placebo.", row)
    wrong = told("Insomnia was reported by 8% on naltrexone.", row)
    assert (right.support, wrong.reasons) == (Support.SUPPORTED, ("value_of_another",))


def test_a_drug_that_nobody_named_is_stopped() -> None:
    """Each drug stands in the quote or above it."""
    assert not supported("Doxepin 50 mg once daily is recommended.", DOSE)


def test_brand_and_generic_are_one_drug() -> None:
    """A label's own brand may stand for its drug."""
    assert supported("Revita is not recommended in children with hepatic impairment.", CHILDREN)


def test_a_combination_is_its_own_thing() -> None:
    """A statement on one ingredient does not rest on the label of two."""
    both = passage(source(COMBINED, "Contrave"), "Seizures were reported.", code="34084-4")

    assert told("Seizures were reported with Contrave.", both).support is Support.SUPPORTED
    assert told("Seizures were reported with doxepin.", both).reasons == ("drug_not_in_quote",)


def test_a_drug_named_above_does_not_take_anothers_place() -> None:
    """What a label says of another drug is not said of its own."""
    quote = "Tramadol was stopped seven days before the procedure in every patient."
    quoted = passage(source(DOXEPIN, "Doxepin"), quote, code="34073-7")

    told_of_doxepin = quote.replace("Tramadol", "Doxepin")
    assert told(told_of_doxepin, quoted).reasons == ("drug_of_another",)


@pytest.mark.parametrize(
    ("code", "heading", "quote", "claim", "reason"),
    [
        (
            "34084-4",
            "Adverse reactions",
            "Insomnia and nausea were reported.",
            "Naltrexone is indicated for insomnia and nausea.",
            "indication",
        ),
        (
            "34067-9",
            "Indications",
            "Naltrexone is indicated for alcohol dependence.",
            "Naltrexone is contraindicated in alcohol dependence.",
            "contraindication",
        ),
        (
            "34067-9",
            "Indications",
            "Naltrexone is used in alcohol dependence.",
            "Alcohol dependence is an adverse reaction of naltrexone.",
            "adverse_reaction",
        ),
    ],
)
def test_a_section_carries_only_its_own_claims(
    code: str, heading: str, quote: str, claim: str, reason: str
) -> None:
    """An adverse reaction is no indication, and an indication no contraindication."""
    quoted = passage(LABEL, quote, headings=(heading,), code=code)

    reasons = told(claim, quoted).reasons
    assert reasons in ((f"section_cannot_carry:{reason}",), ("denial_added",))


def test_an_aim_is_no_finding() -> None:
    """What a trial set out to test is not what it found."""
    trial = source(TRIAL, "A trial")
    aim = passage(trial, "To evaluate whether naltrexone improves sleep.", headings=("Objective",))

    reasons = told("Naltrexone improved sleep.", aim).reasons
    assert reasons == ("section_cannot_carry:finding",)


def test_a_recommendation_against_never_becomes_one_for() -> None:
    """The direction that the source states as data outweighs any wording."""
    against = Recommendation(Direction.AGAINST, "weak", None, "GRADE")
    quoted = passage(
        source(TRIAL, "Insomnia guideline"),
        "We suggest that clinicians not use melatonin for insomnia.",
        recommendation=against,
    )

    assert told("We suggest that clinicians use melatonin for insomnia.", quoted).reasons == (
        "recommendation_reversed",
    )
    assert told("We recommend melatonin for insomnia.", quoted).support is not Support.SUPPORTED


def test_a_citation_to_another_passage_is_noticed() -> None:
    """A sentence with no figure and no drug still shares its words with what it cites."""
    quoted = passage(LABEL, "Store at room temperature, away from moisture.", code="44425-7")

    assert told("Most patients slept better after two nights.", quoted).reasons != ()


def test_an_exact_quote_passes_every_gate() -> None:
    """Nothing can have changed in words that are all there."""
    for text in (ARMS, DOSE, CHILDREN, LOWER):
        assert supported(text, text)


PIECES = st.sampled_from(
    "naltrexone tramadol 5 0 .5 , . ; | / % mg mg/kg per every 12 hours to - ≤ no not respectively"
    " and or twice daily 10⁹/L 1.73 m² ( ) children severe oral than at least 1,000 0.0 −2"
    " ½ 4. d7 second phase II week 95%CI placebo".split()
)


@given(st.lists(PIECES, min_size=1, max_size=14), st.lists(PIECES, min_size=1, max_size=14))
def test_no_text_stops_the_gates(said: list[str], quoted: list[str]) -> None:
    """Whatever a source or a model writes, there is a verdict, and it is the same again."""
    of = passage(LABEL, " ".join(quoted), code="34084-4", lead="a | b | c")

    first = told(" ".join(said), of)
    assert first == told(" ".join(said), of)


@given(st.text(max_size=80))
def test_any_characters_are_read(text: str) -> None:
    """No character breaks a reader."""
    assert told(text, passage(LABEL, text or "x")).reasons in ((), ("quote_not_in_passage",))
