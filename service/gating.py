"""
Passages -> evidence: whether there is enough, section by section.

Similarity alone cannot tell: a passage about another drug, or about this drug and something
else, is often near. A passage is evidence when it is current, near enough, names the drug, and
speaks of what was asked: the condition, the group of patients, the topic, or the words left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.documents import LabelFacts, SourceType, Status
from service.answers import SECTION_OF, Passage, SectionKind, Topic
from service.asked import Asked, Line
from service.constraining import contradicts
from service.topics import POPULATION_TOPICS, in_section, said

BOILERPLATE = re.compile(
    r"^\W*(?:about this summary|note|title|how to read|references?|contents|table of contents"
    r"|authors?|acknowledg\w+|funding|disclosures?|conflicts? of interest|search (?:strategy|terms)"
    r"|package label|principal display panel|product data elements|revision|trademarks?)\b",
    re.IGNORECASE,
)
"""Headings whose text is about the document and not about medicine."""

BOILERPLATE_CODES = frozenset({"51945-4", "34093-5", "48780-1", "43683-2", "53413-1", "51727-6"})

_SAID_IN_LABELS = frozenset(
    {
        Topic.INTERACTION,
        Topic.MONITORING,
        Topic.OVERDOSE,
        Topic.CONTRAINDICATION,
        Topic.COMPARISON,
        Topic.PHARMACOKINETICS,
        Topic.STORAGE,
    }
)
"""Topics that labels speak of outside their own section, in words that mean nothing else."""


_ANYWHERE = frozenset({Topic.EFFICACY, Topic.COMPARISON, Topic.WARNING, Topic.MONITORING})
"""Topics that any section of a label may speak of."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """
    How much is enough.

    ``similarity`` is the cosine, -1 to 1, that a passage must reach; ``beside`` the one for a
    recommendation that speaks of the condition and not of the drug. ``coverage`` is the share,
    0-1, of the question's remaining content words that it must hold.
    """

    similarity: float = 0.25
    beside: float = 0.30
    coverage: float = 0.6


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    The passages that may support a statement, per section, best first.

    ``beside`` holds recommendations for the condition that do not name the drug: what is
    recommended instead, shown only where the guidelines are silent about the drug itself.
    """

    sections: Mapping[SectionKind, tuple[Passage, ...]]
    beside: tuple[Passage, ...] = ()

    @property
    def numbered(self) -> tuple[tuple[SectionKind, Passage], ...]:
        """Every passage with its section, in the order of the sections: marker n is entry n."""
        found = [(kind, passage) for kind in SectionKind for passage in self.sections[kind]]
        return (*found, *((SectionKind.GUIDELINES, passage) for passage in self.beside))

    @property
    def is_empty(self) -> bool:
        """Whether nothing answers the question itself."""
        return not any(self.sections.values())


def gate(
    asked: Asked,
    found: Mapping[SourceType, Sequence[Passage]],
    thresholds: Thresholds,
) -> Evidence:
    """Return the evidence among the passages *found*."""
    sections = {
        kind: tuple(p for p in found.get(source_type, ()) if is_evidence(p, asked, thresholds))
        for source_type, kind in SECTION_OF.items()
    }
    guidelines = found.get(SourceType.GUIDELINE, ())
    beside = tuple(p for p in guidelines if _is_beside(p, asked, thresholds))
    return Evidence(sections, beside if not sections[SectionKind.GUIDELINES] else ())


def is_evidence(passage: Passage, asked: Asked, thresholds: Thresholds) -> bool:
    """Tell whether one passage covers the drug and the attribute asked about."""
    if not _may_speak(passage, thresholds.similarity):
        return False
    line = Line.of(passage.chunk.indexed_text)
    return _about_drug(passage, line, asked) and covers(passage, line, asked, thresholds.coverage)


def covers(passage: Passage, line: Line, asked: Asked, coverage: float) -> bool:
    """
    Tell whether a passage, or a sentence of it given as *line*, speaks of what was asked.

    What it contradicts it cannot answer, and of what is asked within a topic it must speak. A
    group of patients must be named. Otherwise a condition must be, or enough of the words left; a
    topic alone is asked for only where there is neither.
    """
    if contradicts(asked.fixed, line.text, passage.source.facts):
        return False
    if asked.facets and not speaks_of_facet(passage, line, asked):
        return False
    if asked.populations:
        return any(speaks_of(topic, passage, line) for topic in asked.populations)
    if asked.condition and not asked.condition_is_context:
        return asked.names_condition(line) and _may_claim(passage, line, asked)
    if asked.terms:
        return asked.coverage(line) >= coverage
    return _is_on_topic(passage, line, asked)


def _is_on_topic(passage: Passage, line: Line, asked: Asked) -> bool:
    """Tell whether a text is on the topic of a question that asks for nothing more."""
    if asked.facets:
        return not is_pair(asked) or names_both(passage, line, asked)
    if asked.aspects:
        # What names both drugs of a pair tells how they go together, in whatever words.
        topical = any(speaks_of(topic, passage, line) for topic in asked.aspects)
        return topical or (is_pair(asked) and names_both(passage, line, asked))
    return not asked.condition or asked.names_condition(line)


def _may_claim(passage: Passage, line: Line, asked: Asked) -> bool:
    """
    Tell whether a label section may carry the one claim asked for about a condition.

    That a drug is approved for it stands in the indications, a dose where doses stand; that the
    drug causes it, never among the indications. A question on its role asks for all of these.
    """
    chunk = passage.chunk
    if chunk.type is not SourceType.LABEL or len(asked.aspects) != 1:
        return True
    aspect = asked.aspects[0]
    if aspect is Topic.ADVERSE_REACTION:
        return not in_section(Topic.INDICATION, chunk.code, chunk.headings)
    return aspect in _ANYWHERE or speaks_of(aspect, passage, line)


def speaks_of(topic: Topic, passage: Passage, line: Line) -> bool:
    """
    Tell whether a passage's section, or the words of *line*, speak of *topic*.

    A label is built by topic: outside the section, words count only where they are distinctive.
    """
    chunk = passage.chunk
    if in_section(topic, chunk.code, chunk.headings):
        return True
    distinctive = topic in POPULATION_TOPICS or topic in _SAID_IN_LABELS
    return (chunk.type is not SourceType.LABEL or distinctive) and said(topic, line.text)


def speaks_of_facet(passage: Passage, line: Line, asked: Asked) -> bool:
    """Tell whether a passage, or a sentence of it, speaks of any facet asked for."""
    chunk = passage.chunk
    in_label = chunk.type is SourceType.LABEL
    return any(facet.is_said(line.text, chunk.code, in_label=in_label) for facet in asked.facets)


def _may_speak(passage: Passage, similarity: float) -> bool:
    """Tell whether a passage is in force, near enough and about medicine."""
    chunk = passage.chunk
    if passage.status is not Status.CURRENT or passage.similarity < similarity:
        return False
    if chunk.code in BOILERPLATE_CODES:
        return False
    return not any(BOILERPLATE.search(heading) for heading in chunk.headings[-1:])


def _about_drug(passage: Passage, line: Line, asked: Asked) -> bool:
    """Tell whether a passage is about the drugs asked about: their label, or naming them."""
    facts = passage.source.facts
    if asked.classes and not asked.drugs:
        return names_both(passage, line, asked)
    if not asked.drugs:
        # Of all labels, those that are for the condition answer a question that names no drug.
        chunk = passage.chunk
        return passage.source.type is not SourceType.LABEL or in_section(
            Topic.INDICATION, chunk.code, chunk.headings
        )
    if isinstance(facts, LabelFacts):
        if facts.ingredients not in {held.drug.ingredients for held in asked.drugs}:
            return False
        return not is_pair(asked) or names_both(passage, line, asked)
    return (
        names_both(passage, line, asked)
        if is_pair(asked)
        else any(held.named_in(line) for held in asked.drugs)
    )


def is_pair(asked: Asked) -> bool:
    """Tell whether two drugs are asked about together, as in an interaction."""
    named = len(asked.drugs) + len(asked.classes)
    return named > 1 and Topic.INTERACTION in asked.query.topics


def names_both(passage: Passage, line: Line, asked: Asked) -> bool:
    """
    Tell whether a text names every drug and class asked about.

    A label is about its own drug throughout, and about the classes that this drug is of.
    """
    facts = passage.source.facts
    own = facts.ingredients if isinstance(facts, LabelFacts) else ()
    return all(held.drug.ingredients == own or held.named_in(line) for held in asked.drugs) and all(
        (len(own) == 1 and own[0] in held.members) or held.named_in(line.text)
        for held in asked.classes
    )


def _is_beside(passage: Passage, asked: Asked, thresholds: Thresholds) -> bool:
    """Tell whether a recommendation is for the condition though not about the drug."""
    told = passage.chunk.recommendation
    if told is None or told.direction is None or not asked.condition or not asked.drugs:
        return False
    if asked.aspects == (Topic.ADVERSE_REACTION,):
        return False  # What is recommended for a condition does not tell what causes it.
    if not _may_speak(passage, thresholds.beside):
        return False
    return asked.names_condition(Line.of(passage.chunk.indexed_text))
