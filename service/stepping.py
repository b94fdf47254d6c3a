"""One step of an article's review: its sources are looked at first."""

from __future__ import annotations

from datetime import UTC, datetime

from service.articles import Article, ArticleStatus, SourceChange
from service.bootstrap import Runtime
from service.errors import ConflictError
from service.reviewing import move_to
from service.watching import Evidence, look_at, standing


def take_step(
    runtime: Runtime, article_id: str, now: ArticleStatus, *, version: int, by: str, why: str = ""
) -> Article:
    """
    Move an article's newest *version* to *now* and return the article.

    Raises ConflictError where the step is not allowed, where *version* is not the newest, and
    where an approval meets differences in the sources that had not been recorded (they are now);
    ArticleError for a step back without a reason, NotFoundError.
    """
    articles = runtime.articles
    found: tuple[SourceChange, ...] = ()
    if now is ArticleStatus.APPROVED:
        with runtime.live.reading() as reading:
            snapshot = reading.snapshot
            retractions = runtime.retractions.current()
            evidence = Evidence(snapshot.id, snapshot.documents, retractions)
            if look_at(articles, articles.get(article_id), evidence):
                raise ConflictError("its sources changed just now: read the differences first")
            found = standing(articles, article_id, version, evidence)
    at = datetime.now(UTC).replace(microsecond=0)
    moved = articles.move(
        article_id,
        lambda held: move_to(held, now, version=version, by=by, why=why, at=at, standing=found),
    )
    if now is not ArticleStatus.APPROVED:
        return moved
    # Sources that changed since they were looked at were compared with what was not approved yet.
    return looked_at(runtime, moved)


def looked_at(runtime: Runtime, article: Article) -> Article:
    """Compare an article with the sources as they are; return it as it is then."""
    with runtime.live.reading() as reading:
        snapshot = reading.snapshot
        evidence = Evidence(snapshot.id, snapshot.documents, runtime.retractions.current())
        made = look_at(runtime.articles, article, evidence)
    return runtime.articles.get(article.id) if made else article
