"""
How fast ingestion is beside the embedder alone.

The two are compared in one process, in turns, on the very same texts: a machine that others use,
or that grows hot, slows both sides alike. Wall and processor time are reported, since where others
take half the machine the first says little.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from eval.sampling import copied
from ingest.embedding import Embedder, Identity, Spans, Vectors
from ingest.pipeline import ingest
from ingest.recalling import DocumentReader
from ingest.snapshots import DOCUMENTS

TARGET = 0.85
"""Share of the embedder's own throughput that ingestion must reach."""
_READ_AT_ONCE = 4_096

Tell = Callable[[str], None]
"""Whoever is told how far a benchmark has come."""


@dataclass(slots=True)
class Spent:
    """Seconds by the clock on the wall, and of processor time over all threads and children."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class Metered:
    """An embedder that adds up what embedding passages costs."""

    embedder: Embedder
    spent: Spent = field(default_factory=Spent)

    @property
    def identity(self) -> Identity:
        """The embedder's own."""
        return self.embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed, and count the time."""
        with _spent() as once:
            vectors = self.embedder.embed_passages(texts)
        self.spent.wall += once.wall
        self.spent.cpu += once.cpu
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """Embed; a question is not counted."""
        return self.embedder.embed_question(text)

    def tokens(self, text: str) -> Spans:
        """Return the embedder's tokens; the splitter asks, so it is not embedding's time."""
        return self.embedder.tokens(text)


@dataclass(frozen=True, slots=True)
class Pair:
    """One ingest run, what its embedding cost, and the embedder alone on the same texts after."""

    chunks: int
    run: Spent
    embedding: Spent
    alone: Spent
    stages: dict[str, float]

    @property
    def embedding_ratio(self) -> float:
        """Throughput of the embedding stage to that of the embedder alone."""
        return self.alone.wall / self.embedding.wall

    @property
    def embedding_cpu_ratio(self) -> float:
        """The same, in processor time."""
        return self.alone.cpu / self.embedding.cpu

    @property
    def run_ratio(self) -> float:
        """Throughput of the whole run, from files to the live snapshot, to the embedder's."""
        return self.alone.wall / self.run.wall

    @property
    def run_cpu_ratio(self) -> float:
        """The same, in processor time."""
        return self.alone.cpu / self.run.cpu


@dataclass(frozen=True, slots=True)
class Throughput:
    """Medians over pairs; rates in chunks per second."""

    files: int
    chunks: int
    pairs: int
    embedding_rate: float
    run_rate: float
    alone_rate: float
    embedding_ratio: float
    embedding_cpu_ratio: float
    run_ratio: float
    run_cpu_ratio: float
    target: float
    reached: bool
    stages: dict[str, float]


def throughput(
    folder: Path, names: Sequence[str], embedder: Embedder, *, pairs: int, tell: Tell
) -> Throughput:
    """Ingest the files *names* of *folder* and embed the same texts alone, in turns."""
    embedder.embed_passages(["Loaded before the clock starts."])
    measured: list[Pair] = []
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as home:
        source = copied(folder, names, Path(home) / "source")
        for turn in range(1, pairs + 1):
            tell(f"pair {turn} of {pairs}: ingesting {len(names)} files")
            pair = _pair(source, Path(home) / f"index-{turn}", embedder, tell)
            tell(
                f"pair {turn} of {pairs}: {pair.chunks} chunks; embedding stage "
                f"{pair.embedding_ratio:.2f}, whole run {pair.run_ratio:.2f} of the embedder alone"
            )
            measured.append(pair)
    return summed_up(measured, files=len(names))


def summed_up(pairs: Sequence[Pair], *, files: int) -> Throughput:
    """Return the medians of *pairs*; a ratio's median is that of the pairs' own ratios."""
    embedding_ratio = median(pair.embedding_ratio for pair in pairs)
    stages = {stage: 0.0 for pair in pairs for stage in pair.stages}
    return Throughput(
        files=files,
        chunks=pairs[0].chunks,
        pairs=len(pairs),
        embedding_rate=round(median(p.chunks / p.embedding.wall for p in pairs), 1),
        run_rate=round(median(p.chunks / p.run.wall for p in pairs), 1),
        alone_rate=round(median(p.chunks / p.alone.wall for p in pairs), 1),
        embedding_ratio=round(embedding_ratio, 3),
        embedding_cpu_ratio=round(median(p.embedding_cpu_ratio for p in pairs), 3),
        run_ratio=round(median(p.run_ratio for p in pairs), 3),
        run_cpu_ratio=round(median(p.run_cpu_ratio for p in pairs), 3),
        target=TARGET,
        reached=embedding_ratio >= TARGET,
        stages={s: round(median(p.stages.get(s, 0.0) for p in pairs), 2) for s in stages},
    )


def _pair(source: Path, index: Path, embedder: Embedder, tell: Tell) -> Pair:
    metered = Metered(embedder)
    with _spent() as run:
        report = ingest([source], index, metered)
    store = index / "snapshots" / report.snapshot / DOCUMENTS
    texts: list[str] = []
    with DocumentReader(store) as documents:
        for start in range(0, report.chunks, _READ_AT_ONCE):
            rows = range(start, min(start + _READ_AT_ONCE, report.chunks))
            texts += [chunk.indexed_text for chunk in documents.chunks(rows)]
    tell(f"embedding the same {len(texts)} texts alone")
    with _spent() as alone:
        embedder.embed_passages(texts)
    return Pair(report.chunks, run, metered.spent, alone, report.seconds)


@contextmanager
def _spent() -> Iterator[Spent]:
    """Measure what happens inside; the result is filled in at its end."""
    spent = Spent()
    start, cpu = perf_counter(), _cpu()
    yield spent
    spent.wall, spent.cpu = perf_counter() - start, _cpu() - cpu


def _cpu() -> float:
    """Seconds of processor time: every thread's, and that of children that have ended."""
    times = os.times()
    return process_time() + times.children_user + times.children_system
