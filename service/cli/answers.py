"""``followup ask`` and ``followup serve``."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from service.cli.telling import EXIT_USAGE, Index, Json, settings_with, stop, told_errors


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
        typer.echo(as_plain_text(asked.answer, everything=everything))
    if timings:
        for timing in asked.answer.timings:
            typer.echo(f"{timing.stage:>12} {timing.milliseconds:8.1f} ms", err=True)
    if not as_json:
        typer.echo(f"Follow up with: --conversation {asked.conversation_id}", err=True)


def serve(
    host: Annotated[str, typer.Option("--host", help="Loopback address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to bind.")] = 8000,
    index: Index = None,
) -> None:
    """
    Serve the page and the HTTP API on a loopback address, until interrupted.

    A second server on the same FOLLOWUP_HOME, or on the same SQLite database, is refused: status
    3, naming the first.

    Example: followup serve --port 8080
    """
    if not _is_loopback(host):
        stop(
            f"{host} is not a loopback address; the service has no accounts yet, so it is served "
            "on this machine only: put an authenticating proxy before it",
            EXIT_USAGE,
        )
    import uvicorn  # noqa: PLC0415 - keeps --help instant

    from service.api import create_app, traces_wanted  # noqa: PLC0415 - as above
    from service.bootstrap import bootstrap  # noqa: PLC0415
    from service.log_lines import configure_log_lines  # noqa: PLC0415
    from service.sole_server import sole_server  # noqa: PLC0415
    from service.watching import watcher  # noqa: PLC0415

    settings = settings_with(index=index)
    configure_log_lines()  # always: a server has no terminal of its own
    alone = sole_server(settings.home, settings.database_url)
    with told_errors(), alone, bootstrap(settings) as runtime:
        look = watcher(runtime.articles, runtime.retractions.current)
        runtime.live.follow(settings.poll_seconds, look)
        if sys.stderr.isatty():  # elsewhere every line is a log line, and one of them says it
            typer.echo(f"Followup is at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
        app = create_app(runtime, traces=traces_wanted(settings.otlp_endpoint, os.environ))
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address  # noqa: PLC0415 - only here

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
