"""Wilson's interval, against values computed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # z = 1.96: (8/10 + 0.192 ± 1.96 * sqrt(0.016 + 0.0096)) / 1.3841 for 8 of 10, and so on.
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (420, 420, 0.9909, 1.0),
    ],
)
def test_it_agrees_with_values_computed_by_hand(
    hits: int, of: int, low: float, high: float
) -> None:
    """Four decimals of the closed form."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=6e-5)


def test_nothing_tells_nothing() -> None:
    """Of no case, any rate is possible."""
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "of"), [(-1, 3), (4, 3)])
def test_more_hits_than_cases_are_refused(hits: int, of: int) -> None:
    """A count that cannot be is an error, not a rate."""
    with pytest.raises(ValueError, match="hits out of"):
        wilson(hits, of)


@given(st.integers(1, 5000), st.data())
def test_the_rate_lies_within(of: int, data: st.DataObject) -> None:
    """The interval holds the rate itself, and lies between 0 and 1."""
    hits = data.draw(st.integers(0, of))

    low, high = wilson(hits, of)

    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
