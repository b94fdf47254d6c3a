"""A request that is over: what a trace is made of. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.apparatus import Timing


@dataclass(frozen=True, slots=True)
class Served:
    """
    A request that is over; times are nanoseconds since 1970.

    ``headers`` may hold the caller's ``traceparent``; ``facts`` are those of the log line.
    ``stages`` came one after the other and ended at ``answered``.
    """

    method: str
    route: str | None
    status: int
    began: int
    ended: int
    headers: Mapping[str, str]
    facts: Mapping[str, object]
    stages: tuple[Timing, ...] = ()
    answered: int | None = None
