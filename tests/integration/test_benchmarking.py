"""The benchmark, end to end on a few small files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eval.footprint import memory, peak_mib
from eval.pacing import throughput
from eval.reindexing import measure
from eval.sampling import candidates, drawn
from ingest.embedding import HashingEmbedder, Identity, Spans, Vectors
from ingest.errors import IngestError
from tests import sample_corpus

CHECKOUT = Path(__file__).parents[2]


@dataclass
class Listening:
    """Embeds by hashing, and remembers every text."""

    heard: list[str] = field(default_factory=list)
    inner: HashingEmbedder = field(default_factory=HashingEmbedder)
    identity: Identity = HashingEmbedder.identity

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed and remember."""
        self.heard += texts
        return self.inner.embed_passages(texts)

    def embed_question(self, text: str) -> Vectors:
        """Embed."""
        return self.inner.embed_question(text)

    def tokens(self, text: str) -> Spans:
        """Count words."""
        return self.inner.tokens(text)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four small files."""
    contents: dict[str, str | bytes] = {
        "labels/a.xml": sample_corpus.tablets(),
        "labels/b.json": sample_corpus.openfda(),
        "studies/c.txt": sample_corpus.medline(),
        "studies/d.nxml": sample_corpus.jats(),
    }
    return sample_corpus.write(tmp_path / "corpus", contents)


def test_both_sides_embed_the_very_same_texts(corpus: Path) -> None:
    """What the run put into its snapshot is what is embedded alone, no more and no less."""
    embedder = Listening()
    said: list[str] = []

    measured = throughput(corpus, drawn(candidates(corpus), 1), embedder, pairs=1, tell=said.append)

    _, *texts = embedder.heard
    assert measured.chunks == len(texts) // 2
    # In another order: a run embeds like lengths together.
    assert sorted(texts[: measured.chunks]) == sorted(texts[measured.chunks :])
    assert measured.embedding_ratio > 0
    assert measured.run_rate < measured.embedding_rate
    assert "pair 1 of 1" in said[0]


def test_the_memory_of_a_process_is_its_own() -> None:
    """What the process that started it held does not count, as it does for getrusage."""
    ballast = b"x" * (512 * 1024 * 1024)
    script = "from eval.footprint import peak_mib; print(peak_mib())"

    child = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )

    assert peak_mib() > len(ballast) / 1024 / 1024
    assert 20 < float(child.stdout) < 512


def test_an_ingest_that_fails_is_told_with_its_reason(corpus: Path) -> None:
    """A benchmark over files that nobody can read measures nothing."""
    (corpus / "labels" / "z.png").write_bytes(b"\x89PNG\x00")

    with pytest.raises(IngestError, match="no document in 1 files"):
        memory(corpus, ["labels/z.png"], "hashing", files=1, tell=lambda _: None)


def test_the_command_says_what_it_needs(tmp_path: Path) -> None:
    """A folder that is not there is one line on standard error and exit status 3."""
    result = subprocess.run(
        [sys.executable, "-m", "eval", "bench", "--source", str(tmp_path / "none"), "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )

    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("eval: ")


def test_a_small_benchmark_runs_whole(corpus: Path) -> None:
    """From the command line, without a model: one JSON object with every figure."""
    options = ["--limit", "2", "--pairs", "1", "--memory-files", "1", "--json"]
    options += ["--embedder", "hashing"]
    result = subprocess.run(
        [sys.executable, "-m", "eval", "bench", "--source", str(corpus), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )

    assert result.returncode == 0, result.stderr
    measured = json.loads(result.stdout)
    assert measured["throughput"]["chunks"] > 0
    assert measured["throughput"]["target"] == 0.85
    (memory_used,) = measured["memory"]
    assert (memory_used["once"]["files"], memory_used["twice"]["files"]) == (1, 2)
    assert 0 < memory_used["once"]["chunks"] < memory_used["twice"]["chunks"]
    ratio = memory_used["twice"]["peak_mib"] / memory_used["once"]["peak_mib"]
    assert memory_used["ratio"] == round(ratio, 3)
    assert "pair 1 of 1" in result.stderr


def test_building_again_computes_what_changed_and_no_more(tmp_path: Path) -> None:
    """First all vectors, then none for nothing and for metadata, then few for some words."""
    contents = {
        f"guidelines/{year}.md": sample_corpus.guideline(
            year, f"In the adults of {year}, avoid the zorvaxone tablets.", series=f"of-{year}"
        )
        for year in range(2001, 2013)
    }
    folder = sample_corpus.write(tmp_path / "source", contents)

    measured = measure(folder, list(contents), HashingEmbedder(), seed=1, tell=lambda _: None)

    first, unchanged, metadata, words = measured.builds
    assert first.embedded == first.chunks
    assert unchanged.unchanged
    assert (metadata.embedded, metadata.unchanged) == (0, False)
    assert measured.changed == 5
    assert 0 < words.embedded < first.embedded
    assert measured.ratio == pytest.approx(words.seconds / first.seconds, abs=1e-4)
    assert measured.as_json()["reached"] is (measured.ratio < 0.1)
    assert "words of 5 files" in "\n".join(measured.lines())
