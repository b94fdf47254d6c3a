"""Stage 1: source folders -> source files, their format known from content."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from ingest.documents import DeadLetter
from ingest.errors import CorpusError, ParseError, RefusedError
from ingest.manifests import NAME, Entry, Manifest, load_manifest
from ingest.unpacking import MAX_BYTES, read_bounded, unpack


class Format(StrEnum):
    """The native formats that have a parser; the value is the parser's name."""

    SPL = "spl"
    OPENFDA = "openfda"
    PUBMED = "pubmed"
    MEDLINE = "medline"
    JATS = "jats"
    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    NGC_XML = "ngc-xml"
    NGC_MARKDOWN = "ngc-markdown"
    USPSTF = "uspstf"
    PAGES_JSON = "pages-json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """
    One file, or one member of an archive, read whole.

    ``path`` is its name below the source folder ("labels/x.xml", "mmwr.zip!mmwr.json").
    """

    path: str
    data: bytes
    sha256: str
    format: Format
    entry: Entry | None = None


def read_sources(folders: Sequence[Path]) -> Iterator[SourceFile | DeadLetter]:
    """
    Yield every file of every folder, in path order, or the reason it is not read.

    A folder with a ``manifest.toml`` gives the files that it lists; one without gives all it
    holds. Raises CorpusError where a folder is missing or its manifest is wrong, and RefusedError
    where one is empty.
    """
    prefixes = _prefixes(folders)
    for folder, prefix in zip(folders, prefixes, strict=True):
        if not folder.is_dir():
            raise CorpusError(f"source folder {folder} does not exist; is the disk mounted?")
        manifest = load_manifest(folder)
        names = list(list_files(folder))
        if not names:
            raise RefusedError(
                f"source folder {folder} is empty: refusing to index nothing; is the disk mounted?"
            )
        for item in _read_folder(folder, names, manifest):
            yield replace(item, path=prefix + item.path)


def _prefixes(folders: Sequence[Path]) -> list[str]:
    """Name the folders apart: two may hold the same names, or be called the same themselves."""
    if len(folders) == 1:
        return [""]
    names = [folder.resolve().name for folder in folders]
    return [
        f"{name}~{at}/" if (at := names[:place].count(name) + 1) > 1 else f"{name}/"
        for place, name in enumerate(names)
    ]


def check_folders(folders: Sequence[Path]) -> None:
    """Raise CorpusError where a source folder does not exist."""
    for folder in folders:
        if not folder.is_dir():
            raise CorpusError(f"source folder {folder} does not exist; is the disk mounted?")


def list_files(folder: Path) -> Iterator[str]:
    """
    Yield the names below *folder* of every file in it, sorted; hidden ones are left out.

    A folder that cannot be listed, or that is a link, is named itself: it is not walked, and
    must not be lost in silence.
    """
    unlisted: list[str] = []
    found: list[str] = []
    for root, folders, files in os.walk(folder, onerror=lambda e: unlisted.append(e.filename)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(root)
        links = [name for name in folders if (here / name).is_symlink()]
        found += [
            (here / name).relative_to(folder).as_posix()
            for name in (*files, *links)
            if not name.startswith(".")
        ]
    found += [Path(name).relative_to(folder).as_posix() for name in unlisted]
    yield from sorted(found)


def _read_folder(
    folder: Path, names: list[str], manifest: Manifest | None
) -> Iterator[SourceFile | DeadLetter]:
    for name in names:
        if manifest is None or name in manifest.entries:
            entry = manifest.entries[name] if manifest else None
            yield from read_file(folder, name, entry)
        elif not manifest.excludes(name):
            yield DeadLetter(name, f"not listed in {NAME}; list it there, or under exclude")
    for missing in sorted(set(manifest.entries) - set(names)) if manifest else ():
        yield DeadLetter(missing, f"listed in {NAME}, but there is no such file")


def read_file(
    folder: Path, name: str, entry: Entry | None = None
) -> Iterator[SourceFile | DeadLetter]:
    """Yield the file *name* of *folder*, or what is inside it, or why it is not read."""
    try:
        data = _read(folder, name)
    except OSError as error:
        yield DeadLetter(printable(name), f"cannot be read: {error.strerror or error}")
    except ParseError as error:
        yield DeadLetter(printable(name), str(error))
    else:
        for inner, content in unpack(name, data):
            yield _identified(inner, content, entry)


def _identified(
    name: str, content: bytes | ParseError, entry: Entry | None
) -> SourceFile | DeadLetter:
    """Return *content* as a source file of a known format, or why it is none."""
    if isinstance(content, ParseError):
        return DeadLetter(printable(name), str(content))
    try:
        form = detect_format(name, content)
    except ParseError as error:
        return DeadLetter(printable(name), str(error))
    return SourceFile(printable(name), content, hashlib.sha256(content).hexdigest(), form, entry)


def printable(name: str) -> str:
    """Return *name* with what is no UTF-8 in it written out, so that it can be told and stored."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    if printable(name) != name:
        raise ParseError("a file name that is not UTF-8; rename it")
    try:
        target = path.resolve()
    except RuntimeError as error:  # what Python 3.11 says of links that lead to each other
        raise ParseError("a link that leads nowhere but to itself") from error
    if not target.is_relative_to(folder.resolve()):
        raise ParseError("a link that leads out of the source folder; refused")
    if not target.is_file() and not target.is_dir() and target.exists():
        raise ParseError("neither a file nor a folder; refused, since to read it may never end")
    with path.open("rb") as stream:
        return read_bounded(stream, MAX_BYTES)


_XML_PROLOG = re.compile(
    rb"(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>|\s+)*+",
    re.DOTALL | re.IGNORECASE,
)
_XML_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)([^>]*)>", re.DOTALL)
_XML_ROOTS = {
    b"PubmedArticleSet": Format.PUBMED,
    b"PubmedArticle": Format.PUBMED,
    b"PubmedBookArticle": Format.PUBMED,
    b"DeleteCitation": Format.PUBMED,
    b"article": Format.JATS,
    b"pmc-articleset": Format.JATS,
    b"Version": Format.NGC_XML,
    b"html": Format.HTML,
}


def detect_format(name: str, data: bytes) -> Format:
    """
    Tell the format of a file from what is in it; the name decides only between plain texts.

    Raises ParseError, naming what the file looks like, where no parser reads it.
    """
    if data.startswith(b"%PDF-"):
        return Format.PDF
    text = _decoded_head(data)
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise ParseError("the file is empty")
    if stripped[0] in "{[":
        return _detect_json(data)
    if stripped[0] == "<":
        return _detect_markup(stripped)
    if re.match(r"(PMID|OWN|STAT|DCOM)\s*- ", stripped):
        return Format.MEDLINE
    if stripped.startswith("---"):
        is_ngc = re.search(r"^# General\s+## Guideline Title", text, re.MULTILINE)
        return Format.NGC_MARKDOWN if is_ngc else Format.MARKDOWN
    if Path(name.rpartition("!")[2]).suffix.lower() in (".md", ".markdown"):
        return Format.MARKDOWN
    raise ParseError("plain text in no format that a parser reads")


def _decoded_head(data: bytes) -> str:
    head = data[:65536]
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ParseError("a binary file that no parser reads")
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return head.decode(encoding, errors="replace")


def _detect_markup(text: str) -> Format:
    head = text.encode()
    start = _XML_PROLOG.match(head)
    root = _XML_ROOT.match(head, start.end() if start else 0)
    if root is None:
        raise ParseError("looks like XML, but has no root element")
    name, attributes = root.group(1), root.group(2)
    if name == b"document" and b"urn:hl7-org:v3" in attributes:
        return Format.SPL
    if name.lower() in (b"html", b"body", b"head", b"div", b"main"):
        return Format.HTML
    if (known := _XML_ROOTS.get(name)) is not None:
        return known
    raise ParseError(f"XML with the root element <{name.decode()}>, which no parser reads")


def _detect_json(data: bytes) -> Format:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not readable JSON: {error}") from error
    if isinstance(value, dict):
        if "specificRecommendations" in value:
            return Format.USPSTF
        results = value.get("results")
        records = results if isinstance(results, list) else [value]
        if any(isinstance(r, dict) and {"set_id", "openfda"} & r.keys() for r in records):
            return Format.OPENFDA
        if value and all(re.match(r"https?://", key) for key in value):
            return Format.PAGES_JSON
    raise ParseError("JSON in no shape that a parser reads")
