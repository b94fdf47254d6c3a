"""``followup keys``: the API keys that let programs and people in."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.telling import EXIT_PROBLEM, EXIT_USAGE, Json, settings_with, stop, told_errors

if TYPE_CHECKING:
    from service.keys import ApiKey

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")


@app.command("create")
def keys_create(
    name: Annotated[
        str, typer.Option("--name", help="Whose key it is, or what for; shown in lists.")
    ],
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="ask, evaluate, review or operate; may be given repeatedly."),
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", help="Days until it expires, such as 90d.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Make a key and print it, this once: the database has its digest alone.

    Example: followup keys create --name "ward 3 tablet" --scope ask --expires 90d
    """
    from datetime import UTC, timedelta  # noqa: PLC0415 - only here

    from service.keys import Keys  # noqa: PLC0415 - keeps --help instant
    from service.migrating import open_database  # noqa: PLC0415
    from service.principals import Scope  # noqa: PLC0415

    try:
        scopes = {Scope(each) for each in scope}
    except ValueError:
        stop(f"--scope is one of {', '.join(Scope)}", EXIT_USAGE)
    days = re.fullmatch(r"([1-9][0-9]{0,3})d", expires) if expires else None
    if expires and days is None:
        stop("--expires takes a number of days, such as 90d", EXIT_USAGE)
    until = datetime.now(UTC) + timedelta(days=int(days[1])) if days else None
    settings = settings_with()
    with told_errors("keys create") as logged:
        engine = open_database(settings.database_url)
        try:
            key, secret = Keys(engine).create(name, scopes, until)
        except ValueError as error:
            stop(str(error), EXIT_USAGE)
        finally:
            engine.dispose()
        logged.update(key=key.id, scopes=sorted(scopes))
    if as_json:
        typer.echo(json.dumps({**_told(key), "key": secret}, ensure_ascii=False, indent=2))
        return
    typer.echo("Keep it now; it cannot be shown again. Whoever has it may " + _may(key), err=True)
    typer.echo(secret)


@app.command("list")
def keys_list(*, as_json: Json = False) -> None:
    """
    List every key with its rights, when it ends and when it was last used; never the key itself.

    Example: followup keys list
    """
    from datetime import UTC  # noqa: PLC0415 - only here

    from service.keys import Keys  # noqa: PLC0415 - keeps --help instant
    from service.migrating import open_database  # noqa: PLC0415

    settings = settings_with()
    with told_errors():
        engine = open_database(settings.database_url)
        found = Keys(engine).listing()
        engine.dispose()
    if as_json:
        typer.echo(json.dumps([_told(key) for key in found], ensure_ascii=False, indent=2))
        return
    if not found:
        typer.echo("There are no keys; `followup keys create` makes one", err=True)
    now = datetime.now(UTC)
    for key in found:
        state = "good" if key.holds(now) else "revoked" if key.revoked else "expired"
        until = f"until {key.expires:%Y-%m-%d}" if key.expires else "without end"
        used = f"used {key.used:%Y-%m-%d %H:%M}" if key.used else "never used"
        typer.echo(f"{key.id}  {state:<7}  {_may(key):<31}  {until:<16}  {used:<21}  {key.name}")


@app.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `followup keys list` shows it.")],
    *,
    as_json: Json = False,
) -> None:
    """
    Let nobody in with a key any more, from the next request on, and end its sessions.

    Exits with 1 where there is no such key.

    Example: followup keys revoke 0123456789abcdef
    """
    from service.errors import NotFoundError  # noqa: PLC0415 - keeps --help instant
    from service.keys import Keys  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415

    settings = settings_with()
    with told_errors("keys revoke") as logged:
        engine = open_database(settings.database_url)
        try:
            key = Keys(engine).revoke(key_id)
        except NotFoundError as error:
            stop(str(error), EXIT_PROBLEM)
        finally:
            engine.dispose()
        logged.update(key=key.id)
    typer.echo(json.dumps(_told(key), indent=2) if as_json else f"Revoked {key.id} ({key.name})")


def _may(key: ApiKey) -> str:
    return ", ".join(sorted(key.scopes))


def _told(key: ApiKey) -> dict[str, Any]:
    moments = {"created": key.created, "expires": key.expires}
    moments |= {"revoked": key.revoked, "used": key.used}
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        **{name: at and at.isoformat(timespec="seconds") for name, at in moments.items()},
    }
