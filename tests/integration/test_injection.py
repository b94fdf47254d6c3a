"""A passage is text: what is planted in a document of any format changes no answer."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from service.answers import Answer
from service.bootstrap import bootstrap
from service.opening import Reading
from service.settings import Settings
from tests import sample_corpus
from tests.sample_injections import OWN, shared_strings
from tests.sample_pdf import made

PLACES = {
    "labels/zorvanex.xml": "Headache occurred in 12% of patients.",
    "labels/quellor.json": "Rash was seen in 2% of patients on quellomine.",
    "studies/trial.xml": "Adults slept 9 minutes longer with zorvaxone than with placebo.",
    "studies/review.txt": "Seven small trials of zorvaxone were found; none lasted a year.",
    "studies/skin.nxml": "Two of ninety volunteers had a rash.",
    "guidelines/insomnia-2024.md": "and most adults with it are not asked.",
    "guidelines/rash.html": "Stop quellomine when a rash spreads, and see it again in a week.",
    "guidelines/ngc-90001.xml": "(Strong For)",
    "guidelines/uspstf.json": "Colds end by themselves.",
    "guidelines/croup.pdf": "Croup ends by itself in most children.",
}
"""A document of each format, and the words after which something is planted."""

QUESTIONS = (
    "What are the adverse reactions of zorvaxone?",
    "What is the dose of zorvaxone?",
    "Does zorvaxone help insomnia?",
    "Is zorvaxone recommended for insomnia?",
    "What are the adverse reactions of quellomine?",
    "Does quellomine cause a rash?",
    "Did trials of zorvaxone last a year?",
    "What does the guideline recommend on driving?",
    "Is screening for colds recommended?",
    "Is honey recommended for croup?",
)


def uspstf(background: str) -> str:
    """Return one topic as the USPSTF serves it."""
    topic = {
        "title": "Colds: Screening",
        "topicYear": 2021,
        "uspstfAlias": "colds-screening",
        "specific": [1],
        "rationale": f"<h2>Rationale</h2><h3>Importance</h3><p>{background}</p>",
        "pubDate": "2021-03-09",
    }
    graded = {
        "id": 1,
        "title": "Colds: Screening -- Adults 18 years or older",
        "grade": "B",
        "gradeVer": 1,
        "text": "The USPSTF recommends screening for colds.",
        "general": "7",
    }
    return json.dumps({"generalRecommendations": {"7": topic}, "specificRecommendations": [graded]})


def printed(background: Sequence[str]) -> bytes:
    """Return a guideline as a PDF, *background* line by line."""
    usual = (
        "Croup is common in winter, and most children who have it are seen at",
        "night. It is a swelling of the upper airway that follows an infection",
        "with a virus, and it makes the child bark and breathe with a noise.",
    )
    lines = (
        (740, 16, "F2", "Honey for Croup, 2021"),
        (700, 10, "F2", "Advice"),
        (680, 10, "F1", "1. We recommend that clinicians not use honey in infants with croup"),
        (668, 10, "F1", "(strong recommendation, low-quality evidence)."),
        (640, 10, "F2", "Background"),
        *((620 - 12 * n, 10, "F1", line) for n, line in enumerate((*usual, *background))),
    )
    return made([[(72, *line) for line in lines]])


def corpus() -> dict[str, str | bytes]:
    """Return the small corpus, with a document of every format."""
    return {
        **sample_corpus.files(),
        "guidelines/uspstf.json": uspstf(PLACES["guidelines/uspstf.json"]),
        "guidelines/croup.pdf": printed([PLACES["guidelines/croup.pdf"]]),
    }


def planted(strings: Sequence[str]) -> dict[str, str | bytes]:
    """Return the corpus with *strings* spread over its documents, each as a sentence."""
    files = corpus()
    for number, (name, place) in enumerate(PLACES.items()):
        sown = strings[number :: len(PLACES)]
        if name.endswith(".pdf"):
            files[name] = printed([place, *sown])
            continue
        text = str(files[name])
        assert text.count(place) == 1, name
        files[name] = text.replace(place, f"{place} {_written(name, ' '.join(sown))}")
    return files


def _written(name: str, text: str) -> str:
    """Write *text* as the format of the file has it."""
    if "ngc" in name:  # marked-up text in an attribute, and a paragraph of its own
        return html.escape(f"</p><p>{html.escape(text)}")
    if "uspstf" in name:
        return json.dumps(html.escape(text))[1:-1]
    if name.endswith(".json"):
        return json.dumps(text)[1:-1]
    return text if name.endswith((".md", ".txt")) else html.escape(text)


@contextmanager
def reading(home: Path, files: dict[str, str | bytes]) -> Iterator[Reading]:
    """Build an index of *files* below *home* and open it."""
    folder = sample_corpus.write(home / "corpus", files)
    ingest([folder], home / "index", HashingEmbedder())
    # The test embedder knows words only: nearness to the question is no evidence here.
    settings = Settings(_env_file=None, home=home, min_similarity=0)  # type: ignore[call-arg]
    with bootstrap(settings, embedder=HashingEmbedder()) as runtime, runtime.live.reading() as held:
        yield held


def said(answer: Answer) -> object:
    """Return what an answer says: everything but where in the changed texts it stands."""
    sections = [
        (
            section.kind,
            section.note,
            [
                (s.text, s.subject, s.support, c.marker, c.passage.source.id, c.quote)
                for s in section.statements
                for c in s.citations
            ],
        )
        for section in answer.sections
    ]
    notices = [(n.drug, n.kind, n.statement.text) for n in answer.safety]
    references = [(r.marker, r.source.id, r.badges) for r in answer.references]
    query = answer.query
    understood = (query.text, query.drugs, query.condition, query.topics)
    return answer.outcome, understood, notices, sections, references, answer.disclaimer


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """The answers of the small corpus as it is."""
    with reading(tmp_path_factory.mktemp("plain"), corpus()) as held:
        return {question: held.answerer.answer(question) for question in QUESTIONS}


def test_the_questions_reach_every_format(plain: dict[str, Answer]) -> None:
    """Each document that is planted in is cited by some answer: no case is idle."""
    cited = {
        c.passage.source.title
        for answer in plain.values()
        for section in answer.sections
        for statement in section.statements
        for c in statement.citations
    }

    assert cited >= {
        "Insomnia in adults 2024",
        "Rash from medicines",
        "Waking after sleep medicines",
        "Colds: Screening",
        "Honey for Croup, 2021",
        "Zorvaxone for insomnia: a trial",
        "A review of sleep and its medicines",
        "Quellomine and skin",
    }


@pytest.mark.parametrize("half", [0, 1])
def test_what_is_planted_in_documents_changes_no_answer(
    half: int, plain: dict[str, Answer], tmp_path: Path
) -> None:
    """Facts, citations, sections, notices and disclaimer are those of the documents without it."""
    strings = [*OWN, *shared_strings()][half::2]

    with reading(tmp_path, planted(strings)) as held:
        answers = {question: held.answerer.answer(question) for question in QUESTIONS}

    assert {q: said(a) for q, a in answers.items()} == {q: said(a) for q, a in plain.items()}
