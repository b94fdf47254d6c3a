"""A study retracted after indexing: the table in a real database, over a real index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.documents import SourceType
from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from service.answers import Answer, SectionKind
from service.bootstrap import Runtime, bootstrap
from service.migrating import open_database
from service.rendering import as_json
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction, Retractions
from service.settings import Settings, read_settings
from tests import sample_corpus
from tests.integration.test_cli import followup

QUESTION = "What is the role of zorvaxone for insomnia?"
TRIAL = f"study:pmid:{sample_corpus.TRIAL}"
RETRACTED = Retraction(
    (sample_corpus.TRIAL,), (), Nature.RETRACTION, "2026-01-01", "Data", "A trial"
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample corpus."""
    home = tmp_path_factory.mktemp("retracting")
    corpus = sample_corpus.write(home / "corpus", sample_corpus.files())
    ingest([corpus], home / "index", HashingEmbedder())
    return home / "index"


@pytest.fixture(scope="module")
def settings(index: Path) -> Settings:
    """Settings with a database beside the index."""
    return read_settings(home=index.parent, index=index)


@pytest.fixture(scope="module")
def runtime(settings: Settings) -> Iterator[Runtime]:
    """The service, running all the time."""
    with bootstrap(settings, embedder=HashingEmbedder()) as running:
        yield running


@pytest.fixture
def operations(settings: Settings) -> Iterator[RetractionTable]:
    """The table as another process opens it; empty before and after."""
    engine = open_database(settings.database_url)
    table = RetractionTable(engine)
    yield table
    table.load([])
    engine.dispose()


def answer(runtime: Runtime) -> Answer:
    """Ask about the trial's drug."""
    with runtime.live.reading() as reading:
        return reading.answerer.answer(QUESTION)


def cited(given: Answer) -> set[str]:
    """Return the studies that an answer cites anywhere."""
    shown = [s for section in given.sections for s in section.statements]
    shown += [side for each in given.conflicts for side in (each.first, each.second)]
    named = {c.passage.source.id for s in shown for c in s.citations}
    named |= {reference.source.id for reference in given.references}
    return {source for source in named if source.startswith("study:")}


def test_a_study_retracted_after_indexing_supports_nothing_from_the_next_question_on(
    runtime: Runtime, operations: RetractionTable
) -> None:
    """Without a restart or a new index; reinstated, it is evidence again, byte for byte."""
    before = answer(runtime)

    operations.load([RETRACTED])
    during = answer(runtime)
    operations.load([])
    after = answer(runtime)

    assert TRIAL in cited(before)
    assert TRIAL not in cited(during)
    assert (before.provenance.retractions, after.provenance.retractions) == (None, None)
    assert during.provenance.retractions == Retractions.of([RETRACTED]).digest
    assert _bytes(before) == _bytes(after)


def _bytes(given: Answer) -> str:
    written = as_json(given)
    del written["timings"]
    return json.dumps(written)


def test_the_same_table_gives_the_same_bytes(runtime: Runtime, operations: RetractionTable) -> None:
    """Loaded in any order, and again."""
    other = Retraction(("99000077",), (), Nature.RETRACTION)
    operations.load([RETRACTED, other])
    one = answer(runtime)
    operations.load([other])
    operations.load([RETRACTED], keep=True)

    assert _bytes(answer(runtime)) == _bytes(one)


def test_a_reinstated_study_is_evidence_again(
    runtime: Runtime, operations: RetractionTable
) -> None:
    """And a concern is a badge on its reference."""
    reinstated = Retraction((sample_corpus.TRIAL,), (), Nature.REINSTATEMENT, "2026-02-01")
    concern = Retraction((sample_corpus.TRIAL,), (), Nature.CONCERN, "2026-03-01")

    operations.load([RETRACTED, reinstated, concern])

    given = answer(runtime)
    (reference,) = [each for each in given.references if each.source.id == TRIAL]
    assert "Expression of concern" in reference.badges


def test_the_next_study_moves_up(runtime: Runtime, operations: RetractionTable) -> None:
    """What is retracted takes no place from what stands, and is passed over everywhere."""
    with runtime.live.reading() as reading:
        retriever = reading.answerer.retriever
        query = answer(runtime).query
        operations.load([RETRACTED])

        heeding = retriever.heeding(runtime.retractions.current())

        found = heeding.retrieve(query, heeding.embed(query))[SourceType.STUDY]
        was = retriever.retrieve(query, retriever.embed(query))[SourceType.STUDY]
        assert [p.rank for p in found] == list(range(1, len(found) + 1))
        assert {p.id for p in found} == {p.id for p in was if p.source.id != TRIAL}


def test_operations_load_and_look_at_the_table(tmp_path: Path) -> None:
    """A useless file leaves it as it was, and the exit status tells."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    header = "OriginalPaperPubMedID,RetractionNature,RetractionDate\n"
    good.write_text(f"{header}99000001,Retraction,1/1/2026\n0,Retraction,1/1/2026\n")
    bad.write_text(f"{header}0,Retraction,1/1/2026\n")

    loaded = followup(tmp_path, "corpus", "retractions", "--csv", str(good), "--json")
    useless = followup(tmp_path, "corpus", "retractions", "--csv", str(bad))
    shown = followup(tmp_path, "corpus", "retractions")

    told = json.loads(loaded.stdout)
    assert told["file"]["refused"] == [{"line": 3, "reason": "no PMID and no DOI"}]
    assert useless.returncode == 1
    assert "stays as it was" in useless.stderr
    assert "1 notices (1 retraction)" in shown.stdout
    assert told["table"]["digest"] in shown.stdout


def test_sections_survive_a_retraction(runtime: Runtime, operations: RetractionTable) -> None:
    """Only the study goes: label and guideline stay."""
    before = answer(runtime)
    operations.load([RETRACTED])

    kinds = (SectionKind.LABEL, SectionKind.GUIDELINES)
    for one, other in zip(before.sections, answer(runtime).sections, strict=True):
        assert one.kind not in kinds or [s.text for s in one.statements] == [
            s.text for s in other.statements
        ]
