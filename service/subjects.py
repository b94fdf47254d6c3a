"""
What a quoted sentence is about, restored from its source and shown beside the quote.

A label sentence gets its drug and section, a table row its table head, a recommendation its
direction and strength, a study its design, size and year.
"""

from __future__ import annotations

from ingest.documents import Direction, LabelFacts, Recommendation, StudyFacts
from service.answers import Passage

_BRANDS = 2
_CERTAINTIES = {"high", "moderate", "low", "very low"}
_DIRECTIONS = {
    Direction.FOR: "Recommendation for",
    Direction.AGAINST: "Recommendation against",
    Direction.NEITHER: "Recommendation neither for nor against",
    None: "Recommendation",
}


def subject(passage: Passage, head: str = "") -> str:
    """
    Return what stands before a quote: "naltrexone > Adverse reactions > Reaction | n=93".

    *head* is the table or list head that the quoted unit leans on.
    """
    chunk, facts = passage.chunk, passage.source.facts
    if chunk.recommendation is not None:
        return recommendation_line(chunk.recommendation)
    section = chunk.headings[-1] if chunk.headings else ""
    if isinstance(facts, LabelFacts):
        parts = [label_drug(facts), section]
    elif isinstance(facts, StudyFacts):
        parts = [study_line(facts), section]
    else:
        parts = list(chunk.headings[-2:])
    return " > ".join(part for part in (*parts, " ".join(head.split())) if part)


def label_drug(facts: LabelFacts) -> str:
    """Return the label's drug and brands: "naltrexone (Vivitrol)"."""
    name = " and ".join(facts.ingredients)
    brands = [brand for brand in facts.brands if brand.lower() not in name.lower()]
    return f"{name} ({', '.join(brands[:_BRANDS])})" if brands else name


def recommendation_line(told: Recommendation) -> str:
    """Return direction, strength, certainty, scheme: "Recommendation against · weak · GRADE"."""
    parts = [_DIRECTIONS[told.direction]]
    scheme = told.scheme or ""
    if told.strength:
        # A USPSTF letter grades direction and strength in one.
        kind = "grade " if scheme.startswith("USPSTF") and len(told.strength) == 1 else ""
        parts.append(f"{kind}{told.strength}")
    if told.certainty:
        word = told.certainty.lower() in _CERTAINTIES
        parts.append(f"{told.certainty} certainty" if word else f"evidence {told.certainty}")
    if told.scheme:
        parts.append(told.scheme)
    if told.population:
        parts.append(told.population)
    return " · ".join(parts)


def study_line(facts: StudyFacts) -> str:
    """Return design, size and year, as far as the record gives them: "... · n = 159 · 2018"."""
    parts = [facts.design] if facts.design else []
    if facts.participants is not None:
        parts.append(f"n = {facts.participants:,}")
    if facts.year is not None:
        parts.append(str(facts.year))
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]
