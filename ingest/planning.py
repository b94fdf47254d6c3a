"""
What a build would do before it does it: documents, embeddings, time, disk, and what is refused.

A plan is made of a staged store and compared with the live snapshot's; the build makes the same
plan of the same store, so that it cannot do anything else.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog
from pydantic import TypeAdapter, ValidationError

from ingest.activating import current_id, is_rolled_back, live_first
from ingest.changes import Changes, changes_between
from ingest.documents import DeadLetter
from ingest.embedding import Identity
from ingest.errors import (
    CorpusError,
    DiskFullError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IngestError,
    RefusedError,
)
from ingest.reporting import Duplicate
from ingest.reusing import KnownVectors, count_unknown
from ingest.snapshots import (
    DOCUMENTS,
    Manifest,
    check_files,
    folder_of,
    list_snapshots,
    read_manifest,
)
from ingest.staging import Staged

FORMAT = 1
MAX_SHRINK = 0.2
"""Share of chunks that may go missing, in all and of one type, before a build is refused."""
log = structlog.get_logger()

MEASURABLE = 256
"""Vectors that a build must have computed for its rate to count."""
SPARE_BYTES = 64 * 1024 * 1024
_BYTES_PER_CHUNK = 4_500
"""Measured on 57,353 chunks of real labels, trials and guidelines: 247 MB."""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a build takes.

    ``embeddings`` vectors are computed and ``reused`` are known; ``seconds`` is the time of the
    former at ``per_second`` of them, None where nothing was measured; bytes are of the disk.
    """

    embeddings: int
    reused: int
    per_second: float | None
    seconds: float | None
    bytes_needed: int
    bytes_free: int

    @property
    def fits(self) -> bool:
        """Whether the disk has room for it."""
        return self.bytes_needed <= self.bytes_free


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Everything that ``apply`` will do, and on what.

    ``content`` is the digest that the snapshot will carry; ``live`` and ``live_content`` name the
    snapshot that it is compared with.
    """

    format: int
    sources: tuple[str, ...]
    content: str
    live: str | None
    live_content: str | None
    embedder: Identity
    files: int
    records: int
    documents: int
    changes: Changes
    chunks: dict[str, int]
    chunks_live: dict[str, int]
    cost: Cost
    duplicates: tuple[Duplicate, ...]
    dead_letters: tuple[DeadLetter, ...]
    max_shrink: float
    refusals: tuple[str, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether the live snapshot was built of exactly this."""
        return self.content == self.live_content

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan written by ``followup ingest plan --out``. Raises CorpusError."""
        try:
            plan = _PLAN.validate_json(path.read_bytes())
        except OSError as error:
            raise CorpusError(f"cannot read the plan {path}: {error.strerror}") from error
        except ValidationError as error:
            raise CorpusError(
                f"{path} is no plan ({error.errors()[0]['msg']}); make one with "
                "`followup ingest plan --source DIR --out FILE`"
            ) from error
        if plan.format != FORMAT or not isinstance(plan, cls):
            raise CorpusError(f"{path} has format {plan.format}, not {FORMAT}; plan again")
        return plan

    def json(self) -> str:
        """Write the plan as ``read`` reads it."""
        return _PLAN.dump_json(self, indent=2).decode() + "\n"


_PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class Index:
    """
    What an index holds beside what is planned.

    ``live`` is the live snapshot's folder and manifest, None where there is none that is sound;
    ``chunks`` are its counts, or of the newest snapshot whose manifest can be read: rules against
    shrinking hold after damage too;
    ``per_second`` the vectors a second of the newest build that tells; None before one does.
    """

    live: tuple[Path, Manifest] | None
    chunks: dict[str, int]
    per_second: float | None
    bytes_free: int

    @classmethod
    def at(cls, index: Path, identity: Identity) -> Self:
        """Look at the index in folder *index*."""
        there = next(each for each in (index, *index.parents) if each.is_dir())
        free = shutil.disk_usage(there).free
        return cls(live_snapshot(index), _counts(index), _rate(index, identity), free)


def make_plan(
    staged: Staged,
    sources: Sequence[Path],
    beside: Index,
    known: KnownVectors,
    *,
    max_shrink: float,
) -> Plan:
    """Plan the build of what was *staged* from *sources*."""
    embeddings, reused = count_unknown(staged.store, known)
    folder, manifest = beside.live or (None, None)
    rate = beside.per_second
    cost = Cost(
        embeddings,
        reused,
        rate,
        round(embeddings / rate, 1) if rate else None,
        sum(staged.rows.values()) * _bytes_per_chunk(folder, manifest) + SPARE_BYTES,
        beside.bytes_free,
    )
    before = beside.chunks
    return Plan(
        FORMAT,
        tuple(str(each.resolve()) for each in sources),
        staged.survey.content(known.identity),
        manifest.id if manifest else None,
        manifest.content if manifest else None,
        known.identity,
        len(staged.survey.seen),
        staged.records,
        staged.documents,
        changes_between(folder / DOCUMENTS if folder else None, staged.store),
        dict(staged.rows),
        dict(before),
        cost,
        tuple(staged.duplicates),
        tuple(staged.dead),
        max_shrink,
        tuple(_refusals(before, staged.rows, max_shrink, cost)),
    )


def live_snapshot(index: Path) -> tuple[Path, Manifest] | None:
    """Return the live snapshot's folder and manifest; None where there is none that is sound."""
    try:
        folder = folder_of(index, current_id(index))
        manifest = read_manifest(folder)
        check_files(folder, manifest)
    except IndexMissingError:
        return None
    except (IndexDamagedError, IndexMismatchError) as error:
        log.warning("live_snapshot_not_used", reason=str(error))
        return None
    return folder, manifest


def built_of(index: Path, content: str) -> Manifest | None:
    """
    Return the manifest of a sound snapshot that was built of *content*, the live one first.

    Raises RefusedError for one that was rolled back from: what was wrong with it still is.
    """
    for manifest in _manifests(index, live_first(index)):
        if manifest.content != content:
            continue
        try:
            check_files(folder_of(index, manifest.id), manifest)
        except IndexDamagedError as error:
            log.warning("snapshot_not_used", snapshot=manifest.id, reason=str(error))
            continue
        if is_rolled_back(index, manifest.id):
            raise RefusedError(
                f"snapshot {manifest.id} was built of exactly these files and rolled back from; "
                f"`followup index activate {manifest.id}` takes it again, --force builds it anew"
            )
        return manifest
    return None


def _counts(index: Path) -> dict[str, int]:
    found = next(_manifests(index, live_first(index)), None)
    return {} if found is None else dict(found.chunks)


def _rate(index: Path, identity: Identity) -> float | None:
    for manifest in _manifests(index, list_snapshots(index)):
        spent = manifest.seconds.get("embedding", 0.0)
        if manifest.embedder == identity and manifest.embedded >= MEASURABLE and spent:
            return manifest.embedded / spent
    return None


def _manifests(index: Path, snapshot_ids: Sequence[str]) -> Iterator[Manifest]:
    """Yield the manifests that can be read, in the order given."""
    for snapshot_id in snapshot_ids:
        try:
            yield read_manifest(folder_of(index, snapshot_id))
        except IngestError as error:
            log.warning("snapshot_not_read", snapshot=snapshot_id, reason=str(error))


def _bytes_per_chunk(folder: Path | None, manifest: Manifest | None) -> int:
    if folder is None or manifest is None or not manifest.rows:
        return _BYTES_PER_CHUNK
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) // manifest.rows


def _refusals(
    before: Mapping[str, int], after: Mapping[str, int], max_shrink: float, cost: Cost
) -> Iterator[str]:
    gone = [name for name, count in before.items() if count and not after.get(name)]
    for name in gone:
        yield f"no {name} would be left of {before[name]:,} chunks; is a source folder missing?"
    totals = [("all", sum(before.values()), sum(after.values()))]
    totals += [(n, count, after.get(n, 0)) for n, count in before.items() if n not in gone]
    for name, had, has in totals:
        if had and (had - has) / had > max_shrink:
            yield (
                f"{name}: {has:,} chunks would be left of {had:,}, {1 - has / had:.0%} fewer; "
                f"at most {max_shrink:.0%} may go (--max-shrink)"
            )
    if not cost.fits:
        yield (
            f"the disk has {cost.bytes_free >> 20:,} MiB free and about "
            f"{cost.bytes_needed >> 20:,} are needed; free some with `followup index gc`"
        )


def check_allowed(plan: Plan, expected: Plan | None, *, force: bool) -> None:
    """
    Raise RefusedError where a safety rule forbids *plan*, DiskFullError where it has no room.

    Unless *force*.

    RefusedError, forced or not, where it is not the plan *expected*, made earlier.
    """
    if expected is not None:
        differing = [
            what
            for what, one, other in (
                ("the embedder", expected.embedder, plan.embedder),
                ("the live snapshot", expected.live, plan.live),
                ("the source files or the software", expected.content, plan.content),
                ("the limit on shrinking", expected.max_shrink, plan.max_shrink),
            )
            if one != other
        ]
        if differing:
            what = " and ".join(differing)
            raise RefusedError(f"{what} changed since the plan was made; plan again and look")
    if not plan.cost.fits and not force:
        raise DiskFullError("; ".join((*plan.refusals, "then run it again")))
    if plan.refusals and not force:
        raise RefusedError("; ".join((*plan.refusals, "--force does it all the same")))
