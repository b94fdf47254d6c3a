"""Random filter trees and records, for laws."""

from __future__ import annotations

from hypothesis import strategies as st

from ingest.documents import SourceType
from ingest.filters import And, Eq, Field, Fields, Filter, In, Keys, Not, Or, Range
from tests.sample_engines import DATES, DRUGS

KEYS = tuple(range(0, 360, 3))
VALUES: dict[Field, tuple[str, ...]] = {
    Field.TYPE: tuple(map(str, SourceType)),
    Field.DRUG: DRUGS,
    Field.DOCUMENT: tuple(f"document-{n}" for n in range(42)),
    Field.SECTION: tuple(f"section-{n}" for n in range(6)),
    Field.STATUS: ("current", "superseded", "retracted"),
    Field.PUBLISHED: (*filter(None, DATES), "2020", "2018-01"),
}
"""Of each field what records have, and something that none has."""


def filters() -> st.SearchStrategy[Filter]:
    """Trees of every node."""
    leaves = st.one_of(
        st.sampled_from(list(Field)).flatmap(_comparisons),
        st.lists(st.integers(0, 400), max_size=40).map(lambda keys: Keys(tuple(keys))),
    )
    return st.recursive(
        leaves,
        lambda trees: st.one_of(
            st.lists(trees, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(trees, max_size=3).map(lambda parts: Or(tuple(parts))),
            trees.map(Not),
        ),
        max_leaves=6,
    )


def record_fields() -> st.SearchStrategy[Fields]:
    """The fields of one record."""
    several = {
        field: st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)
        for field, values in VALUES.items()
    }
    one_type = st.sampled_from(VALUES[Field.TYPE]).map(lambda value: (value,))
    return st.fixed_dictionaries(several | {Field.TYPE: one_type})


def _comparisons(field: Field) -> st.SearchStrategy[Filter]:
    value = st.sampled_from(VALUES[field])
    end = st.none() | value
    return st.one_of(
        value.map(lambda one: Eq(field, one)),
        st.lists(value, max_size=3).map(lambda some: In(field, tuple(some))),
        st.tuples(end, end).map(lambda ends: Range(field, *ends)),
    )
