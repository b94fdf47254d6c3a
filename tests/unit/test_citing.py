"""Markers become references with exact words, or are reported."""

from __future__ import annotations

import pytest

from service.answers import SectionKind, StatementKind, Support
from service.citing import Numbering, cite, marks, quoted
from service.composing import DraftSentence
from tests.sample_evidence import FOR_DOXEPIN, INSOMNIA_ROW, TABLETS_DOSE

EVIDENCE = [
    (SectionKind.GUIDELINES, FOR_DOXEPIN),
    (SectionKind.LABEL, TABLETS_DOSE),
    (SectionKind.LABEL, INSOMNIA_ROW),
]


def sentence(marker: int, quote: str, start: int | None = None) -> DraftSentence:
    """A quote of one passage."""
    kind = StatementKind.QUOTE
    return DraftSentence(SectionKind.LABEL, quote, kind, (marker,), (quote,), (start,))


def test_references_are_numbered_as_they_appear() -> None:
    """Whatever the composer's markers were, the reader counts from one."""
    draft = [sentence(3, "Insomnia | 3%"), sentence(1, "Doxepin is suggested")]

    cited = cite(draft, EVIDENCE, Numbering())

    assert [c.statement.citations[0].marker for c in cited] == [1, 2]


def test_a_passage_keeps_its_number() -> None:
    """Cited twice, or by the safety block before, it is one reference."""
    numbering = Numbering()
    first = quoted(INSOMNIA_ROW, numbering, "")

    (again,) = cite([sentence(3, "Insomnia | 3%")], EVIDENCE, numbering)

    assert first.citations[0].marker == again.statement.citations[0].marker == 1


def test_quotes_are_placed_in_the_document() -> None:
    """Offsets count into the stored document, found or given."""
    (found,) = cite([sentence(3, "Somnolence | 2%")], EVIDENCE, Numbering())

    citation = found.statement.citations[0]
    chunk = INSOMNIA_ROW.chunk
    assert (
        chunk.text[citation.start - chunk.start : citation.end - chunk.start] == "Somnolence | 2%"
    )


@pytest.mark.parametrize("marker", [0, 4, 99])
def test_unknown_markers_are_reported(marker: int) -> None:
    """Never dropped: the statement is kept, unsupported, with the marker in its reason."""
    (cited,) = cite([sentence(marker, "Take 50 mg.")], EVIDENCE, Numbering())

    assert cited.statement.support is Support.UNSUPPORTED
    assert cited.statement.reasons == (f"unknown_marker:{marker}",)
    assert cited.statement.text == "Take 50 mg."


@pytest.mark.parametrize(
    ("written", "text", "numbers"),
    [
        ("Take it daily [2].", "Take it daily.", (2,)),
        ("Both [1][3] and [1, 2].", "Both and.", (1, 3, 2)),
        ("None at all.", "None at all.", ()),
        ("See [Table 2].", "See [Table 2].", ()),
    ],
)
def test_marks_are_read_from_written_text(
    written: str, text: str, numbers: tuple[int, ...]
) -> None:
    """For composers that write; brackets that are no marks stay."""
    assert marks(written) == (text, numbers)
