"""Marks of fields that are stricter than Python: what JSON's schema says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AfterValidator, BeforeValidator


def _numeric(value: object) -> object:
    """Refuse what Python, but not JSON, takes for a number."""
    if isinstance(value, bool | str):
        raise ValueError("an integer")  # noqa: TRY004 - what pydantic makes a field's error of
    return value


def _written(moment: object) -> object:
    """Refuse a moment that is a bare number, which would be read as seconds since 1970."""
    if isinstance(moment, str) and "-" not in moment[1:]:
        raise ValueError("a date and time as RFC 3339 writes it")
    return moment


def _in_utc(moment: datetime | None) -> datetime | None:
    """Refuse what is before the first or after the last day that UTC is written with."""
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment of the years 1 to 9999") from error


WHOLE = BeforeValidator(_numeric)
"""Marks an integer as JSON has it: 3 and 3.0, but neither true nor "3"."""
MOMENT = BeforeValidator(_written)
"""Marks a moment as it is written, not counted."""
IN_UTC = AfterValidator(_in_utc)
"""Turns a moment with a zone into the same in UTC."""
