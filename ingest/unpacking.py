"""Archives -> the files inside them: bounded in size, depth and number, and never led astray."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from ingest.errors import ParseError

MAX_BYTES = 256 * 1024 * 1024
"""No single file or archive member may unpack to more; FDA's largest labels are under 10 MB."""
MAX_RATIO = 200
"""Compressed text rarely shrinks past 20:1; bombs start at 1000:1."""
MAX_DEPTH = 2
"""DailyMed's releases are zips of zips; nothing honest nests deeper, but for gzip within."""
MAX_MEMBERS = 250_000
"""Members of one archive; each takes half a kilobyte of memory before the first is read."""

# What zipfile raises on archives that are not what they say, besides its own error.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    LookupError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


def unpack(name: str, data: bytes) -> Iterator[tuple[str, bytes | ParseError]]:
    """
    Yield *data* under its *name*, or what is inside it when it is an archive, by name.

    A member that cannot be read is its error; the others follow. Over all that nests in it, a
    file may unpack to MAX_RATIO times its size.
    """
    yield from _unpack(name, data, 0, _Budget(len(data)))


class _Budget:
    """What may still be unpacked from one file, over all that nests in it."""

    def __init__(self, size: int) -> None:
        self.left = max(size, 64 * 1024) * MAX_RATIO

    def spend(self, size: int) -> None:
        """Raise ParseError where *size* bytes are more than is left."""
        self.left -= size
        if self.left < 0:
            raise ParseError(f"unpacks to more than {MAX_RATIO} times its size; refused as a bomb")


def _unpack(
    name: str, data: bytes, depth: int, budget: _Budget
) -> Iterator[tuple[str, bytes | ParseError]]:
    try:
        if data.startswith(b"\x1f\x8b"):
            inner = _gunzip(data, depth)
            budget.spend(len(inner))
            yield from _unpack(name.removesuffix(".gz"), inner, depth + 1, budget)
        elif data.startswith(b"PK\x03\x04"):
            yield from _unzip(name, data, depth, budget)
        else:
            yield name, data
    except ParseError as error:
        yield name, error


def _unzip(
    name: str, data: bytes, depth: int, budget: _Budget
) -> Iterator[tuple[str, bytes | ParseError]]:
    if depth >= MAX_DEPTH:
        raise ParseError(f"archives nested more than {MAX_DEPTH} deep; refused")
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ParseError(f"more than {MAX_MEMBERS:,} members in one archive; refused")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _ZIP_FAULTS as error:
        raise ParseError(f"a damaged zip archive: {error}") from error
    with archive:
        # Not ``is_dir``: it falls over a member without a name.
        members = [info for info in archive.infolist() if not info.filename.endswith("/")]
        if not members:
            raise ParseError("an empty zip archive")
        for info in sorted(members, key=lambda info: info.filename):
            inner = f"{name}!{info.filename}"
            try:
                content = _read_member(archive, info)
            except ParseError as error:
                yield inner, error
                continue
            budget.spend(len(content))
            yield from _unpack(inner, content, depth + 1, budget)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise ParseError("an archive member whose path leads out of the archive; refused")
    if info.flag_bits & 0x1:
        raise ParseError("an encrypted archive member")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile unpacks the others in one go, however small a piece is asked for.
        raise ParseError("an archive member packed by another method than deflate")
    limit = min(MAX_BYTES, max(info.compress_size, 64 * 1024) * MAX_RATIO)
    try:
        with archive.open(info) as stream:
            return read_bounded(stream, limit)
    except _ZIP_FAULTS as error:
        raise ParseError(f"a damaged archive member: {error}") from error


def _gunzip(data: bytes, depth: int) -> bytes:
    if depth > MAX_DEPTH:
        # There are gzip files that unpack to themselves.
        raise ParseError(f"archives nested more than {MAX_DEPTH} deep; refused")
    limit = min(MAX_BYTES, max(len(data), 64 * 1024) * MAX_RATIO)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return read_bounded(stream, limit)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ParseError(f"a damaged gzip file: {error}") from error


def read_bounded(stream: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
    """Return the whole of *stream*. Raises ParseError where it is longer than *limit* bytes."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise ParseError(f"unpacks to more than {limit // 1024} KiB; refused as a possible bomb")
    return data
