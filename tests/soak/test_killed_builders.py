"""Builders killed with -9: readers never notice, nothing is lost, the next build is as ever."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.activating import current_id
from ingest.collecting import collect
from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from ingest.snapshots import (
    digest_file,
    list_snapshots,
)
from service.bootstrap import Runtime, bootstrap
from service.settings import read_settings
from tests.soak.corpora import corpus, said
from tests.soak.processes import QUESTION, ROOT, environment, ran

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

KILLS = 50
COMMAND_KILLS = 4
SEED = 20_261_124
DOSES = ("25 mg", "30 mg", "35 mg", "40 mg", "45 mg")
"""One corpus each: whichever is built, two others at most have vectors to reuse."""


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file below *folder*."""
    return {str(p): digest_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@dataclass
class Reader:
    """Asks the live snapshot one question after the other, all the time."""

    runtime: Runtime
    answered: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until it is done."""
        while not self.done.is_set():
            try:
                with self.runtime.live.reading() as reading:
                    answer = reading.answerer.answer(QUESTION)
                    if answer.provenance.snapshot != reading.snapshot.id or not answer.sections:
                        self.faults.append(f"{answer.outcome} from {answer.provenance.snapshot}")
                self.answered[answer.provenance.snapshot] += 1
            except Exception as error:  # noqa: BLE001 - any is a failed answer
                self.faults.append(repr(error))
            time.sleep(0.02)


@contextmanager
def reading(home: Path, index: Path) -> Iterator[Reader]:
    """Have a reader at work for as long as the block runs."""
    settings = read_settings(home=home, index=index)
    with bootstrap(settings, embedder=HashingEmbedder()) as runtime:
        runtime.live.follow(0.05)
        reader = Reader(runtime)
        thread = threading.Thread(target=reader.run)
        thread.start()
        try:
            yield reader
        finally:
            reader.done.set()
            thread.join()


@contextmanager
def building(source: Path, index: Path) -> Iterator[subprocess.Popen[str]]:
    """Have a builder at work; the block begins when it does."""
    builder = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.builder", source, index],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(index.parent),
        text=True,
    )
    with builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "begun\n"
        yield builder


def written(index: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file that a build writes."""
    found = {}
    for place in (*index.glob("building-*"), index / "cache"):
        for folder, _, names in os.walk(place):
            for name in names:
                path = Path(folder, name)
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def writes(builder: subprocess.Popen[str], index: Path, most: int | None = None) -> list[str]:
    """Watch the files that a build writes until the *most*-th write; return which they were."""
    seen: list[str] = []
    before = written(index)
    while builder.poll() is None and (most is None or len(seen) < most):
        now = written(index)
        seen += [Path(name).name for name, state in now.items() if before.get(name) != state]
        before = now
        time.sleep(0.001)
    return seen


def test_fifty_killed_builders_harm_nobody(tmp_path: Path) -> None:
    """Half killed at a random moment, half at a write to an index file; 50 of 50 builds follow."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    index = tmp_path / "index"
    sources = [corpus(tmp_path / "sources" / dose / "corpus", dose) for dose in DOSES]
    alone = [tmp_path / f"alone-{number}" for number in range(len(DOSES))]
    reports = [ingest([s], i, HashingEmbedder()) for s, i in zip(sources, alone, strict=True)]
    whole = [said(i, report.snapshot) for i, report in zip(alone, reports, strict=True)]
    before = digests(tmp_path / "sources")
    ingest([sources[-2]], index, HashingEmbedder())
    with building(sources[-1], index) as builder:
        began = time.monotonic()
        total = len(writes(builder, index))
        seconds = time.monotonic() - began
    assert builder.returncode == 0

    moments: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with reading(tmp_path / "home", index) as reader:
        for number in range(2 * KILLS):
            if outcomes["killed"] == KILLS:
                break
            target = number % len(DOSES)
            live = current_id(index)
            with building(sources[target], index) as builder:
                if number % 2:
                    time.sleep(chance.uniform(0, seconds))
                    moments["at a random moment"] += builder.poll() is None
                else:
                    last = writes(builder, index, chance.randint(1, total))[-1:]
                    moments.update(last if builder.poll() is None else [])
                builder.kill()
            outcomes["killed" if builder.returncode == -9 else "had ended before"] += 1
            assert current_id(index) == live or said(index, current_id(index)) == whole[target]
            with building(sources[target], index) as builder:
                assert builder.stdout is not None
                assert builder.stderr is not None
                told, trouble = builder.stdout.read(), builder.stderr.read()
            assert builder.returncode == 0, trouble
            assert said(index, told.strip()) == whole[target]
            assert current_id(index) == told.strip()
            collect(index, keep=1)

    sys.stdout.write(
        f"{dict(outcomes)}; while writing {dict(moments)}; a build takes {seconds:.1f} s and "
        f"{total} writes; {sum(reader.answered.values())} questions answered meanwhile from "
        f"{len(reader.answered)} snapshots, {len(reader.faults)} failed\n"
    )
    assert reader.faults == []
    assert digests(tmp_path / "sources") == before
    assert outcomes["killed"] == KILLS
    assert not list(index.glob("building-*"))
    assert len(list_snapshots(index)) == 2


def test_a_killed_command_is_resumed_by_the_command(tmp_path: Path) -> None:
    """``followup ingest apply`` killed at a write, then ``--resume``: the same snapshot, live."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    source = corpus(tmp_path / "corpus", "25 mg")
    report = ingest([source], tmp_path / "alone", HashingEmbedder())
    whole = said(tmp_path / "alone", report.snapshot)
    for number in range(COMMAND_KILLS):
        home = tmp_path / f"home-{number}"
        builder = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.hashing_cli", "ingest", "apply", "--source", source],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment(home),
            text=True,
        )
        with builder:
            seen = writes(builder, home / "index", chance.randint(2, 40))
            builder.kill()
        resumed = ran(home, "ingest", "apply", "--resume")

        sys.stdout.write(f"killed at write {len(seen)}, to {seen[-1]}: {resumed.returncode}\n")
        assert builder.returncode == -9
        assert resumed.returncode == 0, resumed.stderr
        assert said(home / "index", current_id(home / "index")) == whole
        shutil.rmtree(home)
