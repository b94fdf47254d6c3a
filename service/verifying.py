"""
Statement -> statement, supported or not: every gate in turn, whoever wrote the sentence. Pure.

A gate is a function of a statement and the passages retrieved for the answer; it returns None,
or a reason code. They stand in the order of the product's list: marker, quote, values, drugs,
polarity, qualifiers, section, and last whether the statement speaks of its quote at all. A
statement that fails one is withheld with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from service.answers import Passage, Statement, StatementKind, Support
from service.drugs import Vocabulary
from service.gates.coverage import coverage_gate
from service.gates.marks import Reader
from service.gates.named_drugs import drug_gate
from service.gates.polarity import polarity_gate
from service.gates.qualifiers import qualifier_gate
from service.gates.sections import section_gate
from service.gates.values import value_gate

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


EXACT_GATES: tuple[Gate, ...] = (marker_gate, quote_gate)
"""The gates that need no drug names; all that an exact quote can fail."""

_READING_GATES = (
    value_gate,
    drug_gate,
    polarity_gate,
    qualifier_gate,
    section_gate,
    coverage_gate,
)


def gates(vocabulary: Vocabulary) -> tuple[Gate, ...]:
    """Return every gate, in order, with the drug names of one snapshot."""
    reader = Reader(vocabulary)
    return (*EXACT_GATES, *(partial(gate, reader=reader) for gate in _READING_GATES))


def verify(
    statement: Statement, passages: Sequence[Passage], gates: Sequence[Gate] = EXACT_GATES
) -> Statement:
    """
    Return *statement* with its support and the reason code of the first gate that fails.

    A reason that citing already gave is kept: such a statement is unsupported before any gate.
    """
    if statement.reasons:
        return replace(statement, support=Support.UNSUPPORTED)
    for gate in gates:
        if (reason := gate(statement, passages)) is not None:
            return replace(statement, support=Support.UNSUPPORTED, reasons=(reason,))
    return replace(statement, support=Support.SUPPORTED)
