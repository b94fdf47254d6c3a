"""One stored answer, read by different people: order and words change, facts do not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsing.loinc import FOR_PATIENTS
from service.addressing import addressed
from service.answers import Audience, SectionKind
from service.api.shapes import AnswerShape
from service.personalizing import personalized
from service.serialising import as_json
from tests.facts import facts, statements
from tests.sample_runtime import a_declined, an_answer

PATIENT_CODE = "42231-1"
CODES = st.sampled_from([None, "34084-4", "34068-7", PATIENT_CODE, "34076-0"])
TEXT = st.sampled_from(
    [
        "Zorvanex is contraindicated in hepatic failure.",
        "Serotonin syndrome has been reported with zorvaxone 50 mg.",
        "A randomized, placebo-controlled trial of 159 adults (95% CI 0.5 to 0.9).",
        "Hepatic zorvaxone cirrhosis ≥ 10⁹/L",
    ]
)


def told(code: str | None, text: str, marker: int) -> dict[str, Any]:
    """Return a statement as it is stored, from a section with this code."""
    model = as_json(an_answer())["sections"][1]["statements"][0]
    cited = {**deepcopy(model["citations"][0]), "section_code": code, "marker": marker}
    return {**deepcopy(model), "text": text, "citations": [cited]}


STATEMENT = st.builds(told, CODES, TEXT, st.integers(1, 9))
STATEMENTS = st.lists(STATEMENT, max_size=5)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw stored answers with any statements in any place."""
    body = as_json(an_answer(audience=draw(st.sampled_from(Audience))))
    for section in body["sections"]:
        section["statements"], section["more"] = draw(STATEMENTS), draw(STATEMENTS)
        section["note"] = draw(st.sampled_from([None, "Nothing answers this."]))
    body["parts"] = draw(
        st.sampled_from(
            [
                [],
                [
                    {
                        "outcome": "answered",
                        "reason": None,
                        "decline": None,
                        "understood_as": body["understood_as"],
                        "sections": deepcopy(body["sections"]),
                    }
                ],
            ]
        )
    )
    return body


@given(answers(), st.sampled_from(Audience), st.sampled_from(Audience))
def test_facts_are_the_same_for_every_pair_of_readers(
    body: dict[str, Any], one: Audience, other: Audience
) -> None:
    """Statements, quotes, offsets, markers, conflicts, outcome: one multiset, and one only."""
    before = deepcopy(body)

    first, second = personalized(body, one), personalized(body, other)

    assert body == before
    assert facts(first) == facts(second) == facts(body)


@given(answers(), st.sampled_from(Audience))
def test_a_view_has_the_shape_of_an_answer_and_is_made_anew_alike(
    body: dict[str, Any], audience: Audience
) -> None:
    """Every field is documented, and the same answer gives the same bytes."""
    view = personalized(body, audience)

    AnswerShape.model_validate(view)
    assert view["view"]["audience"] == audience
    assert view["audience"] == body["audience"]
    assert json.dumps(view) == json.dumps(personalized(json.loads(json.dumps(body)), audience))


@given(answers(), st.sampled_from(Audience))
def test_every_mark_leads_to_an_explanation(body: dict[str, Any], audience: Audience) -> None:
    """What is marked in a statement is explained once in the view, and nothing else is."""
    view = personalized(body, audience)

    marked = {mark["term"] for said in statements(view) for mark in said["terms"]}
    words = [term["term"] for term in view["view"]["terms"]]
    assert marked == set(words)
    assert len(words) == len(set(words))


def with_codes(*codes: str | None, more: tuple[str | None, ...] = ()) -> dict[str, Any]:
    """Return a stored answer whose label section has statements of these sections."""
    body = as_json(an_answer())
    label = body["sections"][1]
    label["statements"] = [told(code, f"Said {n}.", n) for n, code in enumerate(codes)]
    label["more"] = [told(code, f"More {n}.", n) for n, code in enumerate(more)]
    return body


def order_of(view: dict[str, Any]) -> list[str]:
    """Return the kinds of the sections as they are shown."""
    return [section["kind"] for section in view["sections"]]


def test_a_patient_reads_first_what_is_written_to_patients() -> None:
    """The label comes first where it says something to patients, and they are its first words."""
    body = with_codes("34084-4", PATIENT_CODE, "34068-7", "34076-0", more=(None, PATIENT_CODE))

    view = personalized(body, Audience.PATIENT)

    assert order_of(view) == ["label", "guidelines", "research"]
    label = view["sections"][0]
    assert [s["text"] for s in label["statements"]] == ["Said 1.", "Said 3.", "Said 0.", "Said 2."]
    assert [s["text"] for s in label["more"]] == ["More 1.", "More 0."]
    assert view["view"]["unfolded"] == ["label"]


def test_what_is_written_to_patients_leads_though_it_was_kept_among_the_further() -> None:
    """The label comes first and is unfolded: nothing else speaks to patients."""
    view = personalized(with_codes("34084-4", more=(None, PATIENT_CODE)), Audience.PATIENT)

    assert order_of(view) == ["label", "guidelines", "research"]
    assert view["view"]["unfolded"] == ["label"]


def test_where_nothing_is_written_to_patients_the_order_stays() -> None:
    """Moving the label would help nobody."""
    view = personalized(with_codes("34084-4", more=("34068-7",)), Audience.PATIENT)

    assert order_of(view) == ["guidelines", "label", "research"]
    assert view["view"]["unfolded"] == []


@pytest.mark.parametrize(
    ("audience", "order", "unfolded"),
    [
        (Audience.PHYSICIAN, ["guidelines", "label", "research"], []),
        (Audience.NURSE, ["guidelines", "label", "research"], []),
        (Audience.PHARMACIST, ["label", "guidelines", "research"], ["label"]),
        (Audience.STUDENT, ["guidelines", "label", "research"], ["label", "research"]),
    ],
)
def test_professionals_have_their_own_order(
    audience: Audience, order: list[str], unfolded: list[str]
) -> None:
    """A pharmacist works from the label, a student sees everything."""
    view = personalized(with_codes("34084-4", more=("34068-7",)), audience)

    assert (order_of(view), view["view"]["unfolded"]) == (order, unfolded)


def test_our_own_words_are_in_the_readers_register() -> None:
    """Headings, reasons and follow-ups; the review status and the disclaimer never change."""
    body = as_json(a_declined("zebra"))
    body["reason"] = "No indexed source covers zebra, so there is no answer about it. Searched: x."

    view = personalized(body, Audience.PATIENT)

    assert view["sections"][1]["heading"] == "What the FDA drug label says"
    assert view["view"]["headings"]["lead"] == "The short answer"
    assert view["reason"] == (
        "None of the sources we have covers zebra, so we cannot answer about it. "
        "We looked through: x."
    )
    assert view["follow_ups"][0] == "How much zorvanex do people take, and how often?"
    assert (view["review"], view["disclaimer"]) == (body["review"], body["disclaimer"])


def test_a_drug_asked_about_is_never_explained_in_part() -> None:
    """Its names are names, whatever words they are made of."""
    body = as_json(an_answer())
    body["understood_as"]["drugs"][0]["name"] = "acute antibiotic"
    body["sections"][1]["statements"] = [told(None, "Acute antibiotic is an antibiotic.", 1)]

    (said,) = personalized(body, Audience.PATIENT)["sections"][1]["statements"]

    assert [(mark["start"], mark["term"]) for mark in said["terms"]] == [(23, "antibiotic")]


def test_the_codes_of_patient_sections_are_label_sections() -> None:
    """Another spelling would silently match nothing."""
    assert PATIENT_CODE in FOR_PATIENTS
    assert set(SectionKind) == {"guidelines", "label", "research"}


def test_facts_notice_a_changed_word_an_added_and_a_dropped_statement() -> None:
    """The comparison that the tests above rest on is no empty one."""
    body = with_codes("34084-4", "34068-7")
    other = deepcopy(body)

    def changed() -> Iterator[Counter[str]]:
        other["sections"][1]["statements"][0]["text"] += "!"
        yield facts(other)
        other["sections"][1]["statements"] = body["sections"][1]["statements"][:1]
        yield facts(other)
        other["sections"][1]["statements"] = body["sections"][1]["statements"] * 2
        yield facts(other)

    assert all(each != facts(body) for each in changed())


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("question", ["What is the role of zorvanex for insomnia?", "of nothing"])
def test_a_terminal_reads_what_the_page_reads(audience: Audience, question: str) -> None:
    """The same order and the same words of ours, statement by statement."""
    answer = a_declined(question) if "nothing" in question else an_answer(question)

    shown = as_json(addressed(answer, audience))

    read = personalized(as_json(answer), audience)
    for said in (*statements(read), *read["withheld"]):
        del said["terms"]
    assert shown == {key: value for key, value in read.items() if key != "view"}
