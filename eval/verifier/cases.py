"""
A case: a quote's place, and the edits that make a statement of it. The words are not kept.

Edits lead from the quote to an honest paraphrase (``honest``), and from there to the mutant
(``mutation``). Both are short literals put over character spans; where words only move, the
literal names the span they come from, so that no sentence of a source stands in the case file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MUTATED = (
    "number",
    "decimal_shift",
    "unit",
    "frequency",
    "comparator",
    "range_end",
    "negation",
    "direction",
    "drug",
    "population",
    "route",
    "section",
    "swapped_citation",
)
"""Kinds of false statements: each must be rejected."""
HONEST = ("exact_quote", "paraphrase")
"""Kinds of true statements: each must pass."""
KINDS = (*MUTATED, *HONEST)

_MOVED = re.compile(r"\{(\d+):(\d+)([\^_]?)\}")


class Part(StrEnum):
    """What a case is for: to tune gates on, or to measure them once they are tuned."""

    TUNING = "tuning"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Edit:
    """
    ``text[start:end]`` is replaced by *new*.

    In *new*, ``{12:30}`` stands for those characters of the text that is edited; ``^`` before
    the closing brace makes its first letter a capital, ``_`` a small one.
    """

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a document: its number in the list of sources, offsets, and a digest of them."""

    document: int
    start: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Case:
    """
    One statement to verify.

    ``cited`` is the quote it is cited to; ``taken`` the quote it was made from, where that is
    another one.
    """

    id: str
    kind: str
    part: Part
    cited: Span
    taken: Span | None = None
    honest: tuple[Edit, ...] = ()
    mutation: tuple[Edit, ...] = ()

    @property
    def must_pass(self) -> bool:
        """Whether the statement is true to its quote."""
        return self.kind in HONEST

    def text(self, quote: str) -> str:
        """Return the statement, made from the words of ``taken`` or else ``cited``."""
        return edited(edited(quote, self.honest), self.mutation)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document of the set is read: a file below the data folder, and the document's id."""

    file: str
    document: str


def digest(words: str) -> str:
    """Return the first 12 hex digits of the sha256 of *words*."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return *text* with all *edits* made at once; ValueError where two of them overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < at or edit.end < edit.start or edit.end > len(text):
            raise ValueError(f"edit {edit.start}:{edit.end} does not fit the text")
        parts += [text[at : edit.start], _MOVED.sub(lambda m: _moved(text, m), edit.new)]
        at = edit.end
    return "".join((*parts, text[at:]))


def _moved(text: str, match: re.Match[str]) -> str:
    words = text[int(match[1]) : int(match[2])]
    first = {"^": words[:1].upper(), "_": words[:1].lower()}.get(match[3], words[:1])
    return first + words[1:]


def written(sources: Sequence[Source], cases: Iterable[Case]) -> str:
    """Return the case file: a JSON line for every source, then one for every case."""
    lines = [
        _line({"source": n, "file": s.file, "document": s.document}) for n, s in enumerate(sources)
    ]
    lines += [_line(_as_json(case)) for case in cases]
    return "\n".join(lines) + "\n"


def read(text: str) -> tuple[tuple[Source, ...], tuple[Case, ...]]:
    """Return the sources and cases of a case file; ValueError where a line is not of its form."""
    sources: list[Source] = []
    cases: list[Case] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            value = json.loads(line)
            if "source" in value:
                sources.append(Source(value["file"], value["document"]))
            else:
                cases.append(_from_json(value))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} of the case file: {error!r}") from error
    return tuple(sources), tuple(cases)


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _as_json(case: Case) -> dict[str, object]:
    value: dict[str, object] = {
        "id": case.id,
        "part": case.part.value,
        "kind": case.kind,
        "cited": list(_places(case.cited)),
    }
    if case.taken is not None:
        value["taken"] = list(_places(case.taken))
    for name, edits in (("honest", case.honest), ("mutation", case.mutation)):
        if edits:
            value[name] = [[e.start, e.end, e.new] for e in edits]
    return value


def _places(span: Span) -> Iterator[object]:
    yield from (span.document, span.start, span.end, span.digest)


def _from_json(value: dict[str, list[object]]) -> Case:
    def span(name: str) -> Span | None:
        return Span(*value[name]) if name in value else None  # type: ignore[arg-type]

    def edits(name: str) -> tuple[Edit, ...]:
        return tuple(Edit(*each) for each in value.get(name, ()))  # type: ignore[misc]

    cited = span("cited")
    if cited is None:
        raise KeyError("cited")
    return Case(
        str(value["id"]),
        str(value["kind"]),
        Part(str(value["part"])),
        cited,
        span("taken"),
        edits("honest"),
        edits("mutation"),
    )
