"""The gates that hold from the first day."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Statement, StatementKind, Support
from service.citing import Numbering, quoted
from service.verifying import EXACT_GATES, marker_gate, quote_gate, verify
from tests.sample_evidence import INSOMNIA_ROW, TABLETS_DOSE

HONEST = quoted(TABLETS_DOSE, Numbering(), "")


def changed(**citation: object) -> Statement:
    """Return the honest statement with its citation changed."""
    return replace(HONEST, citations=(replace(HONEST.citations[0], **citation),))  # type: ignore[arg-type]


def test_an_exact_quote_passes() -> None:
    """Every gate is asked and none objects."""
    assert verify(HONEST, [TABLETS_DOSE]) == HONEST


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (replace(HONEST, citations=()), "uncited"),
        (changed(passage=INSOMNIA_ROW), "passage_not_retrieved"),
        (changed(quote=HONEST.text.replace("50 mg", "500 mg")), "quote_not_in_passage"),
        (changed(start=TABLETS_DOSE.chunk.start + 1), "quote_not_in_passage"),
        (changed(start=0, end=len(HONEST.text)), "quote_not_in_passage"),
        (changed(end=TABLETS_DOSE.chunk.end + 1), "quote_not_in_passage"),
        (replace(HONEST, text=HONEST.text.replace("once", "twice")), "text_is_not_the_quote"),
    ],
)
def test_what_is_not_exactly_there_is_unsupported(statement: Statement, reason: str) -> None:
    """One changed character, offset or source is enough."""
    told = verify(statement, [TABLETS_DOSE])

    assert (told.support, told.reasons) == (Support.UNSUPPORTED, (reason,))


def test_a_paraphrase_needs_its_quote_too() -> None:
    """Its text is free, the words it rests on are not."""
    paraphrase = replace(HONEST, kind=StatementKind.PARAPHRASE, text="50 mg a day.")

    assert quote_gate(paraphrase, []) is None
    assert quote_gate(replace(changed(quote="x"), kind=StatementKind.PARAPHRASE), []) is not None


def test_what_citing_found_is_kept() -> None:
    """An unknown marker fails the statement before any gate is asked."""
    unknown = replace(HONEST, reasons=("unknown_marker:7",))

    assert verify(unknown, [TABLETS_DOSE]).reasons == ("unknown_marker:7",)
    assert verify(unknown, [TABLETS_DOSE]).support is Support.UNSUPPORTED


def test_gates_are_asked_in_order_and_stop_at_the_first() -> None:
    """The first reason is the one recorded."""
    asked: list[str] = []

    def first(statement: Statement, passages: object) -> str | None:
        del statement, passages
        asked.append("first")
        return "stop"

    def second(statement: Statement, passages: object) -> str | None:
        del statement, passages
        asked.append("second")
        return None

    assert verify(HONEST, [], (first, second)).reasons == ("stop",)
    assert asked == ["first"]
    assert (marker_gate, quote_gate) == EXACT_GATES


@given(st.integers(0, 60), st.integers(1, 70))
def test_every_exact_span_passes_and_no_other(start: int, size: int) -> None:
    """The law of gate 2: accepted exactly when the words stand at the offsets."""
    chunk = TABLETS_DOSE.chunk
    words = chunk.text[start : start + size]
    statement = replace(
        HONEST,
        text=words,
        citations=(
            replace(
                HONEST.citations[0],
                quote=words,
                start=chunk.start + start,
                end=chunk.start + start + size,
            ),
        ),
    )

    assert (quote_gate(statement, []) is None) == (start + size <= len(chunk.text))
