"""Query -> the texts it is searched by: standalone and as typed, with its names and without."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Drug, Query
from service.classes import CLASSES
from service.words import content, words


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
    names = {
        word for drug in drugs for part in (drug.name, *drug.ingredients) for word in words(part)
    }
    kept = " ".join(word for word in words(text) if word not in names)
    return " ".join(part for part in (kept, query.condition) if part) or text


def names_beside(query: Query, drug: Drug) -> str:
    """Return the names of the other drugs, classes and class members of a question, in a row."""
    others = [other for other in query.drugs if other.ingredients != drug.ingredients]
    named = [part for other in others for part in (other.name, *other.ingredients)]
    for held in query.classes:
        members = CLASSES[held.name].members
        if drug.ingredients[0] not in members:
            named += [held.name, *members]
    return " ".join(dict.fromkeys(named))
