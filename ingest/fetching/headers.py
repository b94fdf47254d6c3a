"""What a service's headers say, whatever it wrote into them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

_DIGITS = 16


def number(text: str) -> int | None:
    """Return a count of bytes or seconds; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else None


def asked_wait(text: str) -> float:
    """Return the seconds that Retry-After asks for, given as such or as a date; 0 for neither."""
    seconds = number(text.strip())
    if seconds is not None:
        return float(seconds)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    # A date that says "-0000" comes without a zone; HTTP dates are UTC.
    until = until.replace(tzinfo=until.tzinfo or UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def range_total(text: str, start: int) -> int | None:
    """Return the file's whole size where Content-Range goes on at *start*, else None."""
    unit, _, rest = text.partition(" ")
    span, _, total = rest.partition("/")
    if unit != "bytes" or span.partition("-")[0] != str(start):
        return None
    return number(total)


def joined(url: str, location: str) -> str:
    """Return where Location leads; itself where it is no address, and so no service's."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location
