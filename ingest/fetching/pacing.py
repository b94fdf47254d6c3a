"""How often a service is asked: never more than its rate, whatever the answers take."""

from __future__ import annotations

from collections.abc import Callable

_MARGIN = 1.05
"""A clock that runs a little fast must not turn three a second into four."""


class Pace:
    """Holds a caller back until the next request is due; one per service."""

    def __init__(
        self, rate: float, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        """*rate* is requests a second; *clock* and *sleep* count seconds."""
        self._interval = _MARGIN / rate
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    def wait(self) -> None:
        """Return as soon as the next request may go out."""
        now = self._clock()
        if self._due is not None and now < self._due:
            self._sleep(self._due - now)
            now = max(self._due, self._clock())
        self._due = now + self._interval
