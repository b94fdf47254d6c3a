"""Damaged files: found by the manifest before anything is served; the snapshot before answers."""

from __future__ import annotations

import random
import shutil
import statistics
import sys
from collections import Counter
from pathlib import Path

import pytest

from ingest.computing import Shard
from ingest.embedding import HashingEmbedder
from ingest.errors import IndexDamagedError
from ingest.pipeline import embed_shard, ingest
from ingest.snapshots import open_snapshot
from tests.damaging import cut, flip, kinds, restored
from tests.sample_index import build_twice
from tests.soak.corpora import corpus, said
from tests.soak.processes import serving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

FLIPS = 200
CACHE_FLIPS = 24
SEED = 20_261_124


def test_every_flipped_bit_and_every_cut_is_found_by_the_opening_check(tmp_path: Path) -> None:
    """200 single bits over all kinds of file, and one cut of each: none is opened."""
    twice = build_twice(tmp_path)
    live = twice.second.snapshot
    by_kind = kinds(twice.index / "snapshots" / live)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    missed = []
    for number in range(FLIPS + len(by_kind)):
        kind = sorted(by_kind)[number % len(by_kind)]
        path = chance.choice(by_kind[kind])
        harm = flip if number < FLIPS else cut
        with restored(path):
            at = harm(path, chance)
            try:
                open_snapshot(twice.index, live, HashingEmbedder(), check=True).close()
            except IndexDamagedError:
                continue
            missed.append((kind, harm.__name__, at))

    sys.stdout.write(f"{FLIPS} flips, {len(by_kind)} cuts, kinds: {', '.join(by_kind)}\n")
    assert missed == []
    open_snapshot(twice.index, live, HashingEmbedder(), check=True).close()


def test_a_server_starts_on_the_snapshot_before_whatever_file_is_damaged(tmp_path: Path) -> None:
    """One start a kind of file, flipped or cut: never a crash, and every answer names which."""
    twice = build_twice(tmp_path)
    home, log = tmp_path, tmp_path / "serve.log"
    live = twice.index / "snapshots" / twice.second.snapshot
    chance = random.Random(SEED)  # noqa: S311 - no secret
    with serving(home, log) as server:
        assert server.snapshot() == twice.second.snapshot
        sound = (server.seconds, server.computing)
    seconds: dict[str, tuple[float, float]] = {}
    names = {}
    for number, (kind, paths) in enumerate(sorted(kinds(live).items())):
        path = chance.choice(paths)
        harm = (flip, cut)[number % 2]
        with restored(path):
            harm(path, chance)
            with serving(home, log) as server:
                seconds[f"{kind} ({harm.__name__})"] = (server.seconds, server.computing)
                names[kind] = server.snapshot()

    for kind, (taken, computing) in seconds.items():
        sys.stdout.write(f"{kind:50} ready after {taken:.1f} s, {computing:.1f} s of CPU\n")
    taken, computing = (statistics.median(each) for each in zip(*seconds.values(), strict=True))
    sys.stdout.write(
        f"ready when sound: {sound[0]:.1f} s, {sound[1]:.1f} s of CPU; "
        f"when damaged, median: {taken:.1f} s, {computing:.1f} s of CPU\n"
    )
    assert set(names.values()) == {twice.first.snapshot}
    assert log.read_text().count("snapshot_fallback") == len(names)


def test_a_flipped_bit_in_a_cache_changes_no_snapshot(tmp_path: Path) -> None:
    """Parsed files and kept vectors are checked as they are used: what is wrong is made anew."""
    source, index, copy = corpus(tmp_path / "corpus", "5 mg"), tmp_path / "index", tmp_path / "copy"
    ingest([source], index, HashingEmbedder())
    corpus(source, "6 mg")
    report = ingest([source], tmp_path / "alone", HashingEmbedder())
    whole = said(tmp_path / "alone", report.snapshot)
    embed_shard([source], index, HashingEmbedder(), Shard(1, 1))
    chance = random.Random(SEED)  # noqa: S311 - no secret
    harmed = Counter[str]()
    for number in range(CACHE_FLIPS):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(index, copy)
        files = [path for each in kinds(copy / "cache").values() for path in each]
        flip(path := files[number % len(files)], chance)
        harmed[path.name] += 1
        report = ingest([source], copy, HashingEmbedder())
        assert said(copy, report.snapshot) == whole

    sys.stdout.write(f"{CACHE_FLIPS} flips in {dict(harmed)}: the same snapshot each time\n")
    assert len(harmed) > 1
