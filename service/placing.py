"""
A passage in its place: the section around it, and its whole document laid out for reading. Pure.

Offsets count into the stored document, as they do in ``Chunk`` and ``Citation``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.documents import Block, BlockKind, Chunk, Document, Section

_BETWEEN_SECTIONS = 2
"""Document.text joins sections with two newlines, Section.text its blocks with one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A section and where it stands: ``document.text[start:end] == section.text``."""

    section: Section
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A run of a block's text; the pieces of a block, joined, are its text.

    ``anchor`` is the id of the passage that begins here. ``marked`` runs belong to the passage
    that the reader came for.
    """

    text: str
    anchor: str | None
    marked: bool


@dataclass(frozen=True, slots=True)
class LaidBlock:
    """A block cut at passage boundaries; ``lead`` only where it differs from the block before."""

    kind: BlockKind
    lead: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class LaidSection:
    """A section for reading; ``opens`` are the headings that the section before did not have."""

    headings: tuple[str, ...]
    opens: tuple[tuple[int, str], ...]
    blocks: tuple[LaidBlock, ...]


def placed_sections(document: Document) -> Iterator[Placed]:
    """Yield every section with its offsets."""
    at = 0
    for section in document.sections:
        end = at + len(section.text)
        yield Placed(section, at, end)
        at = end + _BETWEEN_SECTIONS


def place_of(document: Document, chunk: Chunk) -> Placed:
    """Return the section that holds *chunk*. Raises ValueError when none does: another document."""
    for placed in placed_sections(document):
        if placed.start <= chunk.start and chunk.end <= placed.end:
            return placed
    raise ValueError(f"passage {chunk.id} is not in document {document.id}")


def laid_out(
    document: Document, chunks: Sequence[Chunk], marked: Chunk | None = None
) -> tuple[LaidSection, ...]:
    """Return *document* for reading: *chunks* become anchors, *marked* is told apart."""
    anchors = {chunk.start: chunk.id for chunk in chunks}
    laid: list[LaidSection] = []
    above: tuple[str, ...] = ()
    for placed in placed_sections(document):
        headings = placed.section.headings
        shared = _shared(above, headings)
        opens = tuple((level, headings[level]) for level in range(shared, len(headings)))
        blocks = tuple(_laid_blocks(placed, anchors, marked))
        laid.append(LaidSection(headings, opens, blocks))
        above = headings
    return tuple(laid)


def _shared(above: tuple[str, ...], headings: tuple[str, ...]) -> int:
    """Count the leading headings that two paths share; the last one is always said again."""
    count = 0
    for one, other in zip(above, headings[:-1], strict=False):
        if one != other:
            break
        count += 1
    return count


def _laid_blocks(
    placed: Placed, anchors: dict[int, str], marked: Chunk | None
) -> Iterator[LaidBlock]:
    at = placed.start
    lead = ""
    for block in placed.section.blocks:
        pieces = tuple(_pieces(block, at, anchors, marked))
        yield LaidBlock(block.kind, block.lead if block.lead != lead else "", pieces)
        at += len(block.text) + 1
        lead = block.lead


def _pieces(
    block: Block, at: int, anchors: dict[int, str], marked: Chunk | None
) -> Iterator[Piece]:
    end = at + len(block.text)
    mark_from, mark_to = (marked.start, marked.end) if marked else (-1, -1)
    cuts = {at, end, *(start for start in anchors if at <= start < end)}
    cuts |= {edge for edge in (mark_from, mark_to) if at < edge < end}
    edges = sorted(cuts)
    for start, stop in itertools.pairwise(edges):
        yield Piece(
            block.text[start - at : stop - at],
            anchors.get(start),
            mark_from <= start < mark_to,
        )
