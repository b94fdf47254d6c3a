"""
What was fetched when, from where, on which terms: one line of JSON for each event.

The ledger lies hidden in the fetched folder (``.fetched.jsonl``), is only appended to, and the
last line of a path counts. A line that a crash cut short is passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TextIO

from ingest.errors import FetchError
from ingest.fetching.items import Fate

NAME = ".fetched.jsonl"
_FEW = 1000
_LOCK = ".fetching.lock"


@dataclass(frozen=True, slots=True)
class Record:
    """
    One event of one file.

    ``fetched`` is UTC, ISO 8601; ``status`` the HTTP status (None for what was cut from a larger
    answer or archive); ``sha256`` and ``bytes`` are the kept file's; ``md5`` the service's own,
    checked; ``unpacked`` counts the files that came out of an archive.
    """

    path: str
    url: str
    service: str
    fetched: str
    fate: Fate
    terms: str
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    md5: str | None = None
    licence: str | None = None
    page: str | None = None
    type: str | None = None
    title: str | None = None
    note: str | None = None
    unpacked: int | None = None


class Ledger:
    """The last kept record of each path, and the way to add one."""

    def __init__(self, folder: Path) -> None:
        """Read the ledger of *folder*, which need not have one yet."""
        self._path = folder / NAME
        self.kept: dict[str, Record] = {}
        for record in read_records(folder):
            self._note(record)

    def tidy(self) -> None:
        """
        End a line that a crash cut short, and leave out what says again that nothing changed.

        Of the records "unchanged" only a file's last one stays, or a nightly run would add a line
        for each file each night.
        """
        self._mend()
        records = list(read_records(self._path.parent))
        told = [
            each
            for each in records
            if each.fate is not Fate.UNCHANGED or self.kept.get(each.path) == each
        ]
        if len(records) - len(told) > max(_FEW, len(told)):
            fresh = self._path.with_name(f"{NAME}.new")
            with fresh.open("w", encoding="utf-8") as stream:
                stream.writelines(_line(each) for each in told)
                _sync(stream)
            fresh.replace(self._path)

    def add(self, record: Record, *, durable: bool = True) -> None:
        """Append *record*; *durable*: return when the disk has it."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(record))
            if durable:
                _sync(stream)
        self._note(record)

    def _note(self, record: Record) -> None:
        # What failed or vanished upstream leaves the kept file, and so its record, in force.
        if record.fate in (Fate.FETCHED, Fate.UNCHANGED):
            self.kept[record.path] = record

    def _mend(self) -> None:
        """End a line that a crash cut short, so that the next one stands by itself."""
        if not self._path.exists() or self._path.stat().st_size == 0:
            return
        with self._path.open("rb+") as stream:
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")


def read_records(folder: Path) -> Iterator[Record]:
    """Yield every readable record of *folder*'s ledger, oldest first."""
    path = folder / NAME
    if not path.exists():
        return
    known = {each.name for each in fields(Record)}
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                row = json.loads(line)
                record = Record(**{name: row[name] for name in row if name in known})
                yield Record(**{**asdict(record), "fate": Fate(record.fate)})
            except (ValueError, TypeError):
                continue


@contextmanager
def sole_fetcher(folder: Path) -> Iterator[None]:
    """Hold *folder* for this process. Raises FetchError where another one fetches into it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchError(
                f"another run is fetching into {folder}; wait for it, or give another --to"
            ) from error
        yield


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def _sync(stream: TextIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
