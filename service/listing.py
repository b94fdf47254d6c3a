"""Which articles a reader may see, a page at a time: by words, status, drug and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    before: tuple[datetime, str] | None = None,
    limit: int = 20,
) -> tuple[list[tuple[Article, Version]], tuple[datetime, str] | None]:
    """
    Return up to *limit* articles with the version that is seen of each, last updated first.

    The second value, a last update and an id, continues the list as *before*; None at its end.
    """
    found: list[tuple[Article, Version]] = []
    while batch := articles.listing(before=before, limit=_BATCH):
        for article in batch:
            version = article.seen_by(principal)
            if version is not None and wanted.fits(article, version):
                if len(found) == limit:
                    last, _ = found[-1]
                    return found, (last.updated, last.id)
                found.append((article, version))
        before = (batch[-1].updated, batch[-1].id)
    return found, None


def _is_about(version: Version, drug: str) -> bool:
    name = drug.casefold().strip()
    query = version.turn.query
    names = {one.casefold() for held in query.drugs for one in (held.name, *held.ingredients)}
    return name in names or contains(version.question, name)
