"""
Query -> passages, per source type: dense and lexical search, fused.

The drug is a hard filter: a label passage of another drug is never returned for a question that
names an indexed one, whatever its similarity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ingest.documents import LabelFacts, SourceType, Status
from ingest.embedding import Embedder, Vectors
from ingest.engines import Hit
from ingest.filters import EVERYTHING, And, Field, Filter, In, Keys
from ingest.snapshots import Snapshot
from service.answers import Drug, Passage, Query, Topic
from service.constraining import amounts_in
from service.drugs import merged
from service.facets import codes_sought
from service.filtering import about, keys, label_documents
from service.fusing import BARE_WEIGHT, DENSE_WEIGHT, LEXICAL_WEIGHT, fuse, with_exact
from service.retractions import NO_RETRACTIONS, Retractions
from service.seeking import names_beside, wordings, words_decisive, words_sought
from service.topics import codes_of

CANDIDATES = 60
"""Rows taken from each ranking before fusion."""
SPARE = 3
"""Unfiltered searches fetch this many times more, since superseded passages are left out after."""


SECTION_SHARE = 6
"""Label passages fetched from the sections that the query's topics name, beside the ranking."""
KEPT = 6
"""Passages that the turn before cited, nearest first, which stay candidates of each type."""


class Retriever(Protocol):
    """**Protocol:** anything that ranks the passages of one snapshot for a query."""

    @property
    def snapshot(self) -> str:
        """The id of the index snapshot it reads."""

    def embed(self, query: Query) -> Vectors:
        """Return a vector for each of the query's wordings, its text first."""

    def retrieve(
        self, query: Query, vectors: Vectors, cited: Sequence[str] = ()
    ) -> Mapping[SourceType, list[Passage]]:
        """
        Return the best passages of each source type, best first; labels of its drugs only.

        *cited* are the ids of passages that the turn before cited: they stay candidates.
        """

    def heeding(self, retractions: Retractions) -> Retriever:
        """Return one that passes over the studies that *retractions* say are retracted."""

    def label_passages(self, drug: Drug, codes: Collection[str]) -> list[Passage]:
        """Return the current label passages of *drug* whose LOINC section code is in *codes*."""

    def labels(self) -> list[LabelFacts]:
        """Return the facts of every current label, for the drug vocabulary."""


@dataclass(frozen=True, slots=True)
class HybridRetriever:
    """Dense neighbours and BM25 over one snapshot, fused by reciprocal rank."""

    index: Snapshot
    embedder: Embedder
    passages: int
    retractions: Retractions = NO_RETRACTIONS

    @property
    def snapshot(self) -> str:
        """The id of the index snapshot it reads."""
        return self.index.id

    def embed(self, query: Query) -> Vectors:
        """Return a vector for each of the query's wordings, shape (1 or 2, dimension)."""
        vectors = [self.embedder.embed_question(text) for text in wordings(query)]
        return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)

    def retrieve(
        self, query: Query, vectors: Vectors, cited: Sequence[str] = ()
    ) -> Mapping[SourceType, list[Passage]]:
        """
        Return about ``passages`` of each source type, best first.

        Labels: only of the drugs asked about. Guidelines and studies: passages that name one of
        the drugs, and beside them, where a condition was asked about too, what guidelines say of
        the condition itself (what is recommended instead). Last, the nearest of the passages in
        *cited* that the same filters let through.
        """
        found = {
            SourceType.GUIDELINE: self._guidelines(query, vectors),
            SourceType.LABEL: self._labels(query, vectors),
            SourceType.STUDY: self._about(SourceType.STUDY, query, vectors),
        }
        if not cited:
            return found
        return {
            source_type: _distinct((*passages, *self._cited(source_type, query, vectors, cited)))
            for source_type, passages in found.items()
        }

    def heeding(self, retractions: Retractions) -> HybridRetriever:
        """Return the same over the same snapshot, without what *retractions* say is retracted."""
        return replace(self, retractions=retractions)

    def label_passages(self, drug: Drug, codes: Collection[str]) -> list[Passage]:
        """
        Return the sections in *codes* of the current labels of *drug*, in document order.

        They are fetched by name and not by similarity, which stands as 1.0.
        """
        if not codes:
            return []
        rows = [
            row
            for document_id in label_documents(self.index.documents, drug)
            for row in self.index.documents.document_rows(document_id, codes)
        ]
        return self._passages(rows, dict.fromkeys(rows, 1.0))

    def labels(self) -> list[LabelFacts]:
        """Return the facts of every current label, by document id."""
        return [
            source.facts
            for _, source, standing in self.index.documents.labels()
            if standing.status is Status.CURRENT and isinstance(source.facts, LabelFacts)
        ]

    def _labels(self, query: Query, vectors: Vectors) -> list[Passage]:
        members = [member for held in query.classes for member in held.members]
        if not query.drugs and not members:
            return self._ranked(SourceType.LABEL, query, vectors, None)
        asked = [drug for drug in query.drugs or merged(members) if drug.indexed]
        # Each drug has its own share: a question about two is not answered from one label.
        share = -(-self.passages // max(1, len(asked)))
        found: list[Passage] = []
        for drug in asked:
            found += self._ranked(SourceType.LABEL, query, vectors, [drug])[:share]
            found += self._naming_others(query, vectors, drug)
            found += self._of_topics(query, vectors, drug)
        return _distinct(found)

    def _naming_others(self, query: Query, vectors: Vectors, drug: Drug) -> list[Passage]:
        """Return passages of one drug's labels that name another drug or class of the question."""
        names = names_beside(query, drug)
        if not names:
            return []
        where = about(self.index.documents, SourceType.LABEL, [drug])
        matches = self.index.lexical.search(
            names, SourceType.LABEL, limit=CANDIDATES, drugs=keys(SourceType.LABEL, [drug])
        )
        similarity = self._similarity(vectors, [match.row for match in matches], where)
        rows = [match.row for match in matches if match.row in similarity][:SECTION_SHARE]
        return self._passages(rows, similarity)

    def _of_topics(self, query: Query, vectors: Vectors, drug: Drug) -> list[Passage]:
        """Return the nearest passages of the sections that the query's topics and facets name."""
        documents = label_documents(self.index.documents, drug)
        codes = codes_of(query.topics) | codes_sought(query.text)
        if amounts_in(query.text):
            codes |= codes_of((Topic.DOSE,))
        where = And((In(Field.DOCUMENT, tuple(documents)), In(Field.SECTION, tuple(sorted(codes)))))
        return self._nearest(vectors, where, SECTION_SHARE)

    def _about(self, source_type: SourceType, query: Query, vectors: Vectors) -> list[Passage]:
        # Only labelled drugs have rows to filter by; the evidence gate asks for the others' names.
        listed = query.drugs and all(drug.indexed for drug in query.drugs)
        return self._ranked(source_type, query, vectors, list(query.drugs) if listed else None)

    def _guidelines(self, query: Query, vectors: Vectors) -> list[Passage]:
        named = self._about(SourceType.GUIDELINE, query, vectors)
        if not query.drugs or query.condition is None:
            return named
        beside = self._ranked(SourceType.GUIDELINE, query, vectors, None)
        taken = {passage.id for passage in named}
        merged = [*named, *(passage for passage in beside if passage.id not in taken)]
        return _renumbered(merged[: 2 * self.passages])

    def _ranked(
        self, source_type: SourceType, query: Query, vectors: Vectors, drugs: list[Drug] | None
    ) -> list[Passage]:
        """Rank one source type by every wording of the query; *drugs* None searches it all."""
        where = about(self.index.documents, source_type, drugs)

        def lexically(words: str) -> list[int]:
            rows = self._lexical(source_type, words, drugs)
            # Only labels may name the drug and not be let through: those that are not in force.
            if drugs is None or source_type is not SourceType.LABEL:
                return rows
            allowed = self._similarity(vectors, rows, where)
            return [row for row in rows if row in allowed]

        rankings: list[tuple[float, list[int]]] = []
        exact: list[int] = []
        for text, vector, weight in zip(wordings(query), vectors, (1.0, BARE_WEIGHT), strict=False):
            sought = text if drugs is None else words_sought(query, text, drugs)
            lexical = lexically(sought)
            dense = [hit.key for hit in self._search(vector, where, CANDIDATES * SPARE)]
            rankings += [(weight * DENSE_WEIGHT, dense), (weight * LEXICAL_WEIGHT, lexical)]
            rare = "" if drugs is None else words_decisive(query, text, drugs)
            exact = exact or (lexically(rare) if rare else lexical)
        fused = with_exact(fuse(rankings), exact)
        similarity = self._similarity(vectors, fused)
        return _renumbered(self._passages(fused, similarity)[: self.passages])

    def _lexical(self, source_type: SourceType, sought: str, drugs: list[Drug] | None) -> list[int]:
        matches = self.index.lexical.search(
            sought,
            source_type,
            limit=CANDIDATES * SPARE,
            drugs=None if drugs is None else keys(source_type, drugs),
        )
        return [match.row for match in matches]

    def _cited(
        self, source_type: SourceType, query: Query, vectors: Vectors, cited: Sequence[str]
    ) -> list[Passage]:
        """Return the nearest of the passages *cited* that the query's drugs let through."""
        rows = sorted(self.index.documents.rows_of(cited).values())
        listed = all(drug.indexed for drug in query.drugs)
        beside = source_type is SourceType.GUIDELINE and query.condition is not None
        by_drug = query.drugs and (source_type is SourceType.LABEL or (listed and not beside))
        where = about(self.index.documents, source_type, query.drugs if by_drug else None)
        return self._nearest(vectors, And((Keys(tuple(rows)), where)), KEPT)

    def _nearest(self, vectors: Vectors, where: Filter, limit: int) -> list[Passage]:
        """Return the passages nearest to the query's standalone text."""
        similarity = {hit.key: hit.similarity for hit in self._search(vectors[0], where, limit)}
        return self._passages(list(similarity), similarity)

    def _similarity(
        self, vectors: Vectors, rows: Sequence[int], where: Filter = EVERYTHING
    ) -> dict[int, float]:
        """Return the cosine of each row that *where* lets through to the standalone text."""
        among = And((Keys(tuple(rows)), where))
        hits = self._search(vectors[0], among, len(rows))
        return {hit.key: hit.similarity for hit in hits}

    def _search(self, vector: Vectors, where: Filter, limit: int) -> list[Hit]:
        """Search by one vector, shape (dimension,)."""
        (hits,) = self.index.engine.search(vector.reshape(1, -1), where, limit=limit)
        return hits

    def _passages(self, rows: Sequence[int], similarity: Mapping[int, float]) -> list[Passage]:
        """Return the passages at *rows* that may support a statement today, ranked in order."""
        found: list[Passage] = []
        for row, chunk in zip(rows, self.index.documents.chunks(rows), strict=True):
            source, standing = self.index.documents.source(chunk.document_id)
            status = self.retractions.status(source, standing.status)
            if status is Status.CURRENT:
                found.append(Passage(chunk, source, status, len(found) + 1, similarity[row]))
        return found


def _renumbered(passages: Sequence[Passage]) -> list[Passage]:
    return [
        Passage(p.chunk, p.source, p.status, rank, p.similarity)
        for rank, p in enumerate(passages, start=1)
    ]


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return the passages in order, each once, ranked anew."""
    return _renumbered(list({passage.id: passage for passage in passages}.values()))
