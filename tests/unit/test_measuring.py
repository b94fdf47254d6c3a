"""Recall of an engine against exact search, with engines whose recall is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.documents import SourceType
from ingest.embedding import Vectors
from ingest.engines import Hit, Records
from ingest.exact import VectorReader, VectorWriter
from ingest.filters import Field, Filter
from ingest.measuring import AT, recalls, sample
from tests.sample_engines import DIMENSION, MemoryEngine, records

TOTAL = 300
ROWS = {
    SourceType.GUIDELINE: range(0),
    SourceType.LABEL: range(200),
    SourceType.STUDY: range(200, TOTAL),
}
NAMED = {SourceType.LABEL: {"a": [3, 50, 90], "b": [9]}, SourceType.STUDY: {"a": [201]}}


class Mentioned:
    """Which drug is where."""

    def drugs(self, source_type: SourceType) -> list[str]:
        """Every drug of a type."""
        return list(NAMED.get(source_type, {}))

    def drug_rows(self, drug: str, source_type: SourceType) -> list[int]:
        """The rows of one."""
        return NAMED[source_type][drug]


class Forgetful(MemoryEngine):
    """An engine that returns every other hit under a filter for drugs."""

    def search(self, vectors: Vectors, where: Filter, *, limit: int) -> list[list[Hit]]:
        """Search, and forget."""
        found = super().search(vectors, where, limit=limit)
        return [hits[::2] for hits in found] if Field.DRUG.name in repr(where) else found


def filled(engine: MemoryEngine, path: Path) -> VectorReader:
    """Fill an engine with records of the types and drugs above; return their vectors."""
    made = records(range(TOTAL))
    writer = VectorWriter(path, DIMENSION)
    writer.add(made.vectors)
    writer.close()
    drugs = {row: drug for held in NAMED.values() for drug, rows in held.items() for row in rows}
    engine.begin()
    for source_type, rows in ROWS.items():
        for row in rows:
            fields = {Field.TYPE: (str(source_type),), Field.DRUG: (drugs.get(row, "none"),)}
            engine.upsert(Records((row,), made.vectors[row : row + 1], (fields,)))
    engine.publish()
    return VectorReader(path, rows=TOTAL, dimension=DIMENSION)


def test_an_exact_engine_has_a_recall_of_one(tmp_path: Path) -> None:
    """Without a filter, at every selectivity, by type and by drug."""
    engine = MemoryEngine()
    vectors = filled(engine, tmp_path / "v")

    measured = recalls(engine, vectors, ROWS, Mentioned())

    assert measured == {
        f"recall_at_{AT}{kind}": 1.0
        for kind in (
            "",
            "_of_70_percent",
            "_of_10_percent",
            "_of_1_percent",
            "_of_0.1_percent",
            "_of_type",
            "_of_drug",
        )
    }


def test_what_an_engine_forgets_is_measured_by_its_kind(tmp_path: Path) -> None:
    """Half of three hits is two, of one is one: (2/3 + 1 + 1) / 3 under a drug, 1 elsewhere."""
    engine = Forgetful()
    vectors = filled(engine, tmp_path / "v")

    measured = recalls(engine, vectors, ROWS, Mentioned())

    assert measured["recall_at_20_of_drug"] == pytest.approx(8 / 9, abs=1e-4)
    assert measured["recall_at_20_of_type"] == 1.0


def test_a_sample_is_drawn_alike_each_time() -> None:
    """In order, each row once, and all of them where there are few."""
    drawn = sample(range(1_000, 9_000), 50)

    assert drawn == sample(range(1_000, 9_000), 50)
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 50
    assert sample(range(5), 50) == [0, 1, 2, 3, 4]
