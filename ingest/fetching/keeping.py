"""One item -> one file: fetched or found unchanged, checked, put in place, written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ingest.errors import CorpusError, FetchError, ParseError
from ingest.fetching.admitting import admit, admit_bytes, digest
from ingest.fetching.items import ARCHIVES, Arrival, Fate, Item
from ingest.fetching.ledger import Ledger, Record
from ingest.fetching.parts import Validators, discard, finish, part_of
from ingest.fetching.transport import GONE, Transport

Seen = Callable[[int, int | None], None]
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an item, and why where that is not plain."""

    fate: Fate
    reason: str = ""
    status: int | None = None


class Keeper:
    """Keeps items in one folder; nothing that is kept already is lost to a worse one."""

    def __init__(self, folder: Path, ledger: Ledger, transport: Transport) -> None:
        """*folder* exists, and is held by this process."""
        self._folder = folder
        self._ledger = ledger
        self._transport = transport

    def keep(self, item: Item, *, seen: Seen = lambda *_: None) -> Kept:
        """
        Bring *item*'s file into the folder; what goes wrong with it is in what is returned.

        A download is on the disk when this returns. What was at hand is not yet: the caller syncs
        many at once.
        """
        path = self._folder / check_name(item.path)
        try:
            if item.verdict is not None:
                kept = Kept(*item.verdict)
            elif item.body is not None:
                return self._keep_body(item, path, item.body)
            elif item.local is not None:
                return self._keep_local(item, item.local)
            else:
                return self._download(item, path, seen)
        except ParseError as error:
            kept = Kept(Fate.REFUSED, str(error))
        except FetchError as error:
            kept = Kept(Fate.FAILED, str(error))
        self._write_down(item, kept)
        return kept

    def has(self, name: str, since: str) -> bool:
        """Tell whether *name* was kept at or after *since*, and lies there as it was kept."""
        record = self._ledger.kept.get(name)
        return record is not None and record.fetched >= since and self._is_sound(name)

    def _keep_body(self, item: Item, path: Path, body: bytes) -> Kept:
        admit_bytes(item, body)
        sha256 = hashlib.sha256(body).hexdigest()
        before = self._ledger.kept.get(item.path)
        if before is not None and before.sha256 == sha256 and self._is_sound(item.path):
            kept = Kept(Fate.UNCHANGED)
        else:
            part = part_of(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(body)
            part.replace(path)
            kept = Kept(Fate.FETCHED)
        self._write_down(item, kept, sha256=sha256, size=len(body), durable=False)
        return kept

    def _keep_local(self, item: Item, local: Path) -> Kept:
        """Note an archive that stays where it is; its content is what will be kept."""
        try:
            admit(item, local)
            sha256, size = digest(local), local.stat().st_size
        except OSError as error:
            raise CorpusError(f"{local}: cannot be read: {error.strerror}") from error
        kept = Kept(Fate.FETCHED)
        self._write_down(item, kept, sha256=sha256, size=size)
        return kept

    def _download(self, item: Item, path: Path, seen: Seen) -> Kept:
        before = self._ledger.kept.get(item.path)
        sound = before is not None and before.url == item.address and self._is_sound(item.path)
        if before and sound and item.md5 is not None and before.md5 == item.md5:
            # The service's own checksum says so already; there is nothing to ask.
            kept, found = Kept(Fate.UNCHANGED), Validators(before.etag, before.last_modified)
            self._write_down(item, kept, sha256=before.sha256, size=before.bytes, found=found)
            return kept
        known = Validators(before.etag, before.last_modified) if before and sound else None
        part = part_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        arrival = self._arrive(item, part, known, seen)
        if arrival.status in GONE:
            kept = Kept(Fate.GONE, "the service no longer has it", arrival.status)
            self._write_down(item, kept)
            return kept
        found = arrival.validators
        if arrival.status == 304 and before is not None:  # noqa: PLR2004 - not modified
            kept, sha256, size = Kept(Fate.UNCHANGED, status=304), before.sha256, before.bytes
            found = Validators(
                found.etag or before.etag, found.last_modified or before.last_modified
            )
        else:
            try:
                admit(item, part)
            except ParseError:
                discard(part)
                raise
            sha256, size = digest(part), part.stat().st_size
            same = sound and before is not None and before.sha256 == sha256
            finish(part, path)
            kept = Kept(Fate.UNCHANGED if same else Fate.FETCHED, status=arrival.status)
        self._write_down(item, kept, sha256=sha256, size=size, found=found)
        return kept

    def _arrive(self, item: Item, part: Path, known: Validators | None, seen: Seen) -> Arrival:
        """Download, and compare the service's checksum; a wrong one is asked for once more."""
        if item.ask is None:
            raise ValueError(f"{item.path}: nothing to ask for")
        for _ in range(2):
            arrival = self._transport.download(
                item.ask,
                part,
                known=known,
                trusted=item.md5 is not None,
                limit=item.limit,
                seen=seen,
            )
            if arrival.status != 200 or item.md5 is None:  # noqa: PLR2004 - a whole file
                return arrival
            if (is_now := digest(part, "md5")) == item.md5:
                return arrival
            discard(part)
        raise FetchError(
            f"{item.address}: its MD5 is {is_now}, the service says {item.md5}; try again later"
        )

    def _is_sound(self, name: str) -> bool:
        """Tell whether the kept file is there, byte for byte as it was kept."""
        record, path = self._ledger.kept.get(name), self._folder / name
        try:
            return (
                record is not None
                and path.stat().st_size == record.bytes
                and digest(path) == record.sha256
            )
        except OSError:
            return False

    def _write_down(
        self,
        item: Item,
        kept: Kept,
        *,
        sha256: str | None = None,
        size: int | None = None,
        found: Validators | None = None,
        durable: bool = True,
    ) -> None:
        before = self._ledger.kept.get(item.path)
        same = before is not None and before.sha256 == sha256
        record = Record(
            path=item.path,
            url=item.address,
            service=item.service,
            fetched=now(),
            fate=kept.fate,
            terms=item.terms,
            status=kept.status,
            etag=found.etag if found else None,
            last_modified=found.last_modified if found else None,
            sha256=sha256,
            bytes=size,
            md5=item.md5 if sha256 else None,
            licence=item.licence,
            page=item.page,
            type=item.type.value if item.type else None,
            title=item.title,
            note=kept.reason or item.note,
            unpacked=before.unpacked if before and same else None,
        )
        self._ledger.add(record, durable=durable)


def now() -> str:
    """Return the time, UTC, ISO 8601 to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def check_name(name: str) -> str:
    """Return *name*; raise CorpusError where it could leave the folder or hide in it."""
    path = PurePosixPath(name)
    parts = path.parts[1:] if path.parts[:1] == (ARCHIVES,) else path.parts
    plain = parts and not path.is_absolute() and "\\" not in name and "\0" not in name
    if not plain or any(each.startswith(".") or len(each) > _LONGEST_NAME for each in parts):
        raise CorpusError(f"{name!r} is no name for a fetched file; refused")
    return name
