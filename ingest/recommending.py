"""
What a sentence recommends: its direction, strength, certainty and population.

A wrong direction is the worst thing this project can store, so reading is strict: words that
point both ways, or a notation that denies them, give None, never a guess. Words are weighed in
three tiers: what somebody recommends or suggests; what should or must be done; what may be
considered. Only the highest tier present counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.directing import Cue, Tier, cues
from ingest.documents import Direction, Recommendation
from ingest.grading import GRADE, Grade, grades
from ingest.sentences import sentence_spans

_PERSON = (
    r"(?:adolescents?|adults?|women|woman|men|patients|persons|people|individuals|children|"
    r"infants?|neonates?|newborns?|females?|males?|youths?|veterans?|smokers|girls|boys)"
)
_WHO = re.compile(
    r"\b(?:in|for|among)\s+(?P<who>(?:(?!(?:the|a|an|that|this|to|when|which|their|his|each|of|and|with)\b)"
    rf"[\w≥≤<>/–-]+\s+){{0,5}}?{_PERSON}\b"
    r"(?:\s+(?:with|without|who|whose|aged?|at|from|receiving|taking|having|identified)\b[^.;:()]*?"
    r"(?=,\s+(?:clinicians?|providers?|physicians?|the|we|it|this|initiate|treat|consider|do)\b"
    r"|[.;:()]|$))?)",
    re.IGNORECASE,
)
LONGEST_POPULATION = 160
_HINT = re.compile(
    r"recommend|suggest|advis|for n?or against|insufficient|inadequate|lacking|evidence|"
    r"(?:no|lack of|limited|not enough) (?:\w+ )?(?:data|information)",
    re.IGNORECASE,
)
_ANYBODY = frozenset(("patients", "all patients", "people", "individuals", "persons"))


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What words alone say. ``explicit``: somebody recommends; ``firm``: not merely "avoid".

    "Avoid X" is against X, yet a source may grade it as "for" avoiding X: not a contradiction.
    """

    direction: Direction | None
    explicit: bool
    firm: bool


def reading(text: str) -> Reading:
    """Read the direction of *text*, one sentence or several, from its words."""
    found: list[Cue] = []
    for start, end in sentence_spans(text):
        found.extend(cues(text[start:end]))
    if not found:
        return Reading(None, explicit=False, firm=False)
    tier = min(cue.tier for cue in found)
    top = [cue for cue in found if cue.tier is tier]
    concluded = [cue for cue in top if cue.firm or cue.direction is not Direction.NEITHER]
    top = concluded or top
    directions = {cue.direction for cue in top}
    return Reading(
        next(iter(directions)) if len(directions) == 1 else None,
        explicit=tier is Tier.STATED,
        firm=all(cue.firm for cue in top),
    )


def direction(text: str, scheme: str | None = None) -> Direction | None:
    """Return what *text* says to do, notation included; None where it does not say."""
    return _reconciled(reading(text), grades(text, scheme))


def contradicts(stated: Direction | None, text: str) -> bool:
    """Tell whether the words of *text* firmly say "for" where *stated* is "against", or so."""
    words = reading(text)
    return words.firm and {stated, words.direction} == {Direction.FOR, Direction.AGAINST}


def read(
    text: str,
    *,
    scheme: str | None = None,
    population: str | None = None,
    stated: bool = False,
    lead: str = "",
) -> Recommendation | None:
    """
    Read *text* as one recommendation; None where it recommends and grades nothing.

    *scheme* and *population* are what the guideline says for all of them (the sentence's own
    population wins). *stated* says that the place marks it as a recommendation, so that
    "Assess pain daily." counts. *lead* is what an item hangs from ("We recommend one of:"): its
    words decide where the item has none.
    """
    found = grades(text, scheme)
    if not (stated or found or _HINT.search(text)):
        return None  # most prose: reading it sentence by sentence would find nothing stated
    words = reading(text)
    if not (stated or words.explicit or any(grade.certain for grade in found)):
        return None
    if words.direction is None and not words.explicit and lead:
        over = reading(lead)
        words = over if over.explicit or words == Reading(None, False, False) else words  # noqa: FBT003 - "nothing read"
    its_scheme = scheme or next((grade.scheme for grade in found if grade.scheme), None)
    strength = _joined([grade.strength for grade in found]) or _strength_in_words(text, its_scheme)
    return Recommendation(
        direction=_reconciled(words, found),
        strength=strength,
        certainty=_joined([grade.certainty for grade in found]),
        # What carries no grade was not graded by the scheme: another body's, perhaps.
        scheme=its_scheme if found or strength else None,
        population=population_of(text) or population,
    )


def population_of(text: str) -> str | None:
    """Return whom *text* is about, in its words ("adults with chronic insomnia"), or None."""
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        match = _WHO.search(sentence)
        who = match.group("who").strip(" ,") if match is not None else ""
        if who and who.lower() not in _ANYBODY and len(who) <= LONGEST_POPULATION:
            return who
    return None


def _reconciled(words: Reading, found: tuple[Grade, ...]) -> Direction | None:
    noted = {grade.direction for grade in found if grade.direction is not None}
    if len(noted) > 1:
        return None
    if not noted:
        return words.direction
    said = noted.pop()
    if words.direction in (None, said):
        return said
    # A notation outweighs "should" and "avoid", but not a sentence that recommends otherwise.
    return None if words.explicit and words.firm else said


def _strength_in_words(text: str, scheme: str | None) -> str | None:
    """GRADE's wording: "we recommend" is strong, "we suggest" is weak; other schemes: None."""
    if scheme != GRADE:
        return None
    strong = re.search(r"\b(?:we|panel|group|force|committee)\s+recommends?\b", text, re.IGNORECASE)
    weak = re.search(r"\b(?:we|panel|group|force|committee)\s+suggests?\b", text, re.IGNORECASE)
    if bool(strong) == bool(weak):
        return None
    return "strong" if strong else "weak"


def _joined(words: list[str | None]) -> str | None:
    return " / ".join(dict.fromkeys(word for word in words if word)) or None
