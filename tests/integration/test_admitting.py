"""The quality gate: what held on the live snapshot must hold on the one that takes its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.activating import POINTER, activate, current_id
from ingest.embedding import HashingEmbedder
from ingest.errors import IndexDamagedError, IndexMissingError
from service.admitting import Admission, admit
from service.errors import SettingsError
from service.golden import read_dialogues
from service.settings import Settings
from tests.sample_index import Built, Seen, Twice, republish

EMBEDDER = HashingEmbedder()
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
STARTER = Path(__file__).resolve().parents[2] / "corpus" / "golden"


def gate(index: Path, home: Path, candidate: str, *, golden: Path = GOLDEN) -> Admission:
    """Judge *candidate* by the dialogues of the small corpus."""
    # The test embedder knows words only: nearness to the question is no evidence here.
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        home=home,
        index=index,
        golden=golden,
        min_similarity=0,
    )
    return admit(settings, candidate, EMBEDDER)


class Unequipped(Settings):
    """Settings of an install that is no checkout and names no golden dialogues."""

    @property
    def golden_folders(self) -> tuple[Path, ...]:
        """None at all."""
        return ()


def test_without_golden_dialogues_the_gate_says_that_it_asked_nothing(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """In its lines and in its JSON; where dialogues were asked, there is no warning."""
    bare = Unequipped(_env_file=None, home=tmp_path, index=index)  # type: ignore[call-arg]

    found = admit(bare, twice.first.snapshot, EMBEDDER)
    asked = gate(index, tmp_path, twice.first.snapshot)

    assert found.passes
    assert "warning: no golden dialogues: nothing was asked" in "\n".join(found.lines())
    assert str(found.as_json()["warning"]).startswith("no golden dialogues: nothing was asked")
    assert asked.as_json()["warning"] is None
    assert "nothing was asked" not in "\n".join(asked.lines())


def test_a_dose_that_held_and_no_longer_does_is_a_regression(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """The label's dose is another in the candidate: the turn, and why, are named."""
    activate(index, twice.first.snapshot)

    found = gate(index, tmp_path, twice.second.snapshot)

    assert not found.passes
    assert found.against == twice.first.snapshot
    (regression,) = found.regressions
    assert (regression.dialogue, regression.turn) == ("label-in-force", 1)
    assert "50 mg" in str(regression)
    assert (found.measured, found.measured_before, found.held) == (2, 2, 1)
    assert twice.first.snapshot in str(found.refusal())
    assert "--force" in str(found.refusal())
    assert current_id(index) == twice.first.snapshot


def test_what_failed_on_the_live_snapshot_too_refuses_nothing(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """A candidate need not be better than what it replaces; what still fails is told."""
    again = republish(index, twice.second.snapshot, "20990101T000000Z-00000000")

    found = gate(index, tmp_path, again)

    assert found.passes
    assert found.against == twice.second.snapshot
    assert [failure.dialogue for failure in found.failures] == ["label-in-force"]
    assert (found.held, found.measured) == (1, 2)
    assert any("did not hold before" in line for line in found.lines())


def test_a_candidate_that_holds_all_passes(index: Path, twice: Twice, tmp_path: Path) -> None:
    """Better than the live one, which needs no replay then."""
    found = gate(index, tmp_path, twice.first.snapshot)

    assert found.passes
    assert found.regressions == found.failures == ()
    assert found.held == found.measured == found.measured_before == 2


def test_without_a_live_snapshot_failures_are_told_and_nothing_regresses(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """The first snapshot has nothing to be worse than."""
    (index / POINTER).unlink()

    found = gate(index, tmp_path, twice.second.snapshot)

    assert found.passes
    assert (found.against, found.measured_before) == (None, None)
    assert [failure.dialogue for failure in found.failures] == ["label-in-force"]
    assert any(line.startswith("fails: label-in-force 1") for line in found.lines())


def test_dialogues_without_their_sources_are_not_measured(built: Built, tmp_path: Path) -> None:
    """The starter corpus's dialogues say nothing about a corpus without those sources."""
    found = gate(built.index, tmp_path, built.report.snapshot, golden=STARTER)

    assert "naltrexone-for-insomnia" in found.not_measured
    assert found.measured < sum(len(each.turns) for each in read_dialogues(STARTER))
    assert found.lost == ()


def test_a_dialogue_whose_source_went_away_is_told_as_lost(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """It refuses nothing here: that a source may go is for the rules of shrinking to say."""
    golden = tmp_path / "golden"
    golden.mkdir()
    dialogue = {
        "id": "gone",
        "about": "An edition of the label that only the live snapshot holds",
        "needs": ["label:0a0a0a0a-0000-4000-8000-000000000001@8"],
        "turns": [{"ask": "What is the dose of Zorvanex?", "expect": {}}],
    }
    (golden / "own.jsonl").write_text(json.dumps(dialogue), encoding="utf-8")

    found = gate(index, tmp_path, twice.first.snapshot, golden=golden)

    assert found.passes
    assert (found.lost, found.measured, found.measured_before) == (("gone",), 0, 1)
    assert "measured before and no longer: gone" in found.lines()


def test_a_damaged_candidate_is_not_judged(index: Path, twice: Twice, tmp_path: Path) -> None:
    """Its digests are compared before a question is asked of it."""
    words = index / "snapshots" / twice.first.snapshot / "words.txt"
    words.write_text("other words")

    with pytest.raises(IndexDamagedError, match=r"words\.txt"):
        gate(index, tmp_path, twice.first.snapshot)
    with pytest.raises(IndexMissingError):
        gate(index, tmp_path, "20990101T000000Z-00000000")


def test_a_damaged_live_snapshot_is_nothing_to_compare_with(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """A way out of damage must not be barred by it; that nothing was compared is told."""
    activate(index, twice.first.snapshot)
    words = index / "snapshots" / twice.first.snapshot / "words.txt"
    words.write_text("other words")

    found = gate(index, tmp_path, twice.second.snapshot)

    assert found.passes
    assert found.against is None
    assert "words.txt" in (found.incomparable or "")


@pytest.mark.parametrize("text", ["", "{", '{"id": "x"}\n'])
def test_dialogues_that_cannot_be_read_are_a_wrong_setting(
    built: Built, tmp_path: Path, text: str
) -> None:
    """A gate that checks nothing because of a slip in a file would be worse than none."""
    golden = tmp_path / "golden"
    golden.mkdir()
    (golden / "own.jsonl").write_text(text)

    with pytest.raises(SettingsError, match="golden"):
        gate(built.index, tmp_path, built.report.snapshot, golden=golden)
    with pytest.raises(SettingsError, match="FOLLOWUP_GOLDEN"):
        gate(built.index, tmp_path, built.report.snapshot, golden=tmp_path / "nowhere")


def test_progress_is_told_dialogue_by_dialogue(built: Built, tmp_path: Path) -> None:
    """The gate may take a minute; the last step says that all were replayed."""
    seen = Seen()
    settings = Settings(_env_file=None, home=tmp_path, index=built.index)  # type: ignore[call-arg]

    admit(settings, built.report.snapshot, EMBEDDER, progress=seen)

    stage, done, total = seen.steps[-1]
    assert (stage, done) == ("golden", total)
