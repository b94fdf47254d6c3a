"""What loading the table of retractions did, and what the table holds: for people and scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from service.noticing import Notices
from service.retraction_table import TableFacts

SHOWN = 20
"""Refused rows listed for people; scripts get them all."""


def report_json(read: Notices | None, facts: TableFacts, now: datetime) -> dict[str, Any]:
    """Return the report as plain dictionaries; ``file`` is None where none was loaded."""
    file = read and {
        "rows": read.rows,
        "used": len(read.retractions),
        "undated": read.undated,
        "refused": [{"line": each.line, "reason": each.reason} for each in read.refused],
    }
    table = {
        "notices": facts.notices,
        "natures": facts.natures,
        "digest": facts.digest,
        "loaded_at": facts.loaded_at and facts.loaded_at.astimezone(UTC).isoformat(),
        "age_days": age_days(facts, now),
        "newest": facts.newest,
    }
    return {"file": file, "table": table}


def report_lines(read: Notices | None, facts: TableFacts, now: datetime) -> Iterator[str]:
    """Yield the report as a person reads it."""
    if read is not None:
        yield (
            f"{read.rows:,} rows: {len(read.retractions):,} used ({read.undated:,} without a date "
            f"that can be read), {len(read.refused):,} refused"
        )
        yield from (f"refused: line {each.line}: {each.reason}" for each in read.refused[:SHOWN])
        if len(read.refused) > SHOWN:
            yield f"refused: {len(read.refused) - SHOWN:,} more; --json lists them all"
    if facts.loaded_at is None:
        yield "table: empty, so only what the index itself says is known to be retracted"
        return
    natures = ", ".join(f"{number:,} {nature}" for nature, number in facts.natures.items())
    yield f"table: {facts.notices:,} notices ({natures}), digest {facts.digest}"
    newest = f"; its newest notice is of {facts.newest}" if facts.newest else ""
    yield f"loaded {age_days(facts, now)} days ago, on {facts.loaded_at:%Y-%m-%d}{newest}"


def age_days(facts: TableFacts, now: datetime) -> int | None:
    """Return the whole days since the table was loaded; None where it never was."""
    return None if facts.loaded_at is None else max(0, (now - facts.loaded_at).days)
