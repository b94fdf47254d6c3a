"""Two writers, two servers, an index of another embedder: refused, and the reason has a name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.activating import current_id
from ingest.embedding import HashingEmbedder, Identity
from ingest.exact import VectorReader
from ingest.recalling import DocumentReader
from ingest.snapshots import (
    DOCUMENTS,
    VECTORS,
    check_files,
    folder_of,
    read_manifest,
    write_manifest,
)
from tests.sample_index import build
from tests.soak.corpora import corpus
from tests.soak.processes import ROOT, command, environment, ran, serving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

PAIRS = 3
IDENTITY = HashingEmbedder.identity


def test_of_two_writers_one_is_refused_and_no_vector_is_lost(tmp_path: Path) -> None:
    """Both begin at once: one builds, the other names it and ends with status 3."""
    index = tmp_path / "index"
    for number in range(PAIRS):
        source = corpus(tmp_path / "corpus", f"{number + 5} mg")
        both = [
            subprocess.Popen(
                command("ingest", "apply", "--source", source),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                env=environment(tmp_path),
                text=True,
            )
            for _ in range(2)
        ]
        ends = [(each.communicate()[1], each) for each in both]
        won = [each.pid for _, each in ends if each.returncode == 0]
        refused = [told for told, each in ends if each.returncode == 3]
        live = current_id(index)
        folder = folder_of(index, live)
        rows = range(read_manifest(folder).rows)
        check_files(folder, read_manifest(folder))
        with DocumentReader(folder / DOCUMENTS) as documents:
            texts = [chunk.indexed_text for chunk in documents.chunks(rows)]
        stored = VectorReader(folder / VECTORS, rows=len(rows), dimension=IDENTITY.dimension)
        apart = abs(stored.vectors(rows) - HashingEmbedder().embed_passages(texts)).max()

        sys.stdout.write(
            f"{len(won)} built, {len(refused)} refused: {refused[0].splitlines()[-1]}\n"
        )
        assert (len(won), len(refused)) == (1, 1)
        assert f"is being written by process {won[0]} of" in refused[0]
        assert (len(texts), apart < 1e-3) == (len(rows), True)


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """It names the first, which answers on; when that one ends, the next may begin."""
    build(tmp_path)
    with serving(tmp_path, tmp_path / "serve.log") as server:
        second = ran(tmp_path, "serve", "--port", "0")
        assert server.snapshot() == current_id(tmp_path / "index")
        first = server.process.pid
    with serving(tmp_path, tmp_path / "serve.log") as server:
        assert server.snapshot()

    sys.stdout.write(second.stderr)
    assert second.returncode == 3
    assert f"is being served by process {first} of" in second.stderr


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (replace(IDENTITY, name="another"), "name another there, hashing here"),
        (replace(IDENTITY, dimension=128), "dimension 128 there, 256 here"),
        (replace(IDENTITY, weights_sha256="f" * 64), "weights_sha256 ffff"),
    ],
    ids=["embedder", "dimension", "digest"],
)
def test_an_index_of_another_embedder_is_not_served(
    tmp_path: Path, told: Identity, named: str
) -> None:
    """The wrong name, dimension or weights: no start, and the message names both sides."""
    built = build(tmp_path)
    folder = folder_of(built.index, built.report.snapshot)
    write_manifest(folder, replace(read_manifest(folder), embedder=told))
    check_files(folder, read_manifest(folder))

    refused = ran(tmp_path, "serve", "--port", "0")

    sys.stdout.write(refused.stderr)
    assert refused.returncode == 3
    assert named in refused.stderr
