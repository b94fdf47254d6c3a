"""
Constraints: what a passage may not contradict. Whom it is about, and by which route. Pure.

A question about children is not answered by what holds "in adults", nor one about the injection
by what is said of the tablets alone. What a passage does not say is no contradiction: silence on
age or route leaves it to the other gates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.documents import LabelFacts
from service.answers import Topic
from service.formulations import fits, formulation_of
from service.gates.groups import groups
from service.gates.routes import routes
from service.gates.writing import normalised

_PEOPLE = {
    "children": "children",
    "adolescents": "children",
    "infants": "children",
    "neonates": "children",
    "adults": "adults",
    "older adults": "older adults",
    "women": "women",
    "pregnant": "women",
    "lactating": "women",
    "postmenopausal": "women",
    "premenopausal": "women",
    "men": "men",
}
"""Groups as the verifying gates read them -> groups by age and sex that exclude each other."""
_AGES = frozenset({"children", "adults", "older adults"})
_SEXES = frozenset({"women", "men"})
_ALSO = {"older adults": frozenset({"adults"}), "adults": frozenset({"older adults"})}
"""What holds in adults may hold in older ones; what holds in children need not."""
_OF_TOPICS = {
    Topic.PEDIATRIC: "children",
    Topic.GERIATRIC: "older adults",
    Topic.PREGNANCY: "women",
    Topic.LACTATION: "women",
}

_ROUTES = {
    route: family
    for family, members in {
        "injected": "intravenous intramuscular subcutaneous intradermal intrathecal epidural"
        " intra-articular parenteral infusion bolus injection",
        "oral": "oral tablet capsule syrup",
        "topical": "topical cream ointment gel lotion",
        "transdermal": "transdermal",
        "nasal": "nasal",
        "inhaled": "inhaled",
        "ophthalmic": "ophthalmic",
        "under the tongue": "sublingual buccal",
        "rectal": "rectal",
        "vaginal": "vaginal",
        "implanted": "implant",
    }.items()
    for route in members.split()
}
"""Routes and forms as the verifying gates read them -> ways of giving a drug."""
_USUAL = frozenset({"oral", "injected"})
"""Ways that a text outside labels often leaves unsaid."""
_RELEASE = "extended-release"
_AMOUNT = re.compile(
    r"(?<![\d.,])(?P<low>\d[\d,]*(?:\.\d+)?)(?:\s*(?:mg|mcg|µg|g)?\s*(?:-|–|to)\s*"
    r"(?P<high>\d[\d,]*(?:\.\d+)?))?\s*(?P<unit>mg|mcg|µg|g|grams?|milligrams?)\b(?!/)",
    re.IGNORECASE,
)
_IN_MG = {"mg": 1.0, "milligram": 1.0, "g": 1000.0, "gram": 1000.0, "mcg": 0.001, "µg": 0.001}
_LIMITS = re.compile(r"\b(?:maxim\w+|exceed\w*|up to|(?:no|not) more than|range)\b", re.IGNORECASE)

SPEAKS_OF_IT, SPEAKS_OF_LIMITS = 4.0, 1.5


@dataclass(frozen=True, slots=True)
class Constraints:
    """
    What a question fixes: groups of people, the formulation, and amounts in mg.

    Empty and None mean that the question leaves it open.
    """

    people: frozenset[str] = frozenset()
    formulation: str | None = None
    amounts: tuple[float, ...] = ()


NOTHING_FIXED = Constraints()


def constraints(text: str, topics: Iterable[Topic], formulation: str | None) -> Constraints:
    """Return what a question of this *text*, these *topics* and this *formulation* fixes."""
    people = people_in(text) | {_OF_TOPICS[topic] for topic in topics if topic in _OF_TOPICS}
    amounts = tuple(low for low, high in amounts_in(text) if low == high)
    return Constraints(people, formulation, amounts)


def contradicts(fixed: Constraints, text: str, facts: object) -> bool:
    """
    Tell whether *text*, of a document with these *facts*, is about other people or another route.

    It must name them, and none of those asked about; a label of another formulation must name
    the one asked about, since all it says is about its own.
    """
    return _other_people(fixed.people, text) or _other_route(fixed.formulation, text, facts)


def worth(fixed: Constraints, text: str) -> float:
    """Return points for a text that speaks of the amount asked about, or of a limit to it."""
    if not fixed.amounts:
        return 0.0
    said = amounts_in(text)
    if any(low <= amount <= high for amount in fixed.amounts for low, high in said):
        return SPEAKS_OF_IT
    return SPEAKS_OF_LIMITS if said and _LIMITS.search(text) else 0.0


def people_in(text: str) -> frozenset[str]:
    """Return the groups of people, by age and sex, that a text names."""
    named = {group.key for group in groups(normalised(text)) if group.kind == "group"}
    return frozenset(_PEOPLE[key] for key in named if key in _PEOPLE)


def routes_in(text: str) -> frozenset[str]:
    """Return the ways of giving a drug that a text names, by a route or by a dosage form."""
    named = _routes_named(text)
    return frozenset(_ROUTES[key] for key in named if key in _ROUTES)


def _routes_named(text: str) -> frozenset[str]:
    return frozenset(route.key for route in routes(normalised(text)))


def amounts_in(text: str) -> tuple[tuple[float, float], ...]:
    """Return the amounts of a text in mg, as ranges: "1-4.5 mg" is (1.0, 4.5), "0.5 g" 500."""
    found: list[tuple[float, float]] = []
    for match in _AMOUNT.finditer(text):
        unit = _IN_MG[match["unit"].lower().removesuffix("s")]
        low = float(match["low"].replace(",", ""))
        high = float((match["high"] or match["low"]).replace(",", ""))
        found.append((round(low * unit, 6), round(high * unit, 6)))
    return tuple(found)


def _other_people(asked: frozenset[str], text: str) -> bool:
    if not asked:
        return False
    named = people_in(text)
    for kind in (_AGES, _SEXES):
        wanted, held = asked & kind, named & kind
        also = frozenset(other for name in wanted for other in _ALSO.get(name, ()))
        if wanted and held and not held & (wanted | also):
            return True
    return False


def _other_route(formulation: str | None, text: str, facts: object) -> bool:
    if formulation is None:
        return False
    named, wanted = routes_in(text), routes_in(formulation)
    said = bool(named & wanted) or (not wanted and _RELEASE in _routes_named(text))
    if isinstance(facts, LabelFacts) and formulation_of(facts) is not None:
        return not fits(formulation, facts) and not said
    return bool(wanted) and not said and (bool(named) or not wanted & _USUAL)
