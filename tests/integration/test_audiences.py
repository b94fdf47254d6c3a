"""The golden dialogues, read by everyone: one set of facts, and follow-ups that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.embedding import HashingEmbedder
from ingest.parsing.loinc import FOR_PATIENTS
from ingest.pipeline import ingest
from service.answers import Answer, Audience, Outcome, Turn
from service.bootstrap import bootstrap
from service.citing import cited_passages
from service.golden import Dialogue, read_dialogues
from service.opening import Reading
from service.personalizing import personalized
from service.serialising import as_json
from service.settings import Settings
from service.topics import TOPICS
from service.wording import reworded
from tests.facts import facts

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
DIALOGUES = read_dialogues(CORPUS / "golden")


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """An index of the starter corpus, built once; the test embedder knows words only."""
    home = tmp_path_factory.mktemp("audiences")
    ingest([CORPUS], home / "index", HashingEmbedder())
    settings = Settings(_env_file=None, home=home, min_similarity=0)  # type: ignore[call-arg]
    with bootstrap(settings, embedder=HashingEmbedder()) as runtime, runtime.live.reading() as held:
        yield held


def answers(dialogue: Dialogue, reading: Reading) -> Iterator[Answer]:
    """Yield the answer to each turn, asked in its conversation."""
    history: list[Turn] = []
    for turn in dialogue.turns:
        answer = reading.answerer.answer(turn.ask, history)
        history.append(Turn(turn.ask, answer.query, answer.outcome, cited_passages(answer)))
        yield answer


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_every_reader_of_a_golden_dialogue_gets_the_same_facts(
    dialogue: Dialogue, reading: Reading
) -> None:
    """Statements, citations, quotes, offsets, markers, outcome and conflicts, for every pair."""
    for answer in answers(dialogue, reading):
        stored = as_json(answer)

        read = [facts(personalized(stored, audience)) for audience in Audience]

        assert read[0] == facts(stored)
        assert all(one == other for one, other in pairwise(read))


def test_each_follow_up_worded_for_patients_asks_the_same_and_is_answered(
    reading: Reading,
) -> None:
    """The other words are understood as the same topic, and find the same label section."""
    answer = reading.answerer.answer
    differing: dict[str, tuple[object, ...]] = {}
    worded = set()

    for drug in ("naltrexone", "methotrexate", "tramadol"):
        for topic, entry in TOPICS.items():
            ours = entry.question.format(drug=drug)
            theirs = reworded(ours, Audience.PATIENT)
            meant, read = answer(ours), answer(theirs)
            if theirs == ours or meant.outcome is Outcome.DECLINED:
                continue
            worded.add(topic)
            if read.outcome is Outcome.DECLINED or read.query.topics != meant.query.topics:
                differing[theirs] = (read.outcome, read.query.topics, meant.query.topics)

    assert len(worded) >= 8
    assert differing == {}


@pytest.mark.parametrize(
    "question",
    [
        "Can I drive while taking tramadol?",
        "Can I drink alcohol with sertraline?",
        "Can I drive while taking metoprolol?",
    ],
)
def test_what_the_label_tells_patients_is_the_first_thing_a_patient_reads(
    question: str, reading: Reading
) -> None:
    """The starter corpus has it for some drugs; a physician has the same facts in their order."""
    stored = as_json(reading.answerer.answer(question))

    patient, physician = (personalized(stored, a) for a in (Audience.PATIENT, Audience.PHYSICIAN))

    (cited, *_) = patient["sections"][0]["statements"][0]["citations"]
    assert cited["section_code"] in FOR_PATIENTS
    assert physician["sections"][0]["kind"] == "guidelines"
    assert facts(patient) == facts(physician)
