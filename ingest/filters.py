"""
Which records of an index a search may find: a small tree over a record's key and its fields.

A field has any number of values, all text; a comparison holds where one of them meets it, and
never where there is none. Every engine reads the same tree; :func:`matches` is what it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What can be filtered by."""

    TYPE = "type"
    """The source type; every record has exactly one."""
    DRUG = "drug"
    """The keys (``ingest.naming.drug_key``) of the drugs that a chunk is about or names."""
    DOCUMENT = "document"
    SECTION = "section"
    """The section's code (``ingest.documents.Section.code``)."""
    STATUS = "status"
    PUBLISHED = "published"
    """An ISO 8601 date, cut to the precision that its record gives."""


Fields = Mapping[Field, tuple[str, ...]]
"""One record's values by field; a field without any may be left out."""


@dataclass(frozen=True, slots=True)
class Eq:
    """A field has this value."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class In:
    """A field has at least one of these values."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """
    A field has a value with ``low <= value < below``, by code point; None leaves an end open.

    The upper end is open so that dates of any precision fall in: from "2019", below "2021" holds
    for "2019", "2019-11" and "2020-12-31".
    """

    field: Field
    low: str | None = None
    below: str | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The record is one of these."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds; with no part, always."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; with no part, never."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter


Filter = Eq | In | Range | Keys | And | Or | Not

EVERYTHING = And(())


def matches(where: Filter, key: int, fields: Fields) -> bool:  # noqa: PLR0911 - one for each node
    """Tell whether *where* holds for a record: the meaning that engines are held to."""
    match where:
        case Eq(field, value):
            return value in fields.get(field, ())
        case In(field, values):
            return not set(values).isdisjoint(fields.get(field, ()))
        case Range(field, low, below):
            return any(
                (low is None or low <= value) and (below is None or value < below)
                for value in fields.get(field, ())
            )
        case Keys(keys):
            return key in keys
        case And(parts):
            return all(matches(part, key, fields) for part in parts)
        case Or(parts):
            return any(matches(part, key, fields) for part in parts)
        case Not(part):
            return not matches(part, key, fields)
