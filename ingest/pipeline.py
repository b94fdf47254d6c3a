"""The whole of ingestion, top to bottom: source folders -> a verified snapshot."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest import chunking, lexical
from ingest.activating import activate
from ingest.canaries import check_canaries
from ingest.checking import check_in_fresh_process, flush_in_fresh_process
from ingest.computing import WHOLE, Shard, compute, measured_rate, write
from ingest.embedded import EmbeddedEngine
from ingest.embedding import Embedder
from ingest.errors import RefusedError
from ingest.full_disks import told_full_disk
from ingest.lineage import code_digest
from ingest.locking import build_lock
from ingest.planning import MAX_SHRINK, Index, Plan, built_of, check_allowed, make_plan
from ingest.remembering import ParsedFiles
from ingest.reporting import Progress, Report, Silent, Stopwatch
from ingest.reusing import KnownVectors
from ingest.snapshots import (
    ENGINE,
    FORMAT,
    Manifest,
    digest_files,
    publish,
    write_manifest,
)
from ingest.staging import Staged, Survey, stage, survey
from ingest.unfinished import Unfinished, finished, note_unfinished


@dataclass(frozen=True, slots=True)
class Rules:
    """What a build is allowed; *force* overrides every refusal, and builds what is unchanged."""

    max_shrink: float = MAX_SHRINK
    force: bool = False


def ingest(
    folders: Sequence[Path],
    index: Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    rules: Rules = Rules(),
) -> Report:
    """Build a snapshot of *folders* and make it the live one, with no gate in between."""
    report = build(folders, index, embedder, progress=progress, rules=rules)
    activate(index, report.snapshot)
    return report


def build(
    folders: Sequence[Path],
    index: Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    rules: Rules = Rules(),
    expected: Plan | None = None,
) -> Report:
    """
    Build a snapshot of *folders* under *index* and verify it; the live one stays the live one.

    Where a sound snapshot was built of just this, live or not, nothing is built. With *expected*,
    exactly that plan is carried out, or nothing. What a build that died had computed is used.
    Raises CorpusError, RefusedError, DiskFullError, IndexLockedError or IndexDamagedError.
    """
    run = _Run(embedder, progress or Silent())
    with build_lock(index), told_full_disk(index):
        found = survey(folders)
        if not rules.force and (same := built_of(index, found.content(embedder.identity))):
            return _unchanged(found, same)
        sources = tuple(folder.resolve() for folder in folders)
        note_unfinished(index, Unfinished(sources, rules.max_shrink, expected))
        building = index / f"building-{run.started:%Y%m%dT%H%M%S}"
        building.mkdir()
        try:
            with (
                ParsedFiles(_parsed_files(index), code_digest()) as parsed,
                KnownVectors(index, embedder.identity) as known,
            ):
                staged = stage(
                    folders, building, embedder, parsed, watch=run.watch, progress=run.progress
                )
                beside = Index.at(index, embedder.identity)
                planned = make_plan(staged, folders, beside, known, max_shrink=rules.max_shrink)
                check_allowed(planned, expected, force=rules.force)
                run.compute(staged, known, total=planned.cost.embeddings)
                run.write(staged, known)
                manifest = run.verify(staged)
                write_manifest(building, manifest)
                publish(index, building, manifest.id)
                parsed.forget_others()
                known.forget()
        except RefusedError:
            finished(index)  # resuming would end here again
            raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
        finished(index)
        return run.report(staged, manifest)


def plan(
    folders: Sequence[Path],
    index: Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    rules: Rules = Rules(),
) -> Plan:
    """Return what ``build`` would do; nothing but the caches of the index is written."""
    run = _Run(embedder, progress or Silent())
    with (
        tempfile.TemporaryDirectory(prefix="followup-plan-") as folder,
        ParsedFiles(_parsed_files(index), code_digest()) as parsed,
        KnownVectors(index, embedder.identity) as known,
    ):
        staged = stage(
            folders, Path(folder), embedder, parsed, watch=run.watch, progress=run.progress
        )
        beside = Index.at(index, embedder.identity)
        if beside.per_second is None:
            beside = replace(beside, per_second=measured_rate(staged.store, embedder, known))
        return make_plan(staged, folders, beside, known, max_shrink=rules.max_shrink)


def embed_shard(
    folders: Sequence[Path],
    index: Path,
    embedder: Embedder,
    shard: Shard,
    *,
    progress: Progress | None = None,
) -> int:
    """
    Compute the vectors of *shard* that nobody knows; return how many those were.

    Idempotent, and safe beside other shards and a build: each keeps a file of its own, in which
    the next build looks.
    """
    run = _Run(embedder, progress or Silent())
    with (
        told_full_disk(index),
        tempfile.TemporaryDirectory(prefix="followup-shard-") as folder,
        ParsedFiles(_parsed_files(index), code_digest()) as parsed,
        KnownVectors(
            index, embedder.identity, journal=f"shard-{shard.number}-of-{shard.of}"
        ) as known,
    ):
        staged = stage(
            folders, Path(folder), embedder, parsed, watch=run.watch, progress=run.progress
        )
        run.compute(staged, known, shard)
    return run.embedded


@dataclass(slots=True)
class _Run:
    """One run's counts and clocks."""

    embedder: Embedder
    progress: Progress
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    watch: Stopwatch = field(default_factory=Stopwatch)
    embedded: int = 0

    def compute(
        self,
        staged: Staged,
        known: KnownVectors,
        shard: Shard = WHOLE,
        total: int | None = None,
    ) -> None:
        """Compute the vectors that are not known."""
        self.embedded = compute(
            staged.store,
            self.embedder,
            known,
            watch=self.watch,
            progress=self.progress,
            shard=shard,
            total=total,
        )

    def write(self, staged: Staged, known: KnownVectors) -> None:
        """Write every vector into the files that are searched."""
        engine = EmbeddedEngine(staged.folder / ENGINE, self.embedder.identity.dimension)
        with closing(engine):
            write(staged.store, known, engine, watch=self.watch)

    def verify(self, staged: Staged) -> Manifest:
        """Flush and check the build in fresh processes; return its manifest."""
        building = staged.folder
        content = staged.survey.content(self.embedder.identity)
        with self.watch.time("verifying"):
            flush_in_fresh_process(building)
            dimension = self.embedder.identity.dimension
            verified = check_in_fresh_process(building, dimension, staged.rows)
            canaries = check_canaries(building, self.embedder)
            files = digest_files(building)
        return Manifest(
            format=FORMAT,
            id=f"{self.started:%Y%m%dT%H%M%SZ}-{content[:8]}",
            content=content,
            built=self.started.isoformat(timespec="seconds"),
            corpus_date=staged.corpus_date,
            embedder=self.embedder.identity,
            splitter=chunking.VERSION,
            lexical=lexical.VERSION,
            parsers=dict(sorted(staged.parsers.items())),
            sources=dict(sorted(staged.survey.files.items())),
            documents=staged.documents,
            chunks=staged.rows,
            seconds=self.watch.rounded(),
            embedded=self.embedded,
            verified={**verified, "canaries": canaries},
            files=files,
        )

    def report(self, staged: Staged, manifest: Manifest) -> Report:
        """Sum the run up."""
        return Report(
            snapshot=manifest.id,
            files=len(staged.survey.seen),
            records=staged.records,
            documents=staged.documents,
            superseded=staged.superseded,
            retracted=staged.retracted,
            duplicates=tuple(staged.duplicates),
            dead_letters=tuple(staged.dead),
            needs_review=staged.needs_review,
            chunks=manifest.rows,
            embedded=self.embedded,
            overlong=staged.overlong,
            shortened_leads=staged.shortened_leads,
            verified=manifest.verified,
            seconds=self.watch.rounded(),
        )


def _unchanged(found: Survey, manifest: Manifest) -> Report:
    return Report(
        snapshot=manifest.id,
        files=len(found.seen),
        records=len(found.dead),
        documents=0,
        superseded=0,
        retracted=0,
        duplicates=(),
        dead_letters=tuple(found.dead),
        needs_review=0,
        chunks=manifest.rows,
        embedded=0,
        overlong=0,
        shortened_leads=0,
        verified=manifest.verified,
        seconds={},
        unchanged=True,
    )


def _parsed_files(index: Path) -> Path:
    return index / "cache" / "parsed.sqlite"
