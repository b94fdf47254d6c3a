"""The filter tree: what each node means, by hand, and the laws of its algebra."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.filters import (
    EVERYTHING,
    And,
    Eq,
    Field,
    Fields,
    Filter,
    In,
    Keys,
    Not,
    Or,
    Range,
    matches,
)
from tests.filter_trees import KEYS, filters, record_fields

LABEL: Fields = {
    Field.TYPE: ("label",),
    Field.DRUG: ("naltrexone", "bupropion"),
    Field.PUBLISHED: ("2019-11",),
}


def holds(where: Filter, fields: Fields = LABEL, key: int = 5) -> bool:
    """Whether a filter holds for the label above."""
    return matches(where, key, fields)


def test_a_comparison_holds_where_one_value_meets_it() -> None:
    """A chunk that names two drugs is found under each of them, and under no third."""
    assert holds(Eq(Field.DRUG, "bupropion"))
    assert not holds(Eq(Field.DRUG, "doxepin"))
    assert holds(In(Field.DRUG, ("doxepin", "naltrexone")))
    assert not holds(In(Field.DRUG, ()))


def test_a_field_without_a_value_meets_no_comparison() -> None:
    """An undated record is in no range, not even one that is open at both ends."""
    assert not holds(Range(Field.PUBLISHED), {})
    assert not holds(Eq(Field.SECTION, ""), {Field.SECTION: ()})
    assert holds(Not(Eq(Field.SECTION, "34068-7")), {})


def test_a_range_of_dates_takes_every_precision() -> None:
    """From 2019, below 2021: a year, a month and a day of those years, and nothing after."""
    years = Range(Field.PUBLISHED, "2019", "2021")

    found = [
        date
        for date in ("2018-12-31", "2019", "2019-11", "2020-12-31", "2021", "2021-01")
        if holds(years, {Field.PUBLISHED: (date,)})
    ]

    assert found == ["2019", "2019-11", "2020-12-31"]
    assert holds(Range(Field.PUBLISHED, low="2019-11"))
    assert not holds(Range(Field.PUBLISHED, below="2019-11"))


def test_keys_are_the_records_themselves() -> None:
    """A record is found by its key, whatever its fields."""
    assert holds(Keys((4, 5)))
    assert not holds(Keys((4,)))


def test_of_no_parts_all_hold_and_none_holds() -> None:
    """An empty conjunction lets everything through, an empty disjunction nothing."""
    assert holds(EVERYTHING)
    assert not holds(Or(()))


@given(filters(), filters(), st.sampled_from(KEYS), record_fields())
def test_the_tree_is_an_algebra(left: Filter, right: Filter, key: int, fields: Fields) -> None:
    """Double negation and De Morgan's laws hold for every tree."""
    both, either = And((left, right)), Or((left, right))
    neither = And((Not(left), Not(right)))

    assert holds(Not(Not(left)), fields, key) == holds(left, fields, key)
    assert holds(Not(either), fields, key) == holds(neither, fields, key)
    assert holds(both, fields, key) <= holds(either, fields, key)


@given(record_fields(), st.sampled_from(list(Field)), st.lists(st.text(max_size=3)))
def test_in_is_an_or_of_eqs(fields: Fields, field: Field, values: list[str]) -> None:
    """The short way to say it means the same."""
    each = Or(tuple(Eq(field, value) for value in values))

    assert holds(In(field, tuple(values)), fields) == holds(each, fields)
