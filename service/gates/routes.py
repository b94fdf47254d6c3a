"""Text -> how a drug is given: routes, dosage forms and release, as words to compare. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.gates.patterns import any_of

# "Oral" comes last: an oral solution is a solution.
_ROUTES = {
    "intravenous": any_of(r"intravenous(?:ly)? i\.?v\.?"),
    "intramuscular": any_of(
        r"intramuscular(?:ly)? i\.m\. im(?=_(?:injection|administration|dose))"
    ),
    "subcutaneous": any_of(r"subcutaneous(?:ly)? s\.?c\.?(?=_) subq under_the_skin"),
    "intradermal": any_of(r"intradermal(?:ly)?"),
    "intrathecal": any_of(r"intrathecal(?:ly)?"),
    "epidural": any_of(r"epidural(?:ly)?"),
    "intra-articular": any_of(r"intra-?articular(?:ly)?"),
    "topical": any_of(r"topical(?:ly)? (?:applied|apply)_to_the_skin cutaneous(?:ly)?"),
    "transdermal": any_of(r"transdermal(?:ly)? (?:skin_)?patch(?:es)?"),
    "inhaled": any_of(r"inhal(?:ed|ation|er|ers|ing) nebuli[sz]\w+ aerosols?"),
    "nasal": any_of(r"(?:intra)?nasal(?:ly)?"),
    "ophthalmic": any_of(r"ophthalmic(?:ally)? eye_?drops? intravitreal(?:ly)? ocular"),
    "otic": any_of(r"otic ear_?drops?"),
    "rectal": any_of(r"rectal(?:ly)? suppositor(?:y|ies) enemas?"),
    "vaginal": any_of(r"(?:intra)?vaginal(?:ly)?"),
    "sublingual": any_of(r"sublingual(?:ly)? under_the_tongue"),
    "buccal": any_of(r"buccal(?:ly)?"),
    "parenteral": any_of(r"parenteral(?:ly)?"),
    "infusion": any_of(r"infus(?:ion|ions|ed)"),
    "bolus": any_of(r"bolus(?:es)?"),
    "injection": any_of(r"inject(?:ion|ions|able|ables|ed) shots?"),
    "implant": any_of(r"implants? implanted"),
    "tablet": any_of(r"(?:film-?coated_)?tablets? pills?"),
    "capsule": any_of(r"capsules?"),
    "solution": any_of(r"oral_solutions? solutions? elixirs?"),
    "suspension": any_of(r"suspensions?"),
    "syrup": any_of(r"syrups?"),
    "cream": any_of(r"creams?"),
    "ointment": any_of(r"ointments?"),
    "gel": any_of(r"gels?"),
    "lotion": any_of(r"lotions?"),
    "spray": any_of(r"sprays?"),
    "powder": any_of(r"powders?"),
    "extended-release": any_of(
        r"""
        (?:extended|sustained|prolonged|controlled)[-_]release long-acting depot
        (?-i:ER|XR|SR|XL|CR)
        """
    ),
    "immediate-release": any_of(
        r"""
        (?:immediate|conventional|regular|standard)[-_]release short-acting (?-i:IR)
        """
    ),
    "delayed-release": any_of(r"delayed[-_]release enteric[-_]coated (?-i:DR|EC)"),
    "liposomal": any_of(r"liposomal"),
    "oral": any_of(r"oral(?:ly)? by_mouth per_os p\.o\.? swallow(?:ed)?"),
}
_PATTERNS = tuple(
    (key, re.compile(rf"(?<![A-Za-z-])(?:{pattern})(?![A-Za-z])", re.IGNORECASE))
    for key, pattern in _ROUTES.items()
)
_ACTIVITIES = re.compile(
    r"oral(?: (?:contracepti\w+|hygiene|cavity|candidiasis|mucos\w+|ulcer\w*))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route, dosage form or kind of release; ``text[start:end]`` names it."""

    start: int
    end: int
    key: str


def routes(text: str) -> tuple[Route, ...]:
    """Return the routes and forms that a normalised *text* names, in order."""
    not_routes = [match.span() for match in _ACTIVITIES.finditer(text)]
    found: list[Route] = []
    for key, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(start <= match.start() < end for start, end in not_routes):
                continue
            if all(match.end() <= f.start or f.end <= match.start() for f in found):
                found.append(Route(*match.span(), key))
    return tuple(sorted(found, key=lambda each: each.start))
