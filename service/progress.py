"""How an ingest run is shown on a terminal: a bar with rate and time left, then its report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def progress_bar() -> Iterator[reporting.Progress]:
    """Show progress on standard error where it is a terminal; stay quiet elsewhere."""
    if not sys.stderr.isatty():
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
    lines += [
        f"dead letter: {letter.path}{f' [{letter.record}]' if letter.record else ''}: "
        f"{letter.reason}"
        for letter in report.dead_letters
    ]
    lines.append(f"live snapshot: {report.snapshot}")
    return lines


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
