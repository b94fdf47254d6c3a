"""
Canary questions: a snapshot whose documents cannot be found by their own titles is not served.

They are drawn from the snapshot itself, by seed, so that every corpus has some; what a question
must find is any passage of the same source or title or, for a label, of the same drug.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ingest.documents import LabelFacts, Source, SourceType, Status
from ingest.embedded import EmbeddedEngine
from ingest.embedding import Embedder
from ingest.engines import IndexEngine
from ingest.errors import IndexDamagedError
from ingest.filters import Eq, Field
from ingest.lexical import LexicalReader
from ingest.recalling import DocumentReader
from ingest.snapshots import DOCUMENTS, ENGINE, LEXICAL

EACH = 25
"""Questions per source type."""
AMONG = 50
"""Rows of either ranking among which one must be right."""
LEAST = 0.9
"""Share of canaries that must hit."""
_ALL = 10_000_000
_SEED = 20_261_124


def check_canaries(folder: Path, embedder: Embedder) -> float:
    """
    Ask for documents of the build in *folder* by title; return the share that was found.

    Raises IndexDamagedError below ``LEAST``.
    """
    engine = EmbeddedEngine(folder / ENGINE, embedder.identity.dimension)
    with closing(engine), DocumentReader(folder / DOCUMENTS) as documents:
        asked = _Asked(documents, LexicalReader(folder / LEXICAL), engine)
        hits = [asked.finds(source, embedder) for source in _drawn(documents)]
    share = round(float(np.mean(hits)) if hits else 1.0, 4)
    if share < LEAST:
        raise IndexDamagedError(
            f"only {share:.0%} of {len(hits)} canary questions find the document whose title "
            "they are; the new snapshot is not used"
        )
    return share


def _drawn(documents: DocumentReader) -> list[Source]:
    """Draw documents in force of every type, by seed."""
    drawn: list[Source] = []
    for source_type in SourceType:
        ids = documents.listing(limit=_ALL, source_type=source_type)
        rng = np.random.default_rng(_SEED)
        held = (documents.source(ids[int(at)]) for at in rng.permutation(len(ids)))
        current = (source for source, standing in held if standing.status is Status.CURRENT)
        drawn += islice(current, EACH)
    return drawn


@dataclass(frozen=True, slots=True)
class _Asked:
    """The parts of a build that a question goes through."""

    documents: DocumentReader
    lexical: LexicalReader
    engine: IndexEngine

    def finds(self, source: Source, embedder: Embedder) -> bool:
        """Tell whether a source's title finds it."""
        question = embedder.embed_question(source.title)
        (near,) = self.engine.search(question, Eq(Field.TYPE, source.type), limit=AMONG)
        rows = [hit.key for hit in near]
        rows += [m.row for m in self.lexical.search(source.title, source.type, limit=AMONG)]
        chunks = self.documents.chunks(rows)
        return any(_alike(source, self.documents.source(c.document_id)[0]) for c in chunks)


def _alike(source: Source, other: Source) -> bool:
    if isinstance(source.facts, LabelFacts) and isinstance(other.facts, LabelFacts):
        return source.facts.ingredients == other.facts.ingredients
    return source.id == other.id or source.title == other.title
