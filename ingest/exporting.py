"""
A snapshot as one file, to carry it to another machine: a tar archive, its manifest first.

The archive is not compressed, so that a file of it is never larger than the archive. What comes in
is written nowhere but in a folder of its own, and is published only where every digest agrees.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.durability import sync
from ingest.errors import CorpusError, IndexDamagedError, RefusedError
from ingest.locking import Lease, build_lock
from ingest.reporting import Progress, Silent
from ingest.snapshots import (
    MANIFEST,
    Manifest,
    folder_of,
    parse_manifest,
    publish,
    read_manifest,
    write_manifest,
)

_BLOCK = 1 << 20
_MANIFEST_AT_MOST = 256 << 20
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Carried:
    """A snapshot that was written to a file or read from one; ``size`` is in bytes."""

    snapshot: str
    files: int
    size: int


def export_snapshot(
    index: Path,
    snapshot_id: str,
    file: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> Carried:
    """
    Write a snapshot to *file*, checking every digest on the way; the same snapshot, the same bytes.

    Raises RefusedError where *file* exists and is not to be replaced, IndexDamagedError, or
    CorpusError where it cannot be written.
    """
    if file.exists() and not replace:
        raise RefusedError(f"{file} exists and is left as it is; --force replaces it")
    if not file.parent.is_dir():
        raise CorpusError(f"{file} cannot be written: there is no folder {file.parent}")
    folder = folder_of(index, snapshot_id)
    shown = progress or Silent()
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with Lease(folder / MANIFEST):
            manifest = read_manifest(folder)
            with temporary.open("xb") as stream, _packing(stream) as archive:
                _pack(archive, folder / MANIFEST, MANIFEST)
                for done, (name, digest) in enumerate(sorted(manifest.files.items()), start=1):
                    if _pack(archive, folder / name, name) != digest:
                        raise IndexDamagedError(
                            f"snapshot {manifest.id}: {name} changed since it was built; export "
                            "another, or run `followup ingest apply`"
                        )
                    shown.advance("files", done, len(manifest.files))
        sync(temporary)
        temporary.replace(file)
        sync(file.parent)
    except FileNotFoundError as error:
        raise IndexDamagedError(f"snapshot {snapshot_id}: {error}") from error
    except OSError as error:
        raise CorpusError(f"{file} cannot be written: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Carried(manifest.id, len(manifest.files), file.stat().st_size)


def import_snapshot(index: Path, file: Path, *, progress: Progress | None = None) -> Carried:
    """
    Read a snapshot from *file* into *index*; the pointer does not move.

    Raises CorpusError where *file* is no such archive, IndexDamagedError where a digest differs,
    IndexMismatchError for another format, RefusedError where the snapshot is there already.
    """
    shown = progress or Silent()
    try:
        # "r:" reads no compressed archive: those can be bombs.
        with (
            file.open("rb") as stream,
            tarfile.open(fileobj=stream, mode="r:") as archive,
            build_lock(index),
        ):
            manifest = _read_manifest(archive, file)
            if folder_of(index, manifest.id).exists():
                raise RefusedError(f"snapshot {manifest.id} is in {index} already; it stays as is")
            building = index / f"building-import-{manifest.id}"
            building.mkdir()
            try:
                size = _unpack(archive, manifest, building, shown, file)
                write_manifest(building, manifest)
                publish(index, building, manifest.id)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    except (tarfile.TarError, EOFError) as error:
        raise CorpusError(f"{file} is not a whole exported snapshot: {error}") from error
    except OSError as error:
        raise CorpusError(f"{file} cannot be imported into {index}: {error}") from error
    return Carried(manifest.id, len(manifest.files), size)


@contextmanager
def _packing(stream: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        yield archive


def _pack(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add one file, with nothing of this machine in its header; return its sha256."""
    with path.open("rb") as stream:
        member = tarfile.TarInfo(name)
        member.size = os.fstat(stream.fileno()).st_size
        hashed = _Hashing(stream)
        archive.addfile(member, hashed)
    return hashed.digest.hexdigest()


class _Hashing:
    """A stream that is hashed as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _read_manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    member = archive.next()
    if member is None or member.name != MANIFEST or not _is_plain(member):
        raise CorpusError(f"{file} is not an exported snapshot: its manifest does not come first")
    if member.size > _MANIFEST_AT_MOST:
        raise CorpusError(f"{file}: its manifest has {member.size:,} bytes, which is too many")
    stream = archive.extractfile(member)
    data = stream.read() if stream else b""
    manifest = parse_manifest(data, f"the manifest in {file}")
    if not _ID.fullmatch(manifest.id):
        raise CorpusError(f"{file} names its snapshot {manifest.id!r}, which is no snapshot's id")
    return manifest


def _unpack(
    archive: tarfile.TarFile, manifest: Manifest, building: Path, progress: Progress, file: Path
) -> int:
    """Write the files that the manifest names, and no other; return their size."""
    missing = dict(manifest.files)
    size = 0
    while (member := archive.next()) is not None:
        target = building / member.name
        # Only what the manifest names and what stays inside: no link, no folder, no way out.
        if not _is_plain(member) or not _is_inside(member.name) or member.name not in missing:
            raise CorpusError(f"{file} holds {member.name!r}, which a snapshot does not; refused")
        free = shutil.disk_usage(building).free
        if member.size > free:
            raise CorpusError(f"{member.name} needs {member.size:,} bytes; {free:,} are free")
        stream = archive.extractfile(member)
        if stream is None or _write(stream, target) != missing.pop(member.name):
            raise IndexDamagedError(f"{file}: {member.name} is not what its manifest says")
        size += member.size
        progress.advance("files", len(manifest.files) - len(missing), len(manifest.files))
    if missing:
        raise IndexDamagedError(f"{file} lacks {', '.join(sorted(missing)[:3])}; export it again")
    return size


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.isreg() and not member.issparse()


def _is_inside(name: str) -> bool:
    parts = name.split("/")
    return not name.startswith("/") and "\\" not in name and not {"", ".", ".."} & set(parts)


def _write(stream: IO[bytes], target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while block := stream.read(_BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()
