"""The golden dialogues hold on the starter corpus, with the real embedder, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embedding import Embedder, HashingEmbedder, default_embedder
from ingest.parsing.loinc import FOR_PATIENTS
from ingest.pipeline import ingest
from service.answers import Audience
from service.bootstrap import bootstrap
from service.golden import Dialogue, read_dialogues
from service.opening import Reading
from service.personalizing import personalized
from service.replaying import Holdings, Verdict, replay
from service.serialising import as_json
from service.settings import Settings
from tests.facts import facts
from tests.sample_index import Built

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
DIALOGUES = read_dialogues(CORPUS / "golden")
SMALL = read_dialogues(Path(__file__).resolve().parents[1] / "golden")


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The default embedder, loaded once."""
    return default_embedder(threads=2)


@pytest.fixture(scope="module")
def reading(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """An index of the starter corpus, built once."""
    home = tmp_path_factory.mktemp("golden")
    ingest([CORPUS], home / "index", embedder)
    settings = Settings(_env_file=None, home=home)  # type: ignore[call-arg]
    with bootstrap(settings, embedder=embedder) as runtime, runtime.live.reading() as held:
        yield held


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_the_dialogue_holds(dialogue: Dialogue, reading: Reading) -> None:
    """Every turn is measured on the starter corpus, and everything expected of it is so."""
    holdings = Holdings.of(reading.snapshot.documents)

    turns = replay(dialogue, reading.answerer.answer, holdings)

    failed = [f"{t.turn}: {t.ask}: {t.reasons}" for t in turns if t.verdict is not Verdict.HELD]
    assert failed == []


@pytest.mark.parametrize("drug", ["tramadol", "warfarin"])
def test_what_patients_should_know_is_unfolded_for_them(drug: str, reading: Reading) -> None:
    """Asked of nothing in particular, the label leads, and a patient alone sees it all open."""
    stored = as_json(reading.answerer.answer(f"What should I know when taking {drug}?"))

    patient, physician = (personalized(stored, a) for a in (Audience.PATIENT, Audience.PHYSICIAN))

    label = patient["sections"][0]
    codes = {cited["section_code"] for said in label["more"] for cited in said["citations"]}
    assert label["kind"] == "label"
    assert codes & FOR_PATIENTS
    assert (patient["view"]["unfolded"], physician["view"]["unfolded"]) == (["label"], [])
    assert facts(patient) == facts(physician)


@pytest.mark.parametrize("dialogue", SMALL, ids=lambda dialogue: dialogue.id)
def test_the_dialogue_of_the_small_corpus_holds(
    dialogue: Dialogue, built: Built, tmp_path: Path
) -> None:
    """What the starter corpus has none of: a retracted study, a label in two versions."""
    # The test embedder knows words only: nearness to the question is no evidence here.
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        home=tmp_path,
        index=built.index,
        min_similarity=0,
    )

    with bootstrap(settings, embedder=HashingEmbedder()) as runtime, runtime.live.reading() as held:
        (turn,) = replay(dialogue, held.answerer.answer, Holdings.of(held.snapshot.documents))

    assert (turn.verdict, turn.reasons) == (Verdict.HELD, ())


def test_the_dialogues_cover_ten_drugs_beside_naltrexone() -> None:
    """At least twenty turns are about at least ten drugs other than naltrexone."""
    expected = [turn.expect for dialogue in DIALOGUES for turn in dialogue.turns]

    others = [e for e in expected if e.drugs and not any("naltrexone" in d for d in e.drugs)]

    assert len(others) >= 20
    assert len({drug.partition(",")[0] for e in others for drug in e.drugs or ()}) >= 10
