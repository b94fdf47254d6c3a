"""Golden dialogues are read strictly, and judge an answer by what it says, not how."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.dialogues import Replays, lines
from ingest.documents import Direction
from service.answers import (
    Answer,
    CorrectionKind,
    DeclineReason,
    Outcome,
    SafetyKind,
    SectionKind,
    Topic,
    Turn,
)
from service.golden import Dialogue, ExpectedNotice, Quoted, read_dialogues
from service.golden import Expectation as Expect
from service.replaying import Holdings, Replayed, Verdict, failures, replay, unmeasured
from tests.sample_runtime import GUIDELINE, LABEL, STUDY, a_clarification, a_declined, an_answer

HOLDINGS = Holdings(
    frozenset({GUIDELINE.source.id, GUIDELINE.id, LABEL.source.id, LABEL.id, STUDY.source.id}),
    frozenset({("zorvaxone",)}),
)


def written(folder: Path, *dialogues: object) -> Path:
    """Write *dialogues* into a file of *folder*, one a line; return the folder."""
    text = "\n".join(json.dumps(each) for each in dialogues)
    (folder / "cases.jsonl").write_text(text, encoding="utf-8")
    return folder


def a_dialogue(**expect: object) -> dict[str, Any]:
    """Return a dialogue of one turn as it is written."""
    turn = {"ask": "What is the role of zorvanex for insomnia?", "expect": expect}
    return {"id": "role", "about": "The role of a drug", "turns": [turn]}


def read_one(folder: Path, **expect: object) -> Dialogue:
    """Return the dialogue of one turn, read back."""
    (dialogue,) = read_dialogues(written(folder, a_dialogue(**expect)))
    return dialogue


def wrong(expect: Expect, answer: Answer | None = None) -> list[str]:
    """Return what is not as expected of the sample answer, or of *answer*."""
    return list(failures(answer or an_answer(), expect))


def test_a_dialogue_is_read_with_its_values(tmp_path: Path) -> None:
    """Names of outcomes, kinds and sections become values; what is left out is not checked."""
    expect = read_one(
        tmp_path,
        outcome=["answered"],
        decline="no_evidence",
        quotes=[{"section": "label", "holds": ["3%"]}],
        safety=[{"drug": "x", "kind": "boxed_warning"}],
    )

    held = expect.turns[0].expect
    assert (held.outcome, held.decline) == ((Outcome.ANSWERED,), DeclineReason.NO_EVIDENCE)
    assert held.safety == (ExpectedNotice("x", SafetyKind.BOXED_WARNING),)
    assert (held.drugs, held.condition, held.conflicts) == (None, None, None)


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "x", "about": "x", "turns": []},
        {"id": "x", "about": "x", "turns": [{"ask": "x", "expect": {"cite": ["a"]}}]},
        {"id": "x", "about": "x", "turns": [{"ask": "x", "expect": {"outcome": ["maybe"]}}]},
        {"id": "x", "about": "x", "turns": [{"ask": "", "expect": {}}]},
        {"id": "x", "turns": [{"ask": "x", "expect": {}}]},
        "not a dialogue",
    ],
)
def test_what_is_not_a_dialogue_is_refused_with_its_place(tmp_path: Path, bad: object) -> None:
    """An unknown key or value, no turns or no question: the file and line are named."""
    folder = written(tmp_path, {**a_dialogue(), "id": "first"}, bad)

    with pytest.raises(ValueError, match=r"cases\.jsonl, line 2"):
        read_dialogues(folder)


def test_an_id_given_twice_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    """Two dialogues of one id could not be told apart; none at all would hold whatever happened."""
    with pytest.raises(ValueError, match="no golden dialogues"):
        read_dialogues(tmp_path)

    with pytest.raises(ValueError, match=r"twice in .*: role"):
        read_dialogues(written(tmp_path, a_dialogue(), a_dialogue()))


MISSPELT = CorrectionKind.MISSPELLING


def test_an_answer_as_expected_has_no_failures() -> None:
    """Understanding, evidence, figures, notices and conflicts are all found."""
    expect = Expect(
        outcome=(Outcome.ANSWERED, Outcome.PARTIAL),
        drugs=("Zorvanex",),
        condition="insomnia",
        topics=(Topic.INDICATION,),
        corrections=(("Zorvanix", "zorvanex", MISSPELT),),
        carried=(),
        cites=(LABEL.source.id, STUDY.id),
        cites_any=("elsewhere", GUIDELINE.source.id),
        never_cites=("elsewhere",),
        quotes=(
            Quoted(SectionKind.LABEL, ("INSOMNIA", "14%", "5%"), LABEL.source.id),
            Quoted(SectionKind.GUIDELINES, ("zorvanex",), direction=Direction.AGAINST),
        ),
        never_quotes=(Quoted(SectionKind.LABEL, ("9 minutes",)),),
        safety=(ExpectedNotice("Zorvanex", SafetyKind.BOXED_WARNING),),
        conflicts=(("study", LABEL.source.id),),
        notice=False,
    )

    assert wrong(expect) == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (Expect(outcome=(Outcome.DECLINED,)), "outcome is answered"),
        (Expect(decline=DeclineReason.NO_EVIDENCE), "declined for None"),
        (Expect(drugs=()), "drugs are"),
        (Expect(condition=""), "condition is 'insomnia'"),
        (Expect(topics=(Topic.DOSE,)), "topic dose"),
        (Expect(corrections=()), "corrections are"),
        (Expect(carried=("drug",)), "carried is"),
        (Expect(choices=("x",)), "choice x"),
        (Expect(cites=("x",)), "not cited: x"),
        (Expect(cites_any=("x", "y")), "none is cited: x, y"),
        (Expect(never_cites=(STUDY.source.id,)), "cited: study"),
        (Expect(quotes=(Quoted(SectionKind.RESEARCH, ("14%",)),)), "no statement of research"),
        (Expect(quotes=(Quoted(SectionKind.LABEL, source=STUDY.id),)), "no statement of label"),
        (
            Expect(quotes=(Quoted(SectionKind.GUIDELINES, ("zorvanex",), None, Direction.FOR),)),
            "is a recommendation for",
        ),
        (Expect(never_quotes=(Quoted(SectionKind.LABEL, ("14%",)),)), "a statement of label"),
        (Expect(safety=()), "safety notices"),
        (Expect(safety=(ExpectedNotice("x", SafetyKind.CONTRAINDICATION),)), "no contraindication"),
        (Expect(conflicts=()), "a conflict is shown"),
        (Expect(conflicts=(("label", "guideline"),)), "no conflict between"),
        (Expect(notice=True), "a notice is missing"),
    ],
)
def test_each_thing_that_is_not_so_is_told(expect: Expect, told: str) -> None:
    """One line for one failure, and it names what was looked for."""
    (line,) = wrong(expect)

    assert told in line


def test_a_figure_is_found_whole_only() -> None:
    """4% does not stand in 14%, nor "5 mg" in "50 mg"; a figure before a full stop does."""
    for part in ("4%", "0 mg", "1"):
        assert wrong(Expect(quotes=(Quoted(SectionKind.LABEL, (part,)),)))

    assert wrong(Expect(quotes=(Quoted(SectionKind.RESEARCH, ("n = 120", "2 to 16")),))) == []


def test_choices_and_reasons_of_other_outcomes_are_judged() -> None:
    """A question asked back has choices, a declined one its reason."""
    back = Expect(outcome=(Outcome.CLARIFY,), choices=("hydralazine",))
    declined = Expect(outcome=(Outcome.DECLINED,), decline=DeclineReason.NO_EVIDENCE, safety=())

    assert wrong(back, a_clarification("which?")) == []
    assert wrong(declined, a_declined("nothing")) == []


def test_every_turn_is_asked_after_the_turns_before(tmp_path: Path) -> None:
    """The second question has the first as its history, with what was cited."""
    heard: list[tuple[Turn, ...]] = []
    turns = [{"ask": "first", "expect": {}}, {"ask": "second", "expect": {"drugs": []}}]
    (dialogue,) = read_dialogues(written(tmp_path, {**a_dialogue(), "turns": turns}))

    def ask(question: str, history: Sequence[Turn]) -> Answer:
        heard.append(tuple(history))
        return an_answer(question)

    told = replay(dialogue, ask, HOLDINGS)

    assert [turn.verdict for turn in told] == [Verdict.HELD, Verdict.FAILED]
    assert [[turn.question for turn in each] for each in heard] == [[], ["first"]]
    assert len(heard[1][0].cited) > 1


def test_a_dialogue_whose_sources_are_missing_is_not_asked(tmp_path: Path) -> None:
    """It neither held nor failed, and the missing source is named."""
    dialogue = read_one(tmp_path, cites=["elsewhere"], conflicts=[["label", "study:other"]])

    def ask(question: str, history: Sequence[Turn]) -> Answer:
        raise AssertionError((question, history))

    (told,) = replay(dialogue, ask, HOLDINGS)

    assert told.verdict is Verdict.NOT_MEASURED
    assert told.reasons == (
        "not in this snapshot: elsewhere",
        "not in this snapshot: study:other",
    )


def test_a_label_of_a_drug_meant_to_be_unknown_leaves_the_dialogue_unmeasured(
    tmp_path: Path,
) -> None:
    """Elsewhere the same drug may be indexed, and its question answered."""
    dialogue = read_one(tmp_path, decline="unknown_drug")

    assert unmeasured(dialogue, HOLDINGS) == ()
    assert unmeasured(replace(dialogue, unlabelled=("zorvaxone",)), HOLDINGS) == (
        "labelled in this snapshot: zorvaxone",
    )


def test_the_command_says_why_it_cannot_run(tmp_path: Path) -> None:
    """An unknown case or a folder without dialogues is wrong usage; no index cannot be asked."""
    folder = str(written(tmp_path, a_dialogue()))

    def run(*arguments: str) -> tuple[int, str]:
        # A process of its own: the command sets up logging for all of its process.
        command = [sys.executable, "-m", "eval", "golden", "--index", str(tmp_path / "none")]
        told = subprocess.run(
            [*command, "--dialogues", *arguments], capture_output=True, text=True, check=False
        )
        return told.returncode, told.stderr

    unknown = run(folder, "--case", "other")
    empty = run(str(tmp_path / "none"))
    unindexed = run(folder)

    assert (unknown[0], empty[0], unindexed[0]) == (2, 2, 3)
    assert "other" in unknown[1]
    assert "no golden dialogues" in empty[1]
    assert "index" in unindexed[1]


def test_what_was_replayed_is_counted_and_told() -> None:
    """Nothing failed means that all holds; a turn that was not measured did not fail."""
    turns = (
        Replayed("role", 1, "first", Verdict.HELD),
        Replayed("role", 2, "second", Verdict.NOT_MEASURED, ("not in this snapshot: x",)),
        Replayed("role", 3, "third", Verdict.FAILED, ("outcome is declined",)),
    )

    told = Replays("s1", turns)

    assert [Replays("s1", turns[:2]).holds, told.holds] == [True, False]
    assert told.as_json()["not_measured"] == 1
    assert told.as_json()["turns"][2]["reasons"] == ["outcome is declined"]
    assert lines(told)[-1] == "3 turns on s1: 1 held, 1 failed, 1 not measured"
