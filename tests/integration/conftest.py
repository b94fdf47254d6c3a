"""What the integration tests share: one index, built once from the small corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from ingest.reporting import Report
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
    """An index that nobody may change, and how it was made."""

    corpus: Path
    index: Path
    report: Report
    seen: Seen

    @property
    def folder(self) -> Path:
        """The live snapshot's folder."""
        return self.index / "snapshots" / self.report.snapshot


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small corpus, ingested."""
    home = tmp_path_factory.mktemp("built")
    corpus = sample_corpus.write(home / "corpus", sample_corpus.files())
    seen = Seen()
    report = ingest([corpus], home / "index", HashingEmbedder(), progress=seen)
    return Built(corpus, home / "index", report, seen)
