"""
One run over a service, remembered until it is done, so that a killed one goes on where it stopped.

``.fetching.json`` in the fetched folder says what was asked, since when, and how far a paged
answer was read. It goes when the run is complete; the ledger stays.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_NAME = ".fetching.json"
_STALE = timedelta(days=7)
"""An unfinished run that is older says too little of what the service holds today."""


@dataclass(slots=True)
class Run:
    """
    What was asked (``key``), since when (``since``, UTC), and the page to go on from (``cursor``).

    ``resumed`` tells whether an earlier, unfinished run asked the same, and ``has`` whether it
    kept a path. Without a ``folder`` nothing is remembered: a dry run.
    """

    folder: Path | None
    key: str
    since: str
    cursor: str | None = None
    resumed: bool = False
    has: Callable[[str], bool] = lambda _path: False

    def advance(self, cursor: str) -> None:
        """Remember *cursor*: everything before it is kept."""
        self.cursor = cursor
        self._save()

    def begin(self) -> None:
        """Write the run down, unless it is a resumed one."""
        if not self.resumed:
            self._save()

    def finish(self) -> None:
        """Forget the run: it is complete."""
        if self.folder is not None:
            (self.folder / _NAME).unlink(missing_ok=True)

    def _save(self) -> None:
        if self.folder is None:
            return
        path = self.folder / _NAME
        fresh = path.with_name(f"{_NAME}.new")
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump({"key": self.key, "since": self.since, "cursor": self.cursor}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)


def open_run(folder: Path, asked: object) -> Run:
    """Return the unfinished run that asked the same of *folder*, or a new one."""
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    now = datetime.now(UTC)
    try:
        found = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(found["since"])
        if found["key"] == key and timedelta(0) <= now - since < _STALE:
            return Run(folder, key, found["since"], found["cursor"], resumed=True)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no unfinished run, or none that can be read: everything is asked for again
    return Run(folder, key, now.isoformat(timespec="microseconds"))
