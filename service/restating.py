"""What a question says once it stands alone: its words put right, or what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.answers import Drug, NamedClass, Topic
from service.carrying import Carried
from service.drugs import Vocabulary, called
from service.hearing import BACK, Heard
from service.topics import TOPICS

_LISTED = 3
"""Ingredients; the names of a longer list are no name."""


def standalone(heard: Heard, carried: Carried, vocabulary: Vocabulary) -> str:
    """
    Return the question as it can be read without its conversation.

    A question that names everything keeps its words, with drug names put right; a pronoun is
    replaced by what it stands for; an ellipsis becomes "naltrexone: insomnia, hepatic
    impairment". Asked again, each is understood as it was.
    """
    if not carried.notes:
        return corrected(heard)
    standing = _subjects(carried.inherited, carried.inherited_classes, vocabulary)
    pair = len(carried.inherited) + len(carried.inherited_classes) > 1
    # "Is X and Y safe?" would ask how they go together, which a pronoun for both does not.
    together = not pair or heard.mentions or Topic.INTERACTION in carried.topics
    if heard.leans_on is not None and not heard.fragment and standing and together:
        start, end = heard.leans_on
        pronoun = heard.question[start:end].lower()
        told = f"{standing}'s" if pronoun == "its" else standing
        return corrected(heard, (start, end, told))
    names = _subjects(carried.drugs, carried.classes, vocabulary)
    parts = [carried.condition, *(TOPICS[topic].name for topic in carried.topics), *heard.rest]
    if len(carried.drugs) + len(carried.classes) > 1 and not any(parts):
        parts.append("information")
    said = ", ".join(dict.fromkeys(part for part in parts if part))
    return f"{names}: {said}" if names and said else names or said


def _subjects(drugs: Sequence[Drug], classes: Sequence[NamedClass], vocabulary: Vocabulary) -> str:
    """Return drugs and classes as a question names them, a pair apart from its combination."""
    told = " and ".join([*map(_spoken, drugs), *(held.name for held in classes)])
    united = vocabulary.drug(" and ".join(drug.name for drug in drugs)) is not None
    mixed = any(len(drug.ingredients) > 1 for drug in drugs)
    return f"both {told}" if len(drugs) > 1 and (united or mixed) else told


def _spoken(drug: Drug) -> str:
    name = _whole(drug)
    return f"{name} {drug.formulation}" if drug.formulation else name


def _whole(drug: Drug) -> str:
    # A combination is read as one drug beside others too where a stroke joins its parts.
    joined = 1 < len(drug.ingredients) <= _LISTED
    return "/".join(drug.ingredients) if joined else drug.name


def corrected(heard: Heard, also: tuple[int, int, str] | None = None) -> str:
    """Return the question with misread names replaced and brands explained."""
    edits = [also] if also else []
    for mention in heard.mentions:
        if mention.correction is None:
            continue
        drug = mention.drugs[0]
        plain = mention.correction.kind.value == "misspelling"
        meant = called(replace(drug, name=_whole(drug)))
        told = _whole(drug) if plain else f"{mention.heard} ({meant})"
        edits.append((mention.start, mention.end, told))
    text = heard.question
    for start, end, told in sorted(edits, reverse=True):
        text = text[:start] + told + text[end:]
    return " ".join(BACK.sub("", text).split())
