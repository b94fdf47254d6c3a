"""What a reviewer may do with an article, and what it is afterwards. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.article_store import check_current
from service.articles import Article, ArticleStatus, Move, SourceChange
from service.errors import ArticleError, ConflictError, ForbiddenError, NotFoundError
from service.principals import Principal, Scope
from service.wording import wording

ALLOWED: dict[ArticleStatus, tuple[ArticleStatus, ...]] = {
    ArticleStatus.SUBMITTED: (ArticleStatus.UNDER_REVIEW,),
    ArticleStatus.UNDER_REVIEW: (ArticleStatus.APPROVED, ArticleStatus.SUBMITTED),
    ArticleStatus.APPROVED: (ArticleStatus.UNDER_REVIEW,),
}
"""Where a reviewer may move an article from each status, the way forward first."""
_ORDER = list(ArticleStatus)


def goes_back(was: ArticleStatus, now: ArticleStatus) -> bool:
    """Tell whether a move leads back; then it needs a reason."""
    return _ORDER.index(now) < _ORDER.index(was)


def move_to(
    article: Article,
    now: ArticleStatus,
    *,
    version: int,
    by: str,
    why: str,
    at: datetime,
    standing: Sequence[SourceChange] = (),
) -> Move:
    """
    Return the move of *article*'s newest version to *now*.

    *standing* are the differences in its sources that hold today, which an approval is given in
    spite of. Raises ConflictError where *version* is not the newest, where the step is not one of
    ALLOWED, or where an approval meets a difference that nobody has been shown; ArticleError for a
    step back without a reason.
    """
    check_current(article, version)
    was = article.status
    if now not in ALLOWED[was]:
        told = " or ".join(_named(step) for step in ALLOWED[was])
        raise ConflictError(f"the article is {_named(was)}; from there it goes to {told}")
    if goes_back(was, now) and not why.strip():
        raise ArticleError("say why the article goes back", (("body.why", "must not be empty"),))
    accepted: tuple[SourceChange, ...] = ()
    if now is ArticleStatus.APPROVED:
        shown = {change.key for change in article.changes_of(version)}
        if any(change.key not in shown for change in standing):
            raise ConflictError("its sources changed just now: read the differences first")
        accepted = tuple(standing)
    return Move(version, at, by, was, now, why.strip(), accepted)


def check_deletable(article: Article, principal: Principal) -> None:
    """
    Raise where *principal* may not delete *article*.

    Its owner may while no version was ever approved; afterwards it is a matter of record, and
    needs the right to operate. NotFoundError for somebody to whom it is not there.
    """
    if article.seen_by(principal) is None and not principal.may(Scope.OPERATE):
        raise NotFoundError("there is no article by that id")
    if principal.may(Scope.OPERATE):
        return
    if article.owner != principal.id:
        raise ForbiddenError("only its owner, or somebody with the right to operate, deletes it")
    if article.ever_approved:
        raise ForbiddenError("it was approved once: deleting it needs the right to operate")


def may_delete(article: Article, principal: Principal) -> bool:
    """Tell whether *principal* may delete *article*."""
    try:
        check_deletable(article, principal)
    except (ForbiddenError, NotFoundError):
        return False
    return True


def review_words(article: Article, number: int) -> str:
    """Return what is said of a version's review: by whom it was approved, or that it was not."""
    approval = article.approval_of(number)
    if approval is None:
        status = _named(article.status_of(number))
        return wording("review.status", unreviewed=wording("review.unreviewed"), status=status)
    day = f"{approval.at.day} {approval.at:%B %Y}"
    return wording("review.approved", date=day, name=approval.by)


def _named(status: ArticleStatus) -> str:
    return wording(f"status.{status.value}")
