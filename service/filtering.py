"""The drug as a hard filter: which records a question about it may be answered from."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.documents import LabelFacts, SourceKind, SourceType, Status
from ingest.filters import And, Eq, Field, Filter, In
from ingest.naming import drug_key
from ingest.recalling import DocumentReader
from service.answers import Drug
from service.formulations import fits, formulation_of


def about(store: DocumentReader, source_type: SourceType, drugs: Sequence[Drug] | None) -> Filter:
    """
    Return what lets through the labels in force of *drugs*; elsewhere, all that names one.

    None lets all of the type through.
    """
    typed = Eq(Field.TYPE, source_type)
    if drugs is None:
        return typed
    if source_type is SourceType.LABEL:
        # Before ranking, not after: a drug's many other labels must not crowd these out.
        documents = [each for drug in drugs for each in label_documents(store, drug)]
        return And((typed, In(Field.DOCUMENT, tuple(documents))))
    return And((typed, In(Field.DRUG, tuple(keys(source_type, drugs)))))


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
