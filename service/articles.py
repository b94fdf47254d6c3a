"""
The nouns of articles: an answer that is published, its versions, and its way through review.

A status is never stored: it is read off the recorded moves of a version, here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.answers import Turn
from service.principals import Principal
from service.serialising import Json

WATCHER = "followup"
"""Who moves an article because its sources changed."""


class ArticleStatus(StrEnum):
    """The three steps of a review, in their order."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"


class ChangeKind(StrEnum):
    """What became of something that an article cites."""

    CHANGED = "changed"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SourceChange:
    """
    One difference between what an article cites and a later snapshot.

    ``old`` are the words cited, ``new`` what stands in their place; None where nothing does.
    ``by`` is the document, or the words for it, that took the cited one's place. ``before`` and
    ``after`` are snapshot ids.
    """

    kind: ChangeKind
    passage_id: str
    document_id: str
    title: str
    old: str
    new: str | None
    by: str | None
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str, str | None, str | None]:
        """What makes it the same difference, seen from another snapshot."""
        return self.kind.value, self.passage_id, self.old, self.new, self.by


@dataclass(frozen=True, slots=True)
class Version:
    """
    One version of an article, numbered from 1; it never changes.

    ``turn`` is what a follow-up question needs to know of it. Its answer is read apart
    (``Articles.answer``), for it is long.
    """

    number: int
    created: datetime
    author: str
    note: str
    turn: Turn

    @property
    def question(self) -> str:
        """The question, which is the article's title."""
        return self.turn.question


@dataclass(frozen=True, slots=True)
class Move:
    """
    One step of a version's review: who, when, from, to, why.

    ``was`` is None when the version came to be. ``changes`` are differences in the sources:
    those that made the move, or, of an approval, those that it was given in spite of.
    """

    version: int
    at: datetime
    by: str
    was: ArticleStatus | None
    now: ArticleStatus
    why: str
    changes: tuple[SourceChange, ...] = ()

    @property
    def is_of_sources(self) -> bool:
        """Tell whether it was made because the sources changed, and not by a reviewer."""
        # Differences are what it goes by, not the name: somebody may be called as the watch is.
        return bool(self.changes) and self.now is ArticleStatus.UNDER_REVIEW


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a version, or on one statement of it, named by its key."""

    id: str
    version: int
    statement: str | None
    at: datetime
    by: str
    comment: str
    resolved_at: datetime | None = None
    resolved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its versions and moves, oldest first; of versions there is one at least."""

    id: str
    owner: str
    created: datetime
    versions: tuple[Version, ...]
    moves: tuple[Move, ...]

    @property
    def current(self) -> Version:
        """The newest version, which is the one under review."""
        return self.versions[-1]

    @property
    def status(self) -> ArticleStatus:
        """The status of the newest version."""
        return self.status_of(self.current.number)

    @property
    def updated(self) -> datetime:
        """When a version or a move was last added."""
        return max(self.updated_of(version.number) for version in self.versions)

    @property
    def approved(self) -> Version | None:
        """
        The last version ever approved, if it still is.

        An older one does not take its place: it was replaced, not kept in reserve.
        """
        published = self.published
        return published if published and self.approval_of(published.number) else None

    @property
    def published(self) -> Version | None:
        """
        The version that readers see: the last ever approved, unless a reviewer took it back.

        One that went back to Under Review because its sources changed stays, with the differences
        beside it: its readers are those who must learn of them.
        """
        ever = [move.version for move in self.moves if move.now is ArticleStatus.APPROVED]
        if not ever:
            return None
        moves = self.moves_of(max(ever))
        last = max(at for at, move in enumerate(moves) if move.now is ArticleStatus.APPROVED)
        stays = all(move.is_of_sources for move in moves[last + 1 :])
        return self.versions[max(ever) - 1] if stays else None

    @property
    def ever_approved(self) -> bool:
        """Tell whether any version was ever approved."""
        return any(move.now is ArticleStatus.APPROVED for move in self.moves)

    def moves_of(self, number: int) -> tuple[Move, ...]:
        """Return the moves of one version, oldest first."""
        return tuple(move for move in self.moves if move.version == number)

    def status_of(self, number: int) -> ArticleStatus:
        """Return the status of one version: where its last move led."""
        moves = self.moves_of(number)
        return moves[-1].now if moves else ArticleStatus.SUBMITTED

    def approval_of(self, number: int) -> Move | None:
        """Return the move that approved a version, None where it is not approved now."""
        moves = self.moves_of(number)
        return moves[-1] if moves and moves[-1].now is ArticleStatus.APPROVED else None

    def updated_of(self, number: int) -> datetime:
        """Return when a version was made or last moved."""
        made = self.versions[number - 1].created
        return max(made, *(move.at for move in self.moves_of(number)), made)

    def changes_of(self, number: int) -> tuple[SourceChange, ...]:
        """
        Return the differences recorded for a version since it was approved, each once.

        Of one that is approved they are those that the approval was given in spite of.
        """
        moves = self.moves_of(number)
        given = [at for at, move in enumerate(moves) if move.now is ArticleStatus.APPROVED]
        since = moves[given[-1] :] if given else moves
        return tuple({change.key: change for move in since for change in move.changes}.values())

    def seen_by(self, principal: Principal) -> Version | None:
        """Return the version that *principal* reads: the newest, the published one, or none."""
        return self.current if principal.sees(self.owner) else self.published


def statement_key(section: str, statement: Json) -> str:
    """
    Return what names a statement within a version: 16 hexadecimal digits.

    *section* is "guidelines", "label", "research" or "safety", *statement* as it stands in the
    answer's JSON. The same words from the same passages have the same key wherever they stand.
    """
    cites = [[c["passage_id"], c["start"], c["end"]] for c in statement["citations"]]
    told = json.dumps([section, statement["text"], cites], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
