"""The apparatus of an answer: what stands around its statements. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.documents import Source, Status


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the numbered list; ``badges`` are words, never colour alone."""

    marker: int
    source: Source
    status: Status
    document_id: str
    badges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A suggested next question that is known to retrieve evidence."""

    question: str


@dataclass(frozen=True, slots=True)
class Disclaimer:
    """The professional disclaimer and its version; on every rendering."""

    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """
    What is needed to explain, repeat or withdraw an answer.

    ``retractions`` is the digest of the table of retractions that was heeded; None where none
    was loaded.
    """

    snapshot: str
    corpus_date: str | None
    embedder: str
    composer: str
    settings: str
    searched: tuple[str, ...] = ()
    retractions: str | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one stage took; the only part of an answer that differs between two runs."""

    stage: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A qualifier in which the two sides of a conflict differ, with each side's value.

    ``qualifier`` is "population", "formulation", "dose", "route", "comparator", "year" or
    "design"; a value is empty where that side does not say.
    """

    qualifier: str
    first: str = ""
    second: str = ""
