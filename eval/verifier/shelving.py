"""
Data folder and seed -> the documents and quotes that cases may be made of, in a drawn order.

Documents fall to tuning or final by a hash of what they are about, so that two labels of one
drug are never on both sides.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from eval.verifier.cases import Part, Source, Span, digest
from eval.verifier.library import Held, Library
from ingest.documents import LabelFacts, StudyFacts
from ingest.reading import list_files
from service.answers import Passage
from service.quoting import Unit, units

SEED = 20_261_124
LABEL_FOLDERS = ("openfda_json", "spl_xml")
SHORTEST, LONGEST = 20, 420
"""Characters of a quote."""

_DRAWN = {
    "openfda_json": 1000,
    "spl_xml": 1000,
    "pubmed_xml": 1000,
    "pmc_jats": 160,
    "guidelines_ngc_md": 1000,
    "uspstf_api_2024": 1000,
    "cdc_mmwr_supplements": 1000,
}
"""Files taken at most from each folder, drawn by seed."""
_MOST_RECORDS = 90
"""Documents taken at most from one file, drawn by seed."""
_REFERENCE = re.compile(r"@|\d{4};\s?\d|\bdoi\b|https?:|www\.|\bet al\b|\d:\d+[-–]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A unit of a document that cases may be made of."""

    number: int
    passage: Passage
    unit: Unit
    digest: str

    @property
    def span(self) -> Span:
        """Where its words stand."""
        return Span(self.number, self.unit.start, self.unit.end, self.digest)


@dataclass(slots=True)
class Shelf:
    """A document of one part, its quotes in an order drawn by seed."""

    number: int
    held: Held
    quotes: list[Quote] = field(default_factory=list)


def label_files(folder: Path) -> list[str]:
    """Return the names of the label files of a data folder, whose drugs are the vocabulary."""
    return [n for n in list_files(folder) if n.split("/")[0] in LABEL_FOLDERS]


def pool(folder: Path, seed: int = SEED) -> list[str]:
    """Return the files that cases are drawn from; all of a folder that is not one of ours."""
    names = list(list_files(folder))
    known = [n for n in names if n.split("/")[0] in _DRAWN]
    if not known:
        return names
    chosen: list[str] = []
    for top, most in _DRAWN.items():
        held = sorted(n for n in known if n.split("/")[0] == top)
        chosen += sorted(seeded(seed, top).sample(held, min(most, len(held))))
    return chosen


def part_of(held: Held, seed: int = SEED) -> Part:
    """Return the part of a document: by its ingredients for a label, its source for others."""
    facts = held.document.source.facts
    about = facts.ingredients if isinstance(facts, LabelFacts) else (held.document.source.id,)
    drawn = hashlib.sha256(f"{seed}/part/{'+'.join(about)}".encode()).digest()[0]
    return Part.FINAL if drawn % 2 else Part.TUNING


def shelved(library: Library, files: Sequence[str], seed: int) -> tuple[list[Source], list[Shelf]]:
    """Return every document of *files* with its quotes, and where each is read."""
    sources: list[Source] = []
    shelves: list[Shelf] = []
    seen: set[str] = set()
    for file in files:
        names = sorted(library.documents(file))
        names = sorted(seeded(seed, file).sample(names, min(_MOST_RECORDS, len(names))))
        for name in names:
            held = library.held(file, name)
            facts = held.document.source.facts if held else None
            if held is None or (isinstance(facts, StudyFacts) and facts.retracted) or name in seen:
                continue
            seen.add(name)
            sources.append(Source(file, name))
            shelf = Shelf(len(sources) - 1, held)
            for passage in held.passages:
                for each in units(passage):
                    if SHORTEST <= len(each.text) <= LONGEST and _is_language(each.text):
                        shelf.quotes.append(Quote(shelf.number, passage, each, digest(each.text)))
            seeded(seed, "quotes", name).shuffle(shelf.quotes)
            shelves.append(shelf)
    seeded(seed, "shelves").shuffle(shelves)
    return sources, shelves


def in_turn(shelves: Sequence[Shelf]) -> Iterator[Quote]:
    """Yield quotes from all documents in turn, each wording once."""
    seen: set[str] = set()
    deepest = max((len(s.quotes) for s in shelves), default=0)
    for at in range(deepest):
        for shelf in shelves:
            if at < len(shelf.quotes) and shelf.quotes[at].digest not in seen:
                seen.add(shelf.quotes[at].digest)
                yield shelf.quotes[at]


def _is_language(text: str) -> bool:
    """Leave out rows of bare figures, literature references, links and the like."""
    if _REFERENCE.search(text) or text.endswith("?"):
        return False
    letters = sum(char.isalpha() for char in text)
    return letters > len(text) / 3 and any(char.islower() for char in text)


def seeded(*parts: object) -> Random:
    """Return a generator that draws the same for the same parts, in every process."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - a sample, not a secret
