"""From cases to verdicts, rates, bars and the command's output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.intervals import Rate
from eval.verifier.cases import Case, Edit, Part, Source, Span, digest
from eval.verifier.handwritten import Handwritten, load_handwritten
from eval.verifier.library import Library
from eval.verifier.measuring import Measured, Verdict, measure
from eval.verifier.reporting import as_table, missed, to_json
from eval.verifier.running import Set, load
from eval.verifier.scoring import LEAST_CAUGHT, MOST_REJECTED, Score, score
from ingest.embedding import HashingEmbedder
from ingest.errors import CorpusError
from service.answers import Passage, Statement, StatementKind
from service.verifying import Gate

CORPUS = Path(__file__).parents[2] / "corpus"
FILE = "guidelines/aasm-insomnia-behavioral-2021.md"


def verdict(kind: str, *, rejected: bool, why: str = "value", part: Part = Part.FINAL) -> Verdict:
    """What became of one case of a kind."""
    must_pass = kind in MOST_REJECTED
    return Verdict("id", kind, part, must_pass, rejected, (why,) if rejected else (), "t", "q")


@pytest.fixture(scope="module")
def library() -> Library:
    """The starter corpus."""
    return Library(CORPUS, HashingEmbedder())


@pytest.fixture(scope="module")
def quote(library: Library) -> tuple[Source, Span, str]:
    """The first twenty characters of the first passage of a document."""
    (name,) = library.documents(FILE)
    held = library.held(FILE, name)
    assert held is not None
    start = held.passages[0].chunk.start
    words = held.text[start : start + 20]
    return Source(FILE, name), Span(0, start, start + 20, digest(words)), words


def never(statement: Statement, passages: Sequence[Passage]) -> str | None:
    """A gate that lets nothing pass."""
    del statement, passages
    return "never"


def verbatim(statement: Statement, passages: Sequence[Passage]) -> str | None:
    """A gate that lets only the words of the quote pass."""
    del passages
    return None if statement.text == statement.citations[0].quote else "other_words"


def quotes_only_as_quotes(statement: Statement, passages: Sequence[Passage]) -> str | None:
    """A gate that fails what is marked as a quote."""
    del passages
    return "a_quote" if statement.kind is StatementKind.QUOTE else None


def test_a_statement_is_what_edits_make_of_its_quote(
    library: Library, quote: tuple[Source, Span, str]
) -> None:
    """The gates see the mutant, and the words of the document as its citation."""
    source, span, words = quote
    case = Case("c", "number", Part.FINAL, span, mutation=(Edit(0, 3, "XYZ"),))
    seen: list[Statement] = []

    def look(statement: Statement, passages: Sequence[Passage]) -> str | None:
        seen.append(statement)
        assert statement.citations[0].passage in passages
        return None

    measured = measure(library, [source], [case], (), [look])

    assert [v.text for v in measured.verdicts] == ["XYZ" + words[3:]]
    assert seen[0].citations[0].quote == words
    assert seen[0].kind is StatementKind.PARAPHRASE
    assert seen[0].subject


@pytest.mark.parametrize(
    ("kind", "gate", "rejected"),
    [
        ("exact_quote", verbatim, False),
        ("exact_quote", quotes_only_as_quotes, True),
        ("paraphrase", never, True),
    ],
)
def test_a_case_is_rejected_where_a_gate_fails_it(
    library: Library, quote: tuple[Source, Span, str], kind: str, gate: Gate, rejected: object
) -> None:
    """An exact quote must pass both as a quote and as a statement of our own."""
    source, span, _ = quote

    measured = measure(library, [source], [Case("c", kind, Part.FINAL, span)], (), [gate])

    assert [v.rejected for v in measured.verdicts] == [rejected]


def test_words_that_moved_are_not_measured_and_counted(
    library: Library, quote: tuple[Source, Span, str]
) -> None:
    """A parser that drifts makes cases drop out visibly, never pass or fail."""
    source, span, _ = quote
    moved = Span(0, span.start + 1, span.end + 1, span.digest)
    cases = [Case("a", "unit", Part.FINAL, moved), Case("b", "unit", Part.FINAL, span)]

    measured = measure(library, [source], cases, (), [never])

    assert measured.not_measured == ("a",)
    assert [v.id for v in measured.verdicts] == ["b"]


def test_files_that_are_not_there_are_not_measured(quote: tuple[Source, Span, str]) -> None:
    """A case of a missing file is counted, too."""
    _, span, _ = quote
    empty = Library(CORPUS, HashingEmbedder())

    measured = measure(
        empty, [Source("no/such.xml", "x")], [Case("a", "unit", Part.FINAL, span)], (), [never]
    )

    assert measured == Measured((), ("a",))


def test_handwritten_cases_count_in_their_kinds(
    library: Library, quote: tuple[Source, Span, str]
) -> None:
    """Whoever wrote a case, it is of its kind; that it was written by hand is kept."""
    source, span, _ = quote
    place = (source.file, source.document, span.start, span.end, span.digest)
    cases = [
        Handwritten("h1", Part.FINAL, "paraphrase", "supported", *place, "In other words."),
        Handwritten("h2", Part.FINAL, "drug", "rejected", *place, "Another drug."),
    ]

    measured = measure(library, [], [], cases, [never])

    assert [(v.kind, v.must_pass, v.rejected, v.by_hand) for v in measured.verdicts] == [
        ("paraphrase", True, True, True),
        ("drug", False, True, True),
    ]


def test_precision_counts_honest_statements_rejected_for_the_same_reason() -> None:
    """Three mutants caught by "value", one honest one too, another for something else."""
    verdicts = [
        *(verdict("number", rejected=True) for _ in range(3)),
        verdict("number", rejected=False),
        verdict("paraphrase", rejected=True),
        verdict("paraphrase", rejected=True, why="drug"),
    ]

    scores = score(Measured(tuple(verdicts), ()), Part.FINAL)

    assert scores.scores["number"].recall == Rate(3, 4)
    assert scores.scores["number"].precision == Rate(3, 4)
    assert scores.scores["number"].f1 == pytest.approx(0.75)
    assert scores.rejected_honest["paraphrase"] == Rate(2, 2)


def test_a_reason_that_seldom_catches_a_kind_is_not_its_own() -> None:
    """One of eleven is less than a tenth: honest ones rejected for it do not count."""
    verdicts = [
        *(verdict("number", rejected=True) for _ in range(10)),
        verdict("number", rejected=True, why="drug"),
        verdict("paraphrase", rejected=True, why="drug"),
    ]

    scores = score(Measured(tuple(verdicts), ()), None)

    assert scores.scores["number"].precision == Rate(11, 11)


def test_bars_are_judged_on_the_final_part() -> None:
    """A tuning case that is missed does not fail the bar of a run over both parts."""
    verdicts = [
        *(verdict(kind, rejected=True) for kind in LEAST_CAUGHT),
        *(verdict(kind, rejected=False) for kind in MOST_REJECTED),
        verdict("number", rejected=False, part=Part.TUNING),
    ]

    assert score(Measured(tuple(verdicts), ()), None).met
    assert not score(Measured((*verdicts, verdict("number", rejected=False)), ()), None).met


def test_a_kind_without_a_case_meets_no_bar() -> None:
    """Nothing measured is nothing reached."""
    scores = score(Measured((verdict("number", rejected=True),), ()), None)

    assert not scores.met
    assert {bar.kind for bar in scores.bars if bar.met} == {"number"}


def test_the_json_gives_a_plain_rate_per_kind_and_intervals_beside() -> None:
    """Scripts read `caught` and `rejected_honest` as numbers by kind."""
    verdicts = (
        verdict("number", rejected=True),
        verdict("swapped_citation", rejected=False),
        verdict("paraphrase", rejected=False),
        replace(verdict("paraphrase", rejected=True), by_hand=True),
    )

    value = json.loads(json.dumps(to_json(score(Measured(verdicts, ("lost",)), Part.FINAL))))

    assert value["part"] == "final"
    assert value["cases"] == 4
    assert value["not_measured"] == 1
    assert value["caught"] == {"number": 1.0, "swapped_citation": 0.0}
    assert value["rejected_honest"] == {"paraphrase": 0.5}
    assert value["by_hand"]["rejected_honest"] == {
        "rate": 1.0,
        "hits": 1,
        "of": 1,
        "interval": [0.2065, 1.0],
    }
    assert value["swapped_citations_detected"] == 0.0
    assert value["intervals"]["number"] == [0.2065, 1.0]
    assert value["counts"]["paraphrase"] == 2
    assert value["bars"]["number"] == {"at_least": 1.0, "rate": 1.0, "cases": 1, "met": True}
    for name in ("precision", "recall", "f1"):
        assert set(value[name]) == set(value[f"{name}_intervals"]) == set(value["caught"])


def test_the_table_names_every_kind_and_missed_bar() -> None:
    """People see the rate, its interval and what is missed."""
    verdicts = (verdict("number", rejected=False), verdict("paraphrase", rejected=True))

    table = "\n".join(as_table(score(Measured(verdicts, ()), None)))

    assert "number " in table
    assert "MISSED number: 0.000, must be >= 1" in table
    assert "MISSED paraphrase: 1.000, must be <= 0.1" in table


def test_misses_are_shown_in_words_up_to_a_number() -> None:
    """Only misjudged cases, so many of each kind."""
    wrong = verdict("number", rejected=False)
    verdicts = (wrong, wrong, verdict("number", rejected=True))

    shown = list(missed(Measured(verdicts, ()), 1))

    assert shown == ["id passed\n  quote:     'q'\n  statement: 't'"]


def test_f1_of_nothing_is_nothing() -> None:
    """No division by zero where a kind is never caught."""
    assert Score(Rate(0, 5), Rate(0, 0)).f1 == 0.0


def test_the_shipped_set_loads_and_splits() -> None:
    """Both parts together are the whole."""
    whole = load()

    parts = [whole.of(part) for part in Part]

    assert sum(len(p.cases) for p in parts) == len(whole.cases)
    assert sum(len(p.handwritten) for p in parts) == len(whole.handwritten)


def test_a_damaged_case_file_is_named_with_its_line(tmp_path: Path) -> None:
    """The set is never read in part."""
    damaged = tmp_path / "cases.jsonl"
    damaged.write_text('{"source":0,"file":"a","document":"b"}\n{"id":"x"}\n', encoding="utf-8")

    with pytest.raises(CorpusError, match="line 2"):
        load(damaged, tmp_path / "absent.jsonl")


def test_a_handwritten_case_of_another_form_is_refused(tmp_path: Path) -> None:
    """A line that expects neither the one nor the other is an error."""
    file = tmp_path / "handwritten.jsonl"
    line = {
        "id": "h",
        "part": "final",
        "kind": "drug",
        "expect": "perhaps",
        "file": "f",
        "document": "d",
        "start": 0,
        "end": 1,
        "quote_sha256": "x",
        "text": "t",
    }
    file.write_text(json.dumps(line), encoding="utf-8")

    with pytest.raises(ValueError, match="perhaps"):
        load_handwritten(file)


def test_a_missing_data_folder_is_said_with_status_three(tmp_path: Path) -> None:
    """The command cannot run without the documents its cases name."""
    result = CliRunner().invoke(app, ["verifier", "--data", str(tmp_path / "absent")])

    assert result.exit_code == 3
    assert "no data folder" in result.output


def test_a_folder_without_the_documents_is_said_with_status_three(tmp_path: Path) -> None:
    """No verdict at all is no result."""
    (tmp_path / "ingest").mkdir()

    result = CliRunner().invoke(app, ["verifier", "--data", str(tmp_path), "--part", "tuning"])

    assert result.exit_code == 3
    assert "holds none" in result.output


def test_an_unknown_part_is_wrong_usage() -> None:
    """The parts are tuning and final."""
    assert CliRunner().invoke(app, ["verifier", "--part", "both"]).exit_code == 2


def test_a_set_of_one_part_keeps_its_sources() -> None:
    """Numbers of sources count into the whole list, whichever part is measured."""
    span = Span(1, 0, 1, "x")
    both = Set((Source("a", "b"), Source("c", "d")), (Case("i", "unit", Part.FINAL, span),), ())

    assert both.of(Part.FINAL) == both
    assert both.of(Part.TUNING).sources == both.sources
