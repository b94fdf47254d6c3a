"""``followup export``: an answer or a conversation as a file."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.telling import EXIT_USAGE, settings_with, stop, told_errors


def export(
    answer: Annotated[str, typer.Argument(help="The answer's id, or a conversation's.")],
    wanted: Annotated[
        str, typer.Option("--format", help="md, txt, html, ris, bibtex or csl-json.")
    ] = "md",
) -> None:
    """
    Print a stored answer, or a whole conversation, in a format to read or for a reference manager.

    Example: followup export ID --format ris > references.ris
    """
    from service.asking import read_back  # noqa: PLC0415 - keeps --help instant
    from service.conversations import Conversations  # noqa: PLC0415
    from service.errors import NotFoundError  # noqa: PLC0415
    from service.exporting.exports import Export  # noqa: PLC0415
    from service.exporting.formats import WRITERS, ExportFormat  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415

    try:
        writer = WRITERS[ExportFormat(wanted)]
    except ValueError:
        stop(f"unknown format {wanted!r}; one of {', '.join(ExportFormat)}", EXIT_USAGE)
    settings = settings_with()
    with told_errors():
        conversations = Conversations(open_database(settings.database_url))
        try:
            try:
                turns = [conversations.answer(answer)]
            except NotFoundError:
                turns = list(conversations.conversation(answer).turns)
        finally:
            conversations.close()
        if not turns:
            raise NotFoundError("there is no answer in that conversation yet")
    told = tuple(read_back(turn) for turn in turns)
    typer.echo(writer.write(Export(told[0]["question"], told)), nl=False)
