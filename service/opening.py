"""
The live index: which snapshot answers now, and how it changes without failing anyone.

The pointer is looked at now and then. A new snapshot is checked, opened and warmed beside the
old one, then one reference moves; answers under way finish on the snapshot they began with, and
the old one is closed when its last reader leaves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from ingest.activating import current_id, earlier_ids, moved_at
from ingest.embedding import Embedder
from ingest.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IngestError,
)
from ingest.snapshots import Snapshot, open_snapshot
from service.answering import Answerer
from service.errors import IndexUnavailableError
from service.log_lines import places

log = structlog.get_logger()

WARMING_QUESTION = "What helps adults with insomnia?"
"""One that is searched: a question without drug and condition is asked back and reads nothing."""
LONGEST_PAUSE = 64
"""Polls from one try to the next, at most, of a snapshot that a passing trouble keeps closed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One snapshot and the answerer over it; the same for the whole of one answer."""

    snapshot: Snapshot
    answerer: Answerer


@dataclass(frozen=True, slots=True)
class Tally:
    """Moves to another snapshot, and activated snapshots refused, since the start."""

    changes: int = 0
    refusals: int = 0


class _Held:
    """A reading, and how many are at it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.readers = 0
        self.retired = False


class LiveIndex:
    """Hands out the live snapshot; follows the pointer in a thread of its own."""

    def __init__(
        self, index: Path, embedder: Embedder, answerer: Callable[[Snapshot], Answerer]
    ) -> None:
        """
        Open the live snapshot, or the one that was live before it when it is damaged.

        Raises IndexUnavailableError where there is none.
        """
        self._index = index
        self._embedder = embedder
        self._answerer = answerer
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._refused: str | None = None
        self._refused_at = 0
        self._pause = 1  # polls from the last failed try to the next
        self._left_out: int | None = None  # polls still to leave out; None: it is not tried again
        self._tally = Tally()
        self._held = _Held(self._open_first())

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Hold the live snapshot for as long as one answer takes."""
        with self._lock:
            held = self._held
            held.readers += 1
        try:
            yield held.reading
        finally:
            with self._lock:
                held.readers -= 1
                close = held.retired and held.readers == 0
            if close:
                held.reading.snapshot.close()

    @property
    def refused(self) -> str | None:
        """The snapshot that the pointer names and that cannot be used, while another answers."""
        return self._refused

    def follow(self, seconds: float, look: Callable[[Reading], None] | None = None) -> None:
        """
        Look for a new snapshot every *seconds* from now on.

        *look* is called, in that thread, with the snapshot that is live now and with every one
        that becomes so; where it fails it is called again at the next poll.
        """
        self._thread = threading.Thread(
            target=self._follow, args=(seconds, look), name="followup-snapshots", daemon=True
        )
        self._thread.start()

    def refresh(self) -> bool:
        """Move to the snapshot that the pointer names; tell whether there was a move."""
        wanted = current_id(self._index)
        if wanted == self._held.reading.snapshot.id:
            self._refused = None
            return False
        if self._is_put_off(wanted):
            return False
        try:
            fresh = self._open(wanted)
        except (IndexDamagedError, IndexMismatchError, IndexMissingError) as error:
            # Serving goes on with the snapshot at hand; the same bad one is not tried again.
            self._refuse(wanted)
            log.warning("snapshot_refused", snapshot=wanted, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the old one serves
            # The snapshot may be sound: a full disk or too many open files are for a while.
            self._refuse(wanted, again=True)
            told = str(error) or repr(error)
            log.warning("snapshot_put_off", snapshot=wanted, error=told, polls=self._pause)
            return False
        with self._lock:
            old, self._held = self._held, _Held(fresh)
            self._refused = None
            old.retired = True
            idle = old.readers == 0
        self._tally = replace(self._tally, changes=self._tally.changes + 1)
        log.info("snapshot_changed", old=old.reading.snapshot.id, new=wanted)
        if idle:
            old.reading.snapshot.close()
        return True

    def tally(self) -> Tally:
        """Say how often the snapshot changed and was refused."""
        return self._tally

    def close(self) -> None:
        """Stop following and let go of the snapshot."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._held.reading.snapshot.close()

    def _follow(self, seconds: float, look: Callable[[Reading], None] | None) -> None:
        seen = self._show(look, None)
        while not self._stop.wait(seconds):
            try:
                self.refresh()
            except (IngestError, OSError) as error:
                log.warning("snapshot_watch_failed", error=str(error))
            seen = self._show(look, seen)

    def _show(self, look: Callable[[Reading], None] | None, seen: str | None) -> str | None:
        """Let *look* see the live snapshot unless it has; return the one that it has seen."""
        if look is None:
            return None
        with self.reading() as reading:
            if reading.snapshot.id == seen:
                return seen
            try:
                look(reading)
            except Exception as error:  # noqa: BLE001 - whatever is wrong, answers go on
                # Its own words may be those of an article.
                log.warning("snapshot_look_failed", error=type(error).__name__, at=places(error))
                return seen
            return reading.snapshot.id

    def _is_put_off(self, wanted: str) -> bool:
        """Tell whether *wanted* was refused and is not due again; activated again, it is."""
        if wanted != self._refused or moved_at(self._index) != self._refused_at:
            return False
        if self._left_out:
            self._left_out -= 1
            return True
        return self._left_out is None

    def _refuse(self, snapshot_id: str, *, again: bool = False) -> None:
        """
        Remember the snapshot that was activated and cannot be used: not tried on and on.

        With *again*, it is tried after 1, 2, 4 ... polls, LONGEST_PAUSE at most.
        """
        known = (self._refused, self._refused_at)
        self._refused, self._refused_at = snapshot_id, moved_at(self._index)
        is_new = known != (self._refused, self._refused_at)
        self._pause = 1 if is_new else min(2 * self._pause, LONGEST_PAUSE)
        self._left_out = self._pause - 1 if again else None
        self._tally = replace(self._tally, refusals=self._tally.refusals + is_new)

    def _open(self, snapshot_id: str) -> Reading:
        snapshot = open_snapshot(self._index, snapshot_id, self._embedder, check=True)
        try:
            reading = Reading(snapshot, self._answerer(snapshot))
            # The first question after opening reads files in; let it not be a clinician's.
            reading.answerer.answer(WARMING_QUESTION)
        except BaseException:
            snapshot.close()
            raise
        return reading

    def _open_first(self) -> Reading:
        try:
            wanted = current_id(self._index)
        except IndexMissingError as error:
            raise IndexUnavailableError(str(error)) from error
        try:
            return self._open(wanted)
        except (IndexDamagedError, IndexMissingError) as error:
            log.warning("snapshot_damaged", snapshot=wanted, error=str(error))
            self._refuse(wanted)
            # Only what was live once: a snapshot that the quality gate held back never was.
            for earlier in earlier_ids(self._index):
                try:
                    reading = self._open(earlier)
                except IngestError as fault:
                    log.warning("snapshot_refused", snapshot=earlier, error=str(fault))
                    continue
                log.warning("snapshot_fallback", wanted=wanted, snapshot=earlier)
                return reading
            raise IndexUnavailableError(str(error)) from error
        except IngestError as error:
            raise IndexUnavailableError(str(error)) from error
