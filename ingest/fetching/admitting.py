"""A file is what it claims to be, or it does not take the place of an older one."""

from __future__ import annotations

import gzip
import hashlib
import re
import zipfile
import zlib
from pathlib import Path

from ingest.errors import ParseError
from ingest.fetching.items import Item
from ingest.markup import parse_xml
from ingest.reading import Format, detect_format
from ingest.unpacking import MAX_BYTES

_XML = frozenset({Format.SPL, Format.PUBMED, Format.JATS, Format.NGC_XML})
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_ERROR_PAGE = re.compile(
    r"\b(?:40[0-9]|50[0-9]|410|429)\b.{0,40}\b(?:error|found|forbidden|denied|unavailable|requests)"
    r"|\b(?:page|document|file|resource) (?:was )?not (?:be )?found|access denied|forbidden"
    r"|^just a moment|attention required!|are you (?:a )?(?:human|robot)|captcha"
    r"|service (?:is )?(?:temporarily )?unavailable|internal server error|bad gateway"
    r"|^(?:error|not found|404)\b",
    re.IGNORECASE,
)
_PIECE = 1024 * 1024
_GZIP = b"\x1f\x8b"


def admit(item: Item, path: Path) -> None:
    """Raise ParseError, saying what it is instead, where the file at *path* is not *item*'s."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(_GZIP):
        _admit_gzip(item, path)
    elif item.unpack is not None:
        _admit_archive(path)
    elif path.stat().st_size > MAX_BYTES:
        raise ParseError(f"larger than the {MAX_BYTES:,} bytes that one source file may have")
    else:
        admit_bytes(item, path.read_bytes())


def admit_bytes(item: Item, data: bytes) -> None:
    """Raise ParseError, saying what it is instead, where *data* is not *item*'s file."""
    if data.startswith(_GZIP):
        data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, MAX_BYTES)
    found = _format(item.path, data)
    if found not in item.formats:
        raise ParseError(f"{_described(found, data)} instead of {_wanted(item)}")
    if found in _XML:
        parse_xml(data)
    if found is Format.HTML and (title := _title(data)) and _ERROR_PAGE.search(title):
        raise ParseError(f"an error page that says it is none: “{title}”")
    if found is Format.PDF and b"%%EOF" not in data[-2048:]:
        raise ParseError("a PDF without its end")
    if item.names and item.names.lower().encode() not in data.lower():
        raise ParseError(f"does not name {item.names}, so it is another record")


def digest(path: Path, kind: str = "sha256") -> str:
    """Return the hex digest of the file at *path*; *kind* as hashlib names it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(
            stream, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def _admit_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if not archive.infolist():
                raise ParseError("an empty zip archive")
    except zipfile.BadZipFile as error:
        raise ParseError(f"no sound zip archive: {error}") from error


def _admit_gzip(item: Item, path: Path) -> None:
    """Read all of it, so that its own checksum is compared, and look at the beginning."""
    head = b""
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(_PIECE):
                head = head or piece
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ParseError(f"a damaged gzip file: {error}") from error
    found = _format(item.path, head)
    if found not in item.formats:
        raise ParseError(f"{_described(found, head)} instead of {_wanted(item)}")


def _format(name: str, data: bytes) -> Format:
    try:
        return detect_format(name, data)
    except ParseError as error:
        title = _title(data)
        raise ParseError(f"{error}{f': “{title}”' if title else ''}") from error


def _described(found: Format, data: bytes) -> str:
    if found is Format.HTML:
        title = _title(data)
        return f"a web page{f' (“{title}”)' if title else ''}"
    return found.value


def _wanted(item: Item) -> str:
    return " or ".join(sorted(each.value for each in item.formats))


def _title(data: bytes) -> str:
    found = _TITLE.search(data[:65536])
    return " ".join(found.group(1).decode("utf-8", "replace").split())[:80] if found else ""
