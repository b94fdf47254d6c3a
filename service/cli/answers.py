"""``followup ask`` and ``followup serve``."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.telling import EXIT_USAGE, Index, Json, settings_with, stop, told_errors

if TYPE_CHECKING:
    from service.settings import Settings


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    index: Index = None,
    audience: Annotated[
        str, typer.Option("--audience", help="physician, pharmacist, nurse, student or patient.")
    ] = "physician",
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", help="Ask as a follow-up in this conversation."),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Print the further statements of each section as well.")
    ] = False,
    timings: Annotated[
        bool, typer.Option("--timings", help="Print how long each stage took.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Answer one question from the index, every sentence cited.

    Example: followup ask "and in liver disease?" --conversation ID
    """
    from service.addressing import addressed  # noqa: PLC0415 - keeps --help instant
    from service.answers import Audience  # noqa: PLC0415 - keeps --help instant
    from service.asking import ask as ask_in  # noqa: PLC0415
    from service.bootstrap import bootstrap  # noqa: PLC0415
    from service.inert import inert_json  # noqa: PLC0415
    from service.rendering import as_plain_text  # noqa: PLC0415

    try:
        reader = Audience(audience)
    except ValueError:
        stop(f"unknown audience {audience!r}; one of {', '.join(Audience)}", EXIT_USAGE)
    for told, text in (("the question", question), ("--conversation", conversation or "")):
        if any("\ud800" <= each <= "\udfff" for each in text):  # bytes that were no UTF-8
            stop(f"{told} is not UTF-8 text; give it in UTF-8", EXIT_USAGE)
    settings = settings_with(index=index)
    with told_errors(), bootstrap(settings) as runtime:
        asked = ask_in(runtime, question, conversation_id=conversation, audience=reader)
    if as_json:
        typer.echo(inert_json(json.dumps(asked.body, ensure_ascii=False, indent=2)))
    else:
        typer.echo(as_plain_text(addressed(asked.answer, reader), everything=everything))
    if timings:
        for timing in asked.answer.timings:
            typer.echo(f"{timing.stage:>12} {timing.milliseconds:8.1f} ms", err=True)
    if not as_json:
        typer.echo(f"Follow up with: --conversation {asked.conversation_id}", err=True)


def serve(
    host: Annotated[
        str,
        typer.Option("--host", help="Address to bind; others than loopback need accounts."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to bind.")] = 8000,
    index: Index = None,
    *,
    insecure_public: Annotated[
        bool,
        typer.Option(
            "--insecure-public",
            help="Bind another address without accounts: whoever reaches it may do everything.",
        ),
    ] = False,
) -> None:
    """
    Serve the page and the HTTP API, until interrupted; on loopback unless accounts are required.

    Any other address is refused (status 2) without FOLLOWUP_AUTHENTICATION=required and
    FOLLOWUP_PUBLIC_HOSTS, the names it is reached by. It speaks plain HTTP: put TLS before it.

    A second server on the same FOLLOWUP_HOME, or on the same SQLite database, is refused: status
    3, naming the first.

    Example: followup serve --port 8080
    """
    import structlog  # noqa: PLC0415 - keeps --help instant
    import uvicorn  # noqa: PLC0415

    from service.accounts import split  # noqa: PLC0415 - as above
    from service.api import LOOPBACK_HOSTS, create_app, traces_wanted  # noqa: PLC0415
    from service.bootstrap import bootstrap  # noqa: PLC0415
    from service.log_lines import configure_log_lines  # noqa: PLC0415
    from service.sole_server import sole_server  # noqa: PLC0415
    from service.watching import watcher  # noqa: PLC0415

    settings = settings_with(index=index)
    if not _is_loopback(host):
        _check_public(settings, host, insecure=insecure_public)
    configure_log_lines()  # always: a server has no terminal of its own
    if insecure_public and settings.authentication == "none":
        said = f"{host}:{port} has no accounts: whoever reaches it may do everything"
        typer.echo(f"followup: WARNING: {said}", err=True)
        structlog.get_logger().warning("served_without_accounts", host=host, port=port)
    hosts = LOOPBACK_HOSTS | {name.lower() for name in split(settings.public_hosts)}
    alone = sole_server(settings.home, settings.database_url)
    with told_errors(), alone, bootstrap(settings) as runtime:
        look = watcher(runtime.articles, runtime.retractions.current)
        runtime.live.follow(settings.poll_seconds, look)
        if sys.stderr.isatty():  # elsewhere every line is a log line, and one of them says it
            typer.echo(f"Followup is at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
        traces = traces_wanted(settings.otlp_endpoint, os.environ)
        app = create_app(runtime, hosts=hosts, traces=traces)
        # Not uvicorn's proxy headers: whose word is believed is FOLLOWUP_PROXY_ADDRESSES' to say.
        uvicorn.run(
            app, host=host, port=port, log_config=None, access_log=False, proxy_headers=False
        )


def _check_public(settings: Settings, host: str, *, insecure: bool) -> None:
    """Stop where *host* is for others to reach and it is not settled who they are."""
    if settings.authentication != "required" and not insecure:
        stop(
            f"{host} is not a loopback address, and without accounts whoever reaches the service "
            "may do everything: set FOLLOWUP_AUTHENTICATION=required and make keys with `followup "
            "keys create`, or put an authenticating proxy before a loopback address "
            "(docs/operations.md)",
            EXIT_USAGE,
        )
    if not settings.public_hosts:
        stop(
            f"{host} is not a loopback address: name the hosts by which others reach it in "
            "FOLLOWUP_PUBLIC_HOSTS; requests for any other are turned away",
            EXIT_USAGE,
        )


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address  # noqa: PLC0415 - only here

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
