"""Confidence intervals of rates."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959963984540054
"""The 97.5% quantile of the standard normal distribution."""


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float]:
    """
    Return the Wilson score interval of a rate: *hits* out of *of*, both ends in 0..1.

    Wilson 1927, J Am Stat Assoc 22:209-212, without continuity correction. It holds its level
    near 0 and 1, where the textbook interval shrinks to nothing. (0, 1) where *of* is 0. Raises
    ValueError unless ``0 <= hits <= of``.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} hits out of {of}")
    if of == 0:
        return 0.0, 1.0
    rate = hits / of
    centre = rate + z * z / (2 * of)
    spread = z * sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
