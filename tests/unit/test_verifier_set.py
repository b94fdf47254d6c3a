"""The generator of the verifier's benchmark: the same set every time, one change at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.verifier.cases import (
    HONEST,
    KINDS,
    MUTATED,
    Case,
    Edit,
    Part,
    Source,
    Span,
    digest,
    edited,
    read,
    written,
)
from eval.verifier.changes import Change, Mutator, Scene
from eval.verifier.cues import direction, negation
from eval.verifier.figures import figures, ranges
from eval.verifier.generating import generate
from eval.verifier.groups import population, route
from eval.verifier.library import Library
from eval.verifier.misplacing import section, wrong_quote
from eval.verifier.names import drug
from eval.verifier.reshaping import dropped, large
from eval.verifier.rewording import small
from eval.verifier.running import CASES
from eval.verifier.shelving import pool, seeded
from eval.verifier.values import comparator, decimal_shift, frequency, number, range_end, unit
from ingest.embedding import HashingEmbedder
from service.quoting import Unit
from tests.sample_evidence import TABLETS, VOCABULARY, passage, source

CORPUS = Path(__file__).parents[2] / "corpus"
LABEL = source(TABLETS, "Naltrexone tablets")


def scene(text: str, *, section: str = "Dosage", code: str | None = None) -> Scene:
    """A quote that is the whole of its passage, in a naltrexone label."""
    held = passage(LABEL, text, headings=(section,), code=code)
    return Scene(text, held, Unit(text, held.chunk.start, held.chunk.end), VOCABULARY)


def made(mutator: Mutator, text: str) -> set[str]:
    """All statements that a mutator makes of *text*, over twenty draws."""
    held = scene(text)
    return {
        edited(text, change.edits) for seed in range(20) for change in mutator(held, seeded(seed))
    }


@pytest.fixture(scope="module")
def corpus_set() -> tuple[list[Source], list[Case]]:
    """A small set made of the starter corpus."""
    library = Library(CORPUS, HashingEmbedder())
    return generate(library, pool(CORPUS), VOCABULARY, per_part=6)


def test_the_same_seed_gives_the_same_bytes(corpus_set: tuple[list[Source], list[Case]]) -> None:
    """Two generators that share nothing write the same file."""
    library = Library(CORPUS, HashingEmbedder())

    again = generate(library, pool(CORPUS), VOCABULARY, per_part=6)

    assert written(*again) == written(*corpus_set)


def test_another_seed_gives_another_set(corpus_set: tuple[list[Source], list[Case]]) -> None:
    """The seed decides what is drawn."""
    library = Library(CORPUS, HashingEmbedder())

    other = generate(library, pool(CORPUS), VOCABULARY, per_part=6, seed=7)

    assert written(*other) != written(*corpus_set)


def test_a_case_file_reads_as_it_was_written(corpus_set: tuple[list[Source], list[Case]]) -> None:
    """Nothing of a case is lost on the way through its file."""
    sources, cases = corpus_set

    assert read(written(sources, cases)) == (tuple(sources), tuple(cases))


def test_tuning_and_final_share_no_document(corpus_set: tuple[list[Source], list[Case]]) -> None:
    """What gates are tuned on never comes back when they are measured."""
    _, cases = corpus_set
    documents = {
        part: {
            span.document
            for case in cases
            if case.part is part
            for span in (case.cited, case.taken)
            if span is not None
        }
        for part in Part
    }

    assert documents[Part.TUNING].isdisjoint(documents[Part.FINAL])
    assert all(documents.values())


def test_every_case_is_made_of_words_that_stand_where_it_says(
    corpus_set: tuple[list[Source], list[Case]],
) -> None:
    """Digest and offsets agree with the document, and the statement differs as its kind says."""
    sources, cases = corpus_set
    library = Library(CORPUS, HashingEmbedder())
    for case in cases:
        span = case.taken or case.cited
        held = library.held(sources[span.document].file, sources[span.document].document)
        assert held is not None
        words = held.text[span.start : span.end]
        assert digest(words) == span.digest
        same = case.text(words) == words
        assert same is (case.kind == "exact_quote" or (case.taken is not None and not case.honest))


def test_the_shipped_set_holds_no_sentence() -> None:
    """No value of the case file is longer than a few words."""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        value = json.loads(line)
        news = [edit[2] for edits in ("honest", "mutation") for edit in value.get(edits, ())]
        assert all(len(new.split()) <= 14 for new in news), line
        assert len(value.get("document", "")) < 160


def test_the_shipped_set_is_large_enough_and_small_enough() -> None:
    """400 final cases of every kind and 5,000 in all, in less than 2 MB."""
    sources, cases = read(CASES.read_text(encoding="utf-8"))

    assert len(cases) >= 5000
    for kind in KINDS:
        assert sum(c.kind == kind and c.part is Part.FINAL for c in cases) >= 400
    assert CASES.stat().st_size < 2_000_000
    assert len({case.id for case in cases}) == len(cases)
    assert {s.document for c in cases for s in (c.cited,)} <= set(range(len(sources)))


def test_a_third_of_the_mutants_rest_on_a_paraphrase() -> None:
    """Gates must see a falsified value behind honest rewording, too."""
    _, cases = read(CASES.read_text(encoding="utf-8"))
    mutants = [c for c in cases if c.kind in MUTATED and c.kind != "section"]

    reworded = sum(bool(c.honest) for c in mutants) / len(mutants)

    assert 0.15 <= reworded <= 0.4


def test_edits_are_made_at_once_and_may_move_words() -> None:
    """Offsets count into the text before any edit; a moved span is named, not copied."""
    text = "In adults, sleep improved."

    moved = edited(text, [Edit(0, len(text), "{11:25^} {0:9_}.")])

    assert moved == "Sleep improved in adults."


def test_edits_that_overlap_are_refused() -> None:
    """Two changes of one place are no change of one thing."""
    with pytest.raises(ValueError, match="does not fit"):
        edited("abcdef", [Edit(0, 3, "x"), Edit(2, 4, "y")])


@given(st.text(max_size=40), st.integers(0, 40), st.integers(0, 40), st.text("abc ", max_size=5))
def test_an_edit_leaves_what_is_around_it(text: str, one: int, other: int, new: str) -> None:
    """Before and behind the span, every character stays."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))

    made_of = edited(text, [Edit(start, end, new)])

    assert made_of == text[:start] + new + text[end:]


def test_figures_leave_out_what_only_names() -> None:
    """Cross-references, exponents, years, table numbers and genes are no figures."""
    text = (
        "In 2019, Table 3 [see Dosage (2.1)] gave 4,523 mg/m 2 of CYP3A4 (n=93) and 0.5% at most."
    )

    assert [f.written for f in figures(text)] == ["4,523", "93", "0.5"]


def test_ranges_are_told_from_pairs() -> None:
    """A range has two ends in order; "5 and 10" is one only behind "between"."""
    assert [(a.written, b.written) for a, b in ranges("Give 1-4.5 mg, then 5 and 10 mg.")] == [
        ("1", "4.5")
    ]
    assert [a.written for a, _ in ranges("Keep it between 5 and 10 mg.")] == ["5"]


def test_numbers_are_taken_from_the_other_arm() -> None:
    """The figure of one arm stands for the other's, or both change places."""
    texts = made(number, "Nausea was reported in 12% on drug compared with 8% on placebo.")

    assert "Nausea was reported in 8% on drug compared with 8% on placebo." in texts
    assert "Nausea was reported in 8% on drug compared with 12% on placebo." in texts


def test_alternatives_of_one_list_are_not_put_for_each_other() -> None:
    """Of "5 mg or 10 mg", either said twice would still be true."""
    changes = list(number(scene("Tablets hold 5 mg or 10 mg."), seeded(0)))

    assert changes
    assert not any(change.near for change in changes)


@pytest.mark.parametrize(
    ("mutator", "text", "expected"),
    [
        (decimal_shift, "Give 2.5 mg once.", {"Give 25 mg once.", "Give 0.25 mg once."}),
        (unit, "Give 5 mg/kg.", {"Give 5 mg.", "Give 5 mcg/kg."}),
        (negation, "It is not recommended.", {"It is recommended."}),
        (negation, "Naltrexone should be used.", {"Naltrexone should not be used."}),
        (negation, "Do not crush it.", {"Crush it."}),
        (direction, "Weight was higher on it.", {"Weight was lower on it."}),
        (
            direction,
            "The USPSTF recommends against screening.",
            {"The USPSTF recommends for screening."},
        ),
        (comparator, "Adults of 65 years or older.", {"Adults of 65 years or younger."}),
        (route, "Extended-release form.", {"Immediate-release form."}),
        (population, "It was tried in men.", {"It was tried in women.", "It was tried."}),
    ],
)
def test_one_thing_is_changed(mutator: Mutator, text: str, expected: set[str]) -> None:
    """Each mutator changes what it is for, and nothing else."""
    assert made(mutator, text) <= expected
    assert made(mutator, text)


@pytest.mark.parametrize(
    ("mutator", "text"),
    [
        (negation, "It is not recommended, nor is it approved."),
        (negation, "It should be given with or without food, not before."),
        (direction, "Doses are increased or decreased as needed."),
        (route, "Stop oral contraceptives at the injection site."),
        (frequency, "It helps with activities of daily living."),
        (comparator, "It lasted more than expected."),
        (range_end, "Of 20 patients, 10 improved."),
        (unit, "A pain score of 0 mg."),
    ],
)
def test_what_would_be_no_fair_mutant_is_passed_over(mutator: Mutator, text: str) -> None:
    """Nothing is changed where the change might be true, or beside the point."""
    assert not made(mutator, text)


def test_a_restriction_is_dropped_only_where_the_sentence_rules() -> None:
    """That it was seen in some entails that it was seen; that they need less does not."""
    rule = "The dose should be halved in patients with renal impairment."
    seen = "Falls were reported in patients with renal impairment."

    assert "The dose should be halved." in made(population, rule)
    assert "Falls were reported." not in made(population, seen)


def test_a_rate_becomes_another_rate() -> None:
    """Of "twice daily", no mutant still says twice a day."""
    texts = made(frequency, "Give 5 mg twice daily.")

    assert texts
    assert not any("twice daily" in t or "two times a day" in t for t in texts)


def test_bounds_change_class() -> None:
    """No mutant of "at least" says the same in other words."""
    texts = made(comparator, "Wait at least 7 days.")

    assert texts
    assert not any("no less than" in t or "≥" in t or "minimum" in t for t in texts)


def test_range_ends_stay_in_order() -> None:
    """One end moves, and the range remains one."""
    for text in made(range_end, "Give 10 to 20 mg."):
        ((low, high),) = ranges(text)
        assert (low.value == 10) is not (high.value == 20)
        assert low.value < high.value


def test_two_drugs_of_different_roles_change_places() -> None:
    """What raises the level of the other is not what is raised."""
    text = "Tramadol increases the level of doxepin."

    assert "Doxepin increases the level of tramadol." in made(drug, text)


def test_two_drugs_of_one_list_do_not_change_places() -> None:
    """The combination of both says the same in either order."""
    texts = made(drug, "The combination of tramadol and doxepin was given.")

    assert "The combination of doxepin and tramadol was given." not in texts


def test_look_alikes_take_every_mention() -> None:
    """A drug named twice is renamed twice: one thing is changed."""
    texts = made(drug, "Hydroxyzine is sold as hydroxyzine.")

    assert "Hydralazine is sold as hydralazine." in texts


def test_a_reaction_becomes_an_indication() -> None:
    """The claim names the reaction by its place in the quote."""
    held = scene("Nausea | 10% | 5%", section="ADVERSE REACTIONS", code="34084-4")
    changes = [c for seed in range(20) for c in section(held, seeded(seed))]

    claims = {edited(held.text, c.edits) for c in changes}

    assert claims <= {
        "Naltrexone is indicated for nausea.",
        "Naltrexone is indicated for the treatment of nausea.",
        "Naltrexone is approved to treat nausea.",
        "Naltrexone is contraindicated in patients with nausea.",
    }
    assert len(claims) > 1
    assert all("nausea" not in e.new.lower() for c in changes for e in c.edits)


def test_a_wrong_quote_does_not_hold_the_statement() -> None:
    """A passage that repeats the statement is no wrong citation."""
    said = "Naltrexone blocks opioid receptors for twenty four hours after one tablet."
    right = passage(LABEL, said + " It is taken with food.")
    wrong = passage(LABEL, "Naltrexone tablets are kept dry at room temperature in the bottle.")

    found = wrong_quote(said, [right, wrong], seeded(0))

    assert found is not None
    assert found[0] is wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Give 500 mg at night.", "Give 0.5 g at night."),
        ("Of 4,523 patients, most slept.", "Of 4523 patients, most slept."),
        ("Give it twice daily.", "Give it two times a day."),
        ("Adults aged ≥ 65 years.", "Adults aged at least 65 years."),
        ("It ran for 3 weeks.", "It ran for three weeks."),
        ("It ran for 3 weeks.", "It ran for 21 days."),
        ("Give 10-20 mg.", "Give 10 to 20 mg."),
    ],
)
def test_honest_rewordings_keep_values(text: str, expected: str) -> None:
    """The same value, written otherwise."""
    assert expected in {edited(text, edits) for edits in small(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In adults with asthma, it was well tolerated by most.", None),
        ("Avoid concomitant use of it with opioids.", "Concomitant use of it with opioids should"),
        ("Do not crush the tablets.", "The tablets should not be crushed."),
        ("Insomnia was reported in 3% of treated adults.", "3% of treated adults had insomnia."),
        (
            "Scores were higher in the drug group than in the control group.",
            "Scores were lower in the control group than in the drug group.",
        ),
        (
            "The first group was asleep for longer at night; the second group was awake early.",
            "The first group was asleep for longer at night.",
        ),
    ],
)
def test_honest_reshapings_say_the_same(text: str, expected: str | None) -> None:
    """A clause moved, turned or left out; one that leans on the other stays."""
    texts = {edited(text, edits) for edits in large(text)}

    assert any(t.startswith(expected) for t in texts) if expected else not texts


def test_cross_references_may_be_left_out_and_qualifiers_may_not() -> None:
    """Brackets that say "see" say nothing of the drug; others may restrict the sentence."""
    text = "Give it daily [see Warnings (5.1)] (in adults)."

    assert [edited(text, edits) for edits in dropped(text)] == ["Give it daily (in adults)."]


def test_honest_and_false_kinds_are_told_apart() -> None:
    """Every kind is one or the other."""
    assert set(KINDS) == set(MUTATED) | set(HONEST)
    span = Span(0, 0, 1, "x")
    assert Case("a", "paraphrase", Part.FINAL, span).must_pass
    assert not Case("a", "unit", Part.FINAL, span).must_pass
    assert Change(()).near is False
