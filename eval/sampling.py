"""Which files a benchmark reads: some of a folder, drawn by seed, in the folder's own mix."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ingest.manifests import load_manifest
from ingest.reading import list_files


def drawn(names: Iterable[str], seed: int) -> list[str]:
    """
    Return *names* in an order of which every beginning has the mix of the whole.

    The mix is that of the folders that files lie in: each folder's files, shuffled by *seed*,
    are spread evenly over the order. Twice as many files are then twice as much of the same.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        folders[str(PurePosixPath(name).parent)].append(name)
    placed: list[tuple[float, str]] = []
    for folder, members in sorted(folders.items()):
        random.Random(f"{seed}/{folder}").shuffle(members)  # noqa: S311 - a sample, not a secret
        placed += [((at + 0.5) / len(members), name) for at, name in enumerate(members)]
    return [name for _, name in sorted(placed)]


def candidates(folder: Path) -> list[str]:
    """Return the names of the files of *folder* that an ingest would read."""
    manifest = load_manifest(folder)
    names = list(list_files(folder))
    return names if manifest is None else [name for name in names if name in manifest.entries]


def copied(folder: Path, names: Iterable[str], target: Path) -> Path:
    """Copy the files *names* of *folder* to *target*, paths kept; return *target*."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target / name)
    return target
