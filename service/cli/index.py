"""``followup index``: snapshots are listed, checked, made live, gone back from, and carried."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.telling import (
    EXIT_PROBLEM,
    Index,
    Json,
    confirm,
    settings_with,
    stop,
    told_errors,
)

if TYPE_CHECKING:
    from service.admitting import Admission
    from service.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Look after the snapshots of the index: each is one immutable build, one of them is live.",
)

Snapshot = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="A snapshot: its id, the beginning of it, `live` or `previous`."
    ),
]


@app.command("list")
def index_list(index: Index = None, *, as_json: Json = False) -> None:
    """
    List the snapshots, newest first: which is live, and which one a rollback takes.

    Example: followup index list
    """
    from service.snapshot_report import listed, listed_lines  # noqa: PLC0415 - keeps --help instant

    settings = settings_with(index=index)
    with told_errors():
        rows = listed(settings.index_folder)
    _tell(rows, listed_lines(rows), as_json=as_json)


@app.command("show")
def index_show(snapshot: Snapshot = "live", index: Index = None, *, as_json: Json = False) -> None:
    """
    Show what a snapshot was built from, what it holds, and when it was live.

    Example: followup index show previous --json
    """
    from service.snapshot_report import shown, shown_lines  # noqa: PLC0415 - keeps --help instant

    settings = settings_with(index=index)
    with told_errors():
        facts = shown(settings.index_folder, _resolved(settings, snapshot))
    _tell(facts, shown_lines(facts), as_json=as_json)


@app.command("verify")
def index_verify(
    snapshot: Snapshot = "live", index: Index = None, *, as_json: Json = False
) -> None:
    """
    Compare every file with its digest, and search the snapshot in a fresh process.

    Counts, vectors, offsets, and that search finds what it should. Exit status 1: unsound.

    Example: followup index verify live
    """
    from ingest.verifying import verify  # noqa: PLC0415 - keeps --help instant
    from service.progress import progress_bar  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    with told_errors(), progress_bar() as progress:
        found = verify(settings.index_folder, _resolved(settings, snapshot), progress=progress)
    measured = ", ".join(f"{name} {value:g}" for name, value in found.measured.items())
    lines = [f"{found.snapshot}: {found.files} files, {found.size:,} bytes", *found.faults]
    lines += [f"sound: {measured}"] if found.is_sound else []
    _tell({"sound": found.is_sound, **asdict(found)}, lines, as_json=as_json)
    if not found.is_sound:
        stop(
            f"snapshot {found.snapshot} is unsound; go back with `followup index rollback` where "
            "it is live, and build another with `followup ingest apply`",
            EXIT_PROBLEM,
        )


@app.command("activate")
def index_activate(
    snapshot: Snapshot,
    index: Index = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Leave the quality gate out; digests are checked still.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Make a snapshot the live one, if it answers the golden dialogues no worse than that.

    Running services follow within a second or so, without failing a question.

    Example: followup index activate 20261124T0312
    """
    from ingest.activating import activate, live_id  # noqa: PLC0415 - keeps --help instant
    from ingest.snapshots import check_files, folder_of, read_manifest  # noqa: PLC0415 - as above
    from service.log_lines import id_or_none  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    where = settings.index_folder
    admission = None
    with told_errors("index activate") as line:
        chosen, before = _resolved(settings, snapshot), live_id(where)
        line.update(snapshot=id_or_none(chosen), before=id_or_none(before), forced=force)
        if force:
            check_files(folder_of(where, chosen), read_manifest(folder_of(where, chosen)))
            typer.echo("followup: --force: the quality gate was NOT run", err=True)
        else:
            admission = _admitted(settings, chosen)
            line.update(measured=admission.measured, held=admission.held)
            line.update(regressions=len(admission.regressions))
            if not admission.passes:
                _tell(admission.as_json(), admission.lines(), as_json=as_json)
                raise admission.refusal()
        activate(where, chosen, judged_against=admission.against if admission else None)
    judged = admission.as_json() if admission else None
    lines = [*(admission.lines() if admission else []), f"live snapshot: {chosen}"]
    body = {"snapshot": chosen, "before": before, "forced": force, "admission": judged}
    _tell(body, lines, as_json=as_json)


@app.command("rollback")
def index_rollback(index: Index = None, *, as_json: Json = False) -> None:
    """
    Make the snapshot live that was so before the present one; once more goes one further back.

    Its digests are checked; one that is gone or damaged is passed over.

    Example: followup index rollback
    """
    from ingest.activating import live_id, rollback  # noqa: PLC0415 - keeps --help instant
    from service.log_lines import id_or_none  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    with told_errors("index rollback") as line:
        before = live_id(settings.index_folder)
        chosen = rollback(settings.index_folder)
        line.update(snapshot=chosen, before=id_or_none(before))
    lines = [f"live snapshot: {chosen}, instead of {before}"]
    _tell({"snapshot": chosen, "before": before}, lines, as_json=as_json)


@app.command("gc")
def index_gc(
    index: Index = None,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = 3,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be removed, and remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed in scripts.")] = False,
    as_json: Json = False,
) -> None:
    """
    Remove old snapshots and what died builds left: not the live one, the previous, or one in use.

    Example: followup index gc --keep 3 --yes
    """
    from ingest.collecting import collect  # noqa: PLC0415 - keeps --help instant

    settings = settings_with(index=index)
    with told_errors("index gc") as line:
        found = collect(settings.index_folder, keep=keep, dry_run=True)
        if not dry_run and (yes or found.removed + found.leftovers):
            confirm(f"remove {', '.join(found.removed + found.leftovers)}", yes=yes)
            found = collect(settings.index_folder, keep=keep)
        line.update(dry_run=dry_run, removed=found.removed, freed=found.freed)
    verb = "would be removed" if dry_run else "removed"
    lines = [f"{each}: {verb}" for each in found.removed + found.leftovers]
    lines += [f"{each.snapshot}: stays, {each.reason}" for each in found.kept]
    lines.append(f"{found.freed:,} bytes {'would be freed' if dry_run else 'freed'}")
    _tell(asdict(found), lines, as_json=as_json)


@app.command("diff")
def index_diff(old: Snapshot, new: Snapshot, index: Index = None, *, as_json: Json = False) -> None:
    """
    Tell which documents differ between two snapshots, and which of their passages came or went.

    Example: followup index diff previous live
    """
    from ingest.activating import resolve_id  # noqa: PLC0415 - keeps --help instant
    from service.snapshot_report import compared  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    with told_errors():
        where = settings.index_folder
        for text in compared(
            where, resolve_id(where, old), resolve_id(where, new), as_json=as_json
        ):
            typer.echo(text)


@app.command("export")
def index_export(
    snapshot: Snapshot,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The tar file to write.")],
    index: Index = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
    as_json: Json = False,
) -> None:
    """
    Write a snapshot to one tar file, its digests checked on the way.

    Example: followup index export live snapshot.tar
    """
    from ingest.exporting import export_snapshot  # noqa: PLC0415 - keeps --help instant
    from service.progress import progress_bar  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    with told_errors("index export") as line, progress_bar() as progress:
        done = export_snapshot(
            settings.index_folder,
            _resolved(settings, snapshot),
            file,
            replace=force,
            progress=progress,
        )
        line.update(snapshot=done.snapshot, files=done.files, bytes=done.size)
    lines = [f"{done.snapshot}: {done.files} files, {done.size:,} bytes in {file}"]
    _tell({**asdict(done), "file": str(file)}, lines, as_json=as_json)


@app.command("import")
def index_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A tar file that export wrote.")],
    index: Index = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Take a snapshot in from a tar file, if every digest agrees; it does not go live by that.

    Example: followup index import snapshot.tar
    """
    from ingest.exporting import import_snapshot  # noqa: PLC0415 - keeps --help instant
    from service.progress import progress_bar  # noqa: PLC0415 - as above

    settings = settings_with(index=index)
    with told_errors("index import") as line, progress_bar() as progress:
        done = import_snapshot(settings.index_folder, file, progress=progress)
        line.update(snapshot=done.snapshot, files=done.files, bytes=done.size)
    lines = [
        f"{done.snapshot}: {done.files} files, {done.size:,} bytes",
        f"`followup index activate {done.snapshot}` makes it live",
    ]
    _tell(asdict(done), lines, as_json=as_json)


def _resolved(settings: Settings, name: str) -> str:
    from ingest.activating import resolve_id  # noqa: PLC0415 - keeps --help instant

    return resolve_id(settings.index_folder, name)


def _admitted(settings: Settings, snapshot_id: str) -> Admission:
    from ingest.embedding import default_embedder  # noqa: PLC0415 - heavy
    from service.admitting import admit  # noqa: PLC0415 - as above
    from service.progress import progress_bar  # noqa: PLC0415 - as above

    with progress_bar() as progress:
        embedder = default_embedder(threads=settings.threads)
        return admit(settings, snapshot_id, embedder, progress=progress)


def _tell(body: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print data to standard output: JSON for scripts, lines for people."""
    text = json.dumps(body, ensure_ascii=False, indent=2) if as_json else "\n".join(lines)
    typer.echo(text)
