"""BM25 search, against a real tantivy index."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import Chunk, SourceType
from ingest.lexical import MAX_TERMS, LexicalReader, LexicalWriter

ROWS = (
    ("Zorvanex > Dosage", "The recommended dose is 50 mg once daily.", SourceType.LABEL, "z"),
    ("Tilzor > Dosage", "The recommended dose is two tablets.", SourceType.LABEL, "t+z"),
    ("Zorvanex > Storage", "Keep it dry and away from children.", SourceType.LABEL, "z"),
    ("A trial", "Zorvanex was given at a dose of 50 mg.", SourceType.STUDY, "z"),
    ("Another trial", "Nobody slept.", SourceType.STUDY, None),
)


def chunk(row: int, header: str, text: str, source_type: SourceType, lead: str = "") -> Chunk:
    """One chunk."""
    return Chunk(str(row), "d", source_type, (), None, header, lead, text, 0, len(text))


def indexed(folder: Path, chunks: list[Chunk], drugs: list[Iterable[str]]) -> LexicalReader:
    """A reader of an index of *chunks*, whose rows begin at 0."""
    writer = LexicalWriter(folder)
    writer.add(0, chunks, drugs)
    writer.close()
    return LexicalReader(folder)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> LexicalReader:
    """An index of the rows above."""
    chunks = [chunk(row, header, text, kind) for row, (header, text, kind, _) in enumerate(ROWS)]
    drugs: list[Iterable[str]] = [{drug} if drug else () for _, _, _, drug in ROWS]
    return indexed(tmp_path_factory.mktemp("lexical") / "index", chunks, drugs)


def rows(
    reader: LexicalReader, text: str, kind: SourceType = SourceType.LABEL, **options: object
) -> list[int]:
    """The rows found for *text*, best first."""
    return [match.row for match in reader.search(text, kind, limit=9, **options)]  # type: ignore[arg-type]


def test_the_best_row_comes_first(reader: LexicalReader) -> None:
    """More of the question's words, and rarer ones, rank higher; only one source type is asked."""
    assert rows(reader, "dose of Zorvanex in mg") == [0, 2, 1]
    assert rows(reader, "dose of Zorvanex in mg", SourceType.STUDY) == [3]
    assert reader.count == len(ROWS)


def test_words_are_compared_by_their_stem(reader: LexicalReader) -> None:
    """The question's "doses" and "children's" are the text's "dose" and "children"."""
    assert set(rows(reader, "doses")) == {0, 1}
    assert rows(reader, "CHILDREN'S storing") == [2]


def test_the_header_is_searched_and_counts_for_more(tmp_path: Path) -> None:
    """A drug's name stands in the header, not in the sentence that gives its dose."""
    chunks = [
        chunk(0, "Tilzor", "Zorvanex", SourceType.LABEL),
        chunk(1, "Zorvanex", "Tilzor", SourceType.LABEL),
    ]

    reader = indexed(tmp_path / "i", chunks, [(), ()])

    assert rows(reader, "Tilzor") == [0, 1]
    assert rows(reader, "Zorvanex") == [1, 0]


def test_a_lead_is_searched_with_its_item(tmp_path: Path) -> None:
    """A list item is found by the sentence that it hangs from."""
    item = chunk(0, "h", "severe rash", SourceType.LABEL, lead="Stop quellomine at once in:")

    assert rows(indexed(tmp_path / "i", [item], [()]), "quellomine") == [0]


def test_the_drug_is_a_filter_and_not_a_word(reader: LexicalReader) -> None:
    """Only rows of one of the keys are found; a key never matches by its parts."""
    assert rows(reader, "dose", drugs=["t+z"]) == [1]
    assert rows(reader, "dose", drugs=["z"]) == [0]
    assert rows(reader, "dose", drugs=["t", "+", "none"]) == []
    assert rows(reader, "dose", drugs=[]) == []
    assert set(rows(reader, "dose", drugs=["z", "t+z"])) == {0, 1}


def test_the_filter_has_no_say_in_the_score(reader: LexicalReader) -> None:
    """A row scores the same with the filter and without it."""
    free = {m.row: m.score for m in reader.search("dose mg", SourceType.LABEL, limit=9)}
    held = reader.search("dose mg", SourceType.LABEL, limit=9, drugs=["z"])

    assert [(m.row, m.score) for m in held] == [(0, free[0])]


@pytest.mark.parametrize("text", ["", "   ", "what is the", "?!", "\x00", "— … ·"])
def test_a_question_without_words_finds_nothing(reader: LexicalReader, text: str) -> None:
    """Stop words and marks alone are no question."""
    assert reader.search(text, SourceType.LABEL, limit=9) == []


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_text_is_an_error(reader: LexicalReader, text: str) -> None:
    """Whatever is typed is looked for, not obeyed; every row found holds a word of it."""
    wanted = set(reader.terms(text))

    for match in reader.search(text, SourceType.LABEL, limit=9):
        header, words, _, _ = ROWS[match.row]
        assert wanted & set(reader.terms(f"{header} {words}"))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["dose", "mg", "Zorvanex", "tablets", "dry", "AND", "NOT", "text"]),
        max_size=8,
    ),
    st.lists(st.text("+-\"'(){}[]^~*?:\\/!&|<>=@#, ", min_size=1), min_size=9, max_size=9),
)
def test_marks_between_words_change_nothing(
    reader: LexicalReader, words: list[str], marks: list[str]
) -> None:
    """No mark is syntax: "-dose", "text:dose" and "dose~2" search for the words that they hold."""
    marked = "".join(f"{mark}{word}" for mark, word in zip(marks, [*words, ""], strict=False))

    assert reader.search(marked, SourceType.LABEL, limit=9) == reader.search(
        " ".join(words), SourceType.LABEL, limit=9
    )


def test_a_long_question_is_searched_by_its_first_words(reader: LexicalReader) -> None:
    """A pasted page costs no more than a long question."""
    page = "dose " + " ".join(f"word{n}" for n in range(10_000)) + " dry"

    assert len(reader.terms(page)) == MAX_TERMS
    assert set(rows(reader, page)) == {0, 1}


def test_ties_go_to_the_lower_row(tmp_path: Path) -> None:
    """Of many equal rows the first are returned, in order, so that the ranking is total."""
    same = [chunk(row, "h", "Keep dry.", SourceType.LABEL) for row in range(50)]

    reader = indexed(tmp_path / "i", same, [()] * 50)

    assert [m.row for m in reader.search("dry", SourceType.LABEL, limit=5)] == [0, 1, 2, 3, 4]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    """A snapshot without chunks of a type is searched like any other."""
    assert rows(indexed(tmp_path / "i", [], []), "dose") == []
