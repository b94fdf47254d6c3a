"""
Read hostile files as the pipeline does, each in a forked process of its own, and measure.

``python -m tests.soak.reading FOLDER SECONDS MIB``: prints a line of JSON for each file of the
folder: what became of it, milliseconds, and by how many MiB the process grew at most.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ingest import parsing
from ingest.documents import DeadLetter
from ingest.errors import ParseError
from ingest.reading import list_files, read_file
from tests.hostile import SECRET
from tests.sample_formats import SAMPLES, as_file
from tests.swallowing import documents_of, swallow

MIB = 1024 * 1024


def read(folder: Path, name: str) -> dict[str, Any]:
    """Take one file the way the pipeline does; count what it was found to be."""
    told: dict[str, Any] = {"documents": 0, "letters": 0, "reason": "", "faults": [], "secret": 0}
    for item in read_file(folder, name):
        if isinstance(item, DeadLetter):
            told["letters"] += 1
            told["reason"] = told["reason"] or item.reason
            continue
        try:
            documents, letters = swallow(item)
            told["documents"] += documents
            told["letters"] += letters
            told["secret"] += sum(SECRET in each.text for each in documents_of(item))
        except ParseError as error:
            told["letters"] += 1
            told["reason"] = told["reason"] or str(error)
        except Exception as error:  # noqa: BLE001 - each is a fault of ours, and told
            told["faults"].append(repr(error)[:300])
    return told


def measured(folder: Path, name: str, seconds: int, mib: int) -> dict[str, Any]:
    """Read one file in a child that may use *seconds* of time and *mib* of memory more."""
    pipe_read, pipe_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(pipe_read)
        signal.alarm(seconds)
        started = _resident()
        limit = _mapped() + mib * MIB
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        began = time.perf_counter()
        try:
            told = read(folder, name)
        except BaseException as error:  # noqa: BLE001 - the parent tells it
            told = {"faults": [f"uncaught: {error!r}"[:300]]}
        told["ms"] = round((time.perf_counter() - began) * 1000, 1)
        told["mib"] = round((_peak() - started) / MIB, 1)
        os.write(pipe_write, json.dumps(told).encode())
        os._exit(0)
    os.close(pipe_write)
    with os.fdopen(pipe_read, "rb") as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    if text:
        return {"name": name, **json.loads(text)}
    return {"name": name, "faults": [f"the process ended with status {status}: {seconds} s?"]}


def _field(name: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def _resident() -> int:
    return _field("VmRSS")


def _peak() -> int:
    return _field("VmHWM")


def _mapped() -> int:
    return _field("VmSize")


def main() -> int:
    """Read every file of a folder."""
    parsing.RECORD_SECONDS = 5.0  # the same deadline as ever, only sooner
    folder, seconds, mib = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for form, data in SAMPLES.items():
        swallow(as_file(form, data))  # what is imported late is no file's memory
    for name in list_files(folder):
        sys.stdout.write(json.dumps(measured(folder, name, seconds, mib)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
