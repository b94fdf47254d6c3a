"""A passage in its place: offsets, headings and marks of a document laid out for reading."""

from __future__ import annotations

import pytest

from ingest.documents import Document
from service.placing import laid_out, place_of, placed_sections
from tests.sample_runtime import CHUNKS, DOCUMENTS, INSOMNIA, LABEL, STUDY


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.id)
def test_sections_stand_where_their_offsets_say(document: Document) -> None:
    """The document's text between a section's offsets is the section's text."""
    for placed in placed_sections(document):
        assert document.text[placed.start : placed.end] == placed.section.text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.id)
def test_every_passage_has_its_section(document: Document) -> None:
    """A passage's place holds it, under its own headings."""
    for chunk in CHUNKS[document.id]:
        place = place_of(document, chunk)

        assert chunk.text in place.section.text
        assert place.section.headings == chunk.headings


def test_a_passage_of_another_document_has_no_place() -> None:
    """Asking for the place of a stranger is a mistake of the program, and says so."""
    far = max(CHUNKS[LABEL.id], key=lambda chunk: chunk.end)

    with pytest.raises(ValueError, match="is not in document"):
        place_of(STUDY, far)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.id)
def test_laying_out_loses_nothing(document: Document) -> None:
    """The pieces of every block, joined, are the document's text; every passage is an anchor."""
    marked = CHUNKS[document.id][0]

    laid = laid_out(document, CHUNKS[document.id], marked)

    blocks = [["".join(p.text for p in b.pieces) for b in section.blocks] for section in laid]
    assert "\n\n".join("\n".join(lines) for lines in blocks) == document.text
    pieces = [piece for section in laid for block in section.blocks for piece in block.pieces]
    anchors = [piece.anchor for piece in pieces if piece.anchor]
    assert anchors == [chunk.id for chunk in CHUNKS[document.id]]
    assert "".join(piece.text for piece in pieces if piece.marked) == marked.text


def test_a_heading_is_said_once() -> None:
    """A section opens only the headings that the section before did not have."""
    laid = laid_out(LABEL, ())

    assert laid[-1].opens == ((0, "Adverse Reactions"), (1, "Clinical Trials Experience"))
    assert laid[0].opens == ((0, "Boxed Warning"),)


def test_a_table_head_is_said_once() -> None:
    """Rows that lean on the same head show it above the first of them."""
    rows = [block for block in laid_out(LABEL, ())[-1].blocks if block.kind == "row"]

    assert [row.lead for row in rows] == ["Reaction | Zorvanex | Placebo", ""]


def test_a_mark_may_begin_in_the_middle_of_a_block() -> None:
    """Only the words of the passage are marked, not the block they stand in."""
    whole = next(chunk for chunk in CHUNKS[LABEL.id] if chunk.text == INSOMNIA)
    part = type(whole)(
        **{name: getattr(whole, name) for name in whole.__slots__}
        | {"start": whole.start + 9, "end": whole.end - 1}
    )

    laid = laid_out(LABEL, (), part)

    marked = [p.text for s in laid for b in s.blocks for p in b.pieces if p.marked]
    assert marked == [INSOMNIA[9:-1]]
