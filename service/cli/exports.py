"""``followup export``: an answer, a conversation or an article as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.telling import EXIT_USAGE, settings_with, stop, told_errors

if TYPE_CHECKING:
    from service.article_store import Articles
    from service.conversations import Conversations
    from service.exporting.exports import Export


def export(
    answer: Annotated[
        str, typer.Argument(help="The id of an answer, a conversation or an article.")
    ],
    wanted: Annotated[
        str, typer.Option("--format", help="md, txt, html, ris, bibtex or csl-json.")
    ] = "md",
) -> None:
    """
    Print an answer, a conversation or an article, to read or for a reference manager.

    Of an article its newest version is printed.

    Example: followup export ID --format ris > references.ris
    """
    from service.article_store import Articles  # noqa: PLC0415 - keeps --help instant
    from service.conversations import Conversations  # noqa: PLC0415
    from service.exporting.formats import WRITERS, ExportFormat  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415

    try:
        writer = WRITERS[ExportFormat(wanted)]
    except ValueError:
        stop(f"unknown format {wanted!r}; one of {', '.join(ExportFormat)}", EXIT_USAGE)
    settings = settings_with()
    with told_errors():
        engine = open_database(settings.database_url)
        conversations = Conversations(engine)
        try:
            found = _found(conversations, Articles(engine), answer)
        finally:
            conversations.close()
    typer.echo(writer.write(found), nl=False)


def _found(conversations: Conversations, articles: Articles, name: str) -> Export:
    """Return what has an id, whatever it is. Raises NotFoundError."""
    from service.asking import read_back  # noqa: PLC0415 - keeps --help instant
    from service.errors import NotFoundError  # noqa: PLC0415
    from service.exporting.exports import Export  # noqa: PLC0415
    from service.exporting.published import article_export  # noqa: PLC0415

    try:
        turns = [conversations.answer(name)]
    except NotFoundError:
        try:
            turns = list(conversations.conversation(name).turns)
        except NotFoundError:
            turns = []
    if turns:
        told = tuple(map(read_back, turns))
        return Export(told[0]["question"], told)
    try:
        article = articles.get(name)
    except NotFoundError as error:
        raise NotFoundError("there is no answer, conversation or article by that id") from error
    newest = article.current
    return article_export(article, newest, articles.answer(name, newest.number))
