"""
Marked recommendations: "**Recommendation (against; weak; certainty low):** text".

Attributes are parted by ";": ``for``, ``against`` or ``neither``; a strength in the scheme's own
words ("weak", "B", "class 2a", "category A", "strength ungraded"); ``certainty <words>``;
``population <words>``; ``scheme <name>``. Given attributes win over what the sentence says; where
they deny it (for and against), the file is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.documents import Direction, Recommendation
from ingest.errors import ParseError
from ingest.grading import letter_direction
from ingest.parsing.graded_rows import row_recommendation
from ingest.parsing.outlining import Candidate
from ingest.recommending import contradicts, read

_MARK = re.compile(
    r"Recommendation\s*(?:\((?P<attributes>(?:[^()]|\([^()]*\))*)\))?\s*[:.]?\s*(?P<text>.*)",
    re.DOTALL,
)
_NAMED = re.compile(r"(certainty|population|scheme|strength)\s*:?\s+(\S.*)", re.IGNORECASE)
_STRENGTH = re.compile(
    r"strong|weak|conditional|moderate|low|high|recommendation|suggestion|consensus|expert opinion"
    r"|good practice(?: point| statement)?|ungraded|[A-E]|I|EO|GPP|[12][A-D]?"
    r"|(?:grade|class|category|cor)\s+\S.*",
    re.IGNORECASE,
)
_DIRECTIONS = {direction.value: direction for direction in Direction}
_NOT_APPLICABLE = re.compile(r"n/?a|not applicable", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marks:
    """How the recommendations of one file are read; ``strict`` files are refused when wrong."""

    scheme: str | None = None
    population: str | None = None
    strict: bool = True
    only_marked: bool = False

    def judge(self, candidate: Candidate) -> Recommendation | None:
        """Read a marked recommendation, a graded table row, or one that says so itself."""
        if candidate.row:
            return row_recommendation(candidate, self.scheme, self.population)
        if is_marked(candidate.opening):
            return self._marked(candidate)
        if self.only_marked:
            return None
        return read(
            candidate.text, scheme=self.scheme, population=self.population, lead=candidate.lead
        )

    def _marked(self, candidate: Candidate) -> Recommendation | None:
        match = _MARK.match(candidate.text)
        text = match.group("text") if match else candidate.text
        words = read(text, scheme=self.scheme, population=self.population, stated=True)
        attributes = match.group("attributes") if match else None
        if words is None or not attributes:
            return words
        try:
            return self._with(words, attributes, text)
        except ParseError:
            if self.strict:
                raise
            return words

    def _with(self, words: Recommendation, written: str, text: str) -> Recommendation:
        """Return *words* with the attributes over them; raises ParseError where they deny it."""
        given = _attributes(written)
        scheme = given.scheme or words.scheme or self.scheme
        graded = _graded_direction(given.strength, scheme)
        if {given.direction, graded} == {Direction.FOR, Direction.AGAINST}:
            raise ParseError(f"direction and strength contradict each other: ({written})")
        stated = given.direction or graded
        if contradicts(stated, text):
            raise ParseError(f"marked ({written}), but the sentence says otherwise: {text[:120]}")
        return Recommendation(
            direction=stated or words.direction,
            strength=given.strength or words.strength,
            certainty=given.certainty or words.certainty,
            scheme=scheme,
            population=given.population or words.population,
        )


def is_marked(opening: str) -> bool:
    """Tell whether the bold words that a paragraph opens with mark a recommendation."""
    return bool(re.match(r"Recommendation\s*(?:[(:.]|$)", opening))


@dataclass(frozen=True, slots=True)
class _Attributes:
    direction: Direction | None = None
    strength: str | None = None
    certainty: str | None = None
    population: str | None = None
    scheme: str | None = None


def _attributes(written: str) -> _Attributes:
    """Read the brackets of a mark; raises ParseError for an unknown or repeated attribute."""
    found: dict[str, str] = {}
    for attribute in filter(None, (part.strip() for part in written.split(";"))):
        named = _NAMED.fullmatch(attribute)
        if named is not None:
            name, value = named.group(1).lower(), named.group(2)
        elif attribute.lower() in _DIRECTIONS:
            name, value = "direction", attribute.lower()
        elif _STRENGTH.fullmatch(attribute):
            name, value = "strength", attribute
        elif _NOT_APPLICABLE.fullmatch(attribute):
            continue
        else:
            raise ParseError(f"unknown attribute {attribute!r} of a recommendation: ({written})")
        if name in found:
            raise ParseError(f"{name} is given twice for one recommendation: ({written})")
        found[name] = value
    return _Attributes(
        direction=_DIRECTIONS.get(found.get("direction", "")),
        strength=found.get("strength"),
        certainty=found.get("certainty"),
        population=found.get("population"),
        scheme=found.get("scheme"),
    )


def _graded_direction(strength: str | None, scheme: str | None) -> Direction | None:
    if strength is None:
        return None
    if re.match(r"(?:class|cor)\s+(?:III|3)\b", strength, re.IGNORECASE):
        return Direction.AGAINST
    return letter_direction(re.sub(r"^grade\s+", "", strength, flags=re.IGNORECASE), scheme)
