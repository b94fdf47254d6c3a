"""The golden dialogues that the quality gate replays before a snapshot goes live."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.doctor.findings import Finding, failed, ok, warning
from service.golden import read_dialogues

NAME_ONE = "export FOLLOWUP_GOLDEN=/a/folder/of/jsonl"


def check_dialogues(folders: Sequence[Path]) -> Iterator[Finding]:
    """See whether there are golden dialogues, and whether they can be read."""
    number = 0
    for folder in folders:
        if not any(folder.glob("*.jsonl")):
            continue
        try:
            number += len(read_dialogues(folder))
        except ValueError as error:
            yield failed(
                f"golden dialogues of {folder}: {error}", f"$EDITOR {shlex.quote(str(folder))}"
            )
            return
    if number:
        yield ok(f"{number} dialogues guard every activation")
        return
    yield warning(
        "no golden dialogues: snapshots go live without having been asked anything",
        NAME_ONE,
    )
