"""
The commands: ``followup ask``, ``serve``, ``ingest apply``, ``corpus retractions``.

Data goes to standard output, talk and progress to standard error. Exit status: 0 done, 1 the run
found a problem (dead letters under --strict), 2 wrong usage or settings, 3 could not run
(nothing indexed, index locked or damaged), 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from service.settings import Settings

EXIT_PROBLEM = 1
EXIT_USAGE = 2
EXIT_CANNOT_RUN = 3
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="followup",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Answer the follow-up questions of clinicians from guidelines, drug labels and studies.\n\n"
        "Exit status: 0 done; 1 the run found a problem; 2 wrong usage or settings; 3 could not "
        "run (nothing indexed, index locked or damaged); 130 interrupted."
    ),
    epilog="Example: followup ask 'What is the role of naltrexone for insomnia?'",
)
ingest_app = typer.Typer(no_args_is_help=True, help="Turn source files into an index snapshot.")
app.add_typer(ingest_app, name="ingest")

corpus_app = typer.Typer(no_args_is_help=True, help="Keep what the sources are worth up to date.")
app.add_typer(corpus_app, name="corpus")

Index = Annotated[
    Path | None, typer.Option("--index", help="Index folder; FOLLOWUP_HOME/index where not given.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.callback()
def options(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Options of every command."""
    if show_version:
        typer.echo(f"followup {version('followup')}")
        raise typer.Exit


@ingest_app.command("apply")
def ingest_apply(
    source: Annotated[
        list[Path],
        typer.Option("--source", help="A folder of source files; may be given several times."),
    ],
    index: Index = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where any file is a dead letter.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Parse, split, embed and index source folders into a new live snapshot.

    A file that cannot be read is a dead letter: reported with its reason, the run goes on.

    Example: followup ingest apply --source corpus
    """
    from ingest.embedding import default_embedder  # noqa: PLC0415 - heavy, see test_cli
    from ingest.pipeline import ingest  # noqa: PLC0415
    from ingest.reading import check_folders  # noqa: PLC0415
    from service.progress import progress_bar, report_lines  # noqa: PLC0415

    settings = _settings(index=index)
    with _told_errors():
        check_folders(source)
        embedder = default_embedder(threads=os.cpu_count() or settings.threads)
        with progress_bar() as progress:
            report = ingest(source, settings.index_folder, embedder, progress=progress)
    if as_json:
        from dataclasses import asdict  # noqa: PLC0415 - only here

        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(report)))
    if strict and report.dead_letters:
        raise typer.Exit(EXIT_PROBLEM)


@corpus_app.command("retractions")
def corpus_retractions(
    file: Annotated[
        Path | None,
        typer.Option("--csv", help="A table as Crossref and Retraction Watch publish it."),
    ] = None,
    *,
    add: Annotated[
        bool, typer.Option("--add", help="Keep the notices at hand, and add the file's.")
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Load the table of retracted studies, or show what it holds.

    The file takes the table's place from the next question on, in a running service too, without
    indexing anew. Rows that cannot be used are reported; where none can, the table stays.

    Example: followup corpus retractions --csv retraction_watch.csv
    """
    from service.database import open_engine  # noqa: PLC0415 - keeps --help instant
    from service.noticing import read_notices  # noqa: PLC0415
    from service.retraction_report import report_json, report_lines  # noqa: PLC0415
    from service.retraction_table import RetractionTable  # noqa: PLC0415

    now = datetime.now(UTC)
    if add and file is None:
        _stop("--add needs --csv", EXIT_USAGE)
    settings = _settings(index=None)
    with _told_errors():
        read = read_notices(file) if file is not None else None
        table = RetractionTable(open_engine(settings.database_url))
        usable = read is not None and bool(read.retractions)
        facts = table.load(read.retractions, keep=add) if read and usable else table.facts()
    if as_json:
        typer.echo(json.dumps(report_json(read, facts, now), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(read, facts, now)))
    if read is not None and not usable:
        _stop("no row of the file can be used, so the table stays as it was", EXIT_PROBLEM)


@app.command()
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
    from service.log_lines import configure_log_lines  # noqa: PLC0415
    from service.rendering import as_plain_text  # noqa: PLC0415

    try:
        reader = Audience(audience)
    except ValueError:
        _stop(f"unknown audience {audience!r}; one of {', '.join(Audience)}", EXIT_USAGE)
    settings = _settings(index=index)
    configure_log_lines()
    with _told_errors(), bootstrap(settings) as runtime:
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


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Loopback address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to bind.")] = 8000,
    index: Index = None,
) -> None:
    """
    Serve the page and the HTTP API on a loopback address, until interrupted.

    Example: followup serve --port 8080
    """
    if not _is_loopback(host):
        _stop(
            f"{host} is not a loopback address; the service has no accounts yet, so it is served "
            "on this machine only: put an authenticating proxy before it",
            EXIT_USAGE,
        )
    import uvicorn  # noqa: PLC0415 - keeps --help instant

    from service.api import create_app  # noqa: PLC0415
    from service.bootstrap import bootstrap  # noqa: PLC0415
    from service.log_lines import configure_log_lines  # noqa: PLC0415

    settings = _settings(index=index)
    configure_log_lines()
    with _told_errors(), bootstrap(settings) as runtime:
        runtime.live.follow(settings.poll_seconds)
        typer.echo(f"Followup is at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
        uvicorn.run(create_app(runtime), host=host, port=port, log_config=None, access_log=False)


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address  # noqa: PLC0415 - only here

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def main() -> None:
    """Run the command line; every error is one line that names the remedy."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _settings(*, index: Path | None) -> Settings:
    from service.errors import SettingsError  # noqa: PLC0415 - keeps --help instant
    from service.settings import read_settings  # noqa: PLC0415

    try:
        return read_settings(index=index)
    except SettingsError as error:
        _stop(str(error), EXIT_USAGE)


@contextmanager
def _told_errors() -> Iterator[None]:
    """Turn the errors that we raise into one line and an exit status."""
    from ingest.errors import CorpusError, IngestError  # noqa: PLC0415 - keeps --help instant
    from service.errors import ServiceError  # noqa: PLC0415

    try:
        yield
    except CorpusError as error:
        _stop(str(error), EXIT_USAGE)
    except (IngestError, ServiceError) as error:
        _stop(str(error), EXIT_CANNOT_RUN)


def _stop(message: str, status: int) -> NoReturn:
    typer.echo(f"followup: {message}", err=True)
    raise typer.Exit(status)


if __name__ == "__main__":
    main()
