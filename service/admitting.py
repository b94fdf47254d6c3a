"""
The quality gate: may a snapshot go live? The golden dialogues are replayed on it.

What held on the live snapshot and fails on the candidate is a regression, and refuses it. What
fails on both, or has no sources to be measured by, is told. One snapshot is open at a time, and the
live one is asked only what the candidate failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.activating import live_id
from ingest.embedding import Embedder
from ingest.errors import IngestError, RefusedError
from ingest.locking import Lease
from ingest.recalling import DocumentReader
from ingest.reporting import Progress, Silent
from ingest.snapshots import DOCUMENTS, MANIFEST, Snapshot, folder_of, open_snapshot
from service.answering import Answerer
from service.bootstrap import answering
from service.errors import SettingsError
from service.golden import Dialogue, read_dialogues
from service.migrating import open_database
from service.replaying import Holdings, Replayed, Verdict, replay, unmeasured
from service.retraction_table import RetractionTable
from service.serialising import Json
from service.settings import Settings

NOTHING_ASKED = (
    "no golden dialogues: nothing was asked; name a folder of them with FOLLOWUP_GOLDEN, or put "
    "some into HOME/golden"
)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """A turn that failed on the candidate, and why."""

    dialogue: str
    turn: int
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.dialogue} {self.turn}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Admission:
    """
    What the gate found. All counts are of turns.

    ``against`` is the live snapshot, None where there is none to compare with, and then
    ``incomparable`` tells why. ``measured`` turns could be judged on the candidate and
    ``measured_before`` on the live snapshot; ``held`` of the former are as expected.
    ``not_measured`` are the dialogues whose sources the candidate lacks, ``lost`` those of them
    that the live snapshot has the sources of. ``warning`` tells that nothing was asked at all.
    """

    snapshot: str
    against: str | None
    incomparable: str | None
    measured: int
    measured_before: int | None
    held: int
    regressions: tuple[Failure, ...]
    failures: tuple[Failure, ...]
    not_measured: tuple[str, ...]
    lost: tuple[str, ...]
    warning: str | None = None

    @property
    def passes(self) -> bool:
        """Whether the snapshot may go live."""
        return not self.regressions

    def as_json(self) -> Json:
        """Return everything, as JSON has it."""
        return {"passes": self.passes, **asdict(self)}

    def lines(self) -> list[str]:
        """Return what a person wants to know, the verdict last."""
        told = [f"regression: {each}" for each in self.regressions]
        fails = "fails, and did not hold before" if self.against else "fails"
        told += [f"{fails}: {each}" for each in self.failures[:_SHOWN]]
        if (more := len(self.failures) - _SHOWN) > 0:
            told.append(f"and {more} more fail")
        if self.lost:
            told.append(f"measured before and no longer: {', '.join(self.lost)}")
        if self.incomparable:
            told.append(f"nothing to compare with: {self.incomparable}")
        if self.warning:
            told.append(f"warning: {self.warning}")
        before = "" if self.measured_before is None else f" ({self.measured_before} before)"
        told.append(
            f"golden dialogues on {self.snapshot}: {self.measured} turns measured{before}, "
            f"{self.held} hold, {len(self.regressions)} regressions, "
            f"{len(self.not_measured)} dialogues not measured"
        )
        return told

    def refusal(self) -> RefusedError:
        """Return the error that a failed gate is."""
        first = "; ".join(str(each) for each in self.regressions[:_SHOWN])
        return RefusedError(
            f"snapshot {self.snapshot} does worse than {self.against}, which stays live: {first}; "
            f"`followup index activate {self.snapshot} --force` takes it all the same"
        )


def admit(
    settings: Settings, candidate_id: str, embedder: Embedder, *, progress: Progress | None = None
) -> Admission:
    """
    Replay the golden dialogues on a candidate and compare it with the live snapshot.

    Every digest of the candidate is checked first. Nothing is written and no pointer moves.
    Raises SettingsError for dialogues that cannot be read, IngestError where the candidate cannot
    be opened, or ServiceError.
    """
    dialogues = golden_dialogues(settings.golden_folders)
    engine = open_database(settings.database_url)
    try:
        over = answering(settings, embedder, RetractionTable(engine).current)
        gate = _Gate(settings.index_folder, embedder, over, progress or Silent())
        return gate.judge(candidate_id, dialogues)
    finally:
        engine.dispose()


def golden_dialogues(folders: Sequence[Path]) -> tuple[Dialogue, ...]:
    """Return the dialogues of all *folders*. Raises SettingsError for one that cannot be read."""
    try:
        found = tuple(dialogue for folder in folders for dialogue in read_dialogues(folder))
    except (ValueError, OSError) as error:
        raise SettingsError(f"golden dialogues: {error}") from error
    ids = [dialogue.id for dialogue in found]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise SettingsError(f"golden dialogues given twice: {', '.join(sorted(twice))}")
    return found


@dataclass(frozen=True, slots=True)
class _Gate:
    """What both replays share."""

    index: Path
    embedder: Embedder
    over: Callable[[Snapshot], Answerer]
    progress: Progress

    def judge(self, candidate: str, dialogues: Sequence[Dialogue]) -> Admission:
        """Replay on the candidate, then on the live snapshot what failed."""
        turns = self._replay(candidate, dialogues, "golden")
        failed = [turn for turn in turns if turn.verdict is Verdict.FAILED]
        lacking = {turn.dialogue for turn in turns if turn.verdict is Verdict.NOT_MEASURED}
        live = live_id(self.index)
        against, incomparable = live, None
        measurable: list[Dialogue] = []
        before: set[tuple[str, int]] = set()
        if live is None or live == candidate:
            against, incomparable = None, "no other snapshot is live"
        else:
            asked = {turn.dialogue for turn in failed}
            try:
                measurable = self._measurable(live, dialogues)
                again = [dialogue for dialogue in measurable if dialogue.id in asked]
                before = {
                    (turn.dialogue, turn.turn)
                    for turn in (self._replay(live, again, "golden, live") if again else ())
                    if turn.verdict is Verdict.HELD
                }
            except IngestError as error:
                against, incomparable = None, str(error)
        return Admission(
            snapshot=candidate,
            against=against,
            incomparable=incomparable,
            measured=sum(turn.verdict is not Verdict.NOT_MEASURED for turn in turns),
            measured_before=sum(len(d.turns) for d in measurable) if against else None,
            held=sum(turn.verdict is Verdict.HELD for turn in turns),
            regressions=tuple(_failure(t) for t in failed if (t.dialogue, t.turn) in before),
            failures=tuple(_failure(t) for t in failed if (t.dialogue, t.turn) not in before),
            not_measured=tuple(sorted(lacking)),
            lost=tuple(sorted(lacking.intersection(each.id for each in measurable))),
            warning=None if dialogues else NOTHING_ASKED,
        )

    def _replay(
        self, snapshot_id: str, dialogues: Sequence[Dialogue], stage: str
    ) -> list[Replayed]:
        snapshot = open_snapshot(self.index, snapshot_id, self.embedder, check=True)
        try:
            answerer = self.over(snapshot)
            holdings = Holdings.of(snapshot.documents)
            turns: list[Replayed] = []
            for done, dialogue in enumerate(dialogues, start=1):
                turns += replay(dialogue, answerer.answer, holdings)
                self.progress.advance(stage, done, len(dialogues))
            return turns
        finally:
            snapshot.close()

    def _measurable(self, snapshot_id: str, dialogues: Sequence[Dialogue]) -> list[Dialogue]:
        """Return the dialogues whose sources a snapshot has; only its documents are opened."""
        folder = folder_of(self.index, snapshot_id)
        with Lease(folder / MANIFEST), DocumentReader(folder / DOCUMENTS) as documents:
            holdings = Holdings.of(documents)
        return [dialogue for dialogue in dialogues if not unmeasured(dialogue, holdings)]


def _failure(turn: Replayed) -> Failure:
    return Failure(turn.dialogue, turn.turn, turn.reasons)
