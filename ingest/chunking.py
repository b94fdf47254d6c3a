"""
Stage 3: document -> chunks, along the document's own structure. Pure.

A chunk never crosses a section; prose is cut at sentence ends, and so is a list item too long for
the embedder; a table row, and a recommendation with its strength, are never cut.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from langchain_text_splitters import RecursiveCharacterTextSplitter

from ingest.documents import (
    Block,
    BlockKind,
    Chunk,
    Document,
    GuidelineFacts,
    LabelFacts,
    Recommendation,
    Section,
)
from ingest.embedding import Embedder
from ingest.manifests import PROJECT_NOTE
from ingest.sentences import sentence_spans

VERSION = "structure/1"
SPECIAL_TOKENS = 2
"""[CLS] and [SEP] of a BERT-family embedder."""
HEADER_SHARE = 0.19
LEAD_SHARE = 0.31
"""Shares of the window that header and lead may take: 48 and 79 of 256 tokens."""
PARAGRAPH_FILL = 0.6
"""A new paragraph starts a new chunk once this share of the budget is used."""


_NEVER_CUT = frozenset({BlockKind.ROW, BlockKind.RECOMMENDATION})


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not cut: a sentence, an item, a row, a recommendation."""

    start: int
    end: int
    tokens: int
    lead: str
    kind: BlockKind
    opens_block: bool
    recommendation: Recommendation | None


@dataclass(frozen=True, slots=True)
class Chunks:
    """The chunks of one document, and how many texts did not fit whole."""

    chunks: tuple[Chunk, ...]
    shortened_leads: int
    overlong: int


def chunk(document: Document, embedder: Embedder) -> Chunks:
    """
    Cut *document* into chunks that fit the embedder's window, header and lead included.

    ``overlong`` counts rows and recommendations kept whole although the embedder reads only
    their beginning (the lexical index reads all); ``shortened_leads`` the leads cut for indexing.
    """
    cutter = _Cutter(document, embedder)
    at = 0
    for section in document.sections:
        if section.code != PROJECT_NOTE:
            cutter.cut(section, at)
        at += len(section.text) + 2
    return Chunks(tuple(cutter.chunks), cutter.shortened_leads, cutter.overlong)


def header_of(document: Document, section: Section) -> str:
    """Return "drug or title > section path > version": indexed with the text, never quoted."""
    facts = document.source.facts
    if isinstance(facts, LabelFacts):
        names = dict.fromkeys((*facts.brands[:2], " / ".join(facts.ingredients)))
        subject = ", ".join(name for name in names if name) or document.source.title
        version = facts.effective or document.source.published
    else:
        subject = document.source.title
        version = (
            facts.version or str(facts.year or "")
            if isinstance(facts, GuidelineFacts)
            else str(facts.year or "")
        )
    path = [*dict.fromkeys(section.headings)]
    return " > ".join(part for part in (subject, *path[-3:], version) if part)


class _Cutter:
    """Collects one document's chunks."""

    def __init__(self, document: Document, embedder: Embedder) -> None:
        self.chunks: list[Chunk] = []
        self.shortened_leads = 0
        self.overlong = 0
        self._document = document
        self._text = document.text
        self._embedder = embedder
        # The rows of a table share one lead, the chunks of a section one header.
        self._known_leads: dict[tuple[str, int], str] = {}
        self._known_counts: dict[str, int] = {}
        self._most_header = int(embedder.identity.max_tokens * HEADER_SHARE)
        self._most_lead = int(embedder.identity.max_tokens * LEAD_SHARE)

    def cut(self, section: Section, at: int) -> None:
        """Cut one section, whose text starts at character *at* of the document."""
        header = self._fitted(header_of(self._document, section), self._most_header)
        room = self._embedder.identity.max_tokens - SPECIAL_TOKENS - self._count(header)
        pending: list[_Unit] = []
        for unit in self._units(section, at, room):
            if pending and not self._fits(pending, unit, room):
                carried = self._list_head(pending, unit)
                self._emit(section, header, pending[:-1] if carried else pending)
                pending = [pending[-1]] if carried else []
                if pending and not self._fits(pending, unit, room):
                    self._emit(section, header, pending)
                    pending = []
            lead_room = room - self._count(self._fitted(unit.lead, self._most_lead, count=False))
            self.overlong += unit.kind in _NEVER_CUT and unit.tokens > lead_room
            if unit.kind is BlockKind.RECOMMENDATION:
                self._emit(section, header, pending)
                self._emit(section, header, [unit])
                pending = []
            else:
                pending.append(unit)
        self._emit(section, header, pending)

    def _fits(self, pending: list[_Unit], unit: _Unit, room: int) -> bool:
        lead = self._open_lead(pending)
        if unit.kind is BlockKind.ROW and unit.lead != pending[-1].lead:
            return False
        used = sum(u.tokens for u in pending) + self._count(lead)
        if unit.opens_block and unit.kind is BlockKind.PROSE and used > PARAGRAPH_FILL * room:
            return False
        return used + unit.tokens <= room

    def _list_head(self, pending: list[_Unit], unit: _Unit) -> bool:
        """Tell whether the last sentence is the head of the list that *unit* opens."""
        if len(pending) < 2 or unit.kind is not BlockKind.ITEM:  # noqa: PLR2004 - one stays
            return False
        last = pending[-1]
        text = self._text[last.start : last.end] if last.kind is BlockKind.PROSE else ""
        return bool(text) and unit.lead.endswith(text)

    def _open_lead(self, units: list[_Unit]) -> str:
        """Return the lead that the first unit leans on and that the chunk does not hold."""
        return self._fitted(units[0].lead, self._most_lead, count=False) if units else ""

    def _emit(self, section: Section, header: str, units: list[_Unit]) -> None:
        if not units:
            return
        document = self._document
        start, end = units[0].start, units[-1].end
        lead = self._fitted(units[0].lead, self._most_lead)
        text = self._text[start:end]
        digest = hashlib.sha256(f"{document.id}\x00{start}\x00{end}\x00{text}".encode())
        self.chunks.append(
            Chunk(
                id=digest.hexdigest()[:20],
                document_id=document.id,
                type=document.source.type,
                headings=section.headings,
                code=section.code,
                header=header,
                lead=lead,
                text=text,
                start=start,
                end=end,
                recommendation=units[0].recommendation,
            )
        )

    def _units(self, section: Section, at: int, room: int) -> Iterator[_Unit]:
        for block in section.blocks:
            if block.text.strip():
                yield from self._block_units(block, at, room)
            at += len(block.text) + 1

    def _block_units(self, block: Block, at: int, room: int) -> Iterator[_Unit]:
        tokens = self._embedder.tokens(block.text)
        starts = [start for start, _ in tokens]
        ends = [end for _, end in tokens]

        def size_of(start: int, end: int) -> int:
            return max(0, bisect_right(ends, end) - bisect_left(starts, start))

        lead_room = room - self._count(self._fitted(block.lead, self._most_lead, count=False))
        whole = block.kind in _NEVER_CUT
        if whole or (block.kind is BlockKind.ITEM and len(tokens) <= lead_room):
            spans = [_stripped(block.text)]
        else:
            spans = sentence_spans(block.text)
        first = True
        for start, end in spans:
            pieces = (
                [(start, end)]
                if size_of(start, end) <= lead_room or whole
                else _clauses(block.text[start:end], start, lead_room, size_of)
            )
            for piece_start, piece_end in pieces:
                yield _Unit(
                    at + piece_start,
                    at + piece_end,
                    max(size_of(piece_start, piece_end), 1),
                    block.lead,
                    block.kind,
                    first,
                    block.recommendation,
                )
                first = False

    def _fitted(self, text: str, limit: int, *, count: bool = True) -> str:
        """
        Return *text*, its middle left out where it is longer than *limit* tokens.

        Both ends matter: a table's caption stands first, the group of its row last.
        """
        if (known := self._known_leads.get((text, limit))) is not None:
            self.shortened_leads += count and known is not text
            return known
        tokens = self._embedder.tokens(text) if text else []
        if len(tokens) <= limit:
            return self._known_leads.setdefault((text, limit), text)
        self.shortened_leads += count
        tail = limit // 3
        head = text[: tokens[limit - tail - 2][1]]
        shortened = f"{head} … {text[tokens[-tail][0] :]}"
        return self._known_leads.setdefault((text, limit), shortened)

    def _count(self, text: str) -> int:
        if text not in self._known_counts:
            self._known_counts[text] = len(self._embedder.tokens(text)) if text else 0
        return self._known_counts[text]


def _clauses(
    text: str, at: int, room: int, size_of: Callable[[int, int], int]
) -> list[tuple[int, int]]:
    """
    Cut a sentence longer than the window at cell bars, semicolons, commas, then spaces.

    *size_of* counts the tokens between two characters; the text begins at character *at*.
    """
    size = max(1, len(text) * room // max(1, size_of(at, at + len(text))))
    while True:
        splitter = RecursiveCharacterTextSplitter(
            separators=[" | ", "; ", ", ", " ", ""],
            chunk_size=size,
            chunk_overlap=0,
            keep_separator="end",
            add_start_index=True,
        )
        pieces = [
            (at + int(piece.metadata["start_index"]), piece.page_content)
            for piece in splitter.create_documents([text])
        ]
        spans = [(start, start + len(content)) for start, content in pieces]
        if size == 1 or all(size_of(start, end) <= room for start, end in spans):
            return spans
        # Tokens are denser in places ("1.25|2.5|5"): try again with shorter pieces.
        size = max(1, size * 3 // 4)


def _stripped(text: str) -> tuple[int, int]:
    start = len(text) - len(text.lstrip())
    return start, start + len(text.strip())
