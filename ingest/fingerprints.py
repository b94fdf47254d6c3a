"""What has to be known of documents to compare them, and what the comparison decides."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ingest.documents import (
    Document,
    Facts,
    GuidelineFacts,
    LabelFacts,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.sketching import Sketch, sketch

_PARSER_RANK = {"spl": 0, "jats": 0, "ngc": 0}
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What has to be known of a document to compare it; ``key`` tells records of one id apart."""

    key: int
    document_id: str
    source_id: str
    type: SourceType
    kind: SourceKind
    title: str
    facts: Facts
    published: str
    length: int
    digest: str
    sketch: Sketch
    parser: str
    path: str

    @property
    def preference(self) -> tuple[object, ...]:
        """Sort key: the richer parser, then more text, then the name, so that ties are total."""
        rank = _PARSER_RANK.get(self.parser.partition("/")[0], 1)
        return (rank, -self.length, self.path, self.digest, self.document_id)

    @property
    def edition(self) -> tuple[object, ...]:
        """Sort key: the newer edition is the greater."""
        facts = self.facts
        version = "" if isinstance(facts, StudyFacts) else facts.version or ""
        year = (facts.year or 0) if isinstance(facts, GuidelineFacts) else 0
        numbers = tuple(int(part) for part in _DIGITS.findall(version))
        return (self.published, year, numbers, version, self.document_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that stays; ``facts`` is set where a duplicate added to what it knew."""

    key: int
    document_id: str
    status: Status
    superseded_by: str | None = None
    siblings: tuple[str, ...] = ()
    facts: Facts | None = None
    label: LabelFacts | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A duplicate, of which document, and why."""

    key: int
    document_id: str
    duplicate_of: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every document, once: kept or dropped; both by document id."""

    kept: tuple[Kept, ...]
    duplicates: tuple[Dropped, ...]


def fingerprint(key: int, document: Document) -> Fingerprint:
    """Reduce a document to what :func:`resolve` compares."""
    text = document.text
    source = document.source
    facts = source.facts
    dated = facts.effective if isinstance(facts, LabelFacts) else None
    return Fingerprint(
        key=key,
        document_id=document.id,
        source_id=source.id,
        type=source.type,
        kind=source.kind,
        title=source.title,
        facts=facts,
        published=dated or source.published or "",
        length=len(text),
        digest=hashlib.sha256(" ".join(text.split()).encode()).hexdigest(),
        sketch=sketch(text) if source.type is SourceType.LABEL else (),
        parser=document.origin.parser,
        path=f"{document.origin.path}\x00{document.origin.record or ''}",
    )
