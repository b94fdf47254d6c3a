"""The documents of a snapshot, against a real SQLite file."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.documents import (
    Block,
    BlockKind,
    Chunk,
    Direction,
    Document,
    Facts,
    GuidelineFacts,
    LabelFacts,
    Notice,
    NoticeKind,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.errors import IndexDamagedError
from ingest.naming import drug_key
from ingest.recalling import DocumentReader
from ingest.records import Standing
from ingest.storing import DocumentWriter

AGAINST = Recommendation(Direction.AGAINST, "weak", "low", "GRADE", "adults")
CURRENT = Standing(Status.CURRENT)


def document(source_id: str, facts: Facts, *blocks: Block) -> Document:
    """A document with something in every field."""
    kinds = {LabelFacts: SourceType.LABEL, StudyFacts: SourceType.STUDY}
    source = Source(
        id=source_id,
        type=kinds.get(type(facts), SourceType.GUIDELINE),
        title=f"On {source_id} – “β-blockers”",
        facts=facts,
        kind=SourceKind.SUMMARY,
        publisher="Example College",
        published="2019-11",
        url="https://example.org/x",
        licence="CC0-1.0",
        summary_of="A page",
    )
    sections = (
        Section(("One",), blocks or (Block(BlockKind.PROSE, "Text."),), "34068-7"),
        Section(("One", "Two"), (Block(BlockKind.ROW, "5 µg | 10⁹/L", "Dose | Count"),)),
    )
    origin = Origin("a.zip!b.xml", "0" * 64, "spl/1", "record 1")
    return Document(f"{source_id}@1", source, sections, origin, needs_review=True)


LABEL = document(
    "label:z",
    LabelFacts(
        ("tilimorex", "zorvaxone"),
        brands=("Tilzor",),
        generics=("tilimorex and zorvaxone",),
        set_id="z",
        version="1",
        effective="2023-01-10",
        routes=("oral",),
        forms=("tablet",),
    ),
)
STUDY = document(
    "study:pmid:99000001",
    StudyFacts(
        pmid="99000001",
        year=2012,
        authors=("Example A",),
        participants=120,
        notices=(Notice(NoticeKind.RETRACTION_IN, pmid="99000002", text="Withdrawn."),),
        retracted=True,
    ),
)
GUIDELINE = document(
    "guideline:g",
    GuidelineFacts(series="g", year=2024, supersedes=("2015",)),
    Block(BlockKind.RECOMMENDATION, "We suggest not to.", recommendation=AGAINST),
)


def chunk(name: str, of: Document, text: str = "Text.", **more: object) -> Chunk:
    """One chunk of a document."""
    plain = Chunk(name, of.id, of.source.type, ("One",), None, "h", "", text, 0, len(text))
    return replace(plain, **more)  # type: ignore[arg-type]


def stored(
    path: Path, *documents: Document, chunks: list[Chunk] | None = None, first_row: int = 0
) -> DocumentReader:
    """A reader of *documents* and *chunks*."""
    writer = DocumentWriter(path)
    for each in documents:
        writer.keep(writer.stage(each), CURRENT)
    writer.settle()
    writer.add_chunks(first_row, chunks or [])
    writer.close()
    return DocumentReader(path)


@pytest.mark.parametrize("original", [LABEL, STUDY, GUIDELINE], ids=["label", "study", "guideline"])
def test_a_document_comes_back_as_it_went_in(tmp_path: Path, original: Document) -> None:
    """Facts, sections, blocks, recommendations, origin and standing survive unchanged."""
    standing = Standing(Status.SUPERSEDED, "label:z@2", ("label:y@1",))
    writer = DocumentWriter(tmp_path / "d.sqlite")
    writer.keep(writer.stage(original), standing)
    writer.settle()
    writer.close()

    with DocumentReader(tmp_path / "d.sqlite") as reader:
        found = reader.get(original.id)

        assert found is not None
        assert (found.document, found.standing) == (original, standing)
        assert reader.source(original.id) == (original.source, standing)


def test_a_chunk_comes_back_as_it_went_in(tmp_path: Path) -> None:
    """Rows start where the writer says; ids lead to rows; order is the caller's."""
    chunks = [
        chunk("a", GUIDELINE, recommendation=AGAINST, lead="Adults:"),
        chunk("b", GUIDELINE, text="5 µg\n10⁹/L", code="results", headings=()),
    ]

    with stored(tmp_path / "d.sqlite", GUIDELINE, chunks=chunks, first_row=7) as reader:
        assert reader.chunks([8, 7]) == [chunks[1], chunks[0]]
        assert (reader.row_of("b"), reader.row_of("none")) == (8, None)
        assert reader.rows_of(["b", "a", "none"]) == {"a": 7, "b": 8}
        assert reader.chunks_of(GUIDELINE.id) == chunks
        assert reader.document_rows(GUIDELINE.id) == [7, 8]
        assert reader.document_rows(GUIDELINE.id, ["results"]) == [8]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_survives(tmp_path: Path, text: str) -> None:
    """Line ends, null characters and combining marks count into offsets: none may change."""
    original = replace(LABEL, sections=(Section((text,), (Block(BlockKind.PROSE, text),)),))
    path = tmp_path / "any.sqlite"
    path.unlink(missing_ok=True)

    with stored(path, original, chunks=[chunk("a", original, text=text)]) as reader:
        found = reader.get(original.id)

        assert found is not None
        assert found.document == original
        assert reader.chunks([0])[0].text == text


def test_two_staged_records_of_one_id_are_told_apart(tmp_path: Path) -> None:
    """Only the one kept remains, with the facts given for it; of the other, word is kept."""
    writer = DocumentWriter(tmp_path / "d.sqlite")
    other = replace(LABEL, sections=(), origin=Origin("copy.xml", "1" * 64, "openfda/1"))
    first, second = writer.stage(other), writer.stage(LABEL)
    facts = LabelFacts(("tilimorex", "zorvaxone"), labeler="Restated")

    writer.keep(second, CURRENT, facts)
    where = writer.drop(first, LABEL.id, "same version")
    writer.settle()
    kept = list(writer.documents())
    writer.close()

    assert where == other.origin
    assert kept == [replace(LABEL, source=replace(LABEL.source, facts=facts))]


def test_the_drug_table_holds_each_row_once(tmp_path: Path) -> None:
    """A drug's rows are found by its key and source type, in order."""
    writer = DocumentWriter(tmp_path / "d.sqlite")
    key = drug_key(("zorvaxone", "tilimorex"))
    for row in (4, 2, 4):
        writer.add_mentions(row, SourceType.LABEL, [key, "zorvaxone"])
    writer.add_mentions(9, SourceType.STUDY, [key])
    writer.settle()
    writer.close()

    with DocumentReader(tmp_path / "d.sqlite") as reader:
        assert key == "tilimorex+zorvaxone"
        assert reader.drug_rows(key, SourceType.LABEL) == [2, 4]
        assert reader.drug_rows(key, SourceType.STUDY) == [9]
        assert reader.drug_rows("tilimorex", SourceType.LABEL) == []


def test_documents_are_listed_page_by_page(tmp_path: Path) -> None:
    """Each page begins after the last id of the one before; a type can be chosen."""
    with stored(tmp_path / "d.sqlite", STUDY, LABEL, GUIDELINE) as reader:
        first = reader.listing(limit=2)

        assert first == [GUIDELINE.id, LABEL.id]
        assert reader.listing(after=first[-1], limit=2) == [STUDY.id]
        assert reader.listing(source_type=SourceType.LABEL) == [LABEL.id]
        assert [document_id for document_id, _, _ in reader.labels()] == [LABEL.id]


def test_what_is_not_there_is_none_or_an_error(tmp_path: Path) -> None:
    """A document asked for by id may be absent; the source of a stored chunk may not."""
    with stored(tmp_path / "d.sqlite", LABEL) as reader:
        assert reader.get("label:none@1") is None
        with pytest.raises(IndexDamagedError, match="label:none@1"):
            reader.source("label:none@1")


def test_threads_share_one_reader(tmp_path: Path) -> None:
    """Twenty threads read the same documents at once, and each gets its own."""
    originals = [
        replace(LABEL, id=f"label:{n}@1", source=replace(LABEL.source, id=f"label:{n}"))
        for n in range(20)
    ]
    wrong: list[str] = []
    with stored(tmp_path / "d.sqlite", *originals) as reader:

        def read(each: Document) -> None:
            for _ in range(20):
                found = reader.get(each.id)
                if found is None or found.document != each:
                    wrong.append(each.id)

        threads = [threading.Thread(target=read, args=(each,)) for each in originals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wrong == []


def test_reading_changes_no_byte(tmp_path: Path) -> None:
    """The manifest names the file's digest: neither it nor its folder changes by being read."""
    path = tmp_path / "store" / "d.sqlite"
    path.parent.mkdir()
    stored(path, LABEL, chunks=[chunk("a", LABEL)]).close()
    before = path.read_bytes()

    with DocumentReader(path) as reader:
        reader.get(LABEL.id)
        reader.chunks([0])

        assert [file.name for file in path.parent.iterdir()] == ["d.sqlite"]
    assert path.read_bytes() == before


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    """Characters that mean something in a URI are part of a folder's name like any other."""
    folder = tmp_path / "100% #1 what?"
    folder.mkdir()

    with stored(folder / "d.sqlite", LABEL) as reader:
        assert reader.get(LABEL.id) is not None


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 30, None])
def test_a_file_that_is_no_store_is_damaged(tmp_path: Path, content: bytes | None) -> None:
    """Wrong bytes and no file at all are told in our own words."""
    if content is not None:
        (tmp_path / "d.sqlite").write_bytes(content)

    with pytest.raises(IndexDamagedError, match=r"d\.sqlite cannot be read"):
        DocumentReader(tmp_path / "d.sqlite")
