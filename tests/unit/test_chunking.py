"""Chunking keeps what belongs together, loses nothing, and fits the embedder."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import SPECIAL_TOKENS, Chunks, chunk, header_of
from ingest.documents import (
    Block,
    BlockKind,
    Direction,
    Document,
    LabelFacts,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceType,
)
from ingest.embedding import HashingEmbedder, Identity

SOURCE = Source(
    "label:x",
    SourceType.LABEL,
    "Examplin – FDA label",
    LabelFacts(("examplin",), brands=("Brandex",), effective="2019-11"),
)
WORD = st.text(alphabet="abcdefgh", min_size=1, max_size=9)
SENTENCE = st.lists(WORD, min_size=1, max_size=60).map(lambda words: " ".join(words) + ".")
BLOCK = st.builds(
    Block,
    st.sampled_from(list(BlockKind)),
    st.lists(SENTENCE, min_size=1, max_size=8).map(" ".join),
    st.one_of(st.just(""), SENTENCE),
)


class Narrow(HashingEmbedder):
    """An embedder with a window of 40 words."""

    identity = Identity("narrow", 256, 40, "0" * 64)


def document(*sections: Section) -> Document:
    """One label made of *sections*."""
    return Document("label:x@1", SOURCE, sections, Origin("x.xml", "0" * 64, "spl/1"))


def section(*blocks: Block, heading: str = "Warnings") -> Section:
    """One section under one heading."""
    return Section((heading,), blocks)


def cut(*sections: Section) -> Chunks:
    """Chunk a document of *sections* for the narrow window."""
    return chunk(document(*sections), Narrow())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(BLOCK, min_size=1, max_size=5), min_size=1, max_size=3))
def test_offsets_reproduce_every_chunk_and_every_word_lands_in_one(
    blocks: list[list[Block]],
) -> None:
    """document.text[start:end] is the chunk's text, and no word of the document is lost."""
    subject = document(*(section(*each) for each in blocks))

    result = chunk(subject, Narrow()).chunks

    assert all(subject.text[c.start : c.end] == c.text for c in result)
    covered = {i for c in result for i in range(c.start, c.end)}
    assert all(i in covered for i, char in enumerate(subject.text) if not char.isspace())
    assert len({c.id for c in result}) == len(result)


@settings(max_examples=60, deadline=None)
@given(st.lists(BLOCK, min_size=1, max_size=6))
def test_every_chunk_fits_the_window_or_is_counted(blocks: list[Block]) -> None:
    """Nothing is cut silently by the embedder: what does not fit is an overlong one, counted."""
    embedder = Narrow()

    result = chunk(document(section(*blocks)), embedder)

    window = embedder.identity.max_tokens - SPECIAL_TOKENS
    too_long = [c for c in result.chunks if len(embedder.tokens(c.indexed_text)) > window]
    assert len(too_long) <= result.overlong


def test_a_section_is_never_crossed() -> None:
    """Two short sections are two chunks, each with its own heading."""
    result = cut(
        section(Block(BlockKind.PROSE, "Stop it."), heading="A"),
        section(Block(BlockKind.PROSE, "Take it."), heading="B"),
    )

    assert [(c.headings, c.text) for c in result.chunks] == [
        (("A",), "Stop it."),
        (("B",), "Take it."),
    ]


def test_a_recommendation_is_a_chunk_of_its_own_with_its_strength() -> None:
    """Direction and strength travel with the recommendation's whole text."""
    against = Recommendation(Direction.AGAINST, "weak", "low", "GRADE")
    text = "We suggest that clinicians not use it. (weak)"

    result = cut(
        section(
            Block(BlockKind.PROSE, "Background."),
            Block(BlockKind.RECOMMENDATION, text, recommendation=against),
            Block(BlockKind.PROSE, "Remarks."),
        )
    )

    assert [c.text for c in result.chunks] == ["Background.", text, "Remarks."]
    assert result.chunks[1].recommendation == against
    assert result.chunks[0].recommendation is None


def test_items_cut_from_their_head_carry_it_as_lead() -> None:
    """A line "- 25 mg daily" is never indexed without its "Adults:"."""
    head = "Adults take:"
    items = [Block(BlockKind.ITEM, f"dose {n} of the long list is {n} mg.", head) for n in range(9)]

    result = cut(section(Block(BlockKind.PROSE, head), *items))

    assert len(result.chunks) > 1
    assert all(head in c.text or c.lead == head for c in result.chunks)


def test_a_list_head_moves_with_the_list() -> None:
    """A chunk does not end with the sentence that a list hangs from."""
    before = Block(BlockKind.PROSE, "one two three four five six seven eight nine ten eleven.")
    head = Block(
        BlockKind.PROSE, "These twelve words open the list that comes right after it here:"
    )
    item = Block(BlockKind.ITEM, "take 5 mg in the morning and 5 mg at night.", head.text)

    result = cut(section(before, head, item))

    assert [c.text for c in result.chunks] == [before.text, f"{head.text}\n{item.text}"]


def test_rows_of_two_tables_are_not_mixed() -> None:
    """A row stands only with rows under the same column heads."""
    rows = [
        Block(BlockKind.ROW, "Nausea | 10%", "Drug"),
        Block(BlockKind.ROW, "Headache | 5%", "Placebo"),
    ]

    result = cut(section(*rows))

    assert [(c.lead, c.text) for c in result.chunks] == [
        ("Drug", "Nausea | 10%"),
        ("Placebo", "Headache | 5%"),
    ]


def test_the_header_names_drug_section_and_version() -> None:
    """What is indexed with every chunk: brand, ingredient, heading, date."""
    subject = document(section(Block(BlockKind.PROSE, "x.")))

    assert header_of(subject, subject.sections[0]) == "Brandex, examplin > Warnings > 2019-11"


def test_a_long_header_is_shortened_and_counted() -> None:
    """A header longer than its share loses its middle, and the report says so."""
    wordy = dataclasses.replace(SOURCE, facts=LabelFacts(tuple(f"drug{n}" for n in range(60))))
    subject = dataclasses.replace(document(section(Block(BlockKind.PROSE, "x."))), source=wordy)

    result = chunk(subject, HashingEmbedder())

    assert result.shortened_leads == 1
    assert " … " in result.chunks[0].header
    assert result.chunks[0].header.endswith("> Warnings")
