"""
How many requests somebody may send: a moving window in memory, for each key, person or address.

The reply's fields are those of draft-ietf-httpapi-ratelimit-headers-10: the policy (``q`` requests
in ``w`` seconds) and what is left of it (``r``, anew in ``t`` seconds).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from service.errors import RateLimitedError

_ENOUGH = 1_000
"""Counts that are kept without a look at whether they still count."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit: requests, and seconds until some are let in anew."""

    requests: int
    seconds: int


class Limit:
    """One limit, counted for each of many; safe from any thread."""

    def __init__(self, name: str, rate: str) -> None:
        """Let *rate* ("120/minute") in; *name* is what the reply's fields call it."""
        self._name = name
        self._item: RateLimitItem = parse(rate)
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._enough = _ENOUGH

    def take(self, whose: str) -> Left:
        """Count one request. Raises RateLimitedError where there were too many."""
        if len(self._storage.events) > self._enough:
            self._forget()
        let_in = self._window.hit(self._item, whose)
        left = self.left(whose)
        if not let_in:
            raise RateLimitedError(
                f"at most {self._item.amount} in {self._item.get_expiry()} seconds; "
                f"ask again in {left.seconds} s",
                left.seconds,
            )
        return left

    def check(self, whose: str) -> None:
        """Raise RateLimitedError where the next would be too many; count nothing."""
        if not self._window.test(self._item, whose):
            seconds = self.left(whose).seconds
            raise RateLimitedError(f"too many attempts; try again in {seconds} s", seconds)

    def left(self, whose: str) -> Left:
        """Say what is left."""
        stats = self._window.get_window_stats(self._item, whose)
        return Left(stats.remaining, max(1, math.ceil(stats.reset_time - time.time())))

    @property
    def known(self) -> int:
        """Of how many there is a count."""
        return len(self._storage.events)

    def _forget(self) -> None:
        """Forget those whose window is empty: the storage keeps every name it was ever told."""
        storage, now = self._storage, time.time()
        for name, events in list(storage.events.items()):
            with storage.locks[name]:
                if not events or events[0].expiry <= now:  # the newest stands first
                    storage.events.pop(name, None)
        self._enough = max(_ENOUGH, 2 * len(storage.events))

    def fields(self, left: Left) -> list[tuple[bytes, bytes]]:
        """Return the reply's header fields."""
        name = f'"{self._name}"'
        policy = f"{name};q={self._item.amount};w={self._item.get_expiry()}"
        told = f"{name};r={left.requests};t={left.seconds}"
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", told.encode())]
