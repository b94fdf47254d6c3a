"""What an ingest run did: every file and record accounted for, every stage timed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ingest.documents import DeadLetter


class Progress(Protocol):
    """**Protocol:** whoever shows how far a run has come."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Show that *done* of *total* (None: not known yet) units of *stage* are done."""


class Silent:
    """Shows nothing: for scripts and tests."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that says what another says, and which one was kept."""

    path: str
    record: str | None
    document: str
    duplicate_of: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """
    The result of one run.

    ``records == documents + len(duplicates) + len(dead_letters)``: nothing is lost in silence.
    ``unchanged``: the live snapshot was built of just these files, and nothing was parsed.
    ``embedded`` counts vectors computed; ``overlong`` rows and recommendations longer than the
    embedder reads; ``shortened_leads`` list and table heads cut for indexing.
    """

    snapshot: str
    files: int
    records: int
    documents: int
    superseded: int
    retracted: int
    duplicates: tuple[Duplicate, ...]
    dead_letters: tuple[DeadLetter, ...]
    needs_review: int
    chunks: int
    embedded: int
    overlong: int
    shortened_leads: int
    verified: dict[str, float]
    seconds: dict[str, float]
    unchanged: bool = False

    @property
    def adds_up(self) -> bool:
        """Whether every record is a document, a duplicate or a dead letter."""
        return self.records == self.documents + len(self.duplicates) + len(self.dead_letters)


@dataclass(slots=True)
class Stopwatch:
    """Adds up the seconds spent in each stage of a run whose stages take turns."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what happens inside as *stage*."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start

    def rounded(self) -> dict[str, float]:
        """Return the seconds of each stage, to the hundredth."""
        return {stage: round(seconds, 2) for stage, seconds in self.seconds.items()}
