"""The examination: every check in turn, whatever the ones before it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingest.activating import history
from ingest.embedding import DEFAULT_IDENTITY, Identity
from ingest.snapshots import DOCUMENTS, Manifest, folder_of
from ingest.stocktaking import published_range
from service.doctor import environment, golden, index, stored, timing
from service.doctor import places as folders
from service.doctor.configured import Configured, check_settings, configure, secret_files
from service.doctor.findings import Finding, failed, skipped
from service.doctor.weights import check_default_weights
from service.errors import ConversationError, SettingsError
from service.log_lines import places

Check = Callable[[], Iterable[Finding]]


def examine(
    flags: Mapping[str, object],
    *,
    now: datetime | None = None,
    identity: Identity = DEFAULT_IDENTITY,
    weights: Check = check_default_weights,
) -> list[Finding]:
    """
    Run every check on the installation that the settings, *flags* first, describe.

    Nothing is changed. A check that crashes is a failed one; the others go on. *identity* and
    *weights* stand in for the default embedder's.
    """
    configured = configure(flags)
    checks: dict[str, Check] = {
        "python": environment.check_python,
        "packages": environment.check_packages,
        "temporary files": environment.check_temporary,
        "settings": lambda: check_settings(configured),
        "weights": weights,
    }
    if configured.settings is None:
        return [*run(checks), skipped("not looked at, since no settings can be read").of("home")]
    site = _Site(configured, now or datetime.now(UTC), identity)
    return [*run(checks), *run(site.checks())]


def run(checks: Mapping[str, Check]) -> Iterator[Finding]:
    """Yield what each of *checks* finds, or that it crashed."""
    for name, check in checks.items():
        try:
            for finding in check():
                yield finding.of(name)
        except Exception as error:  # noqa: BLE001 - the other checks must still be made
            # Not its words: they may quote a question, or a password.
            at = " ".join(places(error))
            said = f"this check could not be made: {type(error).__name__} at {at}"
            yield failed(said, "followup doctor --json  # and report this as a fault").of(name)


@dataclass(slots=True)
class _Site:
    """The installation's places, looked up once for all checks."""

    configured: Configured
    now: datetime
    identity: Identity
    home: Path = field(init=False)
    index: Path = field(init=False)
    database: str = field(init=False)
    manifest: Manifest | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        settings = self.configured.settings
        assert settings is not None  # noqa: S101 - examine() has seen to it
        self.home = settings.home.expanduser()
        self.index = settings.index_folder
        self.database = settings.database_url
        self.manifest = index.live_manifest(self.index)

    def checks(self) -> dict[str, Check]:
        """Return the checks of this installation, by name and in the order they are shown."""
        return {
            "home": lambda: folders.check_home(self.home),
            "permissions": lambda: folders.check_private(self._private()),
            "disk": lambda: folders.check_disk(self.index, self._live()),
            "temporary space": lambda: folders.check_temporary_room(self._live()),
            "clock": lambda: [timing.judge_clock(self.now, self._past())],
            "index": lambda: index.check_pointer(self.index),
            "index files": lambda: index.check_live_files(self.index, self.manifest),
            "index embedder": lambda: index.check_live_embedder(self.manifest, self.identity),
            "way back": lambda: index.check_way_back(self.index),
            "leftovers": lambda: index.check_leftovers(self.index),
            "writer": lambda: index.check_writer(self.index, self.now),
            "snapshot age": self._snapshot_age,
            "corpus age": self._corpus_age,
            "database": lambda: stored.check_database(self.database),
            "retractions": self._retractions,
            "golden dialogues": self._golden,
        }

    def _live(self) -> Path | None:
        return folder_of(self.index, self.manifest.id) if self.manifest else None

    def _private(self) -> Iterator[Path]:
        path = stored.sqlite_file(self.database)
        if path is not None:
            yield from stored.wal_of(path)
        yield from secret_files(self.configured)

    def _past(self) -> dict[str, datetime]:
        """Return what is known to have happened already."""
        installed = Path(__file__).stat().st_mtime
        past = {"the installation": datetime.fromtimestamp(installed, UTC)}
        if self.manifest is not None:
            past["the live snapshot"] = _moment(self.manifest.built)
        moves = history(self.index)
        if moves:
            past["the last activation"] = _moment(moves[-1].at)
        path = stored.sqlite_file(self.database)
        if path is not None and path.is_file():
            past["the database"] = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return past

    def _snapshot_age(self) -> Iterator[Finding]:
        if self.manifest is None:
            yield skipped("there is no live snapshot to look at")
        else:
            yield timing.judge_snapshot_age(_moment(self.manifest.built), self.now)

    def _corpus_age(self) -> Iterator[Finding]:
        live = self._live()
        if live is None:
            yield skipped("there is no live snapshot to look at")
            return
        oldest, newest = published_range(live / DOCUMENTS)
        yield timing.judge_corpus_age(oldest, newest, self.now)

    def _retractions(self) -> Iterator[Finding]:
        try:
            facts = stored.read_retractions(self.database)
        except (ConversationError, SettingsError) as error:
            yield skipped(f"not looked at: {error}")
            return
        loaded_at, notices = (facts.loaded_at, facts.notices) if facts else (None, 0)
        yield timing.judge_retractions(loaded_at, notices, self.now)

    def _golden(self) -> Iterator[Finding]:
        settings = self.configured.settings
        try:
            folders = () if settings is None else settings.golden_folders
        except SettingsError as error:
            yield failed(str(error), golden.NAME_ONE)
            return
        yield from golden.check_dialogues(folders)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
