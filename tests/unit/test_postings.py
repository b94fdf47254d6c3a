"""The table of fields: what it finds is what the filter tree means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IndexDamagedError
from ingest.filters import Field, Fields, Filter, matches
from ingest.postings import Postings, PostingsWriter, load_postings
from tests.filter_trees import KEYS, filters, record_fields


def table(fields: dict[int, Fields]) -> Postings:
    """A table of records by key."""
    writer = PostingsWriter()
    for arrival, values in enumerate(fields.values()):
        writer.add(arrival, values)
    keys = np.array(sorted(fields), dtype=np.int64)
    arrivals = np.array([list(fields).index(key) for key in keys], dtype=np.int64)
    return writer.finish(keys, arrivals, len(fields))


def tables() -> st.SearchStrategy[dict[int, Fields]]:
    """Records by key, in any order."""
    return st.dictionaries(st.sampled_from(KEYS), record_fields(), max_size=12)


@given(tables(), filters())
def test_a_mask_is_what_the_filter_means(records: dict[int, Fields], where: Filter) -> None:
    """For every tree and every record the table and the definition agree."""
    found = table(records).matching(where).tolist()

    assert found == [matches(where, key, records[key]) for key in sorted(records)]


@given(tables(), st.lists(st.integers(-1, 400)))
def test_keys_are_found_where_they_are(records: dict[int, Fields], keys: list[int]) -> None:
    """Keys that are there have a position, in the order asked for; others have none."""
    postings = table(records)

    assert postings.keys[postings.positions(keys)].tolist() == [k for k in keys if k in records]


@given(tables())
def test_every_field_comes_back(records: dict[int, Fields]) -> None:
    """What a record was written with is what it is read with, its values in order."""
    postings = table(records)
    at = postings.positions(sorted(records))

    written = [
        {field: tuple(sorted(values)) for field, values in records[key].items()}
        for key in sorted(records)
    ]
    assert list(postings.fields(at)) == written


def test_records_left_behind_have_no_posting() -> None:
    """Of a record written twice, the older fields are gone, their values too."""
    writer = PostingsWriter()
    writer.add(0, {Field.TYPE: ("label",), Field.DRUG: ("older",)})
    writer.add(1, {Field.TYPE: ("study",), Field.DRUG: ("newer",)})

    postings = writer.finish(np.array([7]), np.array([1]), 2)

    assert postings.values(Field.DRUG) == {"newer": 1}
    assert postings.values(Field.TYPE) == {"study": 1}


def test_a_table_is_the_same_bytes_for_the_same_records(tmp_path: Path) -> None:
    """Two builds of one content have one digest; reading it back loses nothing."""
    records: dict[int, Fields] = {
        3: {Field.TYPE: ("label",), Field.DOCUMENT: ("ä 😀",)},
        1: {Field.TYPE: ("study",), Field.DRUG: ("a", "b")},
    }
    table(records).save(tmp_path / "one")
    table(records).save(tmp_path / "two")

    read = load_postings(tmp_path / "one")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read.keys.tolist() == [1, 3]
    assert read.values(Field.DOCUMENT) == {"ä 😀": 1}


@pytest.mark.parametrize("fault", ["missing", "cut", "flipped", "empty", "another"])
def test_a_damaged_table_is_told_in_our_own_words(tmp_path: Path, fault: str) -> None:
    """Whatever happened to the file, the error is one of ours and names it."""
    path = tmp_path / "fields.npz"
    table({1: {Field.TYPE: ("label",)}}).save(path)
    content = bytearray(path.read_bytes())
    if fault == "missing":
        path.unlink()
    elif fault == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif fault == "flipped":
        content[content.index(b"NUMPY") + 127] ^= 1
        path.write_bytes(content)
    elif fault == "empty":
        path.write_bytes(b"")
    else:
        np.savez(path, other=np.zeros(3))

    with pytest.raises(IndexDamagedError, match=r"fields\.npz"):
        load_postings(path)
