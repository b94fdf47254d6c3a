"""The run: every item of a haul kept, counted and reported; archives unpacked as they come."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ingest.errors import FetchError, ParseError
from ingest.fetching import provenance
from ingest.fetching.items import Fate, Haul, Item
from ingest.fetching.keeping import Keeper, Kept
from ingest.fetching.ledger import Ledger, Record, sole_fetcher
from ingest.fetching.runs import Run, open_run
from ingest.fetching.transport import Transport
from ingest.fetching.unpacking import unpack
from ingest.reporting import Progress, Silent

_IN_A_ROW = 3
"""Items that fail one after the other before the service counts as down."""
_TOLD = 1000
_LARGE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """One file of a report."""

    path: str
    url: str
    fate: Fate
    reason: str = ""


@dataclass(slots=True)
class Report:
    """
    What a run did.

    ``files`` are the first thousand that are new or changed, and every one that is gone, was
    refused or failed; ``left_out`` counts new ones that are not named. ``before`` counts what an
    earlier, unfinished run had kept already; ``bytes`` are of kept files that are new or changed.
    """

    folder: str
    resumed: bool = False
    fates: Counter[Fate] = field(default_factory=Counter)
    before: int = 0
    bytes: int = 0
    files: list[Told] = field(default_factory=list)
    left_out: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether everything that was asked for is there."""
        return not any(self.fates[fate] for fate in (Fate.GONE, Fate.REFUSED, Fate.FAILED))

    def add(self, item: Item, kept: Kept, size: int) -> None:
        """Count *item*."""
        self.fates[kept.fate] += 1
        if kept.fate is Fate.FETCHED:
            self.bytes += size
        is_news = kept.fate in (Fate.FETCHED, Fate.PLANNED)
        if is_news and self.fates[kept.fate] > _TOLD:
            self.left_out += 1
        elif kept.fate is not Fate.UNCHANGED:
            self.files.append(Told(item.path, item.address, kept.fate, kept.reason))

    def as_json(self) -> dict[str, object]:
        """Return the report for scripts."""
        return {
            "folder": self.folder,
            "resumed": self.resumed,
            **{fate.value: self.fates[fate] for fate in Fate},
            "kept_by_the_unfinished_run": self.before,
            "bytes": self.bytes,
            "files_left_out": self.left_out,
            "files": [
                {"path": each.path, "url": each.url, "fate": each.fate, "reason": each.reason}
                for each in self.files
            ],
        }


def collect(
    folder: Path,
    asked: object,
    find: Callable[[Transport, Run], Haul],
    transport: Transport,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """
    Keep in *folder* what *find* finds, and enter it into the folder's manifest.

    *asked* says what that is: an unfinished run that asked the same is gone on with. Raises
    FetchError when the service is down; what is kept by then stays, and the manifest names it.
    """
    try:
        with sole_fetcher(folder):
            run = open_run(folder, asked)
            run.begin()
            ledger = Ledger(folder)
            ledger.tidy()
            collector = _Collector(folder, ledger, transport, run, progress or Silent())
            # A killed run left the manifest behind; a wrong one is told before anything comes.
            collector.enter()
            try:
                collector.keep_all(find(transport, run), limit)
            finally:
                collector.enter()
            if not collector.report.fates[Fate.FAILED]:
                run.finish()
            return collector.report
    except OSError as error:
        raise FetchError(
            f"{folder}: {error.strerror or error}; the same command goes on where it stopped"
        ) from error


def plan(
    folder: Path,
    find: Callable[[Transport, Run], Haul],
    transport: Transport,
    *,
    limit: int | None = None,
) -> Report:
    """Return what :func:`collect` would ask for; nothing is written."""
    report = Report(str(folder))
    run = Run(None, key="", since="")
    for item in islice(find(transport, run).items, limit):
        report.add(item, Kept(*(item.verdict or (Fate.PLANNED, ""))), 0)
    return report


class _Collector:
    def __init__(
        self, folder: Path, ledger: Ledger, transport: Transport, run: Run, progress: Progress
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._keeper = Keeper(folder, ledger, transport)
        self._run = run
        self._progress = progress
        self._failed_in_a_row = 0
        self._unsynced = False
        if run.resumed:
            run.has = lambda path: self._keeper.has(path, run.since)
        self.report = Report(str(folder), resumed=run.resumed)

    def keep_all(self, haul: Haul, limit: int | None) -> None:
        """Keep the items of *haul*, at most *limit*."""
        total = min(haul.total, limit) if limit and haul.total else limit or haul.total
        self._progress.advance("fetching", 0, total)
        for done, item in enumerate(islice(haul.items, limit), start=1):
            self._keep(item)
            self._progress.advance("fetching", done, total)

    def enter(self) -> None:
        """Enter what is kept into the manifest, also after an error or an interruption."""
        self._sync()
        provenance.enter(self._folder, self._ledger.kept.values())

    def _sync(self) -> None:
        """Bring to the disk what was kept since: a sync for each of 45,000 labels takes minutes."""
        if self._unsynced:
            os.sync()
        self._unsynced = False

    def _keep(self, item: Item) -> None:
        if self._run.has(item.path):
            self.report.before += 1
        else:
            self._count(item, self._keeper.keep(item, seen=self._shown(item)))
        if item.unpack is not None and item.path in self._ledger.kept:
            self._unpack(item)

    def _shown(self, item: Item) -> Callable[[int, int | None], None]:
        """Return what shows the bytes of a large download; thousands of small ones are counted."""
        name = Path(item.path).name

        def shown(done: int, total: int | None) -> None:
            if total is not None and total >= _LARGE:
                self._progress.advance(name, done, total)

        return shown

    def _count(self, item: Item, kept: Kept) -> None:
        record = self._ledger.kept.get(item.path)
        self._unsynced |= item.body is not None and kept.fate is Fate.FETCHED
        self.report.add(item, kept, (record.bytes or 0) if record else 0)
        self._failed_in_a_row = self._failed_in_a_row + 1 if kept.fate is Fate.FAILED else 0
        if self._failed_in_a_row >= _IN_A_ROW:
            raise FetchError(f"{_IN_A_ROW} files in a row failed, the last so: {kept.reason}")

    def _unpack(self, item: Item) -> None:
        archive = self._ledger.kept[item.path]
        if archive.unpacked is not None:
            return
        path = item.local or self._folder / item.path
        names: set[str] = set()
        try:
            for inner in unpack(item, path, lambda name: self._folder / name):
                self._count(inner, self._keeper.keep(inner))
                names.add(inner.path)
                self._progress.advance("unpacking", len(names), None)
        except ParseError as error:
            self.report.add(item, Kept(Fate.REFUSED, str(error)), 0)
            return
        self._remove_others(names)
        self._sync()
        self._ledger.add(_with_count(archive, len(names)))

    def _remove_others(self, names: set[str]) -> None:
        """Remove what an earlier archive of the same name left in the folders of this one."""
        folders = {name.rpartition("/")[0] for name in names} - {""}
        for path in self._ledger.kept.keys() - names:
            if path.rpartition("/")[0] in folders:
                (self._folder / path).unlink(missing_ok=True)


def _with_count(record: Record, count: int) -> Record:
    values = {name: getattr(record, name) for name in record.__slots__}
    return Record(**{**values, "unpacked": count})
