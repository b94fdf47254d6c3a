"""Snapshots as an operator sees them: listed, shown one by one, and compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from ingest.activating import history, live_id, previous_id
from ingest.diffing import Difference, differences, total
from ingest.errors import IngestError
from ingest.locking import Lease
from ingest.recalling import DocumentReader
from ingest.snapshots import (
    DOCUMENTS,
    MANIFEST,
    Manifest,
    folder_of,
    list_snapshots,
    read_manifest,
)
from service.serialising import Json

_CHUNKS_SHOWN = 5
_COMPARED = ("embedder", "splitter", "lexical", "parsers", "corpus_date")


def listed(index: Path) -> list[Json]:
    """Return a row per snapshot, newest first; one whose manifest cannot be read says why."""
    live, previous = live_id(index), previous_id(index)
    rows: list[Json] = []
    for snapshot_id in list_snapshots(index):
        row: Json = {
            "snapshot": snapshot_id,
            "live": snapshot_id == live,
            "previous": snapshot_id == previous,
        }
        try:
            manifest = read_manifest(folder_of(index, snapshot_id))
        except IngestError as error:
            row["error"] = str(error)
        else:
            row |= {
                "built": manifest.built,
                "corpus_date": manifest.corpus_date,
                "documents": manifest.documents,
                "chunks": manifest.rows,
                "embedder": str(manifest.embedder),
            }
        rows.append(row)
    return rows


def listed_lines(rows: Sequence[Json]) -> list[str]:
    """Return the rows as a person reads them."""
    if not rows:
        return ["no snapshots; `followup ingest apply --source DIR` builds one"]
    lines = []
    for row in rows:
        mark = "live" if row["live"] else "previous" if row["previous"] else ""
        facts = row.get("error") or (
            f"{row['documents']:,} documents, {row['chunks']:,} chunks, "
            f"corpus of {row['corpus_date'] or 'an unknown date'}, {row['embedder']}"
        )
        lines.append(f"{mark:<8}  {row['snapshot']}  {facts}")
    return lines


def shown(index: Path, snapshot_id: str) -> Json:
    """Return a snapshot's manifest, and when it went live. Raises IngestError."""
    manifest = read_manifest(folder_of(index, snapshot_id))
    moves = [asdict(each) for each in history(index) if each.snapshot == snapshot_id]
    return {
        "snapshot": snapshot_id,
        "live": snapshot_id == live_id(index),
        "previous": snapshot_id == previous_id(index),
        "activations": moves,
        "manifest": asdict(manifest),
    }


def shown_lines(facts: Json) -> list[str]:
    """Return what a person wants to know of a snapshot; --json has every file and source."""
    manifest = facts["manifest"]
    mark = ", live" if facts["live"] else ", previous" if facts["previous"] else ""
    embedder = manifest["embedder"]
    chunks = ", ".join(f"{count:,} {name}" for name, count in manifest["chunks"].items())
    measured = ", ".join(f"{name} {value:g}" for name, value in manifest["verified"].items())
    return [
        f"{facts['snapshot']}{mark}",
        f"built        {manifest['built']}, in {sum(manifest['seconds'].values()):,.1f} s",
        f"content      {manifest['content']}",
        f"corpus date  {manifest['corpus_date'] or 'unknown'}",
        f"documents    {manifest['documents']:,}, from {len(manifest['sources']):,} sources",
        f"chunks       {chunks}",
        f"embedder     {embedder['name']}, {embedder['dimension']} dimensions",
        f"checked      {measured}",
        *(f"{each['move']:<12} {each['at']}" for each in facts["activations"]),
    ]


def compared(index: Path, old_id: str, new_id: str, *, as_json: bool) -> Iterator[str]:
    """
    Yield line by line what differs from one snapshot to another, and the totals at the end.

    With *as_json* the lines together are one JSON object. Raises IngestError.
    """
    old, new = folder_of(index, old_id), folder_of(index, new_id)
    with ExitStack() as held:
        for folder in (old, new):
            held.enter_context(Lease(folder / MANIFEST))
        made = _made_otherwise(read_manifest(old), read_manifest(new))
        before = held.enter_context(DocumentReader(old / DOCUMENTS))
        after = held.enter_context(DocumentReader(new / DOCUMENTS))
        counted: Counter[str] = Counter()
        found = _counting(differences(before, after), counted)
        if as_json:
            head = json.dumps({"old": old_id, "new": new_id, "made": made}, ensure_ascii=False)
            yield head[:-1] + ', "documents": ['
            comma = ""
            for each in found:
                yield comma + json.dumps(asdict(each), ensure_ascii=False)
                comma = ","
            yield f'], "totals": {json.dumps(total([]) | counted)}}}'
            return
        yield from (f"{name}: {was} -> {now}" for name, (was, now) in made.items())
        for each in found:
            yield from _difference_lines(each)
        told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counted.items())
        yield f"{old_id} -> {new_id}: {told or 'the same documents and passages'}"


def _counting(found: Iterator[Difference], counted: Counter[str]) -> Iterator[Difference]:
    for each in found:
        counted.update({name: count for name, count in total([each]).items() if count})
        yield each


def _made_otherwise(old: Manifest, new: Manifest) -> dict[str, tuple[str, str]]:
    pairs = ((name, str(getattr(old, name)), str(getattr(new, name))) for name in _COMPARED)
    return {name: (was, now) for name, was, now in pairs if was != now}


def _difference_lines(found: Difference) -> Iterator[str]:
    name = found.after or found.before
    was = f" (was {found.before})" if found.before and found.before != name else ""
    yield f"{', '.join(found.changes)}: {name}{was}"
    for sign, chunks in (("+", found.chunks_added), ("-", found.chunks_removed)):
        more = len(chunks) - _CHUNKS_SHOWN
        if chunks:
            shown_ones = " ".join(chunks[:_CHUNKS_SHOWN])
            yield f"  {sign} {len(chunks)} passages: {shown_ones}{' ...' if more > 0 else ''}"
