"""
What a query asks for, in the form that passages and sentences are compared with. Plain data.

The evidence gate and the composer share it, so that what lets a passage in is also what its
sentences are chosen by.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.answers import Drug, Query, Topic
from service.classes import CLASSES, DrugClass
from service.conditions import listed_condition, synonyms
from service.constraining import NOTHING_FIXED, Constraints, constraints
from service.drugs import Vocabulary
from service.facets import Facet, Sought, facets_in
from service.hearing import Heard, hear
from service.narrowing import narrowing, numbered
from service.topics import POPULATION_TOPICS, cues
from service.words import STOP_WORDS, contains_words, stem, words

Stems = tuple[str, ...]

_UNITS = frozenset("mg mcg ml kg g iu units percent hours hour day days week weeks".split())
_SHORTEST = 3
_NARROWED = 0.7
"""Share of the narrowing words, 0-1, that a text on a condition must hold."""


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
    are the drug classes asked about, which a text names by themselves or by a member. ``facets``
    are what is asked within the topic, ``narrowed`` the stems that say which of the conditions
    of a name is meant, ``fixed`` what a passage may not contradict.
    """

    query: Query
    drugs: tuple[AskedDrug, ...]
    condition: tuple[Stems, ...]
    condition_is_context: bool
    terms: tuple[str, ...]
    spoken: frozenset[str]
    classes: tuple[DrugClass, ...] = ()
    facets: tuple[Facet, ...] = ()
    narrowed: tuple[str, ...] = ()
    fixed: Constraints = NOTHING_FIXED

    @property
    def populations(self) -> tuple[Topic, ...]:
        """The groups of patients asked about."""
        return tuple(topic for topic in self.query.topics if topic in POPULATION_TOPICS)

    @property
    def aspects(self) -> tuple[Topic, ...]:
        """The topics asked about that are not groups of patients; an amount asks for the dose."""
        told = tuple(topic for topic in self.query.topics if topic not in POPULATION_TOPICS)
        bare = not (self.condition or self.terms or self.facets or self.populations)
        if self.fixed.amounts and bare and set(told) <= {Topic.WARNING}:
            return (*told, Topic.DOSE)
        return told

    def names_condition(self, line: Line) -> bool:
        """Tell whether a text names the condition, and which one of its name is meant."""
        if not any(line.has(name) for name in self.condition):
            return False
        if not self.narrowed:
            return True
        held = sum(word in line.present for word in self.narrowed)
        return held / len(self.narrowed) >= _NARROWED

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
    sought = facets_in(query.text)
    taken = {word for each in sought for word in words(query.text[each.start : each.end])}
    terms = (stem(word) for word in heard.rest if word not in _UNITS and word not in taken)
    drugs = tuple(_asked_drug(drug, vocabulary) for drug in query.drugs)
    named = {part for drug in drugs for name in drug.parts for part in name}
    spoken = (stem(word) for word in words(query.text) if word not in STOP_WORDS)
    formulation = query.drugs[0].formulation if len(query.drugs) == 1 else None
    return Asked(
        query=query,
        drugs=drugs,
        condition=_condition(query, heard),
        condition_is_context=_is_context(query),
        terms=tuple(dict.fromkeys(t for t in terms if len(t) >= _SHORTEST and not t[0].isdigit())),
        spoken=frozenset(spoken) - named,
        classes=tuple(CLASSES[held.name] for held in query.classes),
        facets=tuple(dict.fromkeys(each.facet for each in sought)),
        narrowed=_narrowed(heard, sought),
        fixed=constraints(query.text, query.topics, formulation),
    )


def _condition(query: Query, heard: Heard) -> tuple[Stems, ...]:
    if query.condition is None:
        return ()
    if heard.condition is not None and (named := numbered(heard.question, heard.condition)):
        return (named,)
    return synonyms(query.condition)


def _narrowed(heard: Heard, sought: tuple[Sought, ...]) -> Stems:
    """Return the stems beside the condition that no drug, topic or facet accounts for."""
    if heard.condition is None:
        return ()
    text = heard.question
    spans = [(mention.start, mention.end) for mention in heard.mentions]
    spans += [(each.start, each.end) for each in sought]
    spans += [(cue.start, cue.end) for cue in cues(text)]
    own = range(heard.condition.start, heard.condition.end)
    for start, end in spans:
        if start not in own and end - 1 not in own:
            text = text[:start] + "." * (end - start) + text[end:]
    return narrowing(text, heard.condition, spelled=listed_condition(heard.question) is None)


def _is_context(query: Query) -> bool:
    carried = {note.partition(":")[0] for note in query.carried}
    return "condition" in carried and "topic" not in carried and bool(query.topics)


def _asked_drug(drug: Drug, vocabulary: Vocabulary) -> AskedDrug:
    parts = tuple(Line.of(part).stems for part in drug.ingredients)
    return AskedDrug(drug, vocabulary.names_of(drug), parts)
