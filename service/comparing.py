"""
Statements -> conflicts: which statements of one answer disagree, and in what they differ. Pure.

Two statements conflict only where they speak of the same drug and the same thing and point in
opposite directions; nothing is averaged and neither side is preferred. Statements of one document
never do: what reads so is a qualifier of one source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.documents import SourceType
from service.answers import Conflict, Statement
from service.claims import Claim, Stance, claims
from service.drugs import Vocabulary
from service.qualifiers import Qualifiers, differences, narrowing, qualifiers
from service.wording import wording

MOST = 4
"""Conflicts shown; more do not fit a screen, and the first are the nearest to the question."""

_OPPOSED = {
    frozenset((Stance.FOR, Stance.AGAINST)),
    frozenset((Stance.MORE, Stance.LESS)),
}


@dataclass(frozen=True, slots=True)
class _Side:
    """A statement and one claim of it; ``place`` is where it stands in the answer."""

    place: int
    statement: Statement
    claim: Claim
    under: Qualifiers

    @property
    def document(self) -> str:
        return self.statement.citations[0].passage.chunk.document_id

    @property
    def type(self) -> SourceType:
        return self.statement.citations[0].passage.source.type


def compare(statements: Sequence[Statement], vocabulary: Vocabulary) -> tuple[Conflict, ...]:
    """
    Return the conflicts among *statements*, which are in the order they are shown.

    The first pairs come first. On one drug and topic a document is shown once while others are
    left to pair it with, so that a source with much to say does not fill the list; at most `MOST`.
    """
    sides = [
        side
        for place, statement in enumerate(statements)
        for side in _sides(place, statement, vocabulary)
    ]
    pairs = [
        (one, other)
        for at, one in enumerate(sides)
        for other in sides[at + 1 :]
        if _disagree(one, other)
    ]
    pairs.sort(key=lambda pair: (pair[0].place, pair[1].place, pair[0].claim.about))
    return tuple(_conflict(*pair) for pair in _chosen(pairs))


def _sides(place: int, statement: Statement, vocabulary: Vocabulary) -> Iterator[_Side]:
    if claimed := claims(statement, vocabulary):
        under = qualifiers(statement, vocabulary)
        for claim in claimed:
            yield _Side(place, statement, claim, under)


def _chosen(pairs: Sequence[tuple[_Side, _Side]]) -> list[tuple[_Side, _Side]]:
    """Return the pairs to show, those of two documents not yet shown before the rest."""
    chosen: list[tuple[_Side, _Side]] = []
    taken: set[tuple[object, ...]] = set()
    shown: set[tuple[int, int]] = set()
    for both_new in (True, False):
        for one, other in pairs:
            topic = (one.claim.drug, one.claim.about)
            ends = {(*topic, one.document), (*topic, other.document)}
            used = ends & taken if both_new else ends <= taken
            if len(chosen) < MOST and not used and (one.place, other.place) not in shown:
                taken |= ends
                shown.add((one.place, other.place))
                chosen.append((one, other))
    return sorted(chosen, key=pairs.index)


def topics_of(statement: Statement, vocabulary: Vocabulary) -> list[str]:
    """Return what a statement makes claims about, named as conflicts name it."""
    return [_topic(claim) for claim in claims(statement, vocabulary)]


def _topic(claim: Claim) -> str:
    return f"{claim.name}: {', '.join(claim.about).replace('_', ' ')}"


def _conflict(one: _Side, other: _Side) -> Conflict:
    return Conflict(
        one.statement,
        other.statement,
        differences(one.under, other.under),
        about=_topic(one.claim),
        says=(_says(one.claim), _says(other.claim)),
    )


def _disagree(one: _Side, other: _Side) -> bool:
    first, second = one.claim, other.claim
    if one.document == other.document or one.type is other.type is SourceType.LABEL:
        return False
    if first.drug != second.drug or first.about != second.about:
        return False
    opposed = frozenset((first.stance, second.stance))
    if opposed in _OPPOSED:
        return not first.recommends or _meets(one, other)
    # "Fewer than with placebo" and "no difference" disagree where both were held against the
    # same; a label that lists a reaction does not deny a trial that saw no difference.
    if Stance.SAME not in opposed or len(opposed) == 1 or first.reaction or second.reaction:
        return False
    if first.named != second.named:
        return False
    return one.under.comparator.casefold() == other.under.comparator.casefold()


def _meets(one: _Side, other: _Side) -> bool:
    """
    Tell whether two opposed recommendations meet: one product, and people of both.

    "Not in acute hepatitis" is an exception to "for alcohol dependence" and no disagreement;
    "not in adults" disagrees with "from the age of 55".
    """
    products = {one.under.formulation, other.under.formulation}
    apart = {each.qualifier for each in differences(one.under, other.under)}
    if all(products) and "formulation" in apart:
        return False
    against, favoured = sorted((one, other), key=lambda side: side.claim.stance is Stance.FOR)
    return narrowing(against.under.population) <= narrowing(favoured.under.population)


def _says(claim: Claim) -> str:
    """Return in a few words which way a side points."""
    if claim.reaction:
        return wording("says.reaction", measure=claim.about[0])
    if claim.recommends:
        return wording(f"says.{claim.stance.value}")
    return wording(f"says.{claim.stance.value}", measure=claim.about[0])
