"""A disk that fills: told by its name, the live snapshot unharmed, and healed by free space."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ingest.activating import current_id
from ingest.embedding import HashingEmbedder
from ingest.snapshots import check_files, folder_of, open_snapshot, read_manifest
from tests import sample_corpus
from tests.soak.corpora import corpus
from tests.soak.processes import QUESTION, ran, serving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SIZE_MIB = 128
KIB = 1024
LEFT = (0, 16, 64, 256, 512, 1024, 1536, 2048, 3072)
"""KiB that a build finds free, so that it fails at different places; a little more is enough."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk in memory, mounted for the test; skipped where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("mounting a disk in memory needs root (or run under `unshare -rm`)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def free(folder: Path) -> int:
    """Return the bytes that are free."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def fill(folder: Path, left: int = 0) -> Path:
    """Write a file that leaves *left* bytes free; return it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        while (size := free(folder) - left) > 0:
            stream.write(b"\0" * min(size, 64 * KIB))
    return ballast


def test_a_build_on_a_full_disk_is_told_and_the_next_one_heals(disk: Path) -> None:
    """Refused beforehand; forced, status 3 and one line wherever it strikes; live unharmed."""
    source = corpus(disk.parent / "corpus", "5 mg")
    assert ran(disk, "ingest", "apply", "--source", source).returncode == 0
    index = disk / "index"
    live = current_id(index)
    told = {}
    for left in LEFT:
        corpus(source, f"{left + 10} mg")
        ballast = fill(disk, left * KIB)
        refused = ran(disk, "ingest", "apply", "--source", source)
        assert refused.returncode in (3, 4)  # where nothing can be written, nor can what is planned
        assert "full" in refused.stderr or "MiB free" in refused.stderr
        forced = ran(disk, "ingest", "apply", "--source", source, "--force")
        told[left] = (forced.returncode, forced.stderr.strip().splitlines()[-1:])
        sys.stdout.write(f"{left:5} KiB free: status {forced.returncode}, {told[left][1]}\n")
        assert current_id(index) == live or not forced.returncode
        check_files(folder_of(index, live), read_manifest(folder_of(index, live)))
        open_snapshot(index, live, HashingEmbedder(), check=True).close()
        ballast.unlink()
        again = ran(disk, "ingest", "apply", "--source", source)
        assert again.returncode == 0, again.stderr
        live = current_id(index)
        assert ran(disk, "index", "gc", "--keep", "1", "--yes").returncode == 0

    full = {left: line for left, (status, (line,)) in told.items() if status == 3}
    assert {status for status, _ in told.values()} <= {0, 3}
    assert len(full) >= 5
    assert all("followup: the disk that holds" in line for line in full.values())


def test_a_server_on_a_full_disk_is_told_and_heals_by_itself(disk: Path) -> None:
    """Questions and feedback: 503 and their name for it; answered again with no restart."""
    source = sample_corpus.write(disk.parent / "corpus", sample_corpus.files())
    assert ran(disk, "ingest", "apply", "--source", source).returncode == 0
    with serving(disk, disk.parent / "serve.log") as server:
        answer = httpx.post(f"{server.address}/v1/answers", json={"question": QUESTION}).json()
        address = f"{server.address}/v1/answers/{answer['answer_id']}/feedback"
        ballast = fill(disk)
        words = {"verdict": "helpful", "comment": "x" * 1_500}
        replies = [httpx.post(address, json=words, timeout=60) for _ in range(40)]
        asked = httpx.post(f"{server.address}/v1/answers", json={"question": QUESTION}, timeout=60)
        ready = httpx.get(f"{server.address}/readyz").status_code
        ballast.unlink()
        again = httpx.post(address, json=words, timeout=60).status_code
        answered = httpx.post(f"{server.address}/v1/answers", json={"question": QUESTION})
        kept = len(httpx.get(address).json()["feedback"])

    stored = sum(reply.status_code == 201 for reply in replies)
    sys.stdout.write(f"{stored} of 40 found room, {40 - stored} were told; then {again}\n")
    assert {reply.status_code for reply in replies} <= {201, 503}
    assert replies[-1].status_code == 503
    assert replies[-1].json()["type"].endswith("storage-full")
    assert (asked.status_code, ready) == (503, 200)
    assert (again, answered.status_code) == (201, 200)
    assert kept == stored + 1


def test_a_log_that_cannot_be_written_fails_no_request(disk: Path) -> None:
    """The disk of the log is full: every question is answered; the log goes on afterwards."""
    home = disk.parent / "home"
    source = sample_corpus.write(disk.parent / "corpus", sample_corpus.files())
    assert ran(home, "ingest", "apply", "--source", source).returncode == 0
    log = disk / "serve.log"
    with serving(home, log) as server:
        ballast = fill(disk)
        address = f"{server.address}/v1/answers"
        full = [httpx.post(address, json={"question": QUESTION}, timeout=60) for _ in range(20)]
        refused = httpx.get(f"{server.address}/v1/answers/none")
        size = log.stat().st_size
        ballast.unlink()
        assert server.snapshot()
        grown = log.stat().st_size - size

    sys.stdout.write(f"{len(full)} questions answered; {grown} bytes of log afterwards\n")
    assert [reply.status_code for reply in full] == [200] * 20
    assert refused.status_code == 404
    assert grown > 0
