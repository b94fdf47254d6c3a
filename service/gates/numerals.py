"""Numbers in digits: the pattern that reads them, and their value. Pure."""

from __future__ import annotations

from decimal import Decimal

_ZERO = Decimal(0)

UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
"""A number in digits: 4,523 or 4523, 0.5 or .5."""

NUMBER = rf"10\^-?\d+|(?:{UNSIGNED})(?: ?x ?10(?:\^| ?\*\* ?)-?\d+)?"
"""A number in digits, with a power of ten where one is written: 1.5 x 10^9."""


def value(written: str) -> Decimal:
    """Return the number that *written*, a match of `NUMBER`, spells."""
    plain = written.replace(",", "").replace(" ", "").replace("**", "^")
    mantissa, power = plain, "0"
    if "x10" in plain:
        mantissa, _, power = plain.partition("x10")
    elif plain.startswith("10^"):
        mantissa, power = "1", plain.removeprefix("10^")
    number = Decimal(mantissa) * Decimal(10) ** int(power.removeprefix("^") or 1)
    return number.normalize() if number else _ZERO
