"""Two stores of documents -> what becomes of each document, told by id and counted."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ingest.diffing import Change, differences
from ingest.recalling import DocumentReader


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What becomes of the documents: ids by the kind of change, where there is any of it.

    One whose status and text both change stands under both. ``unchanged`` counts the others;
    chunks are counted where a live snapshot has those documents too.
    """

    documents: dict[Change, tuple[str, ...]]
    unchanged: int
    chunks_added: int = 0
    chunks_removed: int = 0


def changes_between(old: Path | None, new: Path) -> Changes:
    """Compare two stores of documents; *old* None: all are new."""
    with ExitStack() as opened:
        after = opened.enter_context(DocumentReader(new))
        total = sum(1 for _ in after.entries())
        if old is None:
            ids = tuple(sorted(entry.document_id for entry in after.entries()))
            return Changes({Change.ADDED: ids}, 0)
        before = opened.enter_context(DocumentReader(old))
        found: dict[Change, list[str]] = defaultdict(list)
        touched = added = removed = 0
        for each in differences(before, after):
            for change in each.changes:
                found[change].append(each.after or each.before or each.source)
            touched += each.after is not None
            added += len(each.chunks_added)
            removed += len(each.chunks_removed)
    documents = {change: tuple(sorted(found[change])) for change in Change if found[change]}
    return Changes(documents, total - touched, added, removed)
