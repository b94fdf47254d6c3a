"""Which articles a reader may see, a page at a time: by words, status, drug and date."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from service.article_store import Articles
from service.articles import Article, ArticleStatus, Version
from service.principals import Principal
from service.words import contains, stems

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is looked for; None and empty let everything through.

    ``words`` must all stand in the question, in any form. ``drug`` is a name or an ingredient.
    ``since`` and ``before`` hold of the last change.
    """

    words: str = ""
    status: ArticleStatus | None = None
    drug: str | None = None
    since: datetime | None = None
    before: datetime | None = None

    def fits(self, article: Article, version: Version) -> bool:
        """Tell whether the version that is seen of *article* is one looked for."""
        if self.status is not None and article.status_of(version.number) is not self.status:
            return False
        if self.since is not None and article.updated_of(version.number) < self.since:
            return False
        if self.before is not None and article.updated_of(version.number) >= self.before:
            return False
        if not stems(self.words) <= stems(version.question):
            return False
        return self.drug is None or _is_about(version, self.drug)


def list_articles(
    articles: Articles,
    principal: Principal,
    wanted: Wanted,
    *,
    after: str | None = None,
    limit: int = 20,
) -> tuple[list[tuple[Article, Version]], str | None]:
    """
    Return up to *limit* articles with the version that is seen of each, last updated first.

    The second value continues the list as *after*; None at its end. Raises ValueError for an
    *after* that was not given out.
    """
    found: list[tuple[Article, Version]] = []
    place = None if after is None else _read(after)
    while batch := articles.listing(before=place, limit=_BATCH):
        for article in batch:
            version = article.seen_by(principal)
            if version is not None and wanted.fits(article, version):
                if len(found) == limit:
                    return found, _written(found[-1][0])
                found.append((article, version))
        place = (batch[-1].updated, batch[-1].id)
    return found, None


def _is_about(version: Version, drug: str) -> bool:
    name = drug.casefold().strip()
    query = version.turn.query
    names = {one.casefold() for held in query.drugs for one in (held.name, *held.ingredients)}
    return name in names or contains(version.question, name)


def _written(last: Article) -> str:
    told = f"{int(last.updated.timestamp())}.{last.id}"
    return base64.urlsafe_b64encode(told.encode()).decode("ascii").rstrip("=")


def _read(after: str) -> tuple[datetime, str]:
    try:
        padded = after + "=" * (-len(after) % 4)
        told = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        seconds, _, article_id = told.partition(".")
        return datetime.fromtimestamp(int(seconds), UTC), article_id
    except (binascii.Error, ValueError, OverflowError, OSError) as error:
        raise ValueError("not one that was sent") from error
