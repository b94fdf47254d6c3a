"""``followup ingest``: source files become an index snapshot."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.telling import (
    EXIT_INTERRUPTED,
    EXIT_PROBLEM,
    EXIT_REFUSED,
    EXIT_USAGE,
    Index,
    Json,
    settings_with,
    stop,
    told_errors,
)

if TYPE_CHECKING:
    from ingest.embedding import Embedder
    from ingest.reporting import Report
    from service.admitting import Admission
    from service.settings import Settings

_RESUME = "go on with: followup ingest apply --resume"

app = typer.Typer(no_args_is_help=True, help="Turn source files into an index snapshot.")

Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", help="A folder of source files; may be given several times."),
]
MaxShrink = Annotated[
    float | None,
    typer.Option(
        "--max-shrink",
        min=0,
        max=1,
        help="Share of chunks that may go missing before a build is refused; 0.2 by default.",
        show_default=False,
    ),
]


@app.command("plan")
def ingest_plan(
    source: Sources = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the plan here, for apply --plan.")
    ] = None,
    index: Index = None,
    max_shrink: MaxShrink = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Say what apply would add, change, supersede and remove, what it costs, and what is refused.

    Nothing is indexed. Exit status 4: apply would refuse.

    Example: followup ingest plan --source corpus --out plan.json
    """
    from ingest.pipeline import Rules, plan  # noqa: PLC0415 - heavy, see test_cli
    from ingest.planning import MAX_SHRINK  # noqa: PLC0415
    from service.progress import plan_lines, progress_bar  # noqa: PLC0415

    if not source:
        stop("name the folders to plan with --source DIR", EXIT_USAGE)
    settings = settings_with(index=index)
    rules = Rules(max_shrink=MAX_SHRINK if max_shrink is None else max_shrink)
    with told_errors(), _interruptible("nothing was written"):
        embedder = _embedder(settings, source)
        with progress_bar() as progress:
            made = plan(source, settings.index_folder, embedder, progress=progress, rules=rules)
        if out is not None:
            try:
                out.write_text(made.json(), encoding="utf-8")
            except OSError as error:
                stop(f"cannot write {out}: {error.strerror}", EXIT_USAGE)
    typer.echo(made.json().rstrip() if as_json else "\n".join(plan_lines(made)))
    if out is not None and not made.is_unchanged:
        typer.echo(f"Carry it out with: followup ingest apply --plan {out}", err=True)
    if made.refusals and not made.is_unchanged:
        raise typer.Exit(EXIT_REFUSED)


@app.command("apply")
def ingest_apply(
    source: Sources = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Carry out exactly this plan, or nothing.")
    ] = None,
    index: Index = None,
    max_shrink: MaxShrink = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the build that was interrupted.")
    ] = False,
    no_activate: Annotated[
        bool, typer.Option("--no-activate", help="Build and check, but leave the live snapshot.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Override what safety rules and the gate refuse; build what is unchanged.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where any file is a dead letter.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Build a snapshot of source folders, check it, and make it the live one.

    Vectors that are known are used again; an unchanged corpus makes no new snapshot. A file that
    cannot be read is a dead letter: reported with its reason, the run goes on. Questions are
    answered throughout; a snapshot that fails a check or the quality gate never goes live.

    Example: followup ingest apply --source corpus
    """
    from dataclasses import asdict  # noqa: PLC0415 - only here

    from ingest.activating import activate, live_id  # noqa: PLC0415 - heavy, see test_cli
    from ingest.pipeline import Rules, build  # noqa: PLC0415
    from ingest.planning import MAX_SHRINK, Plan  # noqa: PLC0415
    from ingest.unfinished import read_unfinished  # noqa: PLC0415
    from service.log_lines import canonical_line, id_or_none  # noqa: PLC0415
    from service.progress import progress_bar, report_facts, report_lines  # noqa: PLC0415

    if sum((bool(source), plan is not None, resume)) != 1:
        stop("give one of --source DIR, --plan FILE and --resume", EXIT_USAGE)
    if plan is not None and max_shrink is not None:
        stop("a plan has its own --max-shrink; plan again with another", EXIT_USAGE)
    settings = settings_with(index=index)
    folder = settings.index_folder
    shrink = MAX_SHRINK if max_shrink is None else max_shrink
    with told_errors(), _interruptible(_RESUME), canonical_line("ingest") as facts:
        expected = Plan.read(plan) if plan is not None else None
        if expected is not None:
            source, shrink = [Path(each) for each in expected.sources], expected.max_shrink
        if resume:
            asked = read_unfinished(folder)
            source, expected = list(asked.sources), asked.expected
            shrink = asked.max_shrink if max_shrink is None else max_shrink
        embedder = _embedder(settings, source or [])
        rules = Rules(max_shrink=shrink, force=force)
        with progress_bar() as progress:
            report = build(
                source or [],
                folder,
                embedder,
                progress=progress,
                rules=rules,
                expected=expected,
            )
        facts.update(report_facts(report))
    admission = None if no_activate else _admit(settings, report, embedder)
    with told_errors("index activate" if admission else None) as line:
        if admission is not None:
            before = id_or_none(live_id(folder))
            line.update(snapshot=report.snapshot, before=before, forced=force)
        if admission is not None and (admission.passes or force):
            activate(folder, report.snapshot, judged_against=admission.against)
        live = live_id(folder)
        if as_json:
            judged = admission.as_json() if admission else None
            told = {**asdict(report), "live": live == report.snapshot, "gate": judged}
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            lines = [*report_lines(report), *(admission.lines() if admission else ())]
            typer.echo("\n".join([*lines, f"live snapshot: {live or 'none'}"]))
        if admission is not None and not admission.passes and not force:
            raise admission.refusal()
    if strict and report.dead_letters:
        raise typer.Exit(EXIT_PROBLEM)


@app.command("embed")
def ingest_embed(
    source: Sources = None,
    shard: Annotated[
        str, typer.Option("--shard", help="Which part of the texts, as i/n: 2/8.")
    ] = "1/1",
    index: Index = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Compute the vectors that a build will want, or one shard of them, and build nothing.

    Run each shard wherever and as often as you like, on one disk; the next apply uses them all.

    Example: followup ingest embed --source corpus --shard 2/8
    """
    from ingest.computing import Shard  # noqa: PLC0415 - heavy, see test_cli
    from ingest.pipeline import embed_shard  # noqa: PLC0415
    from service.progress import progress_bar  # noqa: PLC0415

    if not source:
        stop("name the folders to embed with --source DIR", EXIT_USAGE)
    part = Shard.parse(shard)
    if part is None:
        stop(f"--shard {shard} is not i/n with 1 <= i <= n", EXIT_USAGE)
    settings = settings_with(index=index)
    with told_errors(), _interruptible("run it again to go on"):
        embedder = _embedder(settings, source)
        with progress_bar() as progress:
            computed = embed_shard(source, settings.index_folder, embedder, part, progress=progress)
    if as_json:
        told = {"shard": part.number, "of": part.of, "computed": computed}
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(f"shard {part.number} of {part.of}: {computed:,} vectors computed and kept")


def _embedder(settings: Settings, source: list[Path]) -> Embedder:
    from ingest.embedding import default_embedder  # noqa: PLC0415 - heavy, see test_cli
    from ingest.reading import check_folders  # noqa: PLC0415

    check_folders(source)  # before the seconds that the embedder takes to load
    return default_embedder(threads=os.cpu_count() or settings.threads)


def _admit(settings: Settings, report: Report, embedder: Embedder) -> Admission | None:
    """Ask the quality gate about what was built; None where it is live already."""
    from ingest.activating import live_id  # noqa: PLC0415 - keeps --help instant
    from service.admitting import admit  # noqa: PLC0415
    from service.progress import progress_bar  # noqa: PLC0415

    if live_id(settings.index_folder) == report.snapshot:
        return None
    kept = "the new snapshot stands; take it with: followup index activate"
    with told_errors(), _interruptible(f"{kept} {report.snapshot}"), progress_bar() as progress:
        return admit(settings, report.snapshot, embedder, progress=progress)


@contextmanager
def _interruptible(remedy: str) -> Iterator[None]:
    """End with status 130 on Ctrl-C and on a polite kill; the live index is never touched."""

    def interrupt(_: int, __: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        stop(f"interrupted; the live index is untouched; {remedy}", EXIT_INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)
