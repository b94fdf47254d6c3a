"""Which drugs a chunk is about or names: the table behind filters by drug. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from ingest.documents import Chunk, LabelFacts, SourceType
from ingest.naming import drug_key, ingredient

_WORD = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")
MIN_NAME = 4
"""Shorter names ("Act", "Q") are words of every text."""


class Mentions:
    """Finds the names of a set of labels in text, longest name first."""

    def __init__(self, labels: Iterable[LabelFacts]) -> None:
        """Collect the labels' brand, generic and ingredient names."""
        self._names: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        names: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for facts in labels:
            if not facts.ingredients:
                continue
            key = drug_key(facts.ingredients)
            for name in (*facts.brands, *facts.generics):
                names[tuple(_words(name))].add(key)
                names[tuple(_words(ingredient(name)))].add(key)
            for single in facts.ingredients:
                names[tuple(_words(single))].add(single)
        for words, keys in names.items():
            if words and len(" ".join(words)) >= MIN_NAME:
                for key in sorted(keys):
                    self._names[words[0]].append((words, key))
        for candidates in self._names.values():
            candidates.sort(key=lambda pair: (-len(pair[0]), pair))

    def of(self, chunk: Chunk, facts: LabelFacts | None) -> set[str]:
        """
        Return the drug keys of *chunk*: a label's own ingredient set, else every drug named.

        A label's chunk belongs to its own drug alone, whichever others its text names.
        """
        if chunk.type is SourceType.LABEL:
            return {drug_key(facts.ingredients)} if facts and facts.ingredients else set()
        return self.find(chunk.indexed_text)

    def find(self, text: str) -> set[str]:
        """Return the keys of every drug named in *text*."""
        words = _words(text)
        found: set[str] = set()
        for at, word in enumerate(words):
            for name, key in self._names.get(word, ()):
                if tuple(words[at : at + len(name)]) == name:
                    found.add(key)
        return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
