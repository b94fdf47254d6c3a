"""How an ingest run is shown on a terminal: a bar with rate and time left, then its report."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingest import reporting
from ingest.diffing import Change
from ingest.documents import DeadLetter
from ingest.planning import Plan


class _Rate(ProgressColumn):
    """Units per second."""

    def render(self, task: Task) -> Text:
        """Show the rate, or nothing before there is one."""
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


class _Bar:
    """Shows each stage as a line of its own."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Move the line of *stage*."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


_QUIET = ContextVar("followup_quiet", default=False)


def keep_quiet() -> None:
    """Show no progress from now on, on a terminal neither."""
    _QUIET.set(True)


@contextmanager
def progress_bar() -> Iterator[reporting.Progress]:
    """Show progress on standard error where it is a terminal; stay quiet elsewhere."""
    if _QUIET.get() or not sys.stderr.isatty():
        yield reporting.Silent()
        return
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(progress)


def report_lines(report: reporting.Report) -> list[str]:
    """Return the report as a person reads it."""
    if report.unchanged:
        built = f"snapshot {report.snapshot} was built of exactly these {report.files:,} files"
        return [f"unchanged: {built}", *_dead(report.dead_letters)]
    seconds = sum(report.seconds.values())
    took = ", ".join(f"{stage} {spent:.1f}" for stage, spent in report.seconds.items())
    counted = (
        f"{report.files:,} files, {report.records:,} records: {report.documents:,} documents "
        f"({report.superseded:,} superseded, {report.retracted:,} retracted), "
        f"{len(report.duplicates):,} duplicates, {len(report.dead_letters):,} dead letters"
    )
    made = f"{report.chunks:,} chunks, {report.embedded:,} embedded, in {seconds:,.1f} s ({took})"
    lines = [counted, made]
    if report.needs_review:
        lines.append(f"{report.needs_review:,} documents came from PDF and need a look")
    if report.overlong:
        lines.append(
            f"{report.overlong:,} rows and recommendations are longer than the embedder reads"
        )
    return [*lines, *_dead(report.dead_letters), f"snapshot: {report.snapshot}"]


def plan_lines(plan: Plan) -> list[str]:
    """Return the plan as a person reads it."""
    if plan.is_unchanged:
        return [f"nothing to do: snapshot {plan.live} was built of exactly these files"]
    documents = plan.changes.documents
    counts = [f"{len(documents[change]):,} {change}" for change in Change if change in documents]
    told = ", ".join([*counts, f"{plan.changes.unchanged:,} unchanged"])
    read = (
        f"{plan.files:,} files, {plan.records:,} records: {plan.documents:,} documents, "
        f"{len(plan.duplicates):,} duplicates, {len(plan.dead_letters):,} dead letters"
    )
    against = plan.live or "nothing (there is no live snapshot)"
    lines = [read, f"against {against}: {told}"]
    lines += [
        f"{change:>12} {document_id}"
        for change in Change
        if plan.live
        for document_id in documents.get(change, ())
    ]
    cost = plan.cost
    took = "" if cost.seconds is None else f", about {_duration(cost.seconds)}"
    rate = "" if cost.per_second is None else f" at {cost.per_second:,.0f}/s"
    chunks = f"{sum(plan.chunks.values()):,} chunks: {cost.embeddings:,} to embed{took}{rate}"
    lines += [
        f"{chunks}; {cost.reused:,} vectors known",
        f"about {cost.bytes_needed >> 20:,} MiB of disk; {cost.bytes_free >> 20:,} MiB are free",
    ]
    lines += _dead(plan.dead_letters)
    return lines + [f"refused: {refusal}" for refusal in plan.refusals]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _dead(letters: Sequence[DeadLetter]) -> list[str]:
    return [
        f"dead letter: {letter.path}{f' [{letter.record}]' if letter.record else ''}: "
        f"{letter.reason}"
        for letter in letters
    ]


def report_facts(report: reporting.Report) -> dict[str, object]:
    """Return what the log line of a run holds: the snapshot, counts, and seconds per stage."""
    return {
        "snapshot": report.snapshot,
        "files": report.files,
        "documents": report.documents,
        "chunks": report.chunks,
        "embedded": report.embedded,
        "duplicates": len(report.duplicates),
        "dead_letters": len(report.dead_letters),
        "stages": {stage: round(spent, 3) for stage, spent in report.seconds.items()},
    }
