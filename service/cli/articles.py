"""``followup articles``: what is published, where it stands, and whether its sources changed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.telling import EXIT_USAGE, Index, Json, settings_with, stop, told_errors

app = typer.Typer(
    no_args_is_help=True, help="List and show articles, and compare them with their sources."
)


@app.command("list")
def articles_list(
    words: Annotated[str, typer.Option("--words", help="Words of the question.")] = "",
    status: Annotated[
        str | None, typer.Option("--status", help="submitted, under_review or approved.")
    ] = None,
    drug: Annotated[str | None, typer.Option("--drug", help="Only about this drug.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Articles at most.")] = 100,
    *,
    as_json: Json = False,
) -> None:
    """
    List articles, the last updated first.

    Example: followup articles list --status under_review
    """
    from service.article_report import list_lines  # noqa: PLC0415 - keeps --help instant
    from service.article_store import Articles  # noqa: PLC0415
    from service.articles import ArticleStatus  # noqa: PLC0415
    from service.listing import Wanted, list_articles  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415
    from service.principals import LOCAL  # noqa: PLC0415
    from service.showing import summary_json  # noqa: PLC0415

    try:
        wanted = Wanted(words, ArticleStatus(status) if status else None, drug)
    except ValueError:
        stop(f"unknown status {status!r}; one of {', '.join(ArticleStatus)}", EXIT_USAGE)
    settings = settings_with()
    with told_errors():
        articles = Articles(open_database(settings.database_url))
        found, _ = list_articles(articles, LOCAL, wanted, limit=limit)
    if as_json:
        told = {"articles": [summary_json(*one) for one in found]}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(list_lines(found)))


@app.command("show")
def articles_show(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The article.")],
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Another version than the newest.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """
    Show where an article stands: its review, and what became of its sources; with --json all of it.

    Example: followup articles show ID --json
    """
    from service.article_report import history_lines  # noqa: PLC0415 - keeps --help instant
    from service.article_store import Articles  # noqa: PLC0415
    from service.inert import inert_json  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415
    from service.principals import LOCAL  # noqa: PLC0415
    from service.showing import article_json, history_json, version_for  # noqa: PLC0415

    settings = settings_with()
    with told_errors():
        articles = Articles(open_database(settings.database_url))
        article = articles.get(article_id)
        shown = version_for(article, LOCAL, version)
        answer = articles.answer(article_id, shown.number)
    if as_json:
        told = article_json(article, shown, answer)
        told["history"] = history_json(article, LOCAL)["moves"]
        typer.echo(inert_json(json.dumps(told, ensure_ascii=False, indent=2)))
    else:
        typer.echo("\n".join(history_lines(article, shown)))


@app.command("check")
def articles_check(index: Index = None, *, as_json: Json = False) -> None:
    """
    Compare every article with its sources as they stand today.

    One whose sources changed since it was approved goes back to Under Review. A running server does
    this by itself whenever its snapshot changes.

    Example: followup articles check
    """
    from service.article_report import watched_json, watched_lines  # noqa: PLC0415 - as above
    from service.article_store import Articles  # noqa: PLC0415
    from service.migrating import open_database  # noqa: PLC0415
    from service.retraction_table import RetractionTable  # noqa: PLC0415
    from service.watching import watch_index  # noqa: PLC0415

    settings = settings_with(index=index)
    with told_errors("articles check") as line:
        engine = open_database(settings.database_url)
        retractions = RetractionTable(engine).current()
        found = watch_index(settings.index_folder, Articles(engine), retractions)
        line.update(
            snapshot=found.snapshot,
            articles=found.checked,
            returned=len(found.returned),
            noted=len(found.noted),
        )
    if as_json:
        typer.echo(json.dumps(watched_json(found), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(watched_lines(found)))
