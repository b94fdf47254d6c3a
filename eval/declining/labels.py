"""The labels of the set: which files they are, what they say, and which part each belongs to."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.declining.cases import Part
from eval.sampling import copied
from ingest.documents import Document, LabelFacts, Section
from ingest.errors import CorpusError
from ingest.parsing import parse
from ingest.reading import SourceFile, read_sources

LIST = Path(__file__).with_name("labels.toml")


@dataclass(frozen=True, slots=True)
class SetLabel:
    """
    One label of the set, as it is searched for words.

    ``sections`` hold each section's LOINC code, headings and body, in lower case with single
    spaces. A label that only prints a heading does not yet say anything.
    """

    path: str
    name: str
    part: Part
    document: str
    brands: tuple[str, ...]
    sections: tuple[tuple[str, str, str], ...]

    @property
    def text(self) -> str:
        """The whole label, headings too."""
        return " ".join(f"{headings} {body}" for _, headings, body in self.sections)

    def says(self, pattern: str) -> bool:
        """Tell whether the words of *pattern* stand anywhere in the label."""
        return re.search(pattern, self.text) is not None

    def saying(self, pattern: str, codes: Iterable[str]) -> tuple[str, ...]:
        """Return those of *codes* whose sections hold *pattern* in their body."""
        wanted = tuple(codes)
        found = {c for c, _, body in self.sections if c in wanted and re.search(pattern, body)}
        return tuple(code for code in wanted if code in found)


def listed(path: Path = LIST) -> list[tuple[str, str]]:
    """Return the file and the drug of every label of the set."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["labels"]
    return [(entry["path"], entry["name"]) for entry in entries]


def parts(names: Sequence[str], seed: int) -> dict[str, Part]:
    """Deal the drugs *names* to the two parts, as evenly as they go."""
    order = sorted(names)
    random.Random(f"{seed}/parts").shuffle(order)  # noqa: S311 - a sample, not a secret
    return {name: (Part.TUNING, Part.FINAL)[at % 2] for at, name in enumerate(order)}


def load(folder: Path, seed: int) -> list[SetLabel]:
    """Read the labels of the set below *folder*. Raises CorpusError where one is not there."""
    entries = listed()
    dealt = parts([name for _, name in entries], seed)
    with TemporaryDirectory() as temporary:
        chosen = gathered(folder, Path(temporary))
        documents = {
            parsed.origin.path: parsed
            for file in read_sources([chosen])
            if isinstance(file, SourceFile)
            for parsed in parse(file)
            if isinstance(parsed, Document)
        }
    if missing := [path for path, _ in entries if path not in documents]:
        raise CorpusError(f"{folder / missing[0]} is not a label")
    return [_read(path, name, documents[path], dealt[name]) for path, name in entries]


def gathered(folder: Path, target: Path) -> Path:
    """Copy the labels of the set from below *folder*; CorpusError where one is not there."""
    paths = [path for path, _ in listed()]
    if missing := [path for path in paths if not (folder / path).is_file()]:
        raise CorpusError(f"{folder / missing[0]} is not there: the set needs the shared data")
    return copied(folder, paths, target)


def plain(text: str) -> str:
    """Return *text* in lower case with single spaces and no soft hyphens."""
    return re.sub(r"\s+", " ", text.replace("\u00ad", "")).strip().lower()


def _read(path: str, name: str, document: Document, part: Part) -> SetLabel:
    facts = document.source.facts
    brands = facts.brands if isinstance(facts, LabelFacts) else ()
    sections = tuple(
        (section.code or "", plain(" ".join(section.headings)), _body(section))
        for section in document.sections
    )
    return SetLabel(path, name, part, document.id, brands, sections)


def _body(section: Section) -> str:
    return plain(" ".join(part for block in section.blocks for part in (block.lead, block.text)))
