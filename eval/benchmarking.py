"""What one run of the benchmark measured: ingestion's speed, and its memory beside its files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.footprint import Memory
from eval.pacing import Throughput
from eval.sampling import candidates, drawn
from ingest.errors import CorpusError

SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Everything that one run of the benchmark measured."""

    source: str
    seed: int
    cores: int
    embedder: str
    throughput: Throughput
    memory: tuple[Memory, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the benchmark as JSON-ready values."""
        return asdict(self)


def order(folder: Path, seed: int, *, at_least: int) -> list[str]:
    """Return the files of *folder* as drawn by *seed*; CorpusError where they are too few."""
    names = drawn(candidates(folder), seed)
    if len(names) < at_least:
        raise CorpusError(f"{folder} holds {len(names)} files; {at_least} are needed")
    return names


def lines(benchmark: Benchmark) -> list[str]:
    """Return the benchmark as a few lines for people."""
    t = benchmark.throughput
    made = f"{t.files} files, {t.chunks} chunks, {t.pairs} pairs, {benchmark.cores} cores"
    verdict = f"target {t.target}: {'reached' if t.reached else 'NOT reached'}"
    stage = f"{t.embedding_rate:8.1f} chunks/s  {t.embedding_ratio:.3f} of alone"
    run = f"{t.run_rate:8.1f} chunks/s  {t.run_ratio:.3f} of alone"
    return [
        f"{made}, {benchmark.embedder}",
        f"  embedding stage {stage} ({t.embedding_cpu_ratio:.3f} in processor time; {verdict})",
        f"  whole run       {run} ({t.run_cpu_ratio:.3f} in processor time)",
        f"  embedder alone  {t.alone_rate:8.1f} chunks/s",
        "  seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in t.stages.items()),
        *(_memory_line(each) for each in benchmark.memory),
    ]


def _memory_line(measured: Memory) -> str:
    once, twice = (
        f"{each.peak_mib:.0f} MiB for {each.files} files ({each.chunks} chunks)"
        for each in (measured.once, measured.twice)
    )
    return f"memory, {measured.embedder} embedder: {once}, {twice}: x {measured.ratio:.2f}"
