"""
Text -> marks: its values, drugs, groups, routes, cues and words, typed and in order.

What two texts say alike has equal marks, however it is worded; what the gates compare is marks.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from service.answers import CorrectionKind
from service.classes import classes_in
from service.drugs import Mention, Vocabulary
from service.gates.cues import cues
from service.gates.frequencies import frequencies
from service.gates.groups import groups
from service.gates.quantities import quantities
from service.gates.routes import routes
from service.gates.synonyms import canonical
from service.gates.writing import normalised
from service.medicines import NOT_A_MEDICINE
from service.words import STOP_WORDS

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['-][A-Za-z0-9]+)*|[.;:,|()/]")
_BREAKS = {".": 6, ";": 6, ":": 2, ",": 1, "|": 3, "(": 1, ")": 1, "/": 1, "and": 3, "or": 3}
_TURNS = {"but", "whereas", "while", "although", "however", "versus", "vs", "compared", "though"}
_CLAUSE = {"but", "whereas", "while", "although", "however", "though", "because", "since"}
_CLAUSE_MARKS = {".", ";"}
_LISTING = set(", / and or plus a an the".split())
_TOGETHER = set("in with combination together combined".split())
"""Words that list drugs given together, and join nothing else."""

_AGENTS = re.compile(
    r"(?<![A-Za-z])(?:placebo|vaccines?|contraceptives?|antacids?|steroids?|barbiturates?"
    rf"|{'|'.join(sorted(NOT_A_MEDICINE))})(?![A-Za-z])",
    re.IGNORECASE,
)
"""What is given or compared with and is no medicine by name."""

# The four letters that the FDA adds to a biological name tell products apart, not drugs.
_SUFFIX = re.compile(r"(?<=\w{5})-[a-z]{4}$")
_LETTERS = {"p", "n"}
"""Letters that name what a figure is: P = 0.04, n = 12."""

# "Given" and "used" are grammar to the rest of the service, "administered" is the same word.
_GIVEN = canonical("administered")
_REMEMBERED = 512


class Kind(StrEnum):
    """What a mark is."""

    VALUE = "value"
    FREQUENCY = "frequency"
    DRUG = "drug"
    ROUTE = "route"
    GROUP = "group"
    SEVERITY = "severity"
    LIMIT = "limit"
    DENIAL = "denial"
    DIRECTION = "direction"
    STRENGTH = "strength"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Mark:
    """
    One typed unit of a text; marks with equal ``kind`` and ``key`` say the same.

    ``at`` is its place, counted in words, with breaks of the sentence counted as distance.
    ``clause`` numbers the clause it stands in, ``run`` the list: marks of one kind with nothing
    but commas, "and" and "or" between them share it. ``shape`` is what values have in common that
    can be mistaken for each other, ``written`` their number as it stands there.
    """

    kind: Kind
    key: str
    at: int
    clause: int
    run: int = 0
    shape: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The marks of one text, in order."""

    text: str
    marks: tuple[Mark, ...]

    def of(self, *kinds: Kind) -> tuple[Mark, ...]:
        """Return the marks of *kinds*, in order."""
        return tuple(mark for mark in self.marks if mark.kind in kinds)

    def keys(self, *kinds: Kind) -> frozenset[str]:
        """Return the distinct keys of the marks of *kinds*."""
        return frozenset(mark.key for mark in self.marks if mark.kind in kinds)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: Kind
    key: str
    shape: str = ""
    written: str = ""


class Reader:
    """Reads texts with one snapshot's drug names; remembers the last few hundred."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Keep *vocabulary*."""
        self._vocabulary = vocabulary
        self._read: OrderedDict[str, Reading] = OrderedDict()
        self._lock = Lock()

    def read(self, text: str) -> Reading:
        """Return the marks of *text*."""
        with self._lock:
            if text in self._read:
                self._read.move_to_end(text)
                return self._read[text]
        plain = normalised(text)
        spans = _spans(plain, self._vocabulary)
        reading = Reading(text, tuple(_placed(plain, spans)))
        with self._lock:
            self._read[text] = reading
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return reading


def _spans(text: str, vocabulary: Vocabulary) -> list[_Span]:
    """Return the typed spans of *text*, earlier kinds first served, none overlapping."""
    found: list[_Span] = [_Span(f.start, f.end, Kind.FREQUENCY, f.key) for f in frequencies(text)]
    rest = _blanked(text, found)
    found += [
        _Span(q.start, q.end, Kind.VALUE, q.key, q.shape, q.written) for q in quantities(rest)
    ]
    mentions = vocabulary.find(text).mentions
    candidates = [_Span(m.start, m.end, Kind.DRUG, _named(m)) for m in mentions if m.drugs]
    candidates += [_Span(c.start, c.end, Kind.DRUG, c.drug_class.name) for c in classes_in(text)]
    candidates += [
        _Span(m.start(), m.end(), Kind.DRUG, canonical(m.group().lower()))
        for m in _AGENTS.finditer(text)
    ]
    candidates += [_Span(r.start, r.end, Kind.ROUTE, r.key) for r in routes(text)]
    candidates += [_Span(g.start, g.end, Kind(g.kind), g.key) for g in groups(text)]
    candidates += [_Span(c.start, c.end, Kind(c.kind), c.key) for c in cues(text)]
    for span in candidates:
        if all(span.end <= f.start or f.end <= span.start for f in found):
            found.append(span)
    return sorted(found, key=lambda span: span.start)


def _named(mention: Mention) -> str:
    """Return the ingredients that a name means; a name read by guess stands for itself alone."""
    guessed = mention.correction and mention.correction.kind is CorrectionKind.MISSPELLING
    if guessed or not mention.settled:
        return mention.heard.lower()
    return " + ".join(_SUFFIX.sub("", part) for part in mention.drugs[0].ingredients)


def _blanked(text: str, spans: list[_Span]) -> str:
    for span in spans:
        text = text[: span.start] + "#" * (span.end - span.start) + text[span.end :]
    return text


def _placed(text: str, spans: list[_Span]) -> Iterator[Mark]:
    """Yield the marks of typed spans and of the words between them, in order."""
    at = clause = run = ahead = 0
    before: Kind | None = None
    for span in [*spans, _Span(len(text), len(text), Kind.WORD, "")]:
        for match in _WORD.finditer(text, ahead, span.start):
            token = match.group().lower()
            at += _BREAKS.get(token, 1)
            if token in _TOGETHER:
                before = before if before is Kind.DRUG else None
            elif token not in _LISTING:
                before = None
            clause += token in _CLAUSE_MARKS or token in _CLAUSE
            if token in _TURNS:
                at += 2
            if token in _LETTERS or (
                token not in STOP_WORDS and token not in _BREAKS and len(token) > 1
            ):
                word = canonical(token)
                if word != _GIVEN:
                    yield Mark(Kind.WORD, word, at, clause)
        if span.start < len(text):
            at += 1
            run += span.kind is not before
            before = span.kind
            yield Mark(span.kind, span.key, at, clause, run, span.shape, span.written)
        ahead = max(ahead, span.end)
