"""The clock against what is known to be past, and the age of what the answers rest on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from service.doctor.findings import Finding, failed, ok, skipped, warning

_SKEW = timedelta(minutes=5)
"""File systems and other machines may be ahead by as much without anything being wrong."""
RETRACTIONS_DAYS = 30
SNAPSHOT_DAYS = 60
NEWEST_DAYS = 2 * 365
_FETCH = "followup corpus fetch --help"
_LOAD = "followup corpus retractions --csv FILE"
_CLOCK = "sudo timedatectl set-ntp true"


def judge_clock(now: datetime, past: Mapping[str, datetime]) -> Finding:
    """Tell whether *now* is after all that already happened: builds, activations, installation."""
    ahead = {what: when for what, when in past.items() if when > now + _SKEW}
    if not ahead:
        return ok(
            f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, after all that is known to be past"
        )
    what, when = max(ahead.items(), key=lambda each: each[1])
    return failed(
        f"{what} is of {when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, in the future of this "
        f"machine's clock ({now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC): one of the two is wrong",
        f"date -u  # where it is wrong: {_CLOCK}; else build anew: followup ingest apply",
    )


def judge_retractions(loaded_at: datetime | None, notices: int, now: datetime) -> Finding:
    """Tell how old the table of retractions is."""
    if loaded_at is None:
        return warning("the table of retractions was never loaded", _LOAD)
    days = (now - loaded_at).days
    said = f"{notices:,} notices, loaded {max(0, days)} days ago"
    if days > RETRACTIONS_DAYS:
        return warning(f"{said}: retractions since then are not known", _LOAD)
    return ok(said)


def judge_snapshot_age(built: datetime, now: datetime) -> Finding:
    """Tell how old the live snapshot is."""
    days = (now - built).days
    said = f"the live snapshot was built {max(0, days)} days ago"
    if days > SNAPSHOT_DAYS:
        return warning(said, "followup ingest apply --source DIR")
    return ok(said)


def judge_corpus_age(oldest: str | None, newest: str | None, now: datetime) -> Finding:
    """Tell how old the sources are; their dates are ISO 8601, cut to what is known of them."""
    if newest is None:
        return skipped("no source says when it was published", _FETCH)
    said = f"sources from {oldest or '?'} to {newest}"
    year = int(newest[:4])
    month = int(newest[5:7] or 12)
    day = int(newest[8:10] or 28)
    if (now.date() - datetime(year, month, day, tzinfo=UTC).date()).days > NEWEST_DAYS:
        return warning(f"{said}: nothing of the last two years", _FETCH)
    return ok(said)
