"""
Misspelled drug names: which names a word may have meant, nearest first.

Nearness is the Damerau-Levenshtein distance (optimal string alignment, as SymSpell computes it),
shortened where the two words sound alike and lengthened where they begin differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from symspellpy import SymSpell, Verbosity
from symspellpy.editdistance import DistanceAlgorithm, EditDistance

MAX_DISTANCE = 2
"""Edits at most; three edits of a drug name are another drug name."""

SHORTEST = 5
"""Letters at least: shorter words are near to too many names."""

_LONG = 8
_SOUNDS = (
    (r"ph", "f"),
    (r"th", "t"),
    (r"x", "ks"),
    (r"ch|ck|q|c(?![eiy])", "k"),
    (r"c", "s"),
    (r"z", "s"),
    (r"[aeiouy]", ""),
    (r"(.)\1+", r"\1"),
)


@dataclass(frozen=True, slots=True)
class Nearby:
    """
    A known word near a misspelled one; ``score`` is 0.5-2.5, smaller is nearer.

    ``sure`` is False for a short word that begins otherwise: "taloid" is too little to go by.
    """

    word: str
    score: float
    sure: bool = True


def english_words() -> frozenset[str]:
    """Return the 83,000 English words of SymSpell's frequency dictionary (MIT), lower case."""
    data = resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = data.read_text(encoding="utf-8-sig").splitlines()
    return frozenset(line.split(" ", 1)[0] for line in lines if line)


def sound(word: str) -> str:
    """Return the word's consonant skeleton: "neltraxone" and "naltrexone" -> "nltrksn"."""
    for pattern, written in _SOUNDS:
        word = re.sub(pattern, written, word)
    return word


@lru_cache(maxsize=1)
def _distance() -> EditDistance:
    return EditDistance(DistanceAlgorithm.DAMERAU_OSA)


def edits(first: str, second: str) -> int:
    """Return the edits between two words, or -1 where there are more than `MAX_DISTANCE`."""
    return int(_distance().compare(first, second, MAX_DISTANCE))


class Speller:
    """The words that may be meant; built once, then only read."""

    def __init__(self, known: Iterable[str]) -> None:
        """Index *known*; words shorter than five letters are left out."""
        self._index = SymSpell(max_dictionary_edit_distance=MAX_DISTANCE, prefix_length=7)
        for word in sorted(set(known)):
            if len(word) >= SHORTEST and word.isalpha():
                self._index.create_dictionary_entry(word, 1)

    def nearest(self, word: str) -> list[Nearby]:
        """
        Return the known words near *word*, nearest first, ties in alphabetical order.

        Words of five to seven letters may differ by one edit, longer ones by two.
        """
        if len(word) < SHORTEST or not word.isalpha():
            return []
        allowed = MAX_DISTANCE if len(word) >= _LONG else 1
        found = [
            Nearby(
                item.term, _score(word, item.term, item.distance), _begins_alike(word, item.term)
            )
            for item in self._index.lookup(word, Verbosity.ALL, max_edit_distance=allowed)
        ]
        return sorted(found, key=lambda near: (near.score, near.word))


def _begins_alike(heard: str, meant: str) -> bool:
    """Tell whether a word is long enough to go by, or begins as the other does."""
    return len(heard) >= _LONG or heard[0] == meant[0] or sound(heard)[:1] == sound(meant)[:1]


def _score(heard: str, meant: str, distance: int) -> float:
    alike = 0.5 if sound(heard) == sound(meant) else 0.0
    begins = 0.5 if heard[0] != meant[0] else 0.0
    return distance - alike + begins
