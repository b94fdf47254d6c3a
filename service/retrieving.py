"""
Query -> passages, per source type: dense and lexical search, fused.

The drug is a hard filter: a label passage of another drug is never returned for a question that
names an indexed one, whatever its similarity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.documents import LabelFacts, SourceKind, SourceType, Status
from ingest.embedding import Embedder, Vectors
from ingest.naming import drug_key
from ingest.snapshots import Snapshot
from service.answers import Drug, Passage, Query
from service.formulations import fits
from service.topics import codes_of
from service.words import words

CANDIDATES = 60
"""Rows taken from each ranking before fusion."""
SPARE = 3
"""Unfiltered searches fetch this many times more, since superseded passages are left out after."""
RANK_CONSTANT = 60
"""k of reciprocal rank fusion, as its authors chose it."""
DENSE_WEIGHT, LEXICAL_WEIGHT = 2.0, 1.0
"""Dense counts double: 1:1 fusion lost to dense alone on natural-language questions."""


SECTION_SHARE = 6
"""Label passages fetched from the sections that the query's topics name, beside the ranking."""
EXACT_SHARE, EXACT_EVERY = 3, 4
"""Lexical rows that are sure of a place, and the places they get: every fourth."""


class Retriever(Protocol):
    """**Protocol:** anything that ranks the passages of one snapshot for a query."""

    @property
    def snapshot(self) -> str:
        """The id of the index snapshot it reads."""

    def embed(self, query: Query) -> Vectors:
        """Return the query's vector."""

    def retrieve(self, query: Query, vector: Vectors) -> Mapping[SourceType, list[Passage]]:
        """Return the best passages of each source type, best first; labels of its drugs only."""

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

    @property
    def snapshot(self) -> str:
        """The id of the index snapshot it reads."""
        return self.index.id

    def embed(self, query: Query) -> Vectors:
        """Return the query's vector, shape (1, dimension)."""
        return self.embedder.embed_question(query.text)

    def retrieve(self, query: Query, vector: Vectors) -> Mapping[SourceType, list[Passage]]:
        """
        Return at most ``passages`` of each source type, best first.

        Labels: only of the drugs asked about. Guidelines and studies: passages that name one of
        the drugs, and beside them, where a condition was asked about too, what guidelines say of
        the condition itself (what is recommended instead).
        """
        return {
            SourceType.GUIDELINE: self._guidelines(query, vector),
            SourceType.LABEL: self._labels(query, vector),
            SourceType.STUDY: self._about(SourceType.STUDY, query, vector),
        }

    def label_passages(self, drug: Drug, codes: Collection[str]) -> list[Passage]:
        """
        Return the sections in *codes* of the current labels of *drug*, in document order.

        They are fetched by name and not by similarity, which stands as 1.0.
        """
        if not codes:
            return []
        rows = [
            row
            for document_id in self._label_documents(drug)
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

    def _labels(self, query: Query, vector: Vectors) -> list[Passage]:
        if not query.drugs:
            return self._ranked(SourceType.LABEL, query, vector, None)
        asked = [drug for drug in query.drugs if drug.indexed]
        # Each drug has its own share: a question about two is not answered from one label.
        share = -(-self.passages // max(1, len(asked)))
        found: list[Passage] = []
        for drug in asked:
            found += self._ranked(SourceType.LABEL, query, vector, [drug])[:share]
            found += self._naming_others(query, vector, drug)
            found += self._of_topics(query, vector, drug)
        return _renumbered(list({passage.id: passage for passage in found}.values()))

    def _naming_others(self, query: Query, vector: Vectors, drug: Drug) -> list[Passage]:
        """Return passages of one drug's labels that name another drug of the question."""
        others = [other for other in query.drugs if other.ingredients != drug.ingredients]
        names = " ".join(part for other in others for part in (other.name, *other.ingredients))
        if not names:
            return []
        allowed = self._rows_about(SourceType.LABEL, [drug])
        matches = self.index.lexical.search(
            names, SourceType.LABEL, limit=CANDIDATES, drugs=_keys(SourceType.LABEL, [drug])
        )
        rows = [match.row for match in matches if match.row in allowed][:SECTION_SHARE]
        similarity = dict(zip(rows, self.index.vectors.similarities(vector, rows), strict=True))
        return self._passages(rows, similarity)

    def _of_topics(self, query: Query, vector: Vectors, drug: Drug) -> list[Passage]:
        """Return the nearest passages of the label sections that the query's topics name."""
        documents, codes = self._label_documents(drug), codes_of(query.topics)
        store = self.index.documents
        rows = [row for each in documents if codes for row in store.document_rows(each, codes)]
        near = self.index.vectors.nearest(vector, sorted(rows), limit=SECTION_SHARE)
        similarity = dict(zip(near, self.index.vectors.similarities(vector, near), strict=True))
        return self._passages(near, similarity)

    def _about(self, source_type: SourceType, query: Query, vector: Vectors) -> list[Passage]:
        # Only labelled drugs have rows to filter by; the evidence gate asks for the others' names.
        listed = query.drugs and all(drug.indexed for drug in query.drugs)
        return self._ranked(source_type, query, vector, list(query.drugs) if listed else None)

    def _guidelines(self, query: Query, vector: Vectors) -> list[Passage]:
        named = self._about(SourceType.GUIDELINE, query, vector)
        if not query.drugs or query.condition is None:
            return named
        beside = self._ranked(SourceType.GUIDELINE, query, vector, None)
        taken = {passage.id for passage in named}
        merged = [*named, *(passage for passage in beside if passage.id not in taken)]
        return _renumbered(merged[: 2 * self.passages])

    def _ranked(
        self, source_type: SourceType, query: Query, vector: Vectors, drugs: list[Drug] | None
    ) -> list[Passage]:
        """Rank one source type; *drugs* None searches it all."""
        if drugs is None:
            dense = self.index.neighbours.nearest(source_type, vector, limit=CANDIDATES * SPARE)
            matches = self.index.lexical.search(query.text, source_type, limit=CANDIDATES * SPARE)
        else:
            allowed = self._rows_about(source_type, drugs)
            dense = self.index.vectors.nearest(vector, sorted(allowed), limit=CANDIDATES * SPARE)
            matches = [
                match
                for match in self.index.lexical.search(
                    _words_sought(query, drugs),
                    source_type,
                    limit=CANDIDATES * SPARE,
                    drugs=_keys(source_type, drugs),
                )
                if match.row in allowed
            ]
        exact = [match.row for match in matches]
        fused = with_exact(fuse([(DENSE_WEIGHT, dense), (LEXICAL_WEIGHT, exact)]), exact)
        similarity = dict(zip(fused, self.index.vectors.similarities(vector, fused), strict=True))
        return _renumbered(self._passages(fused, similarity)[: self.passages])

    def _rows_about(self, source_type: SourceType, drugs: Sequence[Drug]) -> set[int]:
        """Return the rows of the labels in force of *drugs*; elsewhere, all rows that name one."""
        store = self.index.documents
        if source_type is SourceType.LABEL:
            # Before ranking, not after: a drug's many other labels must not crowd these out.
            documents = [each for drug in drugs for each in self._label_documents(drug)]
            return {row for document_id in documents for row in store.document_rows(document_id)}
        keys = _keys(source_type, drugs)
        return {row for key in keys for row in store.drug_rows(key, source_type)}

    def _label_documents(self, drug: Drug) -> list[str]:
        """Return the current labels of exactly this drug; of its formulation, where one fits."""
        labels = [
            (document_id, source)
            for document_id, source, standing in self.index.documents.labels()
            if standing.status is Status.CURRENT
            and isinstance(source.facts, LabelFacts)
            and source.facts.ingredients == drug.ingredients
        ]
        fitting = [
            (document_id, source)
            for document_id, source in labels
            if isinstance(source.facts, LabelFacts) and fits(drug.formulation, source.facts)
        ]
        # The label itself outranks this project's summary of it.
        chosen = fitting or labels
        originals = [pair for pair in chosen if pair[1].kind is SourceKind.ORIGINAL]
        return [document_id for document_id, _ in originals or chosen]

    def _passages(self, rows: Sequence[int], similarity: Mapping[int, float]) -> list[Passage]:
        """Return the passages at *rows* that may support a statement today, ranked in order."""
        found: list[Passage] = []
        for row, chunk in zip(rows, self.index.documents.chunks(rows), strict=True):
            source, standing = self.index.documents.source(chunk.document_id)
            if standing.status is Status.CURRENT:
                found.append(
                    Passage(chunk, source, standing.status, len(found) + 1, similarity[row])
                )
        return found


def fuse(rankings: Sequence[tuple[float, Sequence[int]]]) -> list[int]:
    """
    Weighted reciprocal rank fusion: score(d) = sum of weight / (k + rank), k = 60.

    Cormack, Clarke & Buettcher 2009. Ties go to the lower row, so that the order is total.
    """
    scores: dict[int, float] = {}
    for weight, ranking in rankings:
        for rank, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + weight / (RANK_CONSTANT + rank)
    return sorted(scores, key=lambda row: (-scores[row], row))


def with_exact(fused: Sequence[int], exact: Sequence[int]) -> list[int]:
    """
    Return *fused* with the best lexical rows brought to every fourth place.

    A rare word ("tinnitus") decides which passage answers, and a vector hardly feels it: fused
    alone, such a passage stands behind a dozen that are near and say nothing of it.
    """
    ahead = list(exact[:EXACT_SHARE])
    placed: list[int] = []
    rest = [row for row in fused if row not in ahead]
    while rest or ahead:
        placed += rest[: EXACT_EVERY - 1]
        rest = rest[EXACT_EVERY - 1 :]
        if ahead:
            placed.append(ahead.pop(0))
    return placed


def _words_sought(query: Query, drugs: Sequence[Drug]) -> str:
    """
    Return a question's words without its drugs' names, and the condition by its usual name.

    Behind a filter by drug every passage is about them, and BM25 would rank by how often they
    are named; what is asked as "hair loss" stands in labels as alopecia.
    """
    names = {
        word for drug in drugs for part in (drug.name, *drug.ingredients) for word in words(part)
    }
    kept = " ".join(word for word in words(query.text) if word not in names)
    return " ".join(part for part in (kept, query.condition) if part) or query.text


def _keys(source_type: SourceType, drugs: Sequence[Drug]) -> list[str]:
    """
    Return the drug keys to filter by.

    A label belongs to its whole ingredient set; other sources may name the parts of one.
    """
    whole = [drug_key(drug.ingredients) for drug in drugs]
    if source_type is SourceType.LABEL:
        return list(dict.fromkeys(whole))
    parts = [part for drug in drugs for part in drug.ingredients]
    return list(dict.fromkeys((*whole, *parts)))


def _renumbered(passages: Sequence[Passage]) -> list[Passage]:
    return [
        Passage(p.chunk, p.source, p.status, rank, p.similarity)
        for rank, p in enumerate(passages, start=1)
    ]
