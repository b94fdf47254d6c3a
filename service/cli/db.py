"""``followup db``: the database of conversations, feedback and retractions."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.cli.telling import (
    EXIT_PROBLEM,
    EXIT_USAGE,
    Json,
    confirm,
    settings_with,
    stop,
    told_errors,
)

app = typer.Typer(no_args_is_help=True, help="Look after the database of conversations.")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("status")
def db_status(*, as_json: Json = False) -> None:
    """
    Show where the database is, its schema and rows, and whether it is sound; change nothing.

    Exits with 1 where it has to be migrated, is of a newer version, or is damaged.

    Example: followup db status
    """
    from service.database_report import (  # noqa: PLC0415 - keeps --help instant
        database_facts,
        database_lines,
    )

    settings = settings_with()
    with told_errors():
        facts = database_facts(settings.database_url)
    _tell(asdict(facts) | {"well": facts.well}, database_lines(facts), as_json=as_json)
    if not facts.well:
        raise typer.Exit(EXIT_PROBLEM)


@app.command("migrate")
def db_migrate(*, as_json: Json = False) -> None:
    """
    Bring the database to the schema of this version; make a backup first.

    A SQLite file is brought there at every start anyway, an empty PostgreSQL database at the first;
    a PostgreSQL database that holds anything is changed by this command alone.

    Example: followup db migrate
    """
    from service.database import open_engine  # noqa: PLC0415 - keeps --help instant
    from service.migrating import migrate  # noqa: PLC0415

    settings = settings_with()
    with told_errors("db migrate") as logged:
        engine = open_engine(settings.database_url)
        before, after = migrate(engine)
        engine.dispose()
        logged.update(before=before.revision, after=after.revision)
    steps = f"{before.revision or 'none'} -> {after.revision}"
    line = f"Schema: step {after.revision} already" if before == after else f"Schema: step {steps}"
    _tell({"from": before.revision, "to": after.revision}, [line], as_json=as_json)


@app.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    *,
    as_json: Json = False,
) -> None:
    """
    Write everything in the database to one file, while the service goes on.

    The file is the same for SQLite and PostgreSQL, and can be restored into either. It holds
    every question: keep it as you keep the database.

    Example: followup db backup followup-2026-11-24.zip
    """
    from service.dumping import write_dump  # noqa: PLC0415 - keeps --help instant
    from service.migrating import open_existing  # noqa: PLC0415

    settings = settings_with()
    with told_errors("db backup") as logged:
        engine = open_existing(settings.database_url)
        dump = write_dump(engine, file)
        engine.dispose()
        size = file.stat().st_size
        rows = sum(table.rows for table in dump.tables.values())
        logged.update(rows=rows, bytes=size, revision=dump.revision)
    _tell(
        {"file": str(file), "bytes": size, **asdict(dump)},
        [f"Wrote {file}: {rows} rows, {size / 1e6:.1f} MB, step {dump.revision} of the schema"],
        as_json=as_json,
    )


@app.command("restore")
def db_restore(
    file: Annotated[Path, typer.Argument(help="A file that `followup db backup` wrote.")],
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """
    Put a backup in the place of the database, whole or not at all; stop the service first.

    The file is checked before anything is touched. What was there is kept: a SQLite file beside
    the new one as .before-restore, a PostgreSQL database as a backup in FOLLOWUP_HOME.

    Example: followup db restore followup-2026-11-24.zip --yes
    """
    from service.restoring import restore  # noqa: PLC0415 - keeps --help instant

    settings = settings_with()
    confirm(f"put {file} in the place of the database", yes=yes)
    with told_errors("db restore") as logged:
        restored = restore(settings.database_url, file, settings.home)
        rows = sum(table.rows for table in restored.dump.tables.values())
        logged.update(rows=rows, revision=restored.dump.revision)
    lines = [f"Restored {rows} rows of {restored.dump.made_at}"]
    if restored.kept:
        lines.append(f"What was there is kept: {restored.kept}")
    kept = str(restored.kept) if restored.kept else None
    _tell({**asdict(restored.dump), "kept": kept}, lines, as_json=as_json)


@app.command("purge")
def db_purge(
    older_than: Annotated[
        str, typer.Option("--older-than", help="Days since the last question, such as 90d.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much would be deleted.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """
    Delete the conversations last asked in before then, with their answers and feedback, for good.

    Links that have expired or were revoked, and sessions that are over, go with them.

    Example: followup db purge --older-than 90d --dry-run
    """
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only here

    from service.migrating import open_existing  # noqa: PLC0415 - keeps --help instant
    from service.retention import purge  # noqa: PLC0415

    days = re.fullmatch(r"([0-9]{1,5})d", older_than)
    if days is None:
        stop("--older-than takes a number of days, such as 90d", EXIT_USAGE)
    settings = settings_with()
    before = datetime.now(UTC) - timedelta(days=int(days[1]))
    if not dry_run:
        confirm(f"delete every conversation last asked in before {before:%Y-%m-%d}", yes=yes)
    with told_errors("db purge") as logged:
        engine = open_existing(settings.database_url)
        purged = purge(engine, before, dry_run=dry_run)
        engine.dispose()
        logged.update(
            dry_run=dry_run,
            conversations=purged.conversations,
            turns=purged.turns,
            feedback=purged.feedback,
            shares=purged.shares,
            sessions=purged.sessions,
        )
    told = {**asdict(purged), "before": purged.before.isoformat(timespec="seconds")}
    done = "Would delete" if dry_run else "Deleted"
    line = (
        f"{done} {purged.conversations} conversations, {purged.turns} turns, "
        f"{purged.feedback} feedback, {purged.shares} links, {purged.sessions} sessions"
    )
    _tell({**told, "dry_run": dry_run}, [line], as_json=as_json)


def _tell(told: dict[str, object], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(lines))
