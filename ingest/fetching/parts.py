"""Files that are not whole yet: a hidden part, beside it a note of the version it is a part of."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Validators:
    """What a service said identifies this version of a file; either may be missing."""

    etag: str | None = None
    last_modified: str | None = None

    def ask_if_changed(self) -> dict[str, str]:
        """Return the headers that make an unchanged file answer 304."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in found.items() if value}

    @property
    def for_range(self) -> str | None:
        """What may stand in If-Range: a strong ETag, else a date (RFC 9110, 13.1.5)."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.last_modified


def part_of(path: Path) -> Path:
    """Return where the part of *path* lies: beside it, hidden from ingest."""
    return path.with_name(f".{path.name}.part")


def begin(part: Path, address: str, found: Validators) -> None:
    """Say whose part it is before its first byte is there."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    note = {"url": address, "etag": found.etag, "last_modified": found.last_modified}
    _note(part).write_text(json.dumps(note), encoding="utf-8")


def resumable(part: Path, address: str, *, trusted: bool) -> tuple[int, Validators]:
    """
    Return how many bytes of *part* may be kept, and the version they are of.

    Without a validator they may only where *trusted*: a published checksum will tell.
    """
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
        size = part.stat().st_size
        found = Validators(note["etag"], note["last_modified"])
        if size and note["url"] == address and (found.for_range or trusted):
            return size, found
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no part, or none that says whose it is: begin anew
    discard(part)
    return 0, Validators()


def discard(part: Path) -> None:
    """Remove a part file and what is known of it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def finish(part: Path, path: Path) -> None:
    """Put a complete *part* in the place of *path*, in one step that survives a crash."""
    part.replace(path)
    _note(part).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
