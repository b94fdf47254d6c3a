"""Several rankings of rows -> one, whose order is total."""

from __future__ import annotations

from collections.abc import Sequence

RANK_CONSTANT = 60
"""k of reciprocal rank fusion, as its authors chose it."""
DENSE_WEIGHT, LEXICAL_WEIGHT = 2.0, 1.0
"""Dense counts double: 1:1 fusion lost to dense alone on natural-language questions."""
BARE_WEIGHT = 0.5
"""Of a follow-up's words as typed, beside its standalone form, which says what they are about."""
EXACT_SHARE, EXACT_EVERY = 3, 4
"""Lexical rows that are sure of a place, and the places they get: every fourth."""


def fuse(rankings: Sequence[tuple[float, Sequence[int]]]) -> list[int]:
    """
    Weighted reciprocal rank fusion: score(d) = sum of weight / (k + rank), k = 60.

    Cormack, Clarke & Buettcher 2009. Ties go to the lower row, so that the order is total.
    """
    scores: dict[int, float] = {}
    for weight, ranking in rankings:
        for rank, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + weight / (RANK_CONSTANT + rank)
    return sorted(scores, key=lambda row: (-scores[row], row))


def with_exact(fused: Sequence[int], exact: Sequence[int]) -> list[int]:
    """
    Return *fused* with the best lexical rows brought to every fourth place.

    A rare word ("tinnitus") decides which passage answers, and a vector hardly feels it: fused
    alone, such a passage stands behind a dozen that are near and say nothing of it.
    """
    ahead = list(exact[:EXACT_SHARE])
    placed: list[int] = []
    rest = [row for row in fused if row not in ahead]
    while rest or ahead:
        placed += rest[: EXACT_EVERY - 1]
        rest = rest[EXACT_EVERY - 1 :]
        if ahead:
            placed.append(ahead.pop(0))
    return placed
