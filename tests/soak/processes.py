"""Builders and servers in processes of their own, as soak tests start, ask, kill and stop them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
START_WITHIN = 60.0
QUESTION = "What is the recommended dose of zorvaxone tablets?"


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process whose data lies in *home*."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("FOLLOWUP_")},
        "FOLLOWUP_HOME": str(home),
        "FOLLOWUP_POLL_SECONDS": "0.2",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        **(more or {}),
    }


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of ``followup`` with the tests' embedder."""
    return [sys.executable, "-m", "tests.soak.hashing_cli", *map(str, arguments)]


def ran(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(home),
        text=True,
    )


@dataclass(frozen=True)
class Server:
    """A server that is ready: its process and address; what that took, in seconds and of CPU."""

    process: subprocess.Popen[bytes]
    address: str
    seconds: float
    computing: float

    def snapshot(self) -> str:
        """Ask a question; return the snapshot that its answer names."""
        reply = httpx.post(f"{self.address}/v1/answers", json={"question": QUESTION}, timeout=60)
        reply.raise_for_status()
        return str(reply.json()["answer"]["provenance"]["snapshot"])

    def resident(self) -> int:
        """Return the bytes of memory that the process holds."""
        return resident(self.process.pid)


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def computed(pid: int) -> float:
    """Return the seconds that a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(home: Path, log: Path, more: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve *home* in a process of its own for as long as the block runs; its log goes to *log*."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command("serve", "--port", str(port)),
            stdout=stream,
            stderr=stream,
            cwd=ROOT,
            env=environment(home, more),
        )
    try:
        address = f"http://127.0.0.1:{port}"
        until = began + START_WITHIN
        while not _ready(address):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"not ready, status {process.poll()}: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        seconds = time.monotonic() - began
        yield Server(process, address, seconds, computed(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
