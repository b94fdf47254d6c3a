"""
Draft + evidence -> statements whose every marker is resolved to exact words, or reported. Pure.

The composer's markers count evidence; the reader's count references, in the order in which they
first appear. A passage has one number wherever it is cited; two passages of one document have
two, because a number must lead to one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.answers import (
    Answer,
    Citation,
    Passage,
    SectionKind,
    Statement,
    StatementKind,
    Support,
)
from service.composing import DraftSentence

UNKNOWN_MARKER = "unknown_marker"
"""Reason code: a marker names no passage; the statement keeps what it said for audit."""

_MARKS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")


@dataclass(frozen=True, slots=True)
class CitedStatement:
    """A statement, the section it was drafted for, and whether it is kept for reading on."""

    section: SectionKind
    statement: Statement
    more: bool = False


@dataclass(slots=True)
class Numbering:
    """Reference numbers, given out in order of first appearance; one per passage."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, passage: Passage) -> int:
        """Return the passage's number, the next free one if it has none yet."""
        return self.numbers.setdefault(passage.id, len(self.numbers) + 1)


def marks(text: str) -> tuple[str, tuple[int, ...]]:
    """
    Return a written sentence without its ``[n]`` marks, and the numbers marked, each once.

    For composers that write marks into their text; quoted words keep theirs.
    """
    found = [int(n) for match in _MARKS.finditer(text) for n in re.findall(r"\d+", match.group(1))]
    return _MARKS.sub("", text).strip(), tuple(dict.fromkeys(found))


def cite(
    draft: Iterable[DraftSentence],
    evidence: Sequence[tuple[SectionKind, Passage]],
    numbering: Numbering,
) -> list[CitedStatement]:
    """
    Resolve every marker of *draft* to its passage and exact words, numbering as it goes.

    A marker that names no passage becomes the reason "unknown_marker:7" on an unsupported
    statement. Words that are not in their passage are still cited, at offsets that verification
    will find wrong.
    """
    return [CitedStatement(s.section, _cited(s, evidence, numbering), s.more) for s in draft]


def quoted(passage: Passage, numbering: Numbering, subject: str) -> Statement:
    """Return a statement that is the whole passage, verbatim."""
    chunk = passage.chunk
    citation = Citation(numbering.of(passage), passage, chunk.text, chunk.start, chunk.end)
    return Statement(chunk.text, StatementKind.QUOTE, (citation,), subject=subject)


def cited_passages(answer: Answer) -> tuple[str, ...]:
    """Return the ids of the passages that *answer* shows, each once, in the order shown."""
    shown = [notice.statement for notice in answer.safety]
    shown += [statement for section in answer.sections for statement in section.statements]
    ids = (citation.passage.id for statement in shown for citation in statement.citations)
    return tuple(dict.fromkeys(ids))


def _cited(
    sentence: DraftSentence,
    evidence: Sequence[tuple[SectionKind, Passage]],
    numbering: Numbering,
) -> Statement:
    citations: list[Citation] = []
    unknown: list[str] = []
    for marker, quote, start in zip(
        sentence.markers, sentence.quotes, sentence.starts, strict=True
    ):
        if not 1 <= marker <= len(evidence):
            unknown.append(f"{UNKNOWN_MARKER}:{marker}")
            continue
        passage = evidence[marker - 1][1]
        at = start if start is not None else _place(passage, quote)
        citations.append(Citation(numbering.of(passage), passage, quote, at, at + len(quote)))
    return Statement(
        text=sentence.text,
        kind=sentence.kind,
        citations=tuple(citations),
        support=Support.UNSUPPORTED if unknown else Support.SUPPORTED,
        subject=sentence.subject,
        reasons=tuple(unknown),
    )


def _place(passage: Passage, quote: str) -> int:
    """Return where *quote* begins in the document; the passage's start where it is not there."""
    return passage.chunk.start + max(0, passage.chunk.text.find(quote))
