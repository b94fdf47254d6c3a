"""The set that declining is measured on: what it holds, and what its figures mean."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.declining.asking import Asked, judged
from eval.declining.candidates import candidates
from eval.declining.cases import CASES, Case, Kind, Part, read_cases, written
from eval.declining.generating import QUOTAS, generate
from eval.declining.labels import SetLabel, listed, parts, plain
from eval.declining.scoring import Score, lines
from eval.declining.wordings import misspelled
from service.answers import Outcome, SectionKind
from tests.sample_runtime import an_answer

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
REACTIONS = "rash, dizziness and ringing in the ears (tinnitus) were reported with examplin"
LABEL = SetLabel(
    path="openfda_json/x.json",
    name="examplin",
    part=Part.TUNING,
    document="label:x@1",
    brands=("Brandex",),
    sections=(
        ("34067-9", "indications and usage", "examplin is indicated for gout"),
        ("34068-7", "dosage and administration", "3.125 mg to 25 mg once daily"),
        ("34084-4", "adverse reactions", REACTIONS),
    ),
)


def case(kind: Kind = Kind.ANSWERABLE, **changed: object) -> Case:
    """A case with one thing or another changed."""
    held: dict[str, object] = {
        "id": "tuning-001",
        "part": Part.TUNING,
        "kind": kind,
        "aspect": "dose",
        "matter": "usual dose",
        "question": "How is examplin dosed?",
        "document": "label:x@1",
        "codes": ("34068-7",),
    }
    return Case(**(held | changed))  # type: ignore[arg-type]


def came(kind: Kind, *, answered: bool, outcome: Outcome = Outcome.PARTIAL) -> Asked:
    """What came of a case."""
    return Asked(case(kind), outcome, None, answered, on_target=answered)


def score(*results: Asked) -> Score:
    """The score of a few results."""
    return Score(Part.TUNING, "snapshot-1", "test", results)


def test_each_part_holds_as_many_of_each_kind_as_agreed() -> None:
    """150 questions that a label answers and 150 that none does, in each part."""
    counts = Counter((c.part, c.kind, c.aspect) for c in read_cases())

    for part in Part:
        for (kind, aspect), quota in QUOTAS.items():
            assert counts[part, kind, aspect] == quota
    assert Counter((c.part, c.is_answerable) for c in read_cases()) == {
        (part, answerable): 150 for part in Part for answerable in (True, False)
    }


def test_no_label_and_no_missing_drug_is_in_both_parts() -> None:
    """What was tuned on must not be measured again under another question."""
    for of in ("document", "matter"):
        kinds = set(Kind) if of == "document" else {Kind.NOT_INDEXED, Kind.NONSENSE}
        held = {
            part: {getattr(c, of) for c in read_cases() if c.part is part and c.kind in kinds}
            - {None}
            for part in Part
        }

        assert held[Part.TUNING]
        assert not held[Part.TUNING] & held[Part.FINAL]


def test_no_question_is_asked_twice() -> None:
    """Six hundred cases are six hundred questions, each with an id of its own."""
    cases = read_cases()

    assert len({c.question.lower() for c in cases}) == len({c.id for c in cases}) == len(cases)


def test_an_answerable_case_names_the_sections_that_answer() -> None:
    """Every other case names none."""
    assert all(bool(c.codes) == c.is_answerable for c in read_cases())


def test_a_file_of_cases_is_read_as_it_was_written(tmp_path: Path) -> None:
    """One JSON object a line, and nothing is lost."""
    path = tmp_path / "cases.jsonl"
    path.write_text(written(read_cases()), encoding="utf-8")

    assert read_cases(path) == read_cases()
    assert path.read_bytes() == CASES.read_bytes()


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared data in {SHARED}")
def test_the_set_is_what_its_generator_writes() -> None:
    """The same labels and the same seed give the same cases, byte for byte."""
    assert written(generate(SHARED / "ingest")) == CASES.read_text(encoding="utf-8")


@given(st.integers(0, 99), st.permutations([name for _, name in listed()]))
def test_the_parts_depend_on_the_names_and_the_seed_alone(seed: int, names: list[str]) -> None:
    """In whatever order the labels are listed, each is dealt to the same half."""
    dealt = parts(names, seed)

    assert dealt == parts(sorted(names), seed)
    assert abs(Counter(dealt.values())[Part.TUNING] - len(names) / 2) <= 1


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=8, max_size=14), st.integers(0, 999))
def test_a_misspelled_name_keeps_its_beginning_and_its_end(name: str, seed: int) -> None:
    """One inner letter is dropped, doubled or swapped."""
    wrong = misspelled(name, random.Random(seed))  # noqa: S311 - a sample, not a secret

    assert (wrong[:2], wrong[-1]) == (name[:2], name[-1])
    assert abs(len(wrong) - len(name)) <= 1


def test_a_label_answers_what_the_right_section_names() -> None:
    """Tinnitus stands among the reactions, gout among the indications, a dose among the doses."""
    asked = {(c.aspect, c.matter): c for c in candidates([LABEL], frozenset({"examplin"}))}

    assert asked["adverse_event", "tinnitus"].kind is Kind.ANSWERABLE
    assert asked["adverse_event", "tinnitus"].codes == ("34084-4",)
    assert asked["indication", "gout"].kind is Kind.ANSWERABLE
    assert asked["dose", "3.125 mg"].filled == (("amount", "3.125 mg"),)


def test_a_label_is_silent_only_where_no_word_for_a_matter_stands_in_it() -> None:
    """A word in the wrong section makes a matter neither answerable nor absent."""
    asked = {(c.aspect, c.matter): c for c in candidates([LABEL], frozenset({"warfarin"}))}

    assert asked["adverse_event", "hiccups"].kind is Kind.LABEL_SILENT
    assert asked["interaction", "digoxin"].kind is Kind.LABEL_SILENT
    assert ("adverse_event", "gout attacks") not in asked
    assert ("interaction", "warfarin") not in asked  # its own label might answer


def test_text_is_searched_with_single_spaces() -> None:
    """A line break within a name does not hide it."""
    assert plain("Tin\u00adnitus\n  and\tRASH") == "tinnitus and rash"


def test_precision_and_recall_are_of_declining() -> None:
    """A question asked back counts as not answered, and is reported apart."""
    measured = score(
        came(Kind.ANSWERABLE, answered=True),
        came(Kind.ANSWERABLE, answered=False, outcome=Outcome.CLARIFY),
        came(Kind.LABEL_SILENT, answered=False, outcome=Outcome.DECLINED),
        came(Kind.NEAR_MISS, answered=False, outcome=Outcome.DECLINED),
        came(Kind.NONSENSE, answered=True),
    )

    assert (measured.recall.hits, measured.recall.of) == (2, 3)
    assert (measured.precision.hits, measured.precision.of) == (2, 3)
    assert measured.f1 == pytest.approx(2 / 3)
    assert measured.clarified == 1
    assert not measured.is_reached


def test_the_bars_are_reached_when_everything_came_out_right() -> None:
    """Both figures count; the table and the JSON say so."""
    measured = score(
        came(Kind.ANSWERABLE, answered=True),
        came(Kind.LABEL_SILENT, answered=False, outcome=Outcome.DECLINED),
    )

    told = measured.as_json()
    assert told["reached"] is True
    assert told["wrong"] == []
    assert told["recall"]["interval"][1] == 1.0
    assert any("NOT" not in line and "reached" in line for line in lines(measured))


def test_an_answer_without_a_statement_of_a_label_is_none() -> None:
    """Guidelines and studies do not make an answerable case answered."""
    whole = an_answer()
    others = tuple(s for s in whole.sections if s.kind is not SectionKind.LABEL)
    code = whole.sections[1].statements[0].citations[0].passage.chunk.code

    assert judged(case(codes=(str(code),)), whole).on_target
    assert judged(case(codes=("0-0",)), whole).answered
    assert not judged(case(codes=("0-0",)), whole).on_target
    assert not judged(case(), replace(whole, sections=others)).answered
