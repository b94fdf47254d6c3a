"""What differs between two snapshots, by document and passage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.diffing import Change, Difference, differences, total
from ingest.documents import Status
from ingest.recalling import DocumentReader
from ingest.records import Standing
from ingest.snapshots import DOCUMENTS, folder_of
from ingest.storing import DocumentWriter
from tests import sample_corpus
from tests.sample_index import Twice
from tests.sample_runtime import CHUNKS, LABEL

TABLETS = f"label:{sample_corpus.TABLETS}"
MIRROR = {
    Change.ADDED: Change.REMOVED,
    Change.REMOVED: Change.ADDED,
}


@pytest.fixture
def both(twice: Twice) -> Iterator[tuple[DocumentReader, DocumentReader]]:
    """The documents of the two snapshots; in the second, a label has a new version."""
    first, second = (folder_of(twice.index, r.snapshot) for r in (twice.first, twice.second))
    with DocumentReader(first / DOCUMENTS) as old, DocumentReader(second / DOCUMENTS) as new:
        yield old, new


def test_a_snapshot_does_not_differ_from_itself(
    both: tuple[DocumentReader, DocumentReader],
) -> None:
    """Nothing is told where nothing changed."""
    for documents in both:
        assert list(differences(documents, documents)) == []


def test_a_new_version_of_a_label_comes_and_the_old_one_is_superseded(
    both: tuple[DocumentReader, DocumentReader],
) -> None:
    """Both versions are indexed; other documents are not told of."""
    found = {each.after: each for each in differences(*both)}

    assert set(found) == {f"{TABLETS}@3", f"{TABLETS}@7", f"{TABLETS}@8"}
    assert found[f"{TABLETS}@3"].changes == (Change.METADATA,)  # what supersedes it is another
    assert found[f"{TABLETS}@8"].changes == (Change.ADDED,)
    assert found[f"{TABLETS}@7"].changes == (Change.SUPERSEDED,)
    assert found[f"{TABLETS}@8"].chunks_added
    assert found[f"{TABLETS}@7"].chunks_removed == ()


def test_the_other_way_round_what_came_is_gone(
    both: tuple[DocumentReader, DocumentReader],
) -> None:
    """The mirror image: the same documents, chunks added and removed exchanged."""
    old, new = both
    there, back = list(differences(old, new)), list(differences(new, old))

    assert [mirrored(each) for each in there] == [bare(each) for each in back]


Plain = tuple[str | None, str | None, frozenset[Change], tuple[str, ...], tuple[str, ...]]


def bare(found: Difference) -> Plain:
    """A difference but for the status it ended in, which has no mirror image."""
    told = {*MIRROR, Change.CHANGED, Change.METADATA}
    kinds = frozenset(each for each in found.changes if each in told)
    return found.before, found.after, kinds, found.chunks_added, found.chunks_removed


def mirrored(found: Difference) -> Plain:
    """The same difference, seen from the other side."""
    before, after, kinds, added, removed = bare(found)
    return after, before, frozenset(MIRROR.get(each, each) for each in kinds), removed, added


Shelf = dict[str, tuple[str, Status, tuple[str, ...]]]
"""Title, status and passages by document id ("a@1": the first version of source a)."""

SHELVES = st.dictionaries(
    st.sampled_from(["a@1", "a@2", "b@1", "b@2", "c@1"]),
    st.tuples(
        st.sampled_from(["One title", "Another"]),
        st.sampled_from(list(Status)),
        st.lists(st.sampled_from("tuvwxyz"), unique=True, max_size=4).map(tuple),
    ),
)


def store(path: Path, shelf: Shelf) -> DocumentReader:
    """Store *shelf* as a snapshot does."""
    path.unlink(missing_ok=True)
    writer = DocumentWriter(path)
    row = 0
    for document_id, (title, status, passages) in shelf.items():
        source = replace(LABEL.source, id=document_id.partition("@")[0], title=title)
        document = replace(LABEL, id=document_id, source=source)
        writer.keep(writer.stage(document), Standing(status))
        (chunk, *_) = CHUNKS[LABEL.id]
        own = [
            replace(chunk, id=f"{document_id}:{words}", document_id=document_id, text=words)
            for words in passages
        ]
        writer.add_chunks(row, own)
        row += len(own)
    writer.settle()
    writer.close()
    return DocumentReader(path)


def between(folder: Path, old: Shelf, new: Shelf) -> list[Difference]:
    """Return the differences of two shelves."""
    with store(folder / "old", old) as one, store(folder / "new", new) as other:
        return list(differences(one, other))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that examples write their stores to, one after the other."""
    return tmp_path_factory.mktemp("shelves")


@settings(max_examples=60, deadline=None)
@given(old=SHELVES, new=SHELVES)
def test_what_differs_is_what_a_comparison_by_hand_finds(
    old: Shelf, new: Shelf, folder: Path
) -> None:
    """Every document is told of once where it differs, and where it does not, never."""
    found = between(folder, old, new)

    told = [name for each in found for name in {each.before, each.after} if name is not None]
    differing = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    assert sorted(told) == sorted(differing)
    for each in found:
        had = set(old[each.before][2]) if each.before else set()
        has = set(new[each.after][2]) if each.after else set()
        assert {name.rpartition(":")[2] for name in each.chunks_added} == has - had
        assert {name.rpartition(":")[2] for name in each.chunks_removed} == had - has


@settings(max_examples=60, deadline=None)
@given(old=SHELVES, new=SHELVES)
def test_a_difference_has_a_mirror_image(old: Shelf, new: Shelf, folder: Path) -> None:
    """The other way round, before and after, added and removed change places."""
    there, back = between(folder, old, new), between(folder, new, old)

    assert Counter(mirrored(each) for each in there) == Counter(bare(each) for each in back)
    assert between(folder, old, old) == []


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (("T", Status.CURRENT, ("x",)), ("U", Status.CURRENT, ("x",)), (Change.METADATA,)),
        (("T", Status.CURRENT, ("x",)), ("T", Status.RETRACTED, ("x",)), (Change.RETRACTED,)),
        (("T", Status.RETRACTED, ("x",)), ("T", Status.CURRENT, ("x",)), (Change.REINSTATED,)),
        (("T", Status.CURRENT, ("x", "y")), ("T", Status.CURRENT, ("x",)), (Change.CHANGED,)),
        (
            ("T", Status.CURRENT, ("x",)),
            ("U", Status.SUPERSEDED, ("y",)),
            (Change.CHANGED, Change.SUPERSEDED),
        ),
    ],
)
def test_each_change_has_its_name(
    old: tuple[str, Status, tuple[str, ...]],
    new: tuple[str, Status, tuple[str, ...]],
    changes: tuple[Change, ...],
    tmp_path: Path,
) -> None:
    """Metadata is told of where nothing else about the document changed."""
    (found,) = between(tmp_path, {"a@1": old}, {"a@1": new})

    assert found.changes == changes


def test_a_new_version_in_the_place_of_the_old_one_is_one_changed_document(
    tmp_path: Path,
) -> None:
    """It names both versions, and the passages whose words the other has not."""
    (found,) = between(
        tmp_path,
        {"a@1": ("T", Status.CURRENT, ("x", "y"))},
        {"a@2": ("T", Status.CURRENT, ("y", "z"))},
    )

    assert (found.before, found.after, found.changes) == ("a@1", "a@2", (Change.CHANGED,))
    assert (found.chunks_added, found.chunks_removed) == (("a@2:z",), ("a@1:x",))
    assert total([found])["changed"] == 1
    assert total([found])["chunks_added"] == 1
