"""What a source folder says of its files, and what becomes of a summary."""

import pytest

from ingest.chunking import chunk
from ingest.documents import (
    Block,
    BlockKind,
    Document,
    Origin,
    Section,
    Source,
    SourceKind,
    SourceType,
    StudyFacts,
)
from ingest.embedding import HashingEmbedder
from ingest.manifests import PROJECT_NOTE, Entry, with_entry

SUMMARY = Entry(path="a.xml", kind=SourceKind.SUMMARY, summary_of="A trial of zorvaxone, 2012")


def document(
    *headings: tuple[str, ...], kind: SourceKind = SourceKind.ORIGINAL, licence: str = "CC0-1.0"
) -> Document:
    """A study with a section under each heading path."""
    source = Source(
        "study:pmid:99000001",
        SourceType.STUDY,
        "Zorvaxone for insomnia",
        StudyFacts(pmid="99000001"),
        kind=kind,
        licence=licence,
        url="https://example.org/study",
    )
    sections = tuple(
        Section(path, (Block(BlockKind.PROSE, f"Text below {' and '.join(path)}."),))
        for path in headings
    )
    return Document(source.id, source, sections, Origin("a.xml", "0" * 64, "pubmed/1"))


def evidence(of: Document) -> list[str]:
    """The texts that retrieval can find."""
    return [piece.text for piece in chunk(of, HashingEmbedder()).chunks]


def test_a_document_without_an_entry_is_left_as_it_is() -> None:
    """An original's identity, sections and facts are its file's."""
    original = document(("Results",), ("Note",))

    assert with_entry(original, None) == original


def test_a_summary_is_a_source_of_its_own() -> None:
    """Beside the real paper it is neither its duplicate nor another version of it."""
    summary = with_entry(document(("Results",)), SUMMARY)

    assert summary.id == "summary:study:pmid:99000001"
    assert summary.source.id == "summary:study:pmid:99000001"
    assert summary.source.kind is SourceKind.SUMMARY
    assert summary.source.summary_of == "A trial of zorvaxone, 2012"
    assert summary.source.title == "Zorvaxone for insomnia (project summary)"


def test_an_entry_states_what_the_file_leaves_open_or_states_otherwise() -> None:
    """What the entry gives wins; what it leaves out stays as the file has it."""
    entry = Entry(path="a.xml", licence="CC BY 4.0")

    source = with_entry(document(("Results",)), entry).source

    assert (source.licence, source.url) == ("CC BY 4.0", "https://example.org/study")


@pytest.mark.parametrize("entry", [None, Entry(path="a.xml"), SUMMARY])
def test_a_file_that_says_it_is_a_summary_stays_one(entry: Entry | None) -> None:
    """Our wording never passes for a quotation because a manifest leaves its kind out."""
    stated = document(("Results",), kind=SourceKind.SUMMARY)

    assert with_entry(stated, entry).source.kind is SourceKind.SUMMARY


def test_the_notes_of_a_summary_are_never_evidence() -> None:
    """What a summary says about itself is kept in the document and cut into no chunk."""
    summary = with_entry(
        document(
            ("About this summary",),
            ("About this summary", "Sources"),
            ("Abstract", "NOTE"),
            ("Project remark",),
            ("Results",),
        ),
        SUMMARY,
    )

    assert evidence(summary) == ["Text below Results."]
    assert [section.code for section in summary.sections] == [PROJECT_NOTE] * 4 + [None]


def test_a_note_without_a_heading_is_known_by_its_first_words() -> None:
    """Formats without headings (openFDA fields) begin their note with the same words."""
    plain = document(("Information",))
    note = Section(("Information",), (Block(BlockKind.PROSE, "About this summary: ours."),))

    summary = with_entry(Document(plain.id, plain.source, (note,), plain.origin), SUMMARY)

    assert evidence(summary) == []


def test_a_note_in_an_original_is_evidence() -> None:
    """A publisher's section called Note is the publisher's."""
    assert evidence(with_entry(document(("Note",)), None)) == ["Text below Note."]
