"""
Release archives -> files that ingest reads one by one.

A full DailyMed release is gigabytes of zips within a zip, most of it pictures; an openFDA download
is one JSON of half a gigabyte, a day of PubMed as much XML: more than ingest reads at once. All are
read in a stream: labels come out as one XML file by set id, openFDA records in pages of a hundred,
PubMed's in parts.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ingest.errors import ParseError
from ingest.fetching.items import ARCHIVES, Fate, Item, Unpack
from ingest.unpacking import MAX_BYTES

_SET_ID = re.compile(rb'<setId\s+root="([0-9A-Fa-f-]{36})"')
_VERSION = re.compile(rb'<versionNumber\s+value="(\d+)"')
_RESULTS = re.compile(r'"results"\s*:\s*\[')
_PAGE = 100
_PIECE = 1024 * 1024
_LONGEST_RECORD = 32 * 1024 * 1024
"""Characters; the longest openFDA label is under one million."""
_PART = 16 * 1024 * 1024
_SET = re.compile(
    rb'\A\s*(?:<\?xml[^>]*encoding="utf-8"[^>]*\?>)?[^<]*(?:<!DOCTYPE[^>]*>)?\s*<PubmedArticleSet[^>]*>',
    re.IGNORECASE,
)
_SET_HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>'
_SET_TAIL = b"\n</PubmedArticleSet>\n"
_RECORD_END = b"</PubmedArticle>"
_FACTS = ("disclaimer", "terms", "license")


def unpack(item: Item, path: Path, older: Callable[[str], Path]) -> Iterator[Item]:
    """
    Yield the files inside the archive at *path*.

    *older* tells where a file of that name lies: a label does not give way to an earlier version
    of itself. What cannot be read is yielded with its reason.
    """
    if item.unpack is Unpack.LABELS:
        yield from _labels(item, path, older)
    elif item.unpack is Unpack.PAGES:
        yield from _pages(item, path)
    else:
        yield from _parts(item, path)


def label_page(set_id: str) -> str:
    """Return the page that shows a label to a reader."""
    return f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={set_id}"


def _labels(item: Item, path: Path, older: Callable[[str], Path]) -> Iterator[Item]:
    with zipfile.ZipFile(path) as release:
        for info in release.infolist():
            if not info.filename.lower().endswith((".zip", ".xml")):
                continue
            try:
                data = _member(release, info)
                xml = _label_in(data) if data.startswith(b"PK\x03\x04") else data
                set_id = _set_id(xml)
            except ParseError as error:
                name = f"{_slug(info.filename)}.xml"
                yield _inside(item, name, verdict=(Fate.REFUSED, str(error)))
                continue
            name = f"{set_id}.xml"
            if not _is_earlier(xml, older(name)):
                yield _inside(item, name, body=xml, page=label_page(set_id), names=set_id)


def _set_id(xml: bytes) -> str:
    found = _SET_ID.search(xml)
    if found is None:
        raise ParseError("no label with a set id in it")
    return found.group(1).decode().lower()


def _slug(name: str) -> str:
    """Return what is plain of a member's name, to report it by."""
    return re.sub(r"[^0-9A-Za-z_-]+", "-", PurePosixPath(name).stem)[:100].strip("-") or "unnamed"


def _is_earlier(xml: bytes, kept: Path) -> bool:
    if not kept.is_file():
        return False
    new, old = (_VERSION.search(data) for data in (xml, kept.read_bytes()))
    return bool(new and old and int(new.group(1)) < int(old.group(1)))


def _label_in(data: bytes) -> bytes:
    """Return the XML of one label's own zip, which also holds its pictures."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.filename.lower().endswith(".xml"):
                    return _member(archive, info)
    except zipfile.BadZipFile as error:
        raise ParseError(f"a damaged zip archive: {error}") from error
    raise ParseError("a zip archive without XML")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise ParseError(f"a damaged archive member: {error}") from error
    if len(data) > MAX_BYTES:
        raise ParseError(f"unpacks to more than {MAX_BYTES:,} bytes; refused as a possible bomb")
    return data


def _pages(item: Item, path: Path) -> Iterator[Item]:
    # "0003-of-0014" is "0003-of-0015" some weeks later, and is to take its place.
    folder = re.sub(r"-of-\d+", "", PurePosixPath(item.path).name.split(".")[0])
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.filename.endswith(".json"):
                continue
            try:
                with archive.open(info) as stream:
                    for number, (facts, records) in enumerate(_pages_of(stream), start=1):
                        body = json.dumps({"meta": facts, "results": records}, ensure_ascii=False)
                        name = f"{folder}/page-{number:05}.json"
                        yield _inside(item, name, body=body.encode())
            except (ParseError, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
                reason = f"a damaged archive member: {error}"
                yield _inside(item, f"{folder}/rest.json", verdict=(Fate.REFUSED, reason))


def _pages_of(stream: IO[bytes]) -> Iterator[tuple[dict[str, object], list[object]]]:
    text = io.TextIOWrapper(stream, encoding="utf-8")
    buffer = text.read(_PIECE)
    start = _RESULTS.search(buffer)
    if start is None:
        raise ParseError("no list of results in the first megabyte")
    facts = _facts(buffer[: start.start()])
    buffer = buffer[start.end() :]
    page: list[object] = []
    for record in _records(text, buffer):
        page.append(record)
        if len(page) == _PAGE:
            yield facts, page
            page = []
    if page:
        yield facts, page


def _records(text: IO[str], buffer: str) -> Iterator[object]:
    """Yield the objects of a JSON array, holding one piece of it at a time."""
    decoder = json.JSONDecoder()
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            record, end = decoder.raw_decode(buffer)
        except json.JSONDecodeError:
            more = text.read(_PIECE)
            if not more or len(buffer) > _LONGEST_RECORD:
                raise ParseError("the list of results breaks off") from None
            buffer += more
            continue
        yield record
        buffer = buffer[end:]


def _parts(item: Item, path: Path) -> Iterator[Item]:
    """Yield PubMed's records, some thousands to a part; the last has the deleted ones."""
    name = item.path.removeprefix(f"{ARCHIVES}/").removesuffix(".xml.gz")
    with gzip.open(path) as stream:
        for number, xml in enumerate(_parts_of(stream), start=1):
            # The same records are the same bytes: no time stands in the header.
            body = gzip.compress(xml, compresslevel=1, mtime=0)
            yield _inside(item, f"{name}/part-{number:03}.xml.gz", body=body)


def _parts_of(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    buffer = stream.read(_PART)
    start = _SET.search(buffer)
    if start is None:
        raise ParseError("no <PubmedArticleSet>, or not in UTF-8")
    buffer = buffer[start.end() :]
    while piece := stream.read(_PART):
        end = buffer.rfind(_RECORD_END) + len(_RECORD_END)
        if end < len(_RECORD_END):
            raise ParseError(f"a record of more than {_PART:,} bytes")
        yield _SET_HEAD + buffer[:end] + _SET_TAIL
        buffer = buffer[end:] + piece
    yield _SET_HEAD + buffer


def _facts(head: str) -> dict[str, object]:
    """Return what stays true of the answer: not its date, which would change every page."""
    found = {name: re.search(rf'"{name}"\s*:\s*("(?:[^"\\]|\\.)*")', head) for name in _FACTS}
    return {name: json.loads(match.group(1)) for name, match in found.items() if match}


def _inside(
    item: Item,
    name: str,
    *,
    body: bytes | None = None,
    verdict: tuple[Fate, str] | None = None,
    page: str | None = None,
    names: str | None = None,
) -> Item:
    return Item(
        path=name,
        address=f"{item.address}#{name}",
        service=item.service,
        terms=item.terms,
        licence=item.licence,
        formats=item.formats,
        body=body,
        verdict=verdict,
        page=page,
        names=names,
        type=item.type,
    )
