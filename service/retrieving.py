"""Query -> passages, per source type: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from ingest.documents import LabelFacts, SourceType
from service.answers import Drug, Passage, Query


class Retriever(Protocol):
    """**Protocol:** anything that ranks the passages of one snapshot for a query."""

    @property
    def snapshot(self) -> str:
        """The id of the index snapshot it reads."""

    def retrieve(self, query: Query) -> Mapping[SourceType, list[Passage]]:
        """Return the best passages of each source type, best first; labels of its drugs only."""

    def label_passages(self, drug: Drug, codes: Collection[str]) -> list[Passage]:
        """Return the current label passages of *drug* whose LOINC section code is in *codes*."""

    def labels(self) -> list[LabelFacts]:
        """Return the facts of every current label, for the drug vocabulary."""
