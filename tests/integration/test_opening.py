"""The live index: readers follow the pointer, and nothing that is wrong with a build stops them."""

from __future__ import annotations

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from ingest.activating import activate, current_id, rollback
from ingest.collecting import collect
from ingest.documents import SourceType, Status
from ingest.embedded import EmbeddedEngine
from ingest.embedding import HashingEmbedder, Identity
from ingest.filters import Eq, Field, Keys
from ingest.pipeline import ingest
from ingest.snapshots import VECTORS, Snapshot
from service.answering import Answerer
from service.bootstrap import bootstrap
from service.errors import IndexUnavailableError
from service.opening import WARMING_QUESTION, LiveIndex, Tally
from service.settings import read_settings
from tests import sample_corpus
from tests.sample_index import Twice, republish

EMBEDDER = HashingEmbedder()
TABLETS = f"label:{sample_corpus.TABLETS}"


@dataclass
class DoseAnswerer:
    """Answers every question with its snapshot and the dose in force, from all of its parts."""

    snapshot: Snapshot
    heard: list[str] = field(default_factory=list)

    def answer(self, question: str) -> tuple[str, str]:
        """Search, look up and read, as an answer does."""
        self.heard.append(question)
        vector = EMBEDDER.embed_question(f"recommended dose by mouth {question}")
        labels = Eq(Field.TYPE, SourceType.LABEL)
        (near,) = self.snapshot.engine.search(vector, labels, limit=40)
        rows = [hit.key for hit in near]
        rows += [m.row for m in self.snapshot.lexical.search("dose", SourceType.LABEL, limit=9)]
        self.snapshot.engine.search(vector, Keys(tuple(rows)), limit=len(rows))
        for chunk in self.snapshot.documents.chunks(rows):
            source, standing = self.snapshot.documents.source(chunk.document_id)
            if (source.id, standing.status, chunk.code) == (TABLETS, Status.CURRENT, "34068-7"):
                return self.snapshot.id, chunk.text
        raise LookupError("the label in force has no dose")


def doses(live: LiveIndex) -> tuple[str, str]:
    """One answer of the live index: its snapshot and the dose."""
    with live.reading() as reading:
        return cast(DoseAnswerer, reading.answerer).answer("now")


@contextmanager
def opened(
    index: Path, answerer: Callable[[Snapshot], object] = DoseAnswerer
) -> Iterator[LiveIndex]:
    """A live index over *index*."""
    live = LiveIndex(index, EMBEDDER, cast(Callable[[Snapshot], Answerer], answerer))
    try:
        yield live
    finally:
        live.close()


def damage(index: Path, snapshot_id: str) -> None:
    """Change one byte of a snapshot's vectors."""
    path = index / "snapshots" / snapshot_id / VECTORS
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def private_copy(snapshot: Snapshot) -> Path:
    """Where a snapshot's reader keeps its private copy of Chroma's files."""
    published = cast(EmbeddedEngine, snapshot.engine)._published
    assert published is not None
    return Path(published._neighbours._private.folder)


def soon(condition: Callable[[], bool]) -> bool:
    """Wait up to ten seconds for *condition*."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def test_a_reader_keeps_answering_while_a_snapshot_is_built_and_goes_live(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """No question fails; each is answered from one snapshot; the new dose comes by itself."""
    corpus = Path(shutil.copytree(twice.corpus, tmp_path / "corpus"))
    newest = {"labels/zorvanex.xml": sample_corpus.tablets("9", "20260101", dose="10 mg")}
    sample_corpus.write(corpus, newest)
    answers: list[list[tuple[str, str]]] = [[], [], []]
    faults: list[Exception] = []
    done = threading.Event()

    def ask(own: list[tuple[str, str]], live: LiveIndex) -> None:
        while not done.is_set():
            try:
                own.append(doses(live))
            except Exception as error:  # noqa: BLE001 - any is a failed answer
                faults.append(error)

    with opened(index) as live:
        live.follow(0.05)
        readers = [threading.Thread(target=ask, args=(own, live)) for own in answers]
        for reader in readers:
            reader.start()
        report = ingest([corpus], index, EMBEDDER)
        moved = soon(lambda: all(own and own[-1][0] == report.snapshot for own in answers))
        done.set()
        for reader in readers:
            reader.join()

    assert faults == []
    assert moved
    old = (twice.second.snapshot, "The recommended dose is 25 mg by mouth once daily at bedtime.")
    new = (report.snapshot, "The recommended dose is 10 mg by mouth once daily at bedtime.")
    for own in answers:
        turn = own.index(new)
        assert own[:turn] == [old] * turn
        assert own[turn:] == [new] * (len(own) - turn)


def test_while_eight_ask_snapshots_go_live_back_and_away(index: Path, twice: Twice) -> None:
    """
    Activation, rollback and collection, over and over: no question fails.

    Every answer is of one snapshot, from its first search to its last word.
    """
    first, second = twice.first.snapshot, twice.second.snapshot
    dose = {first: "50 mg", second: "25 mg"}
    answers = [("", "")]
    faults: list[Exception] = []
    done = threading.Event()

    def ask(live: LiveIndex) -> None:
        while not done.is_set():
            try:
                answers.append(doses(live))
            except Exception as error:  # noqa: BLE001 - any is a failed answer
                faults.append(error)

    def answering_from(wanted: str) -> bool:
        return soon(lambda: answers[-1][0] == wanted)

    with opened(index) as live:
        live.follow(0.02)
        readers = [threading.Thread(target=ask, args=(live,)) for _ in range(8)]
        for reader in readers:
            reader.start()
        moved = []
        for number in range(6):
            newest = republish(index, first, f"20990101T00000{number}Z-new")
            dose[newest] = dose[first]
            activate(index, newest)
            moved.append(answering_from(newest))
            moved.append(rollback(index) == second)
            moved.append(answering_from(second))
            collect(index, keep=1)
        done.set()
        for reader in readers:
            reader.join()

    assert faults == []
    assert all(moved)
    assert {snapshot for snapshot, _ in answers[1:]} == {*dose} - {first}
    assert all(dose[snapshot] in words for snapshot, words in answers[1:])


def test_a_snapshot_that_answers_is_not_collected(index: Path, twice: Twice) -> None:
    """The pointer moved on twice, the reader has not yet looked: what it reads stays."""
    with opened(index) as live:
        for name in ("20990101T000000Z-a", "20990101T000000Z-b"):
            activate(index, republish(index, twice.first.snapshot, name))

        kept = {each.snapshot: each.reason for each in collect(index, keep=1).kept}
        assert kept[twice.second.snapshot] == "being read"
        assert doses(live)[0] == twice.second.snapshot

        live.refresh()
        assert twice.second.snapshot in collect(index, keep=1).removed


def test_an_answer_under_way_finishes_on_the_snapshot_it_began_with(
    index: Path, twice: Twice
) -> None:
    """The old snapshot stays open until its last reader leaves, and is let go of then."""
    with opened(index) as live:
        with live.reading() as began:
            copy = private_copy(began.snapshot)
            activate(index, twice.first.snapshot)
            assert live.refresh()

            assert doses(live)[0] == twice.first.snapshot
            assert cast(DoseAnswerer, began.answerer).answer("still")[0] == twice.second.snapshot
            assert copy.is_dir()
        assert not copy.exists()

        assert doses(live)[0] == twice.first.snapshot


def test_a_snapshot_without_readers_is_let_go_of_at_once(index: Path, twice: Twice) -> None:
    """Nobody has to ask a question for the disk to be freed."""
    with opened(index) as live:
        with live.reading() as reading:
            copy = private_copy(reading.snapshot)
        activate(index, twice.first.snapshot)

        assert live.refresh()
        assert not copy.exists()
        assert not live.refresh()


def test_a_new_snapshot_is_warmed_before_it_answers(index: Path, twice: Twice) -> None:
    """The first question that reads files in is never a clinician's."""
    with opened(index) as live:
        activate(index, twice.first.snapshot)
        live.refresh()

        with live.reading() as reading:
            assert cast(DoseAnswerer, reading.answerer).heard == [WARMING_QUESTION]


def test_the_warming_question_is_searched(index: Path, tmp_path: Path) -> None:
    """Asked back or declined, it would read nothing in and leave the work to the first reader."""
    settings = read_settings(home=tmp_path / "home", index=index)

    with bootstrap(settings, embedder=EMBEDDER) as runtime, runtime.live.reading() as reading:
        answer = reading.answerer.answer(WARMING_QUESTION)

    assert {"embedding", "retrieving"} <= {timing.stage for timing in answer.timings}


def _remove_folder(index: Path, snapshot_id: str) -> None:
    shutil.rmtree(index / "snapshots" / snapshot_id)


def _remove_manifest(index: Path, snapshot_id: str) -> None:
    (index / "snapshots" / snapshot_id / "manifest.json").unlink()


def _garble_pointer(index: Path, snapshot_id: str) -> None:
    (index / "CURRENT").write_bytes(b"\xff\xfe" + snapshot_id.encode()[:3])
    damage(index, snapshot_id)


@pytest.mark.parametrize("harm", [damage, _remove_folder, _remove_manifest, _garble_pointer])
def test_a_damaged_live_snapshot_falls_back_to_the_one_before(
    index: Path, twice: Twice, harm: Callable[[Path, str], None]
) -> None:
    """At start, the newest sound snapshot answers; the damaged one is not tried again and again."""
    harm(index, twice.second.snapshot)

    with opened(index) as live:
        assert doses(live) == (
            twice.first.snapshot,
            "The recommended dose is 50 mg by mouth once daily at bedtime.",
        )
        assert not live.refresh()
        assert live.refused == current_id(index)
        assert live.tally() == Tally(refusals=1)
        newest = republish(index, twice.first.snapshot, "20990101T000000Z-new")
        activate(index, newest)
        assert live.refresh()
        assert live.tally() == Tally(changes=1, refusals=1)
        assert live.refused is None


def test_a_candidate_that_was_never_live_is_not_fallen_back_to(index: Path, twice: Twice) -> None:
    """It may be newer than the previous snapshot: the quality gate held it back."""
    republish(index, twice.second.snapshot, "20990101T000000Z-candidate")
    damage(index, twice.second.snapshot)

    with opened(index) as live:
        assert doses(live)[0] == twice.first.snapshot


def test_a_refused_snapshot_that_was_mended_goes_live_when_activated_again(
    index: Path, twice: Twice
) -> None:
    """The pointer names it already; that it was written anew is what counts."""
    damage(index, twice.first.snapshot)

    with opened(index) as live:
        activate(index, twice.first.snapshot)
        assert not live.refresh()
        damage(index, twice.first.snapshot)  # the same bit once more: it is as it was
        assert not live.refresh()

        activate(index, twice.first.snapshot)
        assert live.refresh()
        assert live.refused is None


def test_a_damaged_new_snapshot_is_refused_while_serving_goes_on(index: Path, twice: Twice) -> None:
    """The pointer names it, its digests do not agree: the one at hand answers on."""
    damage(index, twice.first.snapshot)

    with opened(index) as live:
        activate(index, twice.first.snapshot)

        assert not live.refresh()
        assert not live.refresh()
        assert doses(live)[0] == twice.second.snapshot
        assert live.refused == twice.first.snapshot
        activate(index, twice.second.snapshot)
        assert not live.refresh()
        assert live.refused is None
        assert live.tally() == Tally(refusals=1)

        activate(index, twice.second.snapshot)
        assert not live.refresh()
        assert live.tally() == Tally(refusals=1)


def test_whatever_fails_in_opening_the_pointer_is_followed_on(index: Path, twice: Twice) -> None:
    """A fault that nobody foresaw refuses one snapshot; the next one goes live all the same."""
    odd = republish(index, twice.first.snapshot, "20990101T000000Z-odd")
    tried = threading.Event()

    def answerer(snapshot: Snapshot) -> DoseAnswerer:
        if snapshot.folder.name == odd:
            tried.set()
            raise RuntimeError("a fault that nobody foresaw")
        return DoseAnswerer(snapshot)

    with opened(index, answerer) as live:
        live.follow(0.02)
        activate(index, odd)
        assert tried.wait(10)
        assert doses(live)[0] == twice.second.snapshot

        activate(index, twice.first.snapshot)
        assert soon(lambda: doses(live)[0] == twice.first.snapshot)


def test_a_passing_trouble_only_puts_a_snapshot_off(index: Path, twice: Twice) -> None:
    """A full disk is no fault of the snapshot: it is tried again, ever more seldom, and taken."""
    tries: list[str] = []
    troubles = [OSError(errno.ENOSPC, "No space left on device")] * 3

    def answerer(snapshot: Snapshot) -> DoseAnswerer:
        if snapshot.id == twice.first.snapshot:
            tries.append(snapshot.id)
            if troubles:
                raise troubles.pop()
        return DoseAnswerer(snapshot)

    with opened(index, answerer) as live:
        activate(index, twice.first.snapshot)
        polls = []
        for _ in range(8):
            moved = live.refresh()
            polls.append((len(tries), moved, live.refused is None))

        assert polls[:3] == [(1, False, False), (2, False, False), (2, False, False)]
        assert polls[3:7] == [(3, False, False)] * 4
        assert polls[7] == (4, True, True)
        assert live.tally() == Tally(changes=1, refusals=1)
        assert doses(live)[0] == twice.first.snapshot


def test_without_a_sound_snapshot_there_is_no_service(index: Path, tmp_path: Path) -> None:
    """No index, or none undamaged: one error that says what to do."""
    for snapshot_id in [path.name for path in (index / "snapshots").iterdir()]:
        damage(index, snapshot_id)

    with pytest.raises(IndexUnavailableError, match="followup ingest apply"), opened(index):
        pass
    with (
        pytest.raises(IndexUnavailableError, match="followup ingest apply"),
        opened(tmp_path / "none"),
    ):
        pass


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(EMBEDDER.identity, name="another"), "name"),
        (replace(EMBEDDER.identity, dimension=12), "dimension 256 there, 12 here"),
        (replace(EMBEDDER.identity, weights_sha256="f" * 64), "weights_sha256"),
    ],
)
def test_another_embedder_is_an_error_and_no_reason_to_fall_back(
    index: Path, other: Identity, told: str
) -> None:
    """
    Name, dimension or digest of the weights: the message names both sides.

    An older snapshot may fit the wrong embedder: going back to it would hide the mistake.
    """
    live = current_id(index)
    embedder = HashingEmbedder()
    embedder.identity = other

    with pytest.raises(IndexUnavailableError, match=f"{live} was built with hashing@") as caught:
        LiveIndex(index, embedder, cast(Callable[[Snapshot], Answerer], DoseAnswerer))
    assert told in str(caught.value)
