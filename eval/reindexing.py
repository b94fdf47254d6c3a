"""
What a re-index costs beside the first build of the same files, in one process, one after the other.

Four builds: the first; one of an unchanged corpus; one after every file's manifest entry changed;
one after the words of some files changed.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from eval.sampling import copied
from ingest.embedding import Embedder
from ingest.manifests import NAME
from ingest.pipeline import ingest
from ingest.reporting import Report

TARGET = 0.1
"""Share of the first build's time that a build after five changed files may take."""
CHANGED = 5
_EDITED = (".xml", ".nxml", ".json", ".txt", ".md", ".html")
_COMMON = re.compile(rb" the ")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Build:
    """One build: wall-clock seconds, chunks, vectors computed, and the seconds of each stage."""

    name: str
    seconds: float
    chunks: int
    embedded: int
    unchanged: bool
    stages: dict[str, float]


@dataclass(frozen=True, slots=True)
class Reindexing:
    """The builds, in order; ``ratio`` is of the time after changed files to the first build's."""

    files: int
    changed: int
    cores: int
    embedder: str
    builds: tuple[Build, ...]
    ratio: float
    target: float = TARGET

    @property
    def reached(self) -> bool:
        """Whether a build costs what changed."""
        return self.ratio < self.target

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return asdict(self) | {"reached": self.reached}

    def lines(self) -> list[str]:
        """Return a few lines for people."""
        first = self.builds[0].seconds
        verdict = "reached" if self.reached else "NOT reached"
        return [
            f"{self.files} files, {self.cores} cores, {self.embedder}",
            *(
                f"  {b.name:<28} {b.seconds:8.1f} s  x {b.seconds / first:.3f}  "
                f"{b.embedded:,} of {b.chunks:,} vectors computed"
                for b in self.builds
            ),
            f"  target for {self.changed} changed files: x {self.target} ({verdict})",
        ]


def measure(
    folder: Path, names: Sequence[str], embedder: Embedder, *, seed: int, tell: Tell
) -> Reindexing:
    """Build the files *names* of *folder*, then build again after each kind of change."""
    embedder.embed_passages(["Loaded before the clock starts."])
    with tempfile.TemporaryDirectory(prefix="followup-reindex-") as home:
        source = copied(folder, names, Path(home) / "source")
        index = Path(home) / "index"
        builds = [_build("first", source, index, embedder, tell)]
        builds.append(_build("unchanged", source, index, embedder, tell))
        _list_all(source, names)
        builds.append(_build("metadata of every file", source, index, embedder, tell))
        changed = _edit(source, names, seed)
        builds.append(_build(f"words of {changed} files", source, index, embedder, tell))
    return Reindexing(
        len(names),
        changed,
        os.cpu_count() or 1,
        str(embedder.identity),
        tuple(builds),
        round(builds[-1].seconds / builds[0].seconds, 4),
    )


def _build(name: str, source: Path, index: Path, embedder: Embedder, tell: Tell) -> Build:
    start = perf_counter()
    report: Report = ingest([source], index, embedder)
    seconds = round(perf_counter() - start, 2)
    tell(f"{name}: {seconds} s, {report.embedded} of {report.chunks} vectors computed")
    return Build(name, seconds, report.chunks, report.embedded, report.unchanged, report.seconds)


def _list_all(source: Path, names: Sequence[str]) -> None:
    """Give every file an entry with a licence, which changes no word of any."""
    entries = (f'[[files]]\npath = "{name}"\nlicence = "as found"\n' for name in sorted(names))
    (source / NAME).write_text("".join(entries), encoding="utf-8")


def _edit(source: Path, names: Sequence[str], seed: int) -> int:
    """Change words of five text files, drawn by *seed*; return of how many."""
    texts = sorted(name for name in names if name.endswith(_EDITED))
    edited = 0
    for name in random.Random(seed).sample(texts, len(texts)):  # noqa: S311 - a sample
        path = source / name
        words, count = _COMMON.subn(b" this ", path.read_bytes(), count=3)
        if count:
            path.write_bytes(words)
            edited += 1
        if edited == CHANGED:
            break
    return edited
