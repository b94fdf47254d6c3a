"""What a guideline file says about itself, from YAML front matter or ``<meta>`` tags, checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ingest.documents import GuidelineFacts, Source, SourceKind, SourceType
from ingest.errors import ParseError


def _listed(value: object) -> object:
    """Let a single name stand for a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class FrontMatter(BaseModel):
    """The keys a guideline file may have; any other key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1)
    publisher: str | None = None
    year: int | None = Field(default=None, ge=1900, le=2100)
    version: str | None = None
    published: str | None = Field(default=None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    series: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    scheme: str | None = None
    population: str | None = None
    supersedes: Names = ()
    superseded_by: Names = ()
    url: str | None = Field(default=None, pattern=r"^https?://")
    licence: str | None = None
    kind: SourceKind = SourceKind.ORIGINAL
    summary_of: str | None = None

    @model_validator(mode="after")
    def _summary_names_its_source(self) -> Self:
        if self.kind is SourceKind.SUMMARY and not self.summary_of:
            raise ValueError("a summary must name what it summarises (summary_of)")
        return self

    @property
    def recommending_scheme(self) -> str | None:
        """The scheme as the readers of recommendations know it; "other" names none."""
        return None if self.scheme in (None, "other") else self.scheme

    def source(self, path: str) -> Source:
        """Return the source: its id from the series, else the title, else the file's name."""
        slug = self.series or slug_of(self.title) or slug_of(PurePosixPath(path).stem)
        return Source(
            id=f"guideline:{slug}",
            type=SourceType.GUIDELINE,
            title=self.title,
            facts=GuidelineFacts(
                series=self.series,
                year=self.year,
                version=self.version,
                scheme=self.recommending_scheme,
                population=self.population,
                supersedes=self.supersedes,
                superseded_by=self.superseded_by,
            ),
            kind=self.kind,
            publisher=self.publisher,
            published=self.published or (str(self.year) if self.year else None),
            url=self.url,
            licence=self.licence,
            summary_of=self.summary_of,
        )


def checked(values: Mapping[str, object]) -> FrontMatter:
    """Return *values* as front matter; raises ParseError naming each key that is wrong."""
    known = {key: value for key, value in values.items() if value not in ("", None)}
    try:
        return FrontMatter.model_validate(known)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'front matter'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise ParseError(f"front matter: {'; '.join(faults)}") from error


def document_id(source: Source) -> str:
    """Return "<source id>@<version or year>", or the source id where neither is known."""
    facts = source.facts
    if not isinstance(facts, GuidelineFacts):
        return source.id
    edition = slug_of(facts.version) if facts.version else ""
    edition = edition or (str(facts.year) if facts.year else "")
    return f"{source.id}@{edition}" if edition else source.id


def slug_of(text: str) -> str:
    """Write *text* as an id: "Version 3.0" -> "version-3.0"; at most 120 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain)[:120].strip("-.")
