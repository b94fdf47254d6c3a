"""The drug as a hard filter: which rows of an index a question about it may be answered from."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.documents import LabelFacts, SourceKind, SourceType, Status
from ingest.naming import drug_key
from ingest.recalling import DocumentReader
from service.answers import Drug
from service.formulations import fits, formulation_of


def rows_about(store: DocumentReader, source_type: SourceType, drugs: Sequence[Drug]) -> set[int]:
    """Return the rows of the labels in force of *drugs*; elsewhere, all rows that name one."""
    if source_type is SourceType.LABEL:
        # Before ranking, not after: a drug's many other labels must not crowd these out.
        documents = [each for drug in drugs for each in label_documents(store, drug)]
        return {row for document_id in documents for row in store.document_rows(document_id)}
    named = keys(source_type, drugs)
    return {row for key in named for row in store.drug_rows(key, source_type)}


def label_documents(store: DocumentReader, drug: Drug) -> list[str]:
    """Return the current labels of exactly this drug; of its formulation, where one fits."""
    labels = [
        (document_id, source, source.facts)
        for document_id, source, standing in store.labels()
        if standing.status is Status.CURRENT
        and isinstance(source.facts, LabelFacts)
        and source.facts.ingredients == drug.ingredients
    ]
    fitting = [held for held in labels if fits(drug.formulation, held[2])]
    # Capsules fit where tablets are asked for, but not where there is a label of tablets.
    exact = [held for held in fitting if formulation_of(held[2]) == drug.formulation]
    # The label itself outranks this project's summary of it.
    chosen = (exact if drug.formulation else ()) or fitting or labels
    originals = [held for held in chosen if held[1].kind is SourceKind.ORIGINAL]
    return [document_id for document_id, *_ in originals or chosen]


def keys(source_type: SourceType, drugs: Sequence[Drug]) -> list[str]:
    """
    Return the drug keys to filter by.

    A label belongs to its whole ingredient set; other sources may name the parts of one.
    """
    whole = [drug_key(drug.ingredients) for drug in drugs]
    if source_type is SourceType.LABEL:
        return list(dict.fromkeys(whole))
    parts = [part for drug in drugs for part in drug.ingredients]
    return list(dict.fromkeys((*whole, *parts)))
