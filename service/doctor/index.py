"""The index: its pointer, the live snapshot, the one to go back to, and who writes."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ingest.activating import current_id, earlier_ids
from ingest.embedding import Identity
from ingest.errors import (
    CorpusError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IngestError,
)
from ingest.locking import BUILD_LOCK, Owner, holder
from ingest.snapshots import Manifest, check_files, folder_of, list_snapshots, read_manifest
from ingest.unfinished import read_unfinished
from service.doctor.findings import Finding, failed, ok, skipped, warning

BUILD = "followup ingest apply --source DIR"
_LONG = 24 * 3600
"""Seconds that a writer may hold the index before one asks what it is doing."""


def live_manifest(index: Path) -> Manifest | None:
    """Return the live snapshot's manifest, or None where it cannot be had."""
    try:
        return read_manifest(folder_of(index, current_id(index)))
    except (IngestError, OSError):
        return None  # check_pointer tells why


def check_pointer(index: Path) -> Iterator[Finding]:
    """See whether the pointer names a snapshot that is there and of this version's format."""
    try:
        live = current_id(index)
    except IndexMissingError:
        there = list_snapshots(index)
        mend = f"followup index activate {there[0]}" if there else BUILD
        what = "no snapshot is live" if there else f"nothing is indexed in {index} yet"
        yield failed(what, mend)
        return
    try:
        manifest = read_manifest(folder_of(index, live))
    except IndexMissingError:
        yield failed(f"the pointer names {live!r}, which is not there", way_back(index))
    except IndexMismatchError as error:
        yield failed(str(error), BUILD)
    except IndexDamagedError as error:
        yield failed(str(error), way_back(index))
    else:
        yield ok(f"{live} is live: {manifest.documents:,} documents, {manifest.rows:,} chunks")


def check_live_files(index: Path, manifest: Manifest | None) -> Iterator[Finding]:
    """Compare every file of the live snapshot with the digest it was built with."""
    if manifest is None:
        yield skipped("there is no live snapshot to look at")
        return
    try:
        check_files(folder_of(index, manifest.id), manifest)
    except IndexDamagedError as error:
        yield failed(str(error).partition(";")[0], way_back(index))
        return
    yield ok(f"{len(manifest.files)} files, each as it was built")


def check_live_embedder(manifest: Manifest | None, identity: Identity) -> Iterator[Finding]:
    """Compare the embedder that built the live snapshot with the one that reads questions."""
    if manifest is None:
        yield skipped("there is no live snapshot to look at")
    else:
        yield judge_embedder(manifest.embedder, identity)


def judge_embedder(built: Identity, identity: Identity) -> Finding:
    """Tell whether vectors of *built* can be compared with those of *identity*."""
    if built == identity:
        return ok(f"{built}, {built.dimension} numbers a vector")
    return failed(
        f"built with {built} of {built.dimension} numbers, questions are embedded with {identity} "
        f"of {identity.dimension}",
        BUILD,
    )


def check_way_back(index: Path) -> Iterator[Finding]:
    """See whether there is a sound snapshot to go back to."""
    there = set(list_snapshots(index))
    earlier = [each for each in earlier_ids(index) if each in there]
    if not earlier:
        yield skipped("no earlier snapshot to go back to; the next build makes this one it")
        return
    folder = folder_of(index, earlier[0])
    try:
        check_files(folder, read_manifest(folder))
    except IngestError as error:
        said = f"the one to go back to is not sound: {str(error).partition(';')[0]}"
        yield warning(said, f"rm -r {shlex.quote(str(folder))}")
        return
    yield ok(f"`followup index rollback` goes back to {earlier[0]}")


def way_back(index: Path) -> str:
    """Return the command that gets a sound snapshot live: an earlier one, or a new one."""
    try:
        live = current_id(index)
    except IndexMissingError:
        live = ""
    there = list_snapshots(index)
    ordered = [*earlier_ids(index), *there]
    for each in dict.fromkeys(ordered):
        if each == live or each not in there:
            continue
        try:
            folder = folder_of(index, each)
            check_files(folder, read_manifest(folder))
        except IngestError:
            continue
        return f"followup index activate {each}"
    return BUILD


def check_leftovers(index: Path) -> Iterator[Finding]:
    """See whether a build was cut off here, and can be resumed."""
    left = sorted(folder.name for folder in index.glob("building-*"))
    try:
        resumable = bool(read_unfinished(index).sources)
    except (CorpusError, OSError):
        resumable = False  # there is none, or one that has to be begun anew
    if holder(index / BUILD_LOCK) is not None:
        yield ok(f"{', '.join(left) or 'nothing left'}: a build under way")
    elif resumable:
        yield warning("a build was cut off", "followup ingest apply --resume")
    elif left:
        folders = " ".join(shlex.quote(str(index / name)) for name in left)
        yield warning(f"{', '.join(left)} of a build that died", f"rm -r {folders}")
    else:
        yield ok("no build was left half done")


def check_writer(index: Path, now: datetime) -> Iterator[Finding]:
    """See who holds the index for writing."""
    yield judge_writer(holder(index / BUILD_LOCK), now)


def judge_writer(owner: Owner | None, now: datetime) -> Finding:
    """Tell whether the writer of the index has been at it for too long."""
    if owner is None:
        return ok("nobody writes now")
    held = (now - datetime.fromisoformat(owner.since).astimezone(UTC)).total_seconds()
    if held <= _LONG:
        return ok(f"held by {owner}")
    here = owner.host == socket.gethostname() and owner.pid != os.getpid()
    stop = f"kill {owner.pid}" if here else f"ssh {owner.host} kill {owner.pid}"
    return warning(f"held for more than a day by {owner}", stop)
