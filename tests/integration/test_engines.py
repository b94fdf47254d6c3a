"""
What any index engine must do, against each that there is.

Another engine joins by one more entry in ``SHELVES``: how it is opened on storage of its own, and
how that is damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.documents import SourceType
from ingest.embedded import EmbeddedEngine
from ingest.engines import Hit, IndexEngine, Records
from ingest.errors import IndexMismatchError
from ingest.filters import EVERYTHING, And, Eq, Field, Filter, In, Keys, Not, Or
from tests.filter_trees import KEYS, filters
from tests.sample_engines import DIMENSION, MemoryEngine, questions, records

FIRST, SECOND = tuple(range(60)), tuple(range(40, 130, 2))


@dataclass
class Shelf:
    """One kind of engine, and storage for engines of it."""

    open: Callable[[], IndexEngine]
    damage: Callable[[IndexEngine], None]
    opened: list[IndexEngine] = field(default_factory=list)

    def engine(self) -> IndexEngine:
        """An engine over this shelf's storage, closed when the test ends."""
        self.opened.append(self.open())
        return self.opened[-1]


def embedded(folder: Path) -> Shelf:
    """The engine that serves, as it is."""
    return Shelf(lambda: EmbeddedEngine(folder / "engine", DIMENSION), lambda _: _zero(folder))


def over_fetching(folder: Path) -> Shelf:
    """The engine that serves, which takes more than ten matches for many."""
    engine = folder / "engine"
    return Shelf(lambda: EmbeddedEngine(engine, DIMENSION, exact_below=10), lambda _: _zero(folder))


def in_memory(_: Path) -> Shelf:
    """The engine by hand."""
    return Shelf(MemoryEngine, _forget_a_vector)


def _zero(folder: Path) -> None:
    """Overwrite one vector on disk with zeros."""
    with (folder / "engine" / "vectors.f2").open("r+b") as stream:
        stream.seek(3 * DIMENSION * 2)
        stream.write(bytes(DIMENSION * 2))


def _forget_a_vector(engine: IndexEngine) -> None:
    assert isinstance(engine, MemoryEngine)
    key = min(engine.published)
    engine.published[key] = (np.zeros(DIMENSION, dtype=np.float32), engine.published[key][1])


SHELVES = {each.__name__: each for each in (embedded, over_fetching, in_memory)}


@pytest.fixture(params=list(SHELVES))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """Empty storage for each kind of engine."""
    made = SHELVES[request.param](tmp_path)
    yield made
    for engine in made.opened:
        engine.close()


@pytest.fixture(scope="module", params=list(SHELVES))
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexEngine]:
    """Of each kind one engine that holds the records of ``KEYS``, for reading only."""
    made = SHELVES[request.param](tmp_path_factory.mktemp("filled"))
    engine = made.engine()
    publish(engine, records(KEYS))
    yield engine
    engine.close()


def publish(engine: IndexEngine, *written: Records, gone: Sequence[int] = ()) -> None:
    """Write and delete in one draft, and publish it."""
    engine.begin()
    for each in written:
        engine.upsert(each)
    engine.delete(gone)
    engine.publish()


def by_hand(written: Records) -> MemoryEngine:
    """The plain engine with the same records."""
    engine = MemoryEngine()
    publish(engine, written)
    return engine


def keys_of(engine: IndexEngine, where: Filter = EVERYTHING) -> set[int]:
    """Every key that a search for everything finds."""
    (hits,) = engine.search(questions(1), where, limit=1_000)
    return {hit.key for hit in hits}


def assert_as_exact(found: list[list[Hit]], exact: list[list[Hit]], allowed: set[int]) -> None:
    """Rankings hold what exact search finds; only records equally near may stand for others."""
    for hits, best in zip(found, exact, strict=True):
        scores = [hit.similarity for hit in hits]

        assert len({hit.key for hit in hits}) == len(hits) == len(best)
        assert {hit.key for hit in hits} <= allowed
        assert scores == sorted(scores, reverse=True)
        assert np.allclose(scores, [hit.similarity for hit in best], atol=1e-3)


READ_ONLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@READ_ONLY
@given(filters(), st.integers(1, 3), st.integers(1, 60), st.integers(0, 9))
def test_search_equals_brute_force(
    filled: IndexEngine, where: Filter, asked: int, limit: int, seed: int
) -> None:
    """For any filter, any number of vectors and any limit, found is what comparing all finds."""
    plain = by_hand(records(KEYS))
    vectors = questions(asked, seed=seed)

    found = filled.search(vectors, where, limit=limit)

    allowed = {hit.key for hit in plain.search(vectors[:1], where, limit=len(KEYS))[0]}
    assert_as_exact(found, plain.search(vectors, where, limit=limit), allowed)
    assert filled.count(where) == len(allowed)


@READ_ONLY
@given(filters(), st.integers(2, 5))
def test_a_vector_is_ranked_alike_alone_and_beside_others(
    filled: IndexEngine, where: Filter, asked: int
) -> None:
    """What else is searched in the same call changes no hit and no digit."""
    vectors = questions(asked)

    together = filled.search(vectors, where, limit=20)

    assert together == [filled.search(each.reshape(1, -1), where, limit=20)[0] for each in vectors]


@READ_ONLY
@given(st.lists(st.integers(0, 400), max_size=30))
def test_get_returns_what_was_written(filled: IndexEngine, keys: list[int]) -> None:
    """Keys in the order asked for, vectors to half precision, every field; others left out."""
    written = records(KEYS)
    at = [KEYS.index(key) for key in keys if key in KEYS]

    read = filled.get(keys)

    assert read.keys == tuple(KEYS[n] for n in at)
    assert read.vectors.shape == (len(at), DIMENSION)
    assert np.allclose(read.vectors, written.vectors[at], atol=1e-3)
    assert list(read.fields) == [written.fields[n] for n in at]


def test_an_engine_is_empty_at_first(shelf: Shelf) -> None:
    """Before anything is published it finds, counts and gets nothing, and is sound."""
    engine = shelf.engine()

    assert engine.search(questions(2), EVERYTHING, limit=5) == [[], []]
    assert (engine.count(), engine.get([1]).keys, engine.health()) == (0, (), [])
    assert engine.search(questions(0), EVERYTHING, limit=5) == []


def test_a_draft_is_seen_by_nobody_before_it_is_published(shelf: Shelf) -> None:
    """Records being written are in no search, no count and no get; published, in all."""
    engine = shelf.engine()
    publish(engine, records(FIRST))

    engine.begin()
    engine.upsert(records(SECOND, seed=2))
    during = (engine.count(), keys_of(engine), engine.get([128]).keys)
    engine.publish()

    assert during == (len(FIRST), set(FIRST), ())
    assert keys_of(engine) == set(FIRST) | set(SECOND)
    assert engine.get([128]).keys == (128,)


def test_an_upsert_replaces_vector_and_fields(shelf: Shelf) -> None:
    """A key that is written again is one record, found by what it is now and not as it was."""
    engine = shelf.engine()
    first, again = records(FIRST), records(FIRST[:9], seed=5)
    publish(engine, first)

    publish(engine, again)

    assert engine.count() == len(FIRST)
    assert np.allclose(engine.get(FIRST[:9]).vectors, again.vectors, atol=1e-3)
    for key, fields in zip(again.keys, again.fields, strict=True):
        for source_type in SourceType:
            typed = And((Keys((key,)), Eq(Field.TYPE, source_type)))
            assert engine.count(typed) == (fields[Field.TYPE] == (source_type,))


def test_an_upsert_is_idempotent(shelf: Shelf) -> None:
    """The same records written twice, in one draft and in the next, are the same state."""
    engine = shelf.engine()
    written = records(FIRST)
    publish(engine, written)
    once = (engine.count(), engine.search(questions(5), EVERYTHING, limit=20))

    publish(engine, written, written)

    assert (engine.count(), engine.search(questions(5), EVERYTHING, limit=20)) == once


def test_what_is_deleted_is_found_no_more(shelf: Shelf) -> None:
    """Deleted records leave search, get and count; unknown keys are passed over."""
    engine = shelf.engine()
    publish(engine, records(FIRST))

    publish(engine, gone=(*FIRST[:20], 9_999))

    assert keys_of(engine) == set(FIRST[20:])
    assert engine.get(FIRST[:25]).keys == FIRST[20:25]
    assert engine.count() == len(FIRST) - 20
    assert engine.health() == []


def test_a_rollback_leaves_the_former_state(shelf: Shelf) -> None:
    """Whatever was written and deleted since the beginning is as if it had not been."""
    engine = shelf.engine()
    publish(engine, records(FIRST))
    before = (engine.count(), engine.search(questions(5), EVERYTHING, limit=20))

    engine.begin()
    engine.upsert(records(SECOND, seed=2))
    engine.delete(FIRST[:30])
    engine.rollback()

    assert (engine.count(), engine.search(questions(5), EVERYTHING, limit=20)) == before
    publish(engine, records(SECOND, seed=2))
    assert keys_of(engine) == set(FIRST) | set(SECOND)


@pytest.mark.parametrize("step", ["upsert", "delete", "publish", "rollback"])
def test_without_a_draft_nothing_is_written(shelf: Shelf, step: str) -> None:
    """A step of writing that was not begun is a fault of the program, told at once."""
    engine = shelf.engine()
    steps: dict[str, Callable[[], None]] = {
        "upsert": lambda: engine.upsert(records(FIRST)),
        "delete": lambda: engine.delete(FIRST),
        "publish": engine.publish,
        "rollback": engine.rollback,
    }

    with pytest.raises(RuntimeError, match="no draft"):
        steps[step]()


WRITES: st.SearchStrategy[tuple[str, list[int], int]] = st.one_of(
    st.tuples(
        st.just("upsert"),
        st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True),
        st.integers(1, 4),
    ),
    st.tuples(st.just("delete"), st.lists(st.integers(0, 40), max_size=12), st.just(0)),
    st.tuples(st.sampled_from(["publish", "rollback"]), st.just([]), st.just(0)),
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(WRITES, min_size=3, max_size=8))
def test_any_order_of_writing_ends_in_the_state_by_hand(
    shelf: Shelf, writes: list[tuple[str, list[int], int]]
) -> None:
    """Drafts of upserts and deletes, published or rolled back, read as in a plain dictionary."""
    engine, plain = shelf.engine(), MemoryEngine()
    publish(engine, gone=range(41))
    for each in (engine, plain):
        each.begin()
    for step, keys, seed in (*writes, ("publish", [], 0)):
        for each in (engine, plain):
            if step == "upsert":
                each.upsert(records(keys, seed=seed))
            elif step == "delete":
                each.delete(keys)
            elif step == "publish":
                each.publish()
                each.begin()
            else:
                each.rollback()
                each.begin()

    read, expected = engine.get(range(41)), plain.get(range(41))
    assert (read.keys, read.fields) == (expected.keys, expected.fields)
    assert np.array_equal(read.vectors, expected.vectors)
    assert_as_exact(
        engine.search(questions(2), EVERYTHING, limit=20),
        plain.search(questions(2), EVERYTHING, limit=20),
        set(expected.keys),
    )
    engine.close()


def test_publishing_is_atomic_for_readers(shelf: Shelf) -> None:
    """Readers in other threads see all of one state or all of the next, and never an error."""
    engine = shelf.engine()
    publish(engine, records(FIRST))
    states = (set(FIRST), set(SECOND))
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            try:
                if (seen := keys_of(engine)) not in states:
                    wrong.append(seen)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for old, new in ((FIRST, SECOND), (SECOND, FIRST), (FIRST, SECOND)):
        publish(engine, records(new), gone=sorted(set(old) - set(new)))
    done.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert keys_of(engine) == set(SECOND)


def test_health_tells_damage(shelf: Shelf) -> None:
    """A sound engine has nothing to tell; one whose stored vector was lost does."""
    engine = shelf.engine()
    publish(engine, records(FIRST))
    assert engine.health() == []

    shelf.damage(engine)

    assert len(engine.health()) == 1
    assert "length 1" in engine.health()[0]


def test_the_dimension_promised_is_the_one_held_to(shelf: Shelf) -> None:
    """Vectors of another length are refused, and so is a record without one source type."""
    engine = shelf.engine()
    dimension = engine.capabilities().dimension
    good = records(FIRST[:1])
    longer = np.ones((1, dimension + 1), dtype=np.float32)

    engine.begin()

    assert good.vectors.shape == (1, dimension)
    with pytest.raises(IndexMismatchError, match="shape"):
        engine.upsert(Records(good.keys, longer, good.fields))
    with pytest.raises(IndexMismatchError, match="type"):
        engine.upsert(Records(good.keys, good.vectors, ({Field.DRUG: ("a",)},)))
    engine.publish()
    assert engine.count() == 0


def test_what_is_promised_to_last_does(shelf: Shelf) -> None:
    """An engine opened anew holds what was published exactly if it says that it is durable."""
    publish(shelf.engine(), records(FIRST))

    again = shelf.engine()

    assert (again.count() == len(FIRST)) == again.capabilities().durable
    assert again.count() in {0, len(FIRST)}


MANY = tuple(range(3_000))
SHARES: dict[str, Filter] = {
    "everything": EVERYTHING,
    "70%": Keys(tuple(np.random.default_rng(1).permutation(3_000)[:2_100].tolist())),
    "10%": Keys(tuple(np.random.default_rng(2).permutation(3_000)[:300].tolist())),
    "1%": In(Field.DOCUMENT, tuple(f"document-{n}" for n in range(0, 333, 100))),
    "0.1%": Keys((5, 500, 2_900)),
    "type": Eq(Field.TYPE, SourceType.LABEL),
    "two types": Not(Eq(Field.TYPE, SourceType.LABEL)),
    "drug": Eq(Field.DRUG, "zorvaxone"),
    "type and drug": And((Eq(Field.TYPE, SourceType.STUDY), Eq(Field.DRUG, "zorvaxone"))),
    "drug or superseded": Or((Eq(Field.DRUG, "tilimorex"), Eq(Field.STATUS, "superseded"))),
}


@pytest.fixture(scope="module", params=list(SHELVES))
def large(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexEngine]:
    """Of each kind one engine with three thousand records, for reading only."""
    engine = SHELVES[request.param](tmp_path_factory.mktemp("large")).engine()
    publish(engine, records(MANY))
    yield engine
    engine.close()


@pytest.mark.parametrize("share", list(SHARES))
def test_the_recall_promised_is_kept_at_every_selectivity(large: IndexEngine, share: str) -> None:
    """Recall@20 against exact search, without a filter and under broad, rare and mixed ones."""
    asked = questions(40)
    exact = by_hand_of_many().search(asked, SHARES[share], limit=20)

    found = large.search(asked, SHARES[share], limit=20)

    assert mean_recall(found, exact) >= large.capabilities().recall


def mean_recall(found: list[list[Hit]], exact: list[list[Hit]]) -> float:
    """The share of the best that were found; one as near as the last of them is as good."""
    return float(
        np.mean(
            [
                sum(hit.similarity >= best[-1].similarity - 1e-3 for hit in hits) / len(best)
                for hits, best in zip(found, exact, strict=True)
            ]
        )
    )


@lru_cache
def by_hand_of_many() -> MemoryEngine:
    """The plain engine with three thousand records, made once."""
    return by_hand(records(MANY))


def test_a_writer_that_died_between_its_two_renames_loses_nothing(tmp_path: Path) -> None:
    """The former state, moved aside and not yet replaced, is what the next opening reads."""
    engine = EmbeddedEngine(tmp_path / "engine", DIMENSION)
    publish(engine, records(FIRST))
    engine.close()
    (tmp_path / "engine").rename(tmp_path / "engine.former")

    again = EmbeddedEngine(tmp_path / "engine", DIMENSION)

    assert again.count() == len(FIRST)
    again.close()


def test_records_lie_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """However they came in, the file of vectors is in order, and nothing else is left beside."""
    written = records((8, 3, 5))
    engine = EmbeddedEngine(tmp_path / "engine", DIMENSION)

    publish(engine, written, gone=(5,))
    engine.close()

    stored = np.fromfile(tmp_path / "engine" / "vectors.f2", dtype="<f2").reshape(-1, DIMENSION)
    assert np.array_equal(stored, written.vectors[[1, 0]].astype("<f2"))
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]
    assert {path.name for path in (tmp_path / "engine").iterdir()} == {
        "vectors.f2",
        "fields.npz",
        "chroma",
    }
