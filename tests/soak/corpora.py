"""A corpus large enough for a build of some seconds, and of one number that can change."""

from __future__ import annotations

from pathlib import Path

from tests import sample_corpus

LABELS = 24


def corpus(folder: Path, dose: str) -> Path:
    """Write a corpus whose labels all name *dose*."""
    files = dict(sample_corpus.files())
    for number in range(LABELS):
        label = sample_corpus.spl(
            f"0a0a0a0a-0000-4000-8000-0000000001{number:02}",
            "1",
            "20250601",
            brand=f"Brand{number}",
            moieties=(f"SUBSTANCE{number}",),
            form="TABLET",
            route="ORAL",
            sections={
                code: f"Part {part} of brand {number}: {dose} once daily. " * 6
                for part, code in enumerate(("34066-1", "34067-9", "34068-7", "34070-3", "34084-4"))
            },
        )
        files[f"labels/{number}.xml"] = label
    return sample_corpus.write(folder, files)
