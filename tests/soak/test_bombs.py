"""Files made to harm: refused early, in bounded memory, without a file or a host being asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import hostile

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SECONDS = 60
"""After which a file hangs its reader; the deadline of a record is 5 s of computing here."""
MIB = 1024
"""Memory that one file may ask for before its reader is refused more."""
MOST_MIB = 400
SIMPLE = frozenset(
    "deep-inline.html deep-lists.html head.html list-lead.html list-lead.md nul.html"
    " brackets.md continued.txt emphasis.md line.md line.txt links.md lists.md numbers.json"
    " parentheses.json records.txt references.md sentences.json table.md ticks.md words.json"
    " words.md keys.json drive.zip nameless.zip sizes.zip count.pdf form.pdf size.pdf".split()
)
"""Odd files that hold text and no harm: read, each as what it says."""


@dataclass
class Listener:
    """A host on loopback that nobody may ask."""

    address: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Listen on a free port; remember who connects."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        listening = Listener(f"http://127.0.0.1:{server.getsockname()[1]}")

        def accept() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:
                    return
                listening.asked.append(str(peer))
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def read(folder: Path, files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Read *files* in child processes; return what became of each, and print it."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.reading", folder, str(SECONDS), str(MIB)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told = {item["name"]: item for item in map(json.loads, done.stdout.splitlines())}
    for name, item in sorted(told.items(), key=lambda each: -each[1].get("ms", 0))[:40]:
        result = item["faults"] or item["reason"] or f"{item['documents']} documents"
        size = len(files[name]) / 1024
        figures = f"{size:10.1f} KiB {item.get('ms', 0):9.1f} ms {item.get('mib', 0):7.1f} MiB"
        sys.stdout.write(f"{name:28} {figures}  {str(result)[:90]}\n")
    return told


@pytest.mark.parametrize("group", hostile.GROUPS)
def test_no_file_hangs_its_reader_or_takes_its_memory(tmp_path: Path, group: str) -> None:
    """Each is a dead letter or, where it does no harm, its text; none needs the last resort."""
    told = read(tmp_path / "files", hostile.GROUPS[group]())

    assert {name: item["faults"] for name, item in told.items() if item["faults"]} == {}
    assert [name for name, item in told.items() if item["documents"] + item["letters"] == 0] == []
    assert {name: item["mib"] for name, item in told.items() if item["mib"] > MOST_MIB} == {}
    if group not in ("encodings", "cut"):
        read_whole = {name for name, item in told.items() if item["documents"]}
        assert read_whole <= SIMPLE


def test_entities_are_refused_and_nobody_is_asked(tmp_path: Path, listener: Listener) -> None:
    """Bombs, files and hosts behind entities: all refused; no connection is made, no file read."""
    secret = tmp_path / "secret.txt"
    secret.write_text(hostile.SECRET)

    told = read(tmp_path / "files", hostile.entities(listener.address, str(secret)))

    assert {name: item["faults"] for name, item in told.items() if item["faults"]} == {}
    assert {name for name, item in told.items() if item["documents"]} == set()
    assert listener.asked == []


def test_markup_that_names_hosts_and_files_asks_none(tmp_path: Path, listener: Listener) -> None:
    """External DTDs, inclusions, frames, scripts and pictures are names, not things to fetch."""
    secret = tmp_path / "secret.txt"
    secret.write_text(hostile.SECRET)

    told = read(tmp_path / "files", hostile.asking(listener.address, str(secret)))

    assert {name: item["faults"] for name, item in told.items() if item["faults"]} == {}
    assert sum(item["secret"] for item in told.values()) == 0
    assert listener.asked == []
