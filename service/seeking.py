"""Query -> the texts it is searched by: standalone and as typed, with its names and without."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Drug, Query, Topic
from service.classes import CLASSES
from service.facets import words_of_facets
from service.topics import cues
from service.words import content, words

_GROUPS = {
    Topic.PEDIATRIC: "pediatric children",
    Topic.GERIATRIC: "geriatric elderly",
    Topic.PREGNANCY: "pregnancy pregnant",
    Topic.LACTATION: "nursing lactation milk",
    Topic.RENAL: "renal kidney",
    Topic.HEPATIC: "hepatic liver",
}
"""What labels call the groups of patients, however the question does."""


def wordings(query: Query) -> tuple[str, ...]:
    """
    Return the texts a query is searched by: standalone, and as typed where it leaned on others.

    What a follow-up says itself must not drown in what it carried over.
    """
    if query.carried and query.bare != query.text and content(words(query.bare)):
        return (query.text, query.bare)
    return (query.text,)


def words_sought(query: Query, text: str, drugs: Sequence[Drug]) -> str:
    """
    Return a wording's words without its drugs' names, and the condition by its usual name.

    Behind a filter by drug every passage is about them, and BM25 would rank by how often they
    are named; what is asked as "hair loss" stands in labels as alopecia.
    """
    names = _names(drugs)
    kept = " ".join(word for word in words(text) if word not in names)
    groups = (_GROUPS[topic] for topic in query.topics if topic in _GROUPS)
    parts = (kept, query.condition, words_of_facets(text), *groups)
    return " ".join(part for part in parts if part) or text


def words_decisive(query: Query, text: str, drugs: Sequence[Drug]) -> str:
    """
    Return the words of a wording that no other question on its topic has; "" where none is left.

    "Has epistaxis been reported?": half of the label holds "reported", and BM25 adds that up;
    which passages answer is decided by the one word.
    """
    for cue in cues(text):
        text = text[: cue.start] + " " * (cue.end - cue.start) + text[cue.end :]
    names = _names(drugs)
    kept = (word for word in content(words(text)) if word not in names)
    return " ".join(part for part in (*kept, query.condition) if part)


def _names(drugs: Sequence[Drug]) -> frozenset[str]:
    named = (part for drug in drugs for part in (drug.name, *drug.ingredients))
    return frozenset(word for part in named for word in words(part))


def names_beside(query: Query, drug: Drug) -> str:
    """Return the names of the other drugs, classes and class members of a question, in a row."""
    others = [other for other in query.drugs if other.ingredients != drug.ingredients]
    named = [part for other in others for part in (other.name, *other.ingredients)]
    for held in query.classes:
        members = CLASSES[held.name].members
        if drug.ingredients[0] not in members:
            named += [held.name, *members]
    return " ".join(dict.fromkeys(named))
