"""
What a query asks for, in the form that passages and sentences are compared with. Plain data.

The evidence gate and the composer share it, so that what lets a passage in is also what its
sentences are chosen by.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.answers import Drug, Query, Topic
from service.classes import CLASSES, DrugClass
from service.conditions import synonyms
from service.drugs import Vocabulary
from service.hearing import hear
from service.topics import POPULATION_TOPICS
from service.words import STOP_WORDS, contains_words, stem, words

Stems = tuple[str, ...]

_UNITS = frozenset("mg mcg ml kg g iu units percent hours hour day days week weeks".split())
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A text to compare with what is asked, its stems in order and as a set."""

    text: str
    stems: Stems
    present: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Line:
        """Read *text*."""
        stems = tuple(map(stem, words(text)))
        return cls(text, stems, frozenset(stems))

    def has(self, name: Stems) -> bool:
        """Tell whether the stems of *name* stand in the text in a row."""
        return name[0] in self.present and contains_words(self.stems, name)


@dataclass(frozen=True, slots=True)
class AskedDrug:
    """A drug and every name a text may call it by; a combination is named by its parts too."""

    drug: Drug
    names: tuple[Stems, ...]
    parts: tuple[Stems, ...]

    def named_in(self, line: Line) -> bool:
        """Tell whether a text names the drug."""
        if any(line.has(name) for name in self.names):
            return True
        return all(line.has(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The parts of a query that evidence must cover.

    ``condition`` holds every name of the condition; ``condition_is_context`` tells that it came
    from an earlier turn while the topic did not, and is welcome rather than required: "what
    about the liver?" after a question on insomnia. ``terms`` are the stems of the
    remaining content words: what is asked about beyond drug, condition and topic. ``spoken`` are
    the stems of every word of the question that is not grammar, for ranking only. ``classes``
    are the drug classes asked about, which a text names by themselves or by a member.
    """

    query: Query
    drugs: tuple[AskedDrug, ...]
    condition: tuple[Stems, ...]
    condition_is_context: bool
    terms: tuple[str, ...]
    spoken: frozenset[str]
    classes: tuple[DrugClass, ...] = ()

    @property
    def populations(self) -> tuple[Topic, ...]:
        """The groups of patients asked about."""
        return tuple(topic for topic in self.query.topics if topic in POPULATION_TOPICS)

    @property
    def aspects(self) -> tuple[Topic, ...]:
        """The topics asked about that are not groups of patients."""
        return tuple(topic for topic in self.query.topics if topic not in POPULATION_TOPICS)

    def names_condition(self, line: Line) -> bool:
        """Tell whether a text names the condition."""
        return any(line.has(name) for name in self.condition)

    def echo(self, line: Line) -> float:
        """Return the share of the question's own words that a text repeats, 0-1."""
        return len(self.spoken & line.present) / len(self.spoken) if self.spoken else 0.0

    def coverage(self, line: Line) -> float:
        """Return the share of the terms that a text holds, 0-1; 0 where there are none."""
        if not self.terms:
            return 0.0
        return sum(term in line.present for term in self.terms) / len(self.terms)


def asked(query: Query, vocabulary: Vocabulary) -> Asked:
    """Return what *query* asks evidence for."""
    heard = hear(query.text, vocabulary)
    terms = (stem(word) for word in heard.rest if word not in _UNITS)
    drugs = tuple(_asked_drug(drug, vocabulary) for drug in query.drugs)
    named = {part for drug in drugs for name in drug.parts for part in name}
    spoken = (stem(word) for word in words(query.text) if word not in STOP_WORDS)
    return Asked(
        query=query,
        drugs=drugs,
        condition=synonyms(query.condition) if query.condition else (),
        condition_is_context=_is_context(query),
        terms=tuple(dict.fromkeys(t for t in terms if len(t) >= _SHORTEST and not t[0].isdigit())),
        spoken=frozenset(spoken) - named,
        classes=tuple(CLASSES[held.name] for held in query.classes),
    )


def _is_context(query: Query) -> bool:
    carried = {note.partition(":")[0] for note in query.carried}
    return "condition" in carried and "topic" not in carried and bool(query.topics)


def _asked_drug(drug: Drug, vocabulary: Vocabulary) -> AskedDrug:
    parts = tuple(Line.of(part).stems for part in drug.ingredients)
    return AskedDrug(drug, vocabulary.names_of(drug), parts)
