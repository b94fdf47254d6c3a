"""The whole of ingestion: source folders in, a verified snapshot out, every file accounted for."""

from __future__ import annotations

import importlib
import shutil
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest import parsing
from ingest.activating import current_id
from ingest.checking import check_in_fresh_process
from ingest.documents import DeadLetter, Document, SourceKind, SourceType, Status
from ingest.embedding import HashingEmbedder, Vectors, default_embedder
from ingest.errors import CorpusError, EmbedderError, IndexDamagedError, RefusedError
from ingest.filters import And, Eq, Field, Keys
from ingest.manifests import PROJECT_NOTE
from ingest.parsing import guideline_markdown
from ingest.pipeline import build, ingest
from ingest.reading import Format, SourceFile
from ingest.recalling import DocumentReader
from ingest.reporting import Report
from ingest.snapshots import DOCUMENTS, Snapshot, open_snapshot, read_manifest
from tests import sample_corpus
from tests.sample_index import Built, Twice


@pytest.fixture(scope="module")
def documents(built: Built) -> Iterator[DocumentReader]:
    """The documents of the shared snapshot."""
    with DocumentReader(built.folder / DOCUMENTS) as reader:
        yield reader


def statuses(documents: DocumentReader) -> dict[str, Status]:
    """Every document's status by id."""
    return {each: documents.source(each)[1].status for each in documents.listing(limit=999)}


def test_every_file_is_accounted_for(built: Built) -> None:
    """Sixteen files, one record each: documents, one duplicate, two that cannot be read."""
    report = built.report

    assert report.adds_up
    assert (report.files, report.records) == (16, 16)
    assert (report.documents, len(report.duplicates), len(report.dead_letters)) == (13, 1, 2)
    assert (report.superseded, report.retracted) == (2, 1)
    assert report.chunks == report.embedded > report.documents


def test_every_native_format_becomes_documents(built: Built, documents: DocumentReader) -> None:
    """One parser each, and each says in the origin which it was."""
    parsers = {
        stored.document.origin.parser.partition("/")[0]
        for each in documents.listing(limit=999)
        if (stored := documents.get(each)) is not None
    }

    assert parsers == {"spl", "openfda", "pubmed", "medline", "jats", "markdown", "html", "ngc"}
    assert read_manifest(built.folder).parsers.keys() >= {"spl", "openfda", "ngc-xml"}


def test_what_cannot_be_read_is_named_with_its_reason(built: Built) -> None:
    """A file in no format and a file that breaks off are dead letters; the run goes on."""
    reasons = {letter.path: letter.reason for letter in built.report.dead_letters}

    assert reasons.keys() == {"notes/picture.png", "notes/broken.xml"}
    assert "binary" in reasons["notes/picture.png"]
    assert "not well-formed" in reasons["notes/broken.xml"]


def test_a_copy_is_a_duplicate_of_the_one_kept(built: Built, documents: DocumentReader) -> None:
    """The same label in two files is kept once, and the report says which file fell away."""
    (duplicate,) = built.report.duplicates

    assert duplicate.path in {"labels/zorvanex.xml", "labels/zorvanex-copy.xml"}
    assert duplicate.reason == "same text"
    assert documents.get(duplicate.duplicate_of) is not None


def test_the_standing_of_every_document_is_in_the_snapshot(documents: DocumentReader) -> None:
    """An older label, an older edition and a retracted study are kept, and marked as such."""
    found = statuses(documents)
    older_label = f"label:{sample_corpus.TABLETS}@3"
    older_edition = "guideline:example-insomnia@2015"
    withdrawn = f"study:pmid:{sample_corpus.WITHDRAWN}"

    assert {each: status for each, status in found.items() if status is not Status.CURRENT} == {
        older_label: Status.SUPERSEDED,
        older_edition: Status.SUPERSEDED,
        withdrawn: Status.RETRACTED,
    }
    assert documents.source(older_label)[1].superseded_by == f"label:{sample_corpus.TABLETS}@7"
    newer_edition = "guideline:example-insomnia@2024"
    assert documents.source(older_edition)[1].superseded_by == newer_edition


def test_a_member_of_an_archive_is_a_document(documents: DocumentReader) -> None:
    """Its origin names the archive and the member."""
    stored = documents.get(f"label:{sample_corpus.COMBINATION}@1")

    assert stored is not None
    assert stored.document.origin.path == "release.zip!tilzor.xml"


def test_every_chunk_stands_in_its_document(built: Built, documents: DocumentReader) -> None:
    """The offsets of each chunk give back its text, letter by letter, and its rows have no gap."""
    seen = 0
    for each in documents.listing(limit=999):
        stored = documents.get(each)
        assert stored is not None
        for chunk in documents.chunks_of(each):
            assert stored.document.text[chunk.start : chunk.end] == chunk.text
            seen += 1

    assert seen == built.report.chunks
    assert len(documents.chunks(range(built.report.chunks))) == seen


def test_every_chunk_is_in_every_part_of_the_snapshot(built: Built) -> None:
    """Store, lexical index and engine hold the same rows, with the fields of their documents."""
    snapshot = open_snapshot(built.index, built.report.snapshot, HashingEmbedder(), check=True)

    chunks = snapshot.documents.chunks(range(built.report.chunks))
    assert snapshot.lexical.count == len(chunks)
    for source_type in SourceType:
        rows = {row for row, chunk in enumerate(chunks) if chunk.type is source_type}
        of_type = And((Eq(Field.TYPE, source_type), Keys(tuple(rows))))
        assert snapshot.engine.count(of_type) == len(rows)
        for drug in snapshot.documents.drugs(source_type):
            named = snapshot.documents.drug_rows(drug, source_type)
            of_drug = And((Eq(Field.TYPE, source_type), Eq(Field.DRUG, drug)))
            assert snapshot.engine.count(of_drug) == len(named)
            assert snapshot.engine.count(And((of_drug, Keys(tuple(named))))) == len(named)
    assert snapshot.engine.count() == len(chunks)
    assert snapshot.engine.health() == []
    vectors = HashingEmbedder().embed_passages([chunk.indexed_text for chunk in chunks])
    records = snapshot.engine.get(range(len(chunks)))
    assert abs(records.vectors - vectors).max() < 1e-3
    for chunk, fields in zip(chunks, records.fields, strict=True):
        source, standing = snapshot.documents.source(chunk.document_id)
        published = (source.published,) if source.published else ()
        assert fields[Field.DOCUMENT] == (chunk.document_id,)
        assert fields[Field.SECTION] == ((chunk.code,) if chunk.code else ())
        assert (fields[Field.STATUS], fields[Field.PUBLISHED]) == ((standing.status,), published)
    snapshot.close()


def test_the_drug_table_knows_labels_and_mentions(documents: DocumentReader) -> None:
    """A combination is its own drug; studies and guidelines belong to the drugs they name."""
    combined = documents.drug_rows("tilimorex+zorvaxone", SourceType.LABEL)
    studies = documents.drug_rows("zorvaxone", SourceType.STUDY)

    assert {c.document_id for c in documents.chunks(combined)} == {
        f"label:{sample_corpus.COMBINATION}@1"
    }
    assert {c.document_id for c in documents.chunks(studies)} == {
        f"study:pmid:{pmid}"
        for pmid in (sample_corpus.TRIAL, sample_corpus.WITHDRAWN, sample_corpus.REVIEW)
    }


def test_progress_is_told_file_by_file_and_document_by_document(built: Built) -> None:
    """Files are counted before their number is known; documents against their number."""
    files = [done for stage, done, total in built.seen.steps if stage == "files" and total is None]
    done = [(done, total) for stage, done, total in built.seen.steps if stage == "documents"]

    assert files == list(range(1, 17))
    assert done == [(n, 13) for n in range(1, 14)]


def test_a_failed_or_finished_build_leaves_no_folder_behind(built: Built) -> None:
    """Only the pointer, the lock, the snapshots and the caches are in an index."""
    names = {path.name for path in built.index.iterdir()}

    assert {"CURRENT", "build.lock", "snapshots", "cache"} <= names
    assert not [name for name in names if name.startswith("building-")]
    assert {path.name for path in (built.index / "cache").iterdir()} >= {"parsed.sqlite", "vectors"}
    assert not list((built.index / "cache" / "vectors").rglob("*.sqlite"))


def test_the_notes_of_a_summary_are_kept_and_never_found(tmp_path: Path) -> None:
    """What our summaries say about themselves is in the document, in no chunk, in no index."""
    note = "# About this summary\n\nOurs, not the words of the college.\n\n## Sources\n\nA page.\n"
    summary = sample_corpus.guideline(2024, sample_corpus.AGAINST).replace(
        "---\n\n# Rec", f"---\n\n{note}\n# Rec"
    )
    manifest = (
        '[[files]]\npath = "insomnia.md"\nkind = "summary"\nsummary_of = "Insomnia in adults"\n'
    )
    corpus = sample_corpus.write(tmp_path, {"c/manifest.toml": manifest, "c/insomnia.md": summary})

    report = ingest([corpus / "c"], tmp_path / "index", HashingEmbedder())

    snapshot = opened(tmp_path / "index", report)
    stored = snapshot.documents.get("summary:guideline:example-insomnia@2024")
    assert stored is not None
    assert stored.document.source.kind is SourceKind.SUMMARY
    assert "Ours, not the words" in stored.document.text
    assert {s.code for s in stored.document.sections} == {PROJECT_NOTE, None}
    chunks = snapshot.documents.chunks(range(report.chunks))
    assert not [chunk for chunk in chunks if "Ours" in chunk.text or "A page" in chunk.text]
    assert snapshot.lexical.search("ours words college", SourceType.GUIDELINE, limit=9) == []
    snapshot.close()


def opened(index: Path, report: Report) -> Snapshot:
    """The snapshot that a run with the test embedder built."""
    return open_snapshot(index, report.snapshot, HashingEmbedder(), check=True)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ({}, "empty"),
        ({"a.png": b"\x89PNG\x00", "b.md": "---\ncolour: red\n---\nx"}, "no document in 2 files"),
        (None, "does not exist"),
    ],
)
def test_a_folder_without_a_document_leaves_the_live_snapshot(
    index: Path, tmp_path: Path, contents: dict[str, str | bytes] | None, reason: str
) -> None:
    """An unmounted disk must not empty the index: the run stops, and nothing moved."""
    live = current_id(index)
    source = tmp_path / "source"
    if contents is not None:
        source.mkdir()
        sample_corpus.write(source, contents)

    with pytest.raises((CorpusError, RefusedError), match=reason):
        ingest([source], index, HashingEmbedder())

    assert current_id(index) == live
    assert not list(index.glob("building-*"))


class Stretching(HashingEmbedder):
    """Gives vectors that are too long, as a wrong build of a model would."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of length 2."""
        doubled: Vectors = super().embed_passages(texts) * 2
        return doubled


def changed(corpus: Path, tmp_path: Path) -> Path:
    """A copy of *corpus* with a newer version of one label, which says another dose."""
    copy = Path(shutil.copytree(corpus, tmp_path / corpus.name))
    return sample_corpus.write(
        copy, {"labels/zorvanex-9.xml": sample_corpus.tablets("9", "20251201", dose="75 mg")}
    )


def test_wrong_vectors_are_neither_indexed_nor_kept(
    index: Path, twice: Twice, tmp_path: Path
) -> None:
    """An embedder that gives vectors of another length is stopped; the next build is sound."""
    live = current_id(index)
    corpus = changed(twice.corpus, tmp_path)

    with pytest.raises(EmbedderError, match="not of length 1"):
        ingest([corpus], index, Stretching())

    assert current_id(index) == live
    assert len(list((index / "snapshots").iterdir())) == 2
    assert not list(index.glob("building-*"))
    assert ingest([corpus], index, HashingEmbedder()).embedded > 0


def test_an_unsound_build_never_goes_live_and_costs_no_vector(
    index: Path, twice: Twice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh process checks what was written; what it refuses is removed, the old one stays."""
    live = current_id(index)
    corpus = changed(twice.corpus, tmp_path)

    def miscounting(folder: Path, dimension: int, rows: dict[str, int]) -> dict[str, float]:
        return check_in_fresh_process(folder, dimension, rows | {"label": rows["label"] + 1})

    monkeypatch.setattr("ingest.pipeline.check_in_fresh_process", miscounting)
    with pytest.raises(IndexDamagedError, match="failed its check"):
        ingest([corpus], index, HashingEmbedder())
    monkeypatch.undo()

    assert current_id(index) == live
    assert len(list((index / "snapshots").iterdir())) == 2
    assert not list(index.glob("building-*"))
    assert ingest([corpus], index, HashingEmbedder()).embedded == 0


def test_a_build_waits_to_be_activated(index: Path, twice: Twice, tmp_path: Path) -> None:
    """``build`` leaves a checked snapshot, and the pointer stays."""
    live = current_id(index)

    report = build([changed(twice.corpus, tmp_path)], index, HashingEmbedder())

    assert current_id(index) == live != report.snapshot
    opened(index, report).close()


@pytest.fixture
def odd_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that reads one record of a MEDLINE file and falls over, or finds none."""

    def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
        if b"nothing" in file.data:
            return
        yield from guideline_markdown.parse(file)
        raise KeyError("an odd record")

    module = types.ModuleType("ingest.parsing.odd")
    module.parse = parse  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(parsing.PARSERS, Format.MEDLINE, "odd")
    assert importlib.import_module("ingest.parsing.odd") is module


@pytest.mark.usefixtures("odd_parser")
def test_a_fault_of_a_parser_is_a_dead_letter_that_names_it(tmp_path: Path) -> None:
    """One odd file ends no run: what was read of it stays; the parser is named with its fault."""
    source = sample_corpus.write(
        tmp_path / "source",
        {
            "good.md": sample_corpus.guideline(2024, sample_corpus.AGAINST),
            "odd.txt": "PMID- 1\n\nA text.",
            "none.txt": "PMID- 2\n\nnothing",
            "half.json": sample_corpus.openfda().replace("Rash was", "Rash \\ud800 was"),
        },
    )

    report = ingest([source], tmp_path / "index", HashingEmbedder())

    reasons = {letter.path: letter.reason for letter in report.dead_letters}
    assert report.adds_up
    assert report.documents == 2
    assert reasons["odd.txt"] == "fault in the medline parser: KeyError('an odd record')"
    assert reasons["none.txt"] == "the medline parser found no record in it"
    assert "cannot be stored" in reasons["half.json"]


def test_the_default_embedder_builds_a_snapshot_that_finds_its_passages(tmp_path: Path) -> None:
    """Weights, tokenizer, splitter and index fit together: the nearest passage is the right one."""
    embedder = default_embedder()
    contents = {"z.xml": sample_corpus.tablets(), "d.xml": sample_corpus.depot()}
    source = sample_corpus.write(tmp_path / "source", contents)

    report = ingest([source], tmp_path / "index", embedder)

    snapshot = open_snapshot(tmp_path / "index", report.snapshot, embedder, check=True)
    assert snapshot.manifest.embedder.name == "all-MiniLM-L6-v2"
    question = embedder.embed_question("How much do I inject each month?")
    ((hit,),) = snapshot.engine.search(question, Eq(Field.TYPE, SourceType.LABEL), limit=1)
    (chunk,) = snapshot.documents.chunks([hit.key])
    assert "300 mg as one injection every month" in chunk.text
    snapshot.close()
