"""Editions of one source in a real index: the newer answers, the older is only shown as such."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.documents import Status
from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from service.answers import Answer
from service.bootstrap import Runtime, bootstrap
from service.citing import cited_passages
from service.settings import read_settings
from tests import sample_corpus

OLDER_LABEL = f"label:{sample_corpus.TABLETS}@3"
OLDER_GUIDELINE = "guideline:example-insomnia@2015"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The service over two versions of a label and two editions of a guideline."""
    home = tmp_path_factory.mktemp("versions")
    contents = sample_corpus.files()
    corpus = sample_corpus.write(home / "corpus", contents)
    ingest([corpus], home / "index", HashingEmbedder())
    settings = read_settings(home=home, index=home / "index")
    with bootstrap(settings, embedder=HashingEmbedder()) as running:
        yield running


def ask(runtime: Runtime, question: str) -> Answer:
    """Answer one question."""
    with runtime.live.reading() as reading:
        return reading.answerer.answer(question)


def said(answer: Answer) -> str:
    """Return all the words that an answer shows."""
    return "\n".join(s.text for section in answer.sections for s in section.statements)


def test_the_older_editions_are_there_and_superseded(runtime: Runtime) -> None:
    """They can be read in their place, and say what they are."""
    with runtime.live.reading() as reading:
        documents = reading.snapshot.documents
        standings = [documents.source(each)[1] for each in (OLDER_LABEL, OLDER_GUIDELINE)]

    assert [standing.status for standing in standings] == [Status.SUPERSEDED] * 2


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of zorvaxone?",
        "Is the dose of zorvaxone 75 mg?",
        "Is zorvaxone recommended for insomnia?",
        "zorvaxone at lunch for insomnia",
        "What is recommended for insomnia?",
    ],
)
def test_no_answer_cites_a_superseded_edition(runtime: Runtime, question: str) -> None:
    """Not even to a question in the older one's very words."""
    answer = ask(runtime, question)

    assert {reference.status for reference in answer.references} <= {Status.CURRENT}
    documents = {reference.document_id for reference in answer.references}
    assert not documents & {OLDER_LABEL, OLDER_GUIDELINE}
    assert "75 mg" not in said(answer)
    assert "at lunch" not in said(answer)
    assert len(cited_passages(answer)) == len({r.marker for r in answer.references})


def test_the_newer_label_gives_the_dose(runtime: Runtime) -> None:
    """50 mg stands in version 7, 75 mg stood in version 3."""
    answer = ask(runtime, "What is the dose of zorvaxone by mouth?")

    assert "50 mg" in said(answer)


def test_an_old_source_carries_its_age(runtime: Runtime) -> None:
    """The trial of 2012 does, counted to the day of the corpus; the guideline of 2024 does not."""
    answer = ask(runtime, "Is zorvaxone recommended for insomnia?")

    badges = {reference.source.id: reference.badges for reference in answer.references}
    assert "Older than 10 years" in badges[f"study:pmid:{sample_corpus.TRIAL}"]
    assert "Older than 10 years" not in badges["guideline:example-insomnia"]
