"""What is exported: answers as they were served, and the works they cite."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from service.inert import inert
from service.serialising import Json

_KEY_PART = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Export:
    """
    One answer, a conversation or an article.

    ``turns`` are replies as ``POST /v1/answers`` sends them, oldest first, at least one.
    ``review`` is the status of an article, in words; None where each answer says its own.
    ``dated`` says what the date of a turn, ``asked_at``, is the date of. ``notices`` are what must
    be read before the answers.
    """

    title: str
    turns: tuple[Json, ...]
    review: str | None = None
    dated: str = "Asked"
    notices: tuple[str, ...] = ()

    def review_of(self, turn: Json) -> str:
        """Return the review status to show with *turn*."""
        return self.review or str(turn["answer"]["review"])


@dataclass(frozen=True, slots=True)
class Mention:
    """An answer that cites a work, and under which numbers."""

    turn: Json
    markers: tuple[int, ...]
    review: str


@dataclass(frozen=True, slots=True)
class Work:
    """One document that was cited: a reference as it was served, and every answer that cites it."""

    entry: Json
    mentions: tuple[Mention, ...]

    @property
    def key(self) -> str:
        """Letters, digits and hyphens: of one document always the same, and of no other."""
        entry = self.entry
        named = next(iter(entry.get("authors") or ()), None) or entry["publisher"] or ""
        word = _KEY_PART.search(named.lower())
        digest = hashlib.sha256(entry["document_id"].encode("utf-8", "replace")).hexdigest()[:12]
        parts = (word.group() if word else entry["source_type"], entry["year"], digest)
        return "-".join(str(part) for part in parts if part is not None)


def works(export: Export) -> list[Work]:
    """Return every document that *export* cites, once, in the order of first citation."""
    found: dict[str, Work] = {}
    for turn in export.turns:
        for markers, entry in by_document(turn["answer"]["references"]):
            mention = Mention(turn, tuple(markers), export.review_of(turn))
            held = found.get(entry["document_id"])
            before = held.mentions if held else ()
            # What is known of it last holds: it may have been retracted between two turns.
            found[entry["document_id"]] = Work(entry, (*before, mention))
    return list(found.values())


def by_document(references: Iterable[Json]) -> list[tuple[list[int], Json]]:
    """Merge references to one document: all its numbers, and the badges that hold for each."""
    grouped: dict[str, tuple[list[int], Json]] = {}
    for entry in references:
        numbers, merged = grouped.setdefault(entry["document_id"], ([], {**entry}))
        numbers.append(entry["marker"])
        merged["badges"] = [badge for badge in merged["badges"] if badge in entry["badges"]]
    return list(grouped.values())


def numbers(markers: Iterable[int]) -> str:
    """Write markers as they stand in an answer: "[1][3]"."""
    return "".join(f"[{marker}]" for marker in markers)


def one_line(text: str) -> str:
    """
    Return *text* on one line, without characters that steer a reader or that no file can hold.

    No line break of any script is left, so that a value cannot begin a field or a record.
    """
    flat = inert(" ".join(text.split()))
    return flat.encode("utf-8", "replace").decode("utf-8")
