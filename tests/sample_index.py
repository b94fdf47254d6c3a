"""Indexes of the small corpus, as the tests share them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from ingest.reporting import Report
from ingest.snapshots import MANIFEST, folder_of, parse_manifest, write_manifest
from tests import sample_corpus


@dataclass
class Seen:
    """Progress, remembered."""

    steps: list[tuple[str, int, int | None]] = field(default_factory=list)

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Remember one step."""
        self.steps.append((stage, done, total))


@dataclass(frozen=True)
class Built:
    """An index with one snapshot, and how it was made."""

    corpus: Path
    index: Path
    report: Report
    seen: Seen

    @property
    def folder(self) -> Path:
        """The live snapshot's folder."""
        return self.index / "snapshots" / self.report.snapshot


@dataclass(frozen=True)
class Twice:
    """An index with two snapshots: of the small corpus, and of it with another dose."""

    corpus: Path
    index: Path
    first: Report
    second: Report


def republish(index: Path, snapshot_id: str, name: str) -> str:
    """Publish a snapshot once more under another id; return that."""
    folder = Path(shutil.copytree(folder_of(index, snapshot_id), folder_of(index, name)))
    told = parse_manifest((folder / MANIFEST).read_bytes(), name)
    write_manifest(folder, replace(told, id=name))
    return name


def build(home: Path) -> Built:
    """Ingest the small corpus below *home*."""
    corpus = sample_corpus.write(home / "corpus", sample_corpus.files())
    seen = Seen()
    report = ingest([corpus], home / "index", HashingEmbedder(), progress=seen)
    return Built(corpus, home / "index", report, seen)


def build_twice(home: Path) -> Twice:
    """Ingest the small corpus below *home*; then one file of it changed, once more."""
    corpus = sample_corpus.write(home / "another name", sample_corpus.files())
    first = ingest([corpus], home / "index", HashingEmbedder())
    changed = {"labels/zorvanex.xml": sample_corpus.tablets("8", "20251101", dose="25 mg")}
    sample_corpus.write(corpus, changed)
    second = ingest([corpus], home / "index", HashingEmbedder())
    return Twice(corpus, home / "index", first, second)
