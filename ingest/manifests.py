"""``manifest.toml``: what a source folder says about its own files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.documents import Document, Section, SourceKind, SourceType
from ingest.errors import CorpusError

NAME = "manifest.toml"
PROJECT_NOTE = "project-note"
"""Section code of what a summary says about itself: stored and shown, never evidence."""
_NOTE_HEADINGS = frozenset({"about this summary", "note", "project remark"})


class Entry(BaseModel):
    """One listed file; ``path`` is relative to the manifest's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    type: SourceType | None = None
    kind: SourceKind = SourceKind.ORIGINAL
    summary_of: str | None = None
    url: str | None = None
    licence: str | None = None
    checked_against: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _summary_names_its_source(self) -> Self:
        if self.kind is SourceKind.SUMMARY and not self.summary_of:
            raise ValueError(f"{self.path}: a summary must name what it summarises (summary_of)")
        if Path(self.path).is_absolute() or ".." in Path(self.path).parts:
            raise ValueError(f"{self.path}: must lie below the manifest's folder")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str | None = None
    exclude: tuple[str, ...] = ()
    files: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of one manifest by path, and the patterns it leaves out on purpose."""

    entries: dict[str, Entry]
    exclude: tuple[str, ...]

    def excludes(self, path: str) -> bool:
        """Tell whether *path* is the manifest itself or left out on purpose."""
        return path == NAME or any(Path(path).match(pattern) for pattern in self.exclude)


def load_manifest(folder: Path) -> Manifest | None:
    """Read *folder*'s manifest; None where it has none. Raises CorpusError when it is wrong."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        parsed = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not readable TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CorpusError(f"{path}: {where}: {first['msg']}") from error
    entries = {entry.path: entry for entry in parsed.files}
    if len(entries) != len(parsed.files):
        raise CorpusError(f"{path}: a file is listed twice")
    return Manifest(entries, parsed.exclude)


def with_entry(document: Document, entry: Entry | None) -> Document:
    """
    Return *document* with what its manifest entry states over what its file states.

    A summary gets an identity of its own: beside the real label or paper in one index it is
    neither its duplicate nor another version of it.
    """
    source = document.source
    if entry is not None:
        # Either may say so: our wording must not pass for a quotation by an omission.
        is_summary = SourceKind.SUMMARY in (entry.kind, source.kind)
        source = replace(
            source,
            kind=SourceKind.SUMMARY if is_summary else SourceKind.ORIGINAL,
            summary_of=entry.summary_of or source.summary_of,
            url=entry.url or source.url,
            licence=entry.licence or source.licence,
        )
    if source.kind is SourceKind.ORIGINAL:
        return replace(document, source=source)
    own = replace(source, id=f"summary:{source.id}", title=f"{source.title} (project summary)")
    return replace(
        document,
        id=f"summary:{document.id}",
        source=own,
        sections=tuple(_without_claim(section) for section in document.sections),
    )


def _without_claim(section: Section) -> Section:
    headings = {heading.casefold() for heading in section.headings}
    is_note = bool(headings & _NOTE_HEADINGS) or section.text.startswith("About this summary")
    return replace(section, code=PROJECT_NOTE) if is_note else section
