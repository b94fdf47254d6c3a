"""An article as an export: its status, its date, and first of all what became of its sources."""

from __future__ import annotations

from service.answers import Audience
from service.articles import Article, SourceChange, Version
from service.exporting.exports import Export
from service.showing import article_json, turn_json
from service.wording import wording


def article_export(
    article: Article, version: Version, answer: str, audience: Audience | None = None
) -> Export:
    """Return a version of *article*, whose JSON text is *answer*, as *audience* reads it."""
    told = article_json(article, version, answer, audience)
    notices = tuple(map(_notice, article.changes_of(version.number)))
    dated = wording("export.updated")
    return Export(told["question"], (turn_json(told),), dated=dated, notices=notices)


def _notice(change: SourceChange) -> str:
    """Say what became of the words of a cited passage; the review says how it came."""
    now = wording("export.nothing") if change.new is None else f"“{change.new}”"
    return wording("export.change", title=change.title, old=change.old, now=now)
