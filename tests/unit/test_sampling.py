"""Which files a benchmark reads, and how its pairs are summed up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarking import Benchmark, lines, order
from eval.footprint import Footprint, Memory
from eval.pacing import Metered, Pair, Spent, summed_up
from eval.sampling import candidates, copied, drawn
from ingest.embedding import HashingEmbedder
from ingest.errors import CorpusError
from tests import sample_corpus

NAMES = [f"labels/{n}.xml" for n in range(40)] + [f"studies/{n}.xml" for n in range(20)]


def folders(names: list[str]) -> Counter[str]:
    """How many of *names* lie in each folder."""
    return Counter(str(PurePosixPath(name).parent) for name in names)


@given(st.integers(0, 99), st.integers(1, 20))
def test_every_beginning_has_the_mix_of_the_whole(seed: int, third: int) -> None:
    """Two labels for each study, among the first three files and among any more."""
    counts = folders(drawn(NAMES, seed)[: 3 * third])

    assert abs(counts["labels"] - 2 * third) <= 1
    assert abs(counts["studies"] - third) <= 1


@given(st.permutations(NAMES[:8]), st.integers())
def test_the_draw_depends_on_the_names_and_the_seed_alone(names: list[str], seed: int) -> None:
    """A file system lists files in any order; the sample is the same, and every file is in it."""
    assert drawn(names, seed) == drawn(sorted(names), seed)
    assert sorted(drawn(names, seed)) == sorted(names)


def test_another_seed_draws_other_files() -> None:
    """A figure that holds for one sample only can be told from one that holds."""
    assert drawn(NAMES, 1)[:10] != drawn(NAMES, 2)[:10]


def test_a_manifest_says_what_is_read(tmp_path: Path) -> None:
    """Files that an ingest leaves out are not measured."""
    manifest = 'exclude = ["README.md"]\n[[files]]\npath = "a.md"\n'
    sample_corpus.write(tmp_path, {"manifest.toml": manifest, "a.md": "# A", "README.md": "# B"})

    assert candidates(tmp_path) == ["a.md"]
    with pytest.raises(CorpusError, match="holds 1 files; 2 are needed"):
        order(tmp_path, 1, at_least=2)


def test_copies_keep_their_paths(tmp_path: Path) -> None:
    """The mix of folders is there for the next who draws from it."""
    source = sample_corpus.write(tmp_path / "a", {"x/1.md": "one", "y/2.md": "two"})

    copied(source, ["y/2.md"], tmp_path / "b")

    assert candidates(tmp_path / "b") == ["y/2.md"]
    assert (tmp_path / "b" / "y" / "2.md").read_text() == "two"


def pair(run: float, embedding: float, alone: float) -> Pair:
    """One pair of 100 chunks, in seconds by the wall; processor time is twice that."""
    run_spent, embedding_spent, alone_spent = (Spent(s, 2 * s) for s in (run, embedding, alone))
    return Pair(100, run_spent, embedding_spent, alone_spent, {"embedding": embedding})


def test_the_median_is_of_each_pairs_own_ratio() -> None:
    """Both sides of a slow pair are slow: its ratio counts, not its seconds."""
    pairs = [pair(12.5, 11, 10), pair(25, 22, 20), pair(10, 10, 10)]

    measured = summed_up(pairs, files=3)

    assert (measured.embedding_ratio, measured.run_ratio) == (0.909, 0.8)
    assert (measured.embedding_cpu_ratio, measured.run_cpu_ratio) == (0.909, 0.8)
    assert (measured.embedding_rate, measured.run_rate, measured.alone_rate) == (9.1, 8.0, 10.0)
    assert measured.reached
    assert not summed_up([pair(30, 20, 10)], files=3).reached


def test_a_metered_embedder_counts_passages_only() -> None:
    """It embeds as the one inside does; tokens and questions are not its embedding time."""
    plain, metered = HashingEmbedder(), Metered(HashingEmbedder())

    metered.embed_question("a question")
    assert metered.tokens("two words") == plain.tokens("two words")
    assert metered.spent.wall == 0
    assert (metered.embed_passages(["a", "b"]) == plain.embed_passages(["a", "b"])).all()

    assert metered.spent.wall > 0
    assert metered.identity == plain.identity


def test_the_report_says_whether_the_target_was_reached() -> None:
    """A person reads ratios and the verdict; a script reads the same numbers."""
    memory = Memory("hashing", Footprint(10, 99, 200.0), Footprint(20, 200, 210.0), 1.05)
    speed = summed_up([pair(30, 20, 10)], files=3)
    benchmark = Benchmark("ingest", 1, 2, "hashing@0", speed, (memory,))

    text = "\n".join(lines(benchmark))

    assert "0.500 of alone (0.500 in processor time; target 0.85: NOT reached)" in text
    assert "200 MiB for 10 files (99 chunks), 210 MiB for 20 files (200 chunks): x 1.05" in text
    assert benchmark.as_json()["throughput"]["run_ratio"] == 0.333
