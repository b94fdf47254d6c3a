"""JSON, plain text and Markdown: the same answer, always with what it must not be without."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from service.answering import Answerer
from service.answers import Answer, Conflict
from service.apparatus import Difference
from service.composing import ExtractiveComposer
from service.rendering import as_json, as_plain_text
from service.serialising import link_to
from tests.sample_evidence import TABLETS, TABLETS_DOSE, VOCABULARY, FakeRetriever, passage, source
from tests.sample_exports import in_markdown
from tests.sample_runtime import AGAINST, GUIDELINE, an_answer, cited

ANSWERER = Answerer(VOCABULARY, FakeRetriever(), ExtractiveComposer(), corpus_date="2026-11-01")
QUESTIONS = (
    "What is the role of Neltraxone for insomnia?",
    "doxepin for insomnia",
    "Does naltrexone cause purple warts?",
    "What is the capital of France?",
    "hydroxizine dose",
    "What is the maximum dose?",
    "What is the dose of naltrexone? What is the dose of hydroxizine?",
)
NOTICE = "Project summary of the doxepin label, not its words"


def answered(question: str) -> Answer:
    """Answer from the sample evidence."""
    return ANSWERER.answer(question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_disclaimer_and_review_are_on_every_rendering(question: str) -> None:
    """Answered, partial, declined or asked back: nothing turns them off."""
    answer = answered(question)

    body = as_json(answer)
    assert body["disclaimer"]["version"]
    assert body["disclaimer"]["text"] == answer.disclaimer.text
    for text in (as_plain_text(answer), in_markdown(answer)):
        assert "substitute for the full prescribing information" in text
        assert "Educational purpose only; not reviewed by a human" in text


def test_every_rendering_of_a_summary_says_so() -> None:
    """On the statement, on the citation and on the reference: our words pass for nobody's."""
    answer = answered("doxepin for insomnia")

    body = as_json(answer)
    summaries = [
        citation
        for section in body["sections"]
        for statement in section["statements"]
        for citation in statement["citations"]
    ]
    assert summaries
    assert all(c["kind"] == "summary" and "not its words" in c["summary_notice"] for c in summaries)
    assert all("not its words" in " ".join(r["badges"]) for r in body["references"])
    for text in (as_plain_text(answer), in_markdown(answer)):
        assert text.replace("\\", "").count(NOTICE) >= 2


def test_json_has_the_fields_of_the_product_in_their_order() -> None:
    """Names and order are fixed; everything is plain JSON."""
    body = as_json(answered("doxepin for insomnia"))

    assert list(body) == [
        "outcome",
        "reason",
        "decline",
        "understood_as",
        "audience",
        "safety",
        "lead",
        "sections",
        "parts",
        "conflicts",
        "references",
        "follow_ups",
        "review",
        "disclaimer",
        "provenance",
        "withheld",
        "timings",
    ]
    assert json.loads(json.dumps(body)) == body


def test_a_citation_leads_back_to_its_words() -> None:
    """Offsets, quote and answer span agree, and the date of the corpus is there."""
    body = as_json(answered("dose of naltrexone"))

    statement = next(s for section in body["sections"] for s in section["statements"])
    citation = statement["citations"][0]
    held = TABLETS_DOSE.chunk
    assert (
        held.text[citation["start"] - held.start : citation["end"] - held.start]
        == citation["quote"]
    )
    assert statement["text"][citation["answer_start"] : citation["answer_end"]] == citation["quote"]
    assert citation["retrieved"] == "2026-11-01"
    assert (citation["set_id"], citation["version"]) == ("set-tablets", "3")


def test_corrections_and_choices_are_shown_in_text() -> None:
    """Nothing is corrected silently, on a terminal either."""
    assert "“Neltraxone” read as naltrexone (misspelling)" in as_plain_text(answered(QUESTIONS[0]))
    assert "2. hydralazine: hydralazine dose" in as_plain_text(answered("hydroxizine dose"))


def test_a_link_opens_at_the_words_of_an_original() -> None:
    """A text fragment of the quote; a summary's link has none."""
    own = source(TABLETS, "a", url="https://example.org/x")
    ours = replace(own, kind=answered("doxepin for insomnia").references[0].source.kind)

    assert link_to(own, "once-daily dose") == "https://example.org/x#:~:text=once%2Ddaily%20dose"
    assert link_to(own, "a b c d e f g h i j k") == (
        "https://example.org/x#:~:text=a%20b%20c%20d%20e,g%20h%20i%20j%20k"
    )
    assert link_to(ours, "once-daily dose") == "https://example.org/x"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://x.example/> [y](javascript:1)", "data:text/html,x"]
)
def test_an_address_that_is_none_is_no_link(address: str) -> None:
    """An ingested file may name anything; only addresses of the web are linked."""
    hostile = source(TABLETS, "a", url=address)

    assert link_to(hostile, "words") is None


def test_source_words_cannot_become_markup() -> None:
    """Links, images and tags in a document are shown as the characters they are."""
    hostile = passage(
        TABLETS_DOSE.source,
        "The dose of naltrexone is ![x](https://evil.example/p) <b>50 mg</b> [here](javascript:1).",
        headings=("Dosage and administration",),
        code="34068-7",
    )
    answer = Answerer(VOCABULARY, FakeRetriever([hostile]), ExtractiveComposer()).answer(
        "dose of naltrexone"
    )

    markdown = in_markdown(answer)

    assert "![x](" not in markdown
    assert "<b>" not in markdown.replace("\\<b\\>", "")
    assert "[here](" not in markdown


def test_conflicts_are_rendered_with_both_sides() -> None:
    """Both statements and what differs."""
    answer = answered("What is the role of naltrexone for insomnia?")
    first, second = answer.sections[1].statements[0], answer.sections[2].statements[0]
    differing = (Difference("population", "adults", ""),)
    conflict = Conflict(first, second, differing, "naltrexone: insomnia", ("more", "less"))
    disagreeing = replace(answer, conflicts=(conflict,))

    written = as_json(disagreeing)["conflicts"][0]
    assert written["differs_in"] == ["population"]
    assert written["differences"] == [{"qualifier": "population", "first": "adults", "second": ""}]
    for text in (as_plain_text(disagreeing), in_markdown(disagreeing)):
        assert "naltrexone: insomnia" in text
        assert "more (population: adults)" in text
        assert "less (population: not stated)" in text


def test_parts_are_rendered_each_under_its_question() -> None:
    """In their order; what was asked back stands with its choices, the references come once."""
    answer = answered("What is the dose of naltrexone? What is the dose of hydroxizine?")

    body = as_json(answer)
    assert [part["outcome"] for part in body["parts"]] == ["partial", "clarify"]
    assert body["parts"][0]["sections"][1]["statements"] == body["sections"][1]["statements"]
    for text in (as_plain_text(answer), in_markdown(answer).replace("\\", "")):
        first = text.index("1. What is the dose of naltrexone?")
        second = text.index("2. What is the dose of hydroxizine?")
        assert first < text.index("50 mg of naltrexone once daily") < second
        assert second < text.index("hydroxyzine: What is the dose of hydroxyzine?")
        assert text.lower().count("\nreferences\n") + text.count("## References") == 1


@pytest.mark.parametrize(
    "question",
    [
        "She took 40 tablets of naltrexone. What is the dose?",
        "She took 40 tablets of hydroxizine",
        "She took 40 tablets. What is the capital of France?",
        "He is not breathing. What is the dose of naltrexone? And what about tramadol?",
        "Please order naloxone, he is not breathing",
    ],
)
def test_emergency_care_is_pointed_to_before_everything(question: str) -> None:
    """Answered, asked back, declined or in parts: it is the first line of every rendering."""
    answer = answered(question)

    assert as_json(answer)["understood_as"]["notice"].startswith("If this is happening now")
    assert as_plain_text(answer).startswith("If this is happening now")
    written = in_markdown(answer)
    before = written[: written.index("If this is happening now")]
    assert "\n>" not in before
    assert "Understood as" not in before


def test_further_statements_are_counted_until_they_are_asked_for() -> None:
    """The terminal names the way to them; a source that only they cite is listed with them."""
    section = replace(an_answer().sections[2], more=(cited(4, GUIDELINE, AGAINST),))
    further = replace(an_answer().references[0], marker=4, document_id="guideline:only-there")
    answer = replace(
        an_answer(),
        sections=(section,),
        references=(*an_answer().references[2:], further),
        lead=None,
    )

    brief, full = as_plain_text(answer), as_plain_text(answer, everything=True)

    assert "1 more: --all" in brief
    assert AGAINST not in brief
    assert "[4]" not in brief
    assert f"“{AGAINST}” [4]" in full
    assert "[4] Insomnia" in full
    assert "--all" not in full
    assert as_json(answer)["sections"][0]["more"][0]["text"] == AGAINST
    assert "We suggest that clinicians not use zorvanex" in in_markdown(answer)
