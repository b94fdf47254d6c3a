"""An article -> what its pages show of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.articles import Article, ArticleStatus, ChangeKind, SourceChange, Version
from service.differing import Fate, Run, compared_words
from service.reviewing import ALLOWED
from service.serialising import Json
from service.showing import keyed, moment
from service.streaming import SAFETY
from service.wording import wording

_HAS_A_PAGE = frozenset({ChangeKind.CHANGED, ChangeKind.RETRACTED})
"""The kinds of change after which the cited document itself is still indexed."""


def steps(article: Article, version: Version) -> list[Json]:
    """
    Return the three steps of a version's review, in their order.

    ``state`` is "done", "current" or "todo"; ``at`` is when it was last reached, None for never.
    """
    order = list(ArticleStatus)
    reached = order.index(article.status_of(version.number))
    moves = article.moves_of(version.number)
    shown: list[Json] = []
    for place, status in enumerate(order):
        at = next((move.at for move in reversed(moves) if move.now is status), None)
        state = "todo" if place > reached else "done" if place < reached else "current"
        when = moment(at) if at and state != "todo" else None
        shown.append({"name": wording(f"status.{status.value}"), "state": state, "at": when})
    return shown


def newer_notice(article: Article, version: Version) -> str | None:
    """Return what is said of a version newer than the published one shown; None for none."""
    if version.number == article.current.number or version != article.published:
        return None
    status = wording(f"status.{article.status.value}")
    return wording("article.newer", number=article.current.number, status=status)


def changed(article: Article, version: Version) -> list[Json]:
    """Return the differences in a version's sources, their words compared."""
    return [_change(article, version, change) for change in article.changes_of(version.number)]


def ways(article: Article) -> list[tuple[str, str]]:
    """Return where a reviewer may move the newest version: the status, and what the button says."""
    status = article.status
    return [(now.value, wording(f"move.{status.value}_{now.value}")) for now in ALLOWED[status]]


def workbench(answer: Json, comments: Sequence[Json]) -> list[Json]:
    """
    Return the groups of statements that a reviewer works on: safety, then each section.

    A statement carries its key, its comments, and whether it can be edited.
    """
    headed = {SAFETY: wording("heading.safety")}
    headed |= {section["kind"]: section["heading"] for section in answer["sections"]}
    notes = {section["kind"]: section["note"] for section in answer["sections"]}
    groups: dict[str, Json] = {
        kind: {"kind": kind, "heading": heading, "note": notes.get(kind), "statements": []}
        for kind, heading in headed.items()
        if kind != SAFETY or answer[SAFETY]
    }
    for key, kind, more, statement in keyed(answer):
        groups[kind]["statements"].append(
            {
                "key": key,
                "more": more,
                "statement": statement,
                "editable": kind != SAFETY,
                "comments": _about(comments, key),
            }
        )
    return list(groups.values())


def unplaced(answer: Json, comments: Sequence[Json]) -> list[Json]:
    """Return the comments on the whole article, and on statements that this version lacks."""
    keys = {key for key, *_ in keyed(answer)}
    return [comment for comment in comments if comment["statement"] not in keys]


def _about(comments: Iterable[Json], key: str) -> list[Json]:
    return [comment for comment in comments if comment["statement"] == key]


def _change(article: Article, version: Version, change: SourceChange) -> Json:
    moves = article.moves_of(version.number)
    since = next((m.at for m in moves if change.key in {each.key for each in m.changes}), None)
    old: tuple[Run, ...] = (Run(Fate.SAME, change.old),)
    new: tuple[Run, ...] = ()
    if change.new:
        old, new = compared_words(change.old, change.new)
    own = change.document_id if change.kind in _HAS_A_PAGE else None
    return {
        "title": change.title,
        "says": wording(f"change.{change.kind.value}"),
        "since": moment(since) if since else None,
        "old": old,
        "new": new,
        "document_id": change.document_id,
        "leads_to": change.by or own,
    }
