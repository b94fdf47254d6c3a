"""
Two snapshots -> what differs, by document and by chunk. Streams: memory holds one source at a time.

A passage is its words: a chunk that only moved within its document is neither added nor gone. The
documents of one source are compared together, so that a new version of a label shows which passages
its text changed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from ingest.documents import Status
from ingest.recalling import DocumentReader, Entry


class Change(StrEnum):
    """What happened to a document; METADATA is all that is said about it, its words apart."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    METADATA = "metadata"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    REINSTATED = "reinstated"


_NOW: dict[Status, Change] = {
    Status.CURRENT: Change.REINSTATED,
    Status.SUPERSEDED: Change.SUPERSEDED,
    Status.RETRACTED: Change.RETRACTED,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One document that differs.

    ``before`` and ``after`` are its ids: another version of the same source has another. The
    chunks are those with words that the other side has not.
    """

    source: str
    before: str | None
    after: str | None
    changes: tuple[Change, ...]
    chunks_added: tuple[str, ...]
    chunks_removed: tuple[str, ...]


def differences(old: DocumentReader, new: DocumentReader) -> Iterator[Difference]:
    """Yield every document in which *new* differs from *old*, by source id."""
    for source_id, before, after in _aligned(old.entries(), new.entries()):
        for one, other in _paired(before, after):
            found = _compare(source_id, one, other, old, new)
            if found is not None:
                yield found


def total(found: Iterable[Difference]) -> dict[str, int]:
    """Return how many documents changed in each way, and how many chunks came and went."""
    counts: Counter[str] = Counter()
    for each in found:
        counts.update(each.changes)
        counts["chunks_added"] += len(each.chunks_added)
        counts["chunks_removed"] += len(each.chunks_removed)
    return {name: counts[name] for name in (*Change, "chunks_added", "chunks_removed")}


def _aligned(
    old: Iterable[Entry], new: Iterable[Entry]
) -> Iterator[tuple[str, list[Entry], list[Entry]]]:
    """Yield the entries of each source on both sides; both come ordered by source."""
    left, right = _grouped(old), _grouped(new)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        source_id = min(each[0] for each in (one, other) if each is not None)
        before, after = [], []
        if one is not None and one[0] == source_id:
            before, one = one[1], next(left, None)
        if other is not None and other[0] == source_id:
            after, other = other[1], next(right, None)
        yield source_id, before, after


def _grouped(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    return ((source_id, list(g)) for source_id, g in groupby(entries, key=lambda e: e.source_id))


def _paired(
    before: Sequence[Entry], after: Sequence[Entry]
) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Pair documents of the same id, then, newest first, those that one side alone has."""
    old = {entry.document_id: entry for entry in before}
    new = {entry.document_id: entry for entry in after}
    yield from ((old[name], new[name]) for name in old if name in new)
    gone = [entry for name, entry in old.items() if name not in new]
    come = [entry for name, entry in new.items() if name not in old]
    while gone or come:
        yield (gone.pop() if gone else None, come.pop() if come else None)


def _compare(
    source_id: str,
    one: Entry | None,
    other: Entry | None,
    old: DocumentReader,
    new: DocumentReader,
) -> Difference | None:
    before = one.document_id if one else None
    after = other.document_id if other else None
    had, has = _chunks(old, before), _chunks(new, after)
    changes = tuple(_changes(one, other, list(had) != list(has)))
    if before == after:
        changes += tuple([Change.METADATA] if not changes and one != other else [])
    if not changes:
        return None
    added, removed = _only(has, had), _only(had, has)
    return Difference(source_id, before, after, changes, added, removed)


def _changes(one: Entry | None, other: Entry | None, recut: bool) -> Iterator[Change]:  # noqa: FBT001
    if one is None or other is None:
        yield Change.ADDED if one is None else Change.REMOVED
        return
    if recut or one.document_id != other.document_id:
        yield Change.CHANGED
    if one.status is not other.status:
        yield _NOW[other.status]


def _chunks(documents: DocumentReader, document_id: str | None) -> dict[str, bytes]:
    """Return the digest of each chunk's words by its id, in order."""
    if document_id is None:
        return {}
    return {
        chunk.id: hashlib.sha256(chunk.text.encode()).digest()
        for chunk in documents.chunks_of(document_id)
    }


def _only(these: dict[str, bytes], those: dict[str, bytes]) -> tuple[str, ...]:
    others = set(those.values())
    return tuple(chunk_id for chunk_id, words in these.items() if words not in others)
