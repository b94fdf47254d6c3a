"""
Snapshots: one immutable folder per build, opened only where its digests agree.

    index/CURRENT                one line: the live snapshot's id (``ingest.activating``)
    index/activations.jsonl      one line per move of the pointer
    index/build.lock             held by the one process that writes (``ingest.locking``)
    index/snapshots/<id>/        manifest.json, documents.sqlite, words.txt, lexical/,
                                 engine/ (``ingest.embedded``)
    index/building-<id>/         a build under way, or one that died: no reader looks there
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ingest import exact, indexing
from ingest.documents import SourceType
from ingest.durability import sync
from ingest.embedded import EmbeddedEngine
from ingest.embedding import Embedder, Identity
from ingest.engines import IndexEngine
from ingest.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
)
from ingest.lexical import LexicalReader
from ingest.locking import Lease
from ingest.recalling import DocumentReader

FORMAT = 3
DOCUMENTS = "documents.sqlite"
ENGINE = "engine"
VECTORS = f"{ENGINE}/{exact.VECTORS}"
CHROMA = f"{ENGINE}/{indexing.CHROMA}"
LEXICAL = "lexical"
WORDS = "words.txt"
MANIFEST = "manifest.json"
_DIGEST = "digest"
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
    embedded: int
    verified: dict[str, float]
    files: dict[str, str]

    @property
    def rows(self) -> int:
        """The number of chunks over all source types."""
        return sum(self.chunks.values())


_MANIFEST = TypeAdapter(Manifest)


class Snapshot:
    """A read-only view of one finished snapshot; safe from any thread."""

    def __init__(self, folder: Path, manifest: Manifest, lease: Lease) -> None:
        """Open every part of the snapshot in *folder*; *lease* keeps it from being removed."""
        self.folder = folder
        self.manifest = manifest
        self._lease = lease
        self.documents = DocumentReader(folder / DOCUMENTS)
        self.lexical = LexicalReader(folder / LEXICAL)
        self.engine: IndexEngine = EmbeddedEngine(folder / ENGINE, manifest.embedder.dimension)
        # An engine whose folder is gone is an empty one, and no snapshot of anything.
        if (held := self.engine.count()) != manifest.rows:
            self.engine.close()
            raise IndexDamagedError(
                f"snapshot {manifest.id} holds {held} of its {manifest.rows} vectors"
            )

    @property
    def id(self) -> str:
        """The snapshot's name, recorded in every answer."""
        return self.manifest.id

    def words(self) -> frozenset[str]:
        """Return the corpus vocabulary: lower-case words that it uses more than once."""
        return frozenset((self.folder / WORDS).read_text(encoding="utf-8").split())

    def close(self) -> None:
        """Let go of every file."""
        self.engine.close()
        self.documents.close()
        self._lease.close()


def open_snapshot(index: Path, snapshot_id: str, embedder: Embedder, *, check: bool) -> Snapshot:
    """
    Open one snapshot of *index*; with *check*, only after every file's digest agrees.

    It is not removed before it is closed. Raises IndexMissingError, IndexDamagedError, or
    IndexMismatchError when *embedder* is not the one that built it.
    """
    folder = folder_of(index, snapshot_id)
    lease = Lease(folder / MANIFEST)
    try:
        manifest = read_manifest(folder)
        _check_embedder(manifest, embedder)
        if check:
            check_files(folder, manifest)
        return Snapshot(folder, manifest, lease)
    except BaseException:
        lease.close()
        raise


def folder_of(index: Path, snapshot_id: str) -> Path:
    """Return where a published snapshot lies, or would lie."""
    return index / "snapshots" / snapshot_id


def list_snapshots(index: Path) -> list[str]:
    """Return the ids of every published snapshot, newest first: ids begin with their time."""
    return sorted((f.name for f in (index / "snapshots").glob("*/") if f.is_dir()), reverse=True)


def read_manifest(folder: Path) -> Manifest:
    """
    Read a published snapshot's manifest.

    Raises IndexMissingError, IndexDamagedError where the folder is another's, or as
    :func:`parse_manifest`.
    """
    path = folder / MANIFEST
    try:
        manifest = parse_manifest(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissingError(f"there is no snapshot in {folder}") from None
    if manifest.id != folder.name:
        raise IndexDamagedError(f"{path} is that of {manifest.id}: the folder was renamed")
    return manifest


def parse_manifest(data: bytes, name: str) -> Manifest:
    """
    Return the manifest in *data*, which was found under *name*.

    Raises IndexDamagedError where it is not as it was written, or IndexMismatchError where
    another version wrote it.
    """
    try:
        told = json.loads(data)
        digest = told.pop(_DIGEST, None)
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexDamagedError(f"{name} is damaged: {error}") from error
    # The first format held no digest of itself.
    if told.get("format") != FORMAT and digest in (None, content_digest(told)):
        raise IndexMismatchError(
            f"{name} has format {told.get('format')}, this version reads {FORMAT}; ingest again"
        )
    if digest != content_digest(told):
        raise IndexDamagedError(f"{name} is damaged: it changed since it was written")
    try:
        return _MANIFEST.validate_python(told)
    except ValidationError as error:
        raise IndexDamagedError(f"{name} is damaged: {error.errors()[0]['msg']}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, with its own digest in it, and make the whole folder durable."""
    told = asdict(manifest)
    told[_DIGEST] = content_digest(told)
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def digest_files(folder: Path, only: Collection[str] = ()) -> dict[str, str]:
    """
    Return the sha256 of every file of a snapshot folder but the manifest, by name.

    Of those named in *only*, where any are.
    """
    names = (name for name in file_names(folder) if not only or name in only)
    return {name: digest_file(folder / name) for name in names}


def file_names(folder: Path) -> list[str]:
    """Return the names of the files of a snapshot folder that its manifest names, in order."""
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return sorted(n for n in names if n != MANIFEST and not n.endswith(_VOLATILE))


def digest_file(path: Path) -> str:
    """Return the sha256 of one file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_files(folder: Path, manifest: Manifest, only: Collection[str] = ()) -> None:
    """
    Raise IndexDamagedError unless every file is there, with the digest it was built with.

    With *only*, just the files named are looked at.
    """
    found = digest_files(folder, only)
    wanted = {n: digest for n, digest in manifest.files.items() if not only or n in only}
    wrong = sorted(name for name, digest in wanted.items() if found.get(name) != digest)
    if wrong:
        raise IndexDamagedError(
            f"snapshot {manifest.id}: {', '.join(wrong[:3])} changed since it was built; "
            "run `followup ingest apply` to build a new one"
        )


def _check_embedder(manifest: Manifest, embedder: Embedder) -> None:
    there, here = asdict(manifest.embedder), asdict(embedder.identity)
    differing = [f"{name} {there[name]} there, {here[name]} here" for name in there]
    wrong = [told for told, name in zip(differing, there, strict=True) if there[name] != here[name]]
    if wrong:
        raise IndexMismatchError(
            f"snapshot {manifest.id} was built with {manifest.embedder}, this service embeds with "
            f"{embedder.identity} ({'; '.join(wrong)}); run `followup ingest apply` again, or set "
            "the embedder back"
        )


def publish(index: Path, building: Path, snapshot_id: str) -> Path:
    """Move a finished build into place; the pointer does not move yet."""
    target = folder_of(index, snapshot_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    building.rename(target)
    sync(target.parent)
    return target


def content_digest(parts: dict[str, Any]) -> str:
    """Return the sha256 of *parts* as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def chunk_counts() -> dict[str, int]:
    """Return a zero for every source type."""
    return dict.fromkeys((str(source_type) for source_type in SourceType), 0)
