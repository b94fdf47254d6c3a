"""Article -> JSON-ready dictionaries, as one reader may see it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from service.answers import Audience
from service.articles import Article, Comment, Move, SourceChange, Version, statement_key
from service.errors import NotFoundError
from service.personalizing import personalized
from service.principals import Principal
from service.reviewing import review_words
from service.serialising import Json
from service.streaming import SAFETY
from service.wording import wording


def version_for(article: Article, principal: Principal, number: int | None = None) -> Version:
    """
    Return the version of *article* that *principal* reads, or the one they ask for.

    Raises NotFoundError where there is none that they may see.
    """
    seen = article.seen_by(principal)
    if seen is None:
        raise NotFoundError("there is no article by that id")
    if number is None or number == seen.number:
        return seen
    if not principal.sees(article.owner) or not 1 <= number <= len(article.versions):
        raise NotFoundError("there is no such version of the article")
    return article.versions[number - 1]


def summary_json(article: Article, version: Version) -> Json:
    """Return an article in a few lines, for a list of them."""
    query, approved = version.turn.query, article.approved
    return {
        "article_id": article.id,
        "question": version.question,
        "status": article.status_of(version.number).value,
        "version": version.number,
        "approved_version": approved.number if approved else None,
        "created": moment(article.created),
        "updated": moment(article.updated_of(version.number)),
        "drugs": [drug.name for drug in query.drugs],
        "condition": query.condition,
        "outcome": version.turn.outcome.value,
        "review": review_words(article, version.number),
        "changes": len(article.changes_of(version.number)),
    }


def article_json(
    article: Article, version: Version, answer: str, audience: Audience | None = None
) -> Json:
    """
    Return an article whole: its review, what became of its sources, and the answer.

    *answer* is the version's JSON text; it is shown to *audience*, where none is named to the one
    that it was composed for. ``statements`` stand in the order that they are stored in.
    """
    told: Json = json.loads(answer)
    told["review"] = review_words(article, version.number)
    approval = article.approval_of(version.number)
    return {
        **summary_json(article, version),
        "newest_version": article.current.number,
        "author": version.author,
        "note": version.note,
        "approved_by": approval.by if approval else None,
        "approved_at": moment(approval.at) if approval else None,
        "changes": [change_json(change) for change in article.changes_of(version.number)],
        "statements": [
            {"key": key, "section": section, "more": more, "text": statement["text"]}
            for key, section, more, statement in keyed(told)
        ],
        "answer": personalized(told, audience or Audience(told["audience"])),
    }


def turn_json(told: Json) -> Json:
    """
    Return what ``article_json`` returned as a turn that can be exported.

    Its review tells what became of its sources, and so does every reference to one of those.
    """
    fates = {(c["document_id"], c["kind"]): c["title"] for c in told["changes"]}
    says = [f"{title}: {wording(f'change.{kind}')}" for (_, kind), title in fates.items()]
    review = " ".join([f"{told['review']}.", wording("article.changed_since"), *says])
    references = [_entry(entry, fates) for entry in told["answer"]["references"]]
    answer = {**told["answer"], "references": references}
    if says:
        answer["review"] = review
    return {"question": told["question"], "asked_at": told["updated"], "answer": answer}


def _entry(entry: Json, fates: Mapping[tuple[str, str], str]) -> Json:
    """Return a reference with the standing that its document has now."""
    for status in ("retracted", "superseded"):
        if (entry["document_id"], status) in fates and entry["status"] != status:
            badges = [*entry["badges"], wording(f"badge.{status}")]
            return {**entry, "status": status, "badges": badges}
    return entry


def history_json(article: Article, principal: Principal) -> Json:
    """Return the versions and moves that *principal* may see, oldest first."""
    seen = version_for(article, principal)
    everything = principal.sees(article.owner)
    versions = article.versions if everything else (seen,)
    moves = article.moves if everything else article.moves_of(seen.number)
    return {
        "article_id": article.id,
        "versions": [
            {
                "version": version.number,
                "status": article.status_of(version.number).value,
                "created": moment(version.created),
                "author": version.author,
                "note": version.note,
            }
            for version in versions
        ],
        "moves": [move_json(move) for move in moves],
    }


def move_json(move: Move) -> Json:
    """Return one step of a review."""
    return {
        "version": move.version,
        "at": moment(move.at),
        "by": move.by,
        "from": move.was.value if move.was else None,
        "to": move.now.value,
        "why": move.why,
        "changes": [change_json(change) for change in move.changes],
    }


def change_json(change: SourceChange) -> Json:
    """Return one difference in the sources."""
    return {
        "kind": change.kind.value,
        "passage_id": change.passage_id,
        "document_id": change.document_id,
        "title": change.title,
        "old": change.old,
        "new": change.new,
        "by": change.by,
        "before": change.before,
        "after": change.after,
    }


def comment_json(comment: Comment) -> Json:
    """Return one comment."""
    return {
        "comment_id": comment.id,
        "version": comment.version,
        "statement": comment.statement,
        "at": moment(comment.at),
        "by": comment.by,
        "comment": comment.comment,
        "resolved_at": moment(comment.resolved_at) if comment.resolved_at else None,
        "resolved_by": comment.resolved_by,
    }


def keyed(answer: Json) -> Iterator[tuple[str, str, bool, Json]]:
    """
    Yield each statement of an answer: its key, its section, whether it is for reading on.

    One that answers two of several questions stands in its section twice and is yielded once.
    """
    seen: set[str] = set()
    for key, section, more, statement in _every(answer):
        if key not in seen:
            seen.add(key)
            yield key, section, more, statement


def _every(answer: Json) -> Iterator[tuple[str, str, bool, Json]]:
    for notice in answer["safety"]:
        yield statement_key(SAFETY, notice), SAFETY, False, notice
    for section in answer["sections"]:
        for place in ("statements", "more"):
            for statement in section[place]:
                key = statement_key(section["kind"], statement)
                yield key, section["kind"], place == "more", statement


def moment(at: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
