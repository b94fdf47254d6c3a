"""
Guidelines from a list of addresses: TOML, or plain text with an address on each line.

TOML has ``[[guidelines]]`` tables with ``url``, ``title``, ``publisher``, ``licence``, ``terms``
and ``name`` (the file's). A line of plain text is ``url | title | publisher | licence``, or a
comment after #.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.documents import SourceType
from ingest.errors import CorpusError
from ingest.fetching.items import Ask, Haul, Item
from ingest.fetching.services import page_service
from ingest.reading import Format

_FORMATS = {
    ".pdf": frozenset({Format.PDF}),
    ".md": frozenset({Format.MARKDOWN, Format.NGC_MARKDOWN}),
    ".xml": frozenset({Format.JATS, Format.NGC_XML}),
    ".nxml": frozenset({Format.JATS}),
    ".json": frozenset({Format.USPSTF, Format.PAGES_JSON}),
}
_PAGE = frozenset({Format.HTML, Format.PDF})
_UNUSUAL = re.compile(r"[^a-z0-9]+")
_FIELDS = ("url", "title", "publisher", "licence")


class Listed(BaseModel):
    """One guideline of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=8, max_length=2000)
    title: str | None = None
    publisher: str | None = None
    licence: str | None = None
    terms: str | None = None
    name: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    guidelines: tuple[Listed, ...]


def read_list(path: Path) -> tuple[Listed, ...]:
    """Read a list of guidelines. Raises CorpusError, naming the place, where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read as text: {error}") from error
    try:
        if path.suffix.lower() == ".toml":
            listed = _File.model_validate(tomllib.loads(text)).guidelines
        else:
            listed = tuple(_line(line) for line in text.splitlines() if _is_entry(line))
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{path}: not readable TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CorpusError(f"{path}: {where}: {first['msg']}") from error
    if not listed:
        raise CorpusError(f"{path}: lists no guideline")
    names = [file_name(each) for each in listed]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CorpusError(f"{path}: two addresses would become {twice}; give one a name")
    return listed


def find_guidelines(listed: tuple[Listed, ...]) -> Haul:
    """Find the files of a list. Raises CorpusError for an address that is not HTTPS."""
    return Haul(iter([_item(each) for each in listed]), len(listed))


def file_name(listed: Listed) -> str:
    """Return the name that a guideline is kept under: its own, or one made of its address."""
    if listed.name:
        return listed.name
    parts = urlsplit(listed.url)
    path = PurePosixPath(unquote(parts.path))
    suffix = path.suffix.lower() if path.suffix.lower() in _FORMATS else ".html"
    stem = str(path.with_suffix("")) if path.suffix.lower() in (*_FORMATS, ".html") else str(path)
    slug = _UNUSUAL.sub("-", f"{parts.netloc}/{stem}?{parts.query}".lower()).strip("-")
    return f"{slug[:150].strip('-')}{suffix}"


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _line(line: str) -> Listed:
    values = [each.strip() or None for each in line.split("|")]
    return Listed.model_validate(dict(zip(_FIELDS, values, strict=False)))


def _item(listed: Listed) -> Item:
    name = file_name(listed)
    service = page_service(listed.url, listed.terms or "as its publisher states")
    return Item(
        path=name,
        address=listed.url,
        service=service.name,
        terms=service.terms,
        licence=listed.licence,
        formats=_FORMATS.get(PurePosixPath(name).suffix.lower(), _PAGE),
        ask=Ask(service, listed.url),
        page=listed.url,
        type=SourceType.GUIDELINE,
        title=" – ".join(each for each in (listed.title, listed.publisher) if each) or None,
        note=None if listed.licence else "no licence stated",
    )
