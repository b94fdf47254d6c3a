"""
What memory ingestion takes, in a process of its own, as files grow in number.

``python -m eval.footprint SOURCE INDEX default|hashing`` ingests one folder and prints its files,
chunks and peak memory as JSON: the process that :func:`memory` starts and asks.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.sampling import copied
from ingest.embedding import HashingEmbedder, default_embedder
from ingest.errors import IngestError
from ingest.pipeline import ingest


@dataclass(frozen=True, slots=True)
class Footprint:
    """One ingest in a process of its own."""

    files: int
    chunks: int
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak memory over some files and over twice as many of the same mix."""

    embedder: str
    once: Footprint
    twice: Footprint
    ratio: float


def memory(
    folder: Path, names: Sequence[str], embedder: str, *, files: int, tell: Callable[[str], None]
) -> Memory:
    """
    Measure peak memory over the first *files* of *names*, and over twice as many.

    *embedder* is "default", or "hashing" to see the pipeline without a model's own memory.
    """
    footprints = []
    for count in (files, 2 * files):
        tell(f"memory: ingesting {count} files ({embedder} embedder)")
        with tempfile.TemporaryDirectory(prefix="followup-bench-") as home:
            source = copied(folder, names[:count], Path(home) / "source")
            footprints.append(_footprint(source, Path(home) / "index", embedder))
        tell(f"memory: {footprints[-1].peak_mib:.0f} MiB for {footprints[-1].chunks} chunks")
    once, twice = footprints
    return Memory(embedder, once, twice, round(twice.peak_mib / once.peak_mib, 3))


def _footprint(source: Path, index: Path, embedder: str) -> Footprint:
    result = subprocess.run(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", "eval.footprint", str(source), str(index), embedder],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if result.returncode != 0:
        last = result.stderr.strip().splitlines()[-1:] or ["no message"]
        raise IngestError(f"the ingest to be measured failed: {last[0]}")
    return Footprint(**json.loads(result.stdout))


def peak_mib() -> float:
    """
    Return the most memory that this process has held at once, in MiB.

    Linux says it of the process itself (``VmHWM``); ``getrusage`` counts in what the parent held
    when it started this one, so it serves only where there is nothing else.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(source: str, index: str, embedder: str) -> None:
    """Ingest *source* and print files, chunks and peak memory."""
    chosen = (
        HashingEmbedder()
        if embedder == "hashing"
        else default_embedder(threads=os.cpu_count() or 2)
    )
    report = ingest([Path(source)], Path(index), chosen)
    measured = {"files": report.files, "chunks": report.chunks, "peak_mib": round(peak_mib(), 1)}
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
