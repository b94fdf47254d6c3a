"""Rates, and their confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: ``hits`` of ``of``."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The rate, 0-1; 0 where there is nothing to count."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval."""
        return wilson(self.hits, self.of)

    def as_json(self) -> dict[str, Any]:
        """Return the rate with its counts and its interval, 4 decimals."""
        return {
            "rate": round(self.value, 4),
            "hits": self.hits,
            "of": self.of,
            "interval": [round(end, 4) for end in self.interval],
        }
