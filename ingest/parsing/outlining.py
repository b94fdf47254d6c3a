"""
Headings, paragraphs, list items and tables, in reading order -> sections of blocks.

Shared by the parsers of guideline texts (Markdown, HTML, PDF). A recommendation becomes one
block: with the strength printed below its list, and with the list itself where the sentence does
not end before it. Items lean on the sentence they hang from, rows on their heads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.documents import Block, BlockKind, Recommendation, Section
from ingest.grading import grades, only_grades
from ingest.parsing.listing import lead_of
from ingest.sentences import sentence_spans

MAX_MERGED = 1500
"""Characters of a recommendation and its list in one block; a longer list keeps its items."""
MAX_PARAGRAPH = 700
"""A recommending paragraph longer than this is divided at its sentences."""
MAX_HEADING = 160
"""A "heading" longer than this that reads as a sentence is a paragraph set in large type."""
BULLET = " • "
_EXHIBIT = re.compile(r"(?:table|figure|box|appendix|exhibit) \w", re.IGNORECASE)
_LEANS = re.compile(
    r"(?:Therefore|Thus|Hence|However|It|They|These|This|Those|Such|In such|Similarly|As such)\b|\("
)


class PieceKind(StrEnum):
    """What one piece of a text is on the page."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Piece:
    """
    One heading, paragraph, list item or table, its text on one line.

    ``depth``: heading level, or how many lists it is in (a paragraph may go on an item).
    ``opening``: the bold words it begins with. ``rows``: a table's blocks.
    """

    kind: PieceKind
    text: str = ""
    depth: int = 0
    opening: str = ""
    rows: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of text that may be a recommendation, and where it stands."""

    text: str
    headings: tuple[str, ...]
    lead: str = ""
    opening: str = ""
    row: bool = False
    item: bool = False


Judge = Callable[[Candidate], Recommendation | None]


def arrange(
    pieces: Iterable[Piece], judge: Judge, *, scheme: str | None = None, top: Sequence[str] = ()
) -> tuple[Section, ...]:
    """
    Return the sections of a text; *judge* decides what is a recommendation.

    *scheme* tells which lone notations are strengths; *top* is the heading path above the text.
    Sections without blocks are left out: their headings live in those below them.
    """
    path: list[tuple[int, str]] = []
    sections: list[Section] = []
    run: list[Piece] = []

    def close() -> None:
        headings = (*top, *(text for _, text in path))
        blocks = _Run(run, judge, scheme, headings).blocks()
        if blocks:
            sections.append(Section(headings, tuple(blocks)))
        run.clear()

    for piece in pieces:
        if piece.kind is PieceKind.HEADING and not _is_sentence(piece.text, judge):
            if not piece.text:
                continue
            close()
            while path and path[-1][0] >= piece.depth:
                path.pop()
            path.append((piece.depth, piece.text))
        elif piece.kind is PieceKind.HEADING:
            run.append(replace(piece, kind=PieceKind.TEXT))
        elif piece.text or piece.rows:
            run.append(piece)
    close()
    return tuple(sections)


def _is_sentence(heading: str, judge: Judge) -> bool:
    """Tell whether a heading is text in large type: long sentences, and recommendations."""
    if _EXHIBIT.match(heading):
        return False
    if len(heading) > MAX_HEADING and re.search(r"[.:;?]\s", heading + " "):
        return True
    return " is " in heading and judge(Candidate(heading, ())) is not None


class _Run:
    """The pieces under one heading, on their way to blocks."""

    def __init__(
        self, pieces: list[Piece], judge: Judge, scheme: str | None, headings: tuple[str, ...]
    ) -> None:
        self._pieces = pieces
        self._judge = judge
        self._scheme = scheme
        self._headings = headings

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        at = 0
        leads: list[tuple[int, str]] = []
        while at < len(self._pieces):
            piece = self._pieces[at]
            if piece.kind is PieceKind.TABLE:
                found.extend(self._row(block) for block in piece.rows)
                leads, at = [], at + 1
                continue
            goes_on = piece.kind is PieceKind.TEXT and piece.depth > 0
            leads = [pair for pair in leads if pair[0] < piece.depth + goes_on]
            lead = " ".join(text for _, text in leads if text)
            merged, after = self._with_its_list(at, lead)
            if merged is not None:
                found.append(merged)
                at = after
                continue
            found.extend(self._plain(piece, lead))
            if not goes_on:
                item = piece.kind is PieceKind.ITEM
                leads.append((piece.depth, piece.text if item else _hanging(piece.text)))
            at += 1
        return found

    def _with_its_list(self, at: int, lead: str) -> tuple[Block | None, int]:
        """Return a recommendation together with its list and the strength below, if it is one."""
        head = self._pieces[at]
        end = at + 1
        while end < len(self._pieces) and self._is_below(self._pieces[end], head.depth):
            end += 1
        children = self._pieces[at + 1 : end]
        strength = self._strength_at(end)
        if not children and strength is None:
            return None, at
        below = f" {strength.text}" if strength is not None else ""
        recommendation = self._judged(head, lead, head.text + below)
        closed = bool(children) and bool(re.search(r"[.?!)\]]$", head.text))
        graded = strength is None and self._graded(head)
        graded = graded or any(self._graded(child) for child in children)
        if recommendation is None or closed or graded:
            return None, at
        whole = head.text + "".join(BULLET + child.text for child in children) + below
        if len(whole) > MAX_MERGED:
            if strength is None:
                return None, at
            self._pieces[at : end + 1] = [replace(head, text=head.text + below), *children]
            return None, at
        kept = self._judged(head, lead, whole) or recommendation
        if kept.direction is not recommendation.direction:
            # What the items say ("avoid", "do not") is not what the recommendation says.
            kept = recommendation
        block = Block(BlockKind.RECOMMENDATION, whole, lead=lead, recommendation=kept)
        return block, end + (strength is not None)

    def _is_below(self, piece: Piece, depth: int) -> bool:
        return piece.kind is PieceKind.ITEM and piece.depth > depth

    def _strength_at(self, at: int) -> Piece | None:
        piece = self._pieces[at] if at < len(self._pieces) else None
        if piece is None or piece.kind is PieceKind.TABLE:
            return None
        return piece if only_grades(piece.text, self._scheme) else None

    def _graded(self, piece: Piece) -> bool:
        return any(grade.certain for grade in grades(piece.text, self._scheme))

    def _judged(self, piece: Piece, lead: str, text: str = "") -> Recommendation | None:
        item = piece.kind is PieceKind.ITEM
        opening = piece.opening
        return self._judge(Candidate(text or piece.text, self._headings, lead, opening, item=item))

    def _plain(self, piece: Piece, lead: str) -> list[Block]:
        recommendation = self._judged(piece, lead)
        if piece.kind is PieceKind.ITEM:
            kind = BlockKind.RECOMMENDATION if recommendation is not None else BlockKind.ITEM
            return [Block(kind, piece.text, lead=lead, recommendation=recommendation)]
        if recommendation is None:
            return [Block(BlockKind.PROSE, piece.text, lead=lead)]
        whole = self._graded(piece) or bool(piece.opening.startswith("Recommendation"))
        if whole or (recommendation.direction is not None and len(piece.text) <= MAX_PARAGRAPH):
            return [Block(BlockKind.RECOMMENDATION, piece.text, recommendation=recommendation)]
        return self._by_sentence(piece.text)

    def _by_sentence(self, text: str) -> list[Block]:
        """Divide a paragraph so that each recommending sentence has its own direction."""
        found: list[Block] = []
        waiting = 0
        for begin, end in self._sentences(text):
            recommendation = self._judge(Candidate(text[begin:end], self._headings))
            if recommendation is None:
                continue
            if waiting < begin:
                found.append(Block(BlockKind.PROSE, text[waiting:begin].strip()))
            found.append(
                Block(BlockKind.RECOMMENDATION, text[begin:end], recommendation=recommendation)
            )
            waiting = end
        found.append(Block(BlockKind.PROSE, text[waiting:].strip()))
        return [block for block in found if block.text]

    def _sentences(self, text: str) -> list[tuple[int, int]]:
        """Return the sentences of a paragraph; a strength and "Therefore, it ..." stay attached."""
        spans: list[tuple[int, int]] = []
        for begin, end in sentence_spans(text):
            leans = only_grades(text[begin:end], self._scheme) or (
                _LEANS.match(text[begin:end]) and end - spans[-1][0] <= MAX_PARAGRAPH
                if spans
                else False
            )
            if spans and leans:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((begin, end))
        return spans

    def _row(self, block: Block) -> Block:
        if block.kind is not BlockKind.ROW:
            return block
        found = self._judge(Candidate(block.text, self._headings, block.lead, row=True))
        if found is None:
            return block
        return replace(block, kind=BlockKind.RECOMMENDATION, recommendation=found)


def _hanging(text: str) -> str:
    """Return the sentence of *text* that the list below hangs from; "" where it is closed."""
    last = lead_of(text)
    return "" if last.endswith(".") and "follow" not in last.lower() else last
