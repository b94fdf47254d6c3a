"""
Snapshots: one immutable folder per build, and the pointer that says which one is live.

    index/CURRENT                one line: the live snapshot's id
    index/snapshots/<id>/        manifest.json, documents.sqlite, vectors.f2, words.txt,
                                 chroma/, lexical/
    index/building-<id>/         a build under way, or one that died: no reader looks there
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ingest.documents import SourceType
from ingest.embedding import Embedder, Identity
from ingest.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
)
from ingest.exact import VectorReader
from ingest.indexing import IndexReader
from ingest.lexical import LexicalReader
from ingest.recalling import DocumentReader

FORMAT = 1
DOCUMENTS = "documents.sqlite"
VECTORS = "vectors.f2"
CHROMA = "chroma"
LEXICAL = "lexical"
WORDS = "words.txt"
MANIFEST = "manifest.json"
POINTER = "CURRENT"
# Chroma and SQLite touch these when a snapshot is only opened and read.
_VOLATILE = (".sqlite3-wal", ".sqlite3-shm", ".lock")


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    Everything that made a snapshot.

    ``content`` is the digest of what was read, how it was cut and what embedded it: two builds
    of the same content carry the same. ``files`` maps each file of the folder to its sha256.
    """

    format: int
    id: str
    content: str
    built: str
    corpus_date: str | None
    embedder: Identity
    splitter: str
    lexical: str
    parsers: dict[str, str]
    sources: dict[str, str]
    documents: int
    chunks: dict[str, int]
    seconds: dict[str, float]
    verified: dict[str, float]
    files: dict[str, str]

    @property
    def rows(self) -> int:
        """The number of chunks over all source types."""
        return sum(self.chunks.values())


_MANIFEST = TypeAdapter(Manifest)


class Snapshot:
    """A read-only view of one finished snapshot; safe from any thread."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open every part of the snapshot in *folder*."""
        self.folder = folder
        self.manifest = manifest
        self.documents = DocumentReader(folder / DOCUMENTS)
        self.vectors = VectorReader(
            folder / VECTORS, rows=manifest.rows, dimension=manifest.embedder.dimension
        )
        self.lexical = LexicalReader(folder / LEXICAL)
        self.neighbours = IndexReader(folder / CHROMA)

    @property
    def id(self) -> str:
        """The snapshot's name, recorded in every answer."""
        return self.manifest.id

    def words(self) -> frozenset[str]:
        """Return the corpus vocabulary: lower-case words that it uses more than once."""
        return frozenset((self.folder / WORDS).read_text(encoding="utf-8").split())

    def close(self) -> None:
        """Let go of every file."""
        self.neighbours.close()
        self.documents.close()


def open_snapshot(index: Path, snapshot_id: str, embedder: Embedder, *, check: bool) -> Snapshot:
    """
    Open one snapshot of *index*; with *check*, only after every file's digest agrees.

    Raises IndexMissingError, IndexDamagedError, or IndexMismatchError when *embedder* is not
    the one that built it.
    """
    folder = index / "snapshots" / snapshot_id
    manifest = read_manifest(folder)
    if manifest.embedder != embedder.identity:
        raise IndexMismatchError(
            f"snapshot {snapshot_id} was built with {manifest.embedder}, this service embeds with "
            f"{embedder.identity}; run `followup ingest apply` again, or set the embedder back"
        )
    if check:
        check_files(folder, manifest)
    return Snapshot(folder, manifest)


def current_id(index: Path) -> str:
    """Return the live snapshot's id. Raises IndexMissingError when there is none."""
    try:
        # A pointer of damaged bytes names a snapshot that is not there; opening it says so.
        return (index / POINTER).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise IndexMissingError(
            f"there is no index in {index}; run `followup ingest apply --source DIR`"
        ) from None


def list_snapshots(index: Path) -> list[str]:
    """Return the ids of every published snapshot, newest first: ids begin with their time."""
    return sorted((f.name for f in (index / "snapshots").glob("*/") if f.is_dir()), reverse=True)


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest. Raises IndexMissingError or IndexDamagedError."""
    path = folder / MANIFEST
    try:
        manifest = _MANIFEST.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise IndexMissingError(f"there is no snapshot in {folder}") from None
    except ValidationError as error:
        raise IndexDamagedError(f"{path} is damaged: {error.errors()[0]['msg']}") from error
    if manifest.format != FORMAT:
        raise IndexMismatchError(
            f"{path} has format {manifest.format}, this version reads {FORMAT}; ingest again"
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and make the whole folder durable."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def digest_files(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a snapshot folder but the manifest, by name."""
    digests: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST and not name.endswith(_VOLATILE):
            with path.open("rb") as stream:
                digests[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise IndexDamagedError unless every file is there, with the digest it was built with."""
    found = digest_files(folder)
    wrong = sorted(name for name, digest in manifest.files.items() if found.get(name) != digest)
    if wrong:
        raise IndexDamagedError(
            f"snapshot {manifest.id}: {', '.join(wrong[:3])} changed since it was built; "
            "run `followup ingest apply` to build a new one"
        )


def publish(index: Path, building: Path, snapshot_id: str) -> Path:
    """Move a finished build into place; the pointer does not move yet."""
    target = index / "snapshots" / snapshot_id
    target.parent.mkdir(parents=True, exist_ok=True)
    building.rename(target)
    _sync(target.parent)
    return target


def activate(index: Path, snapshot_id: str) -> None:
    """Make a snapshot the live one, in one atomic step."""
    read_manifest(index / "snapshots" / snapshot_id)
    temporary = index / f".{POINTER}.{os.getpid()}"
    temporary.write_text(snapshot_id + "\n", encoding="ascii")
    _sync(temporary)
    temporary.replace(index / POINTER)
    _sync(index)


@contextmanager
def build_lock(index: Path) -> Iterator[None]:
    """Hold the index for one build. Raises IndexLockedError, naming the owner, when it is held."""
    index.mkdir(parents=True, exist_ok=True)
    with (index / "build.lock").open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            owner = stream.read().strip() or "another process"
            raise IndexLockedError(f"{index} is being built by {owner}; wait for it") from None
        stream.truncate(0)
        stream.write(f"process {os.getpid()}")
        stream.flush()
        # Held alone now: whatever lies in a building folder belongs to a build that died.
        for leftover in index.glob("building-*"):
            shutil.rmtree(leftover)
        yield


def content_digest(parts: dict[str, Any]) -> str:
    """Return the sha256 of *parts* as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def chunk_counts() -> dict[str, int]:
    """Return a zero for every source type."""
    return dict.fromkeys((str(source_type) for source_type in SourceType), 0)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
