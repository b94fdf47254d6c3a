"""
Retractions: which studies no longer stand, whatever the index still says. Pure.

Kept apart from the index, so that a study retracted after indexing supports nothing from the next
question on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from enum import StrEnum
from typing import Self

from ingest.documents import Source, Status, StudyFacts


class Nature(StrEnum):
    """What a notice does to a study; the words are those of the Retraction Watch database."""

    CORRECTION = "correction"
    CONCERN = "expression of concern"
    RETRACTION = "retraction"
    REINSTATEMENT = "reinstatement"


@dataclass(frozen=True, slots=True, order=True)
class Retraction:
    """
    One notice about one study.

    ``pmids`` and ``dois`` (lower case) name the study, not the notice. ``date`` is ISO 8601, ""
    where the record gives none that can be read; ``reason`` and ``title`` are as recorded.
    """

    pmids: tuple[str, ...]
    dois: tuple[str, ...]
    nature: Nature
    date: str = ""
    reason: str = ""
    title: str = ""
    notice: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The study's identifiers, each with its kind."""
        return (*(f"pmid:{pmid}" for pmid in self.pmids), *(f"doi:{doi}" for doi in self.dois))


_ORDER = list(Nature)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the notices on one study come to."""

    retracted: bool = False
    concern: bool = False
    corrected: bool = False


_STANDS = Standing()


@dataclass(frozen=True, slots=True)
class Retractions:
    """
    A table of notices as it stood at one moment.

    ``digest`` is the same for the same notices in any order, and None for an empty table.
    """

    digest: str | None = None
    notices: Mapping[str, tuple[Retraction, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, notices: Iterable[Retraction]) -> Self:
        """Return the table of *notices*, each once."""
        ordered = sorted(set(notices))
        held: dict[str, list[Retraction]] = {}
        for notice in ordered:
            for key in notice.keys:
                held.setdefault(key, []).append(notice)
        return cls(digest_of(ordered), {key: tuple(found) for key, found in held.items()})

    def standing(self, source: Source) -> Standing:
        """
        Return what the notices on a source come to; only studies have any.

        They count in the order of their dates: a reinstatement undoes what came before it. Of one
        day, and of notices without a date, which come first, the milder counts first.
        """
        facts = source.facts
        if not self.notices or not isinstance(facts, StudyFacts):
            return _STANDS
        keys = [f"pmid:{facts.pmid}", f"doi:{(facts.doi or '').lower()}"]
        found = {notice for key in keys for notice in self.notices.get(key, ())}
        standing: set[Nature] = set()
        for notice in sorted(found, key=lambda n: (n.date, _ORDER.index(n.nature), n)):
            if notice.nature is Nature.REINSTATEMENT:
                standing.clear()
            else:
                standing.add(notice.nature)
        return Standing(
            Nature.RETRACTION in standing, Nature.CONCERN in standing, Nature.CORRECTION in standing
        )

    def status(self, source: Source, indexed: Status) -> Status:
        """Return what a source is today: as the index has it, unless it was retracted since."""
        return Status.RETRACTED if self.standing(source).retracted else indexed


NO_RETRACTIONS = Retractions()


def no_retractions() -> Retractions:
    """Return the empty table."""
    return NO_RETRACTIONS


def digest_of(notices: Iterable[Retraction]) -> str | None:
    """Return a digest of notices in any order (12 hexadecimal digits); None for none."""
    ordered = [astuple(notice) for notice in sorted(set(notices))]
    if not ordered:
        return None
    return hashlib.sha256(json.dumps(ordered, ensure_ascii=False).encode()).hexdigest()[:12]
