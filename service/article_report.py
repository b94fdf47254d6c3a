"""Articles for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.articles import Article, Version
from service.inert import inert
from service.reviewing import review_words
from service.serialising import Json
from service.showing import moment
from service.watching import Watched
from service.wording import wording


def list_lines(found: Sequence[tuple[Article, Version]]) -> Iterator[str]:
    """Yield a line for each article: id, status, version, last change, question."""
    for article, version in found:
        status = wording(f"status.{article.status_of(version.number).value}")
        updated = moment(article.updated_of(version.number))[:10]
        line = f"{article.id}  {status:<12}  v{version.number}  {updated}  {version.question}"
        yield inert(" ".join(line.splitlines()))
    if not found:
        yield "There are no such articles."


def history_lines(article: Article, version: Version) -> Iterator[str]:
    """Yield what is known of an article: its review, its moves, and what became of its sources."""
    number = version.number
    yield inert(version.question)
    yield inert(f"Version {number}. {review_words(article, number)}")
    for move in article.moves:
        status = wording(f"status.{move.now.value}")
        why = f": {move.why}" if move.why else ""
        yield inert(f"{moment(move.at)}  v{move.version}  {status:<12}  {move.by}{why}")
    for change in article.changes_of(number):
        by = f" by {change.by}" if change.by else ""
        yield inert(f"{change.kind.value}{by}: {change.title} ({change.document_id})")
        yield inert(f"  was: {change.old}")
        yield inert(f"  now: {change.new}") if change.new is not None else "  now: nothing"


def watched_lines(found: Watched) -> Iterator[str]:
    """Yield what a look at the sources came to."""
    yield f"{found.checked} articles compared with snapshot {found.snapshot}."
    yield f"{len(found.returned)} went back to Under Review; {len(found.noted)} others have news."
    yield from (f"  under review again: {each}" for each in found.returned)
    yield from (f"  has news: {each}" for each in found.noted)


def watched_json(found: Watched) -> Json:
    """Return what a look at the sources came to."""
    return {
        "snapshot": found.snapshot,
        "checked": found.checked,
        "returned": list(found.returned),
        "noted": list(found.noted),
    }
