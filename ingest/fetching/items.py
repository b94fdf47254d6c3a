"""The nouns of fetching: what is asked for, what is to be kept, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlencode

from ingest.documents import SourceType
from ingest.fetching.parts import Validators
from ingest.fetching.services import Service
from ingest.reading import Format
from ingest.unpacking import MAX_BYTES

ARCHIVES = ".archives"
"""Folder of release archives; hidden, so that ingest reads their content once, unpacked."""


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One request. A ``form`` is posted; without one it is a GET.

    ``address`` names it in ledgers and messages, the form as a query, the key left out.
    """

    service: Service
    url: str
    form: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """The address as it is recorded and shown."""
        return f"{self.url}?{urlencode(self.form)}" if self.form else self.url


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: 200 or one of the statuses that the caller asked to see."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a download ended: 200 (the part file is complete), 304, 404 or 410."""

    status: int
    validators: Validators


class Fate(StrEnum):
    """What became of an item."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    PLANNED = "planned"


class Unpack(StrEnum):
    """How an archive becomes files that ingest reads."""

    LABELS = "labels"
    PAGES = "pages"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Item:
    """
    One file to keep.

    ``path`` is relative to the fetched folder. Exactly one of ``ask`` (to be downloaded), ``body``
    (at hand already), ``local`` (an archive on this machine) and ``verdict`` (it is not to be had,
    and why) is set. ``page`` is the address that a reader is sent to; ``names`` is text that the
    file must hold, so that it is the record that was asked for; ``limit`` is bytes.
    """

    path: str
    address: str
    service: str
    terms: str
    licence: str | None
    formats: frozenset[Format]
    ask: Ask | None = None
    body: bytes | None = None
    local: Path | None = None
    verdict: tuple[Fate, str] | None = None
    page: str | None = None
    type: SourceType | None = None
    title: str | None = None
    note: str | None = None
    md5: str | None = None
    names: str | None = None
    limit: int = MAX_BYTES
    unpack: Unpack | None = None


@dataclass(frozen=True, slots=True)
class Haul:
    """The items of one run, found as it goes; ``total`` is None where nobody said how many."""

    items: Iterator[Item]
    total: int | None = None
