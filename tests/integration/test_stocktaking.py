"""``followup corpus stats``: the figures of the live snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.errors import IndexDamagedError
from ingest.recalling import DocumentReader
from ingest.snapshots import DOCUMENTS, read_manifest
from ingest.stocktaking import published_range, take_stock
from service.cli import app
from service.migrating import open_database
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction
from tests.sample_corpus import TRIAL, WITHDRAWN
from tests.sample_index import Built


def test_the_figures_are_those_of_the_manifest_and_the_documents(built: Built) -> None:
    """Documents, chunks and words add up to what the snapshot holds."""
    manifest = read_manifest(built.folder)

    stock = take_stock(built.folder / DOCUMENTS, lambda _: False)

    assert {name: each.chunks for name, each in stock.types.items()} == manifest.chunks
    assert sum(each.documents for each in stock.types.values()) == manifest.documents
    assert stock.years.total() == stock.licences.total() == manifest.documents
    assert stock.newest == manifest.corpus_date
    assert (stock.oldest, stock.newest) == published_range(built.folder / DOCUMENTS)
    assert stock.drugs["tilimorex + zorvaxone"] == 1
    largest = stock.largest[0]
    with DocumentReader(built.folder / DOCUMENTS) as documents:
        chunks = documents.chunks_of(largest.id)
    assert largest.words == sum(len(chunk.text.split()) for chunk in chunks)
    assert [each.words for each in stock.largest] == sorted(
        (each.words for each in stock.largest), reverse=True
    )


def test_who_is_retracted_by_the_table_alone_is_counted_apart(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One study's own record says it is retracted; the table adds another."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    engine = open_database(f"sqlite:///{tmp_path / 'home' / 'followup.sqlite'}")
    table = RetractionTable(engine)
    table.load([Retraction((pmid,), (), Nature.RETRACTION) for pmid in (TRIAL, WITHDRAWN)])
    engine.dispose()
    index = ["--index", str(built.index)]

    told = CliRunner().invoke(app, ["corpus", "stats", "--json", *index])
    lines = CliRunner().invoke(app, ["corpus", "stats", *index])

    found = json.loads(told.stdout)
    assert (told.exit_code, lines.exit_code) == (0, 0)
    assert (found["retracted"], found["retracted_since"]) == (1, 1)
    assert found["snapshot"] == built.report.snapshot
    assert found["types"]["study"]["statuses"]["retracted"] == 1
    assert "retracted: 1 by their own record, 1 more by the table" in lines.stdout


def test_without_an_index_there_is_nothing_to_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 3, and what to run first."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["corpus", "stats"])

    assert result.exit_code == 3
    assert "followup ingest apply" in result.stderr


def test_a_store_that_is_none_is_damaged(tmp_path: Path) -> None:
    """A file of other bytes is told as a damaged index."""
    (tmp_path / "documents.sqlite").write_bytes(b"something else" * 400)

    with pytest.raises(IndexDamagedError, match=r"documents\.sqlite"):
        take_stock(tmp_path / "documents.sqlite", lambda _: False)
