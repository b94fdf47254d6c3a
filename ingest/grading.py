"""
Strength notations -> data: "(Strong For; Reviewed)", "[D]", "(Class IIa; Level of Evidence: B)".

Reads what guideline makers print beside a recommendation. Nothing is inferred from the sentence
itself; that is ``ingest.recommending``. Schemes: "GRADE" (strong/weak/conditional, 1A..2D; also
VA/DoD's for/against form), "USPSTF" (letters A, B, C, D, I), "USPSTF 1996-2007" (the same letters,
where C was no recommendation), "class/level" (ACC/AHA, ESC), "category/type" (ACIP),
"quality/strength" ("IIIA": quality III, strength A), "strength/quality" ("AII", IDSA and HHS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.documents import Direction

GRADE = "GRADE"
USPSTF = "USPSTF"
OLD_USPSTF = "USPSTF 1996-2007"
CLASS_LEVEL = "class/level"
CATEGORY_TYPE = "category/type"
QUALITY_STRENGTH = "quality/strength"
STRENGTH_QUALITY = "strength/quality"


@dataclass(frozen=True, slots=True)
class Grade:
    """
    One printed notation, ``text[start:end]``.

    ``direction`` is set only where the notation itself says it ("Weak against", D, class III).
    ``certain`` is False for a lone "(strong)" or letter, which may be a word of the sentence.
    """

    start: int
    end: int
    strength: str | None = None
    certainty: str | None = None
    scheme: str | None = None
    direction: Direction | None = None
    certain: bool = True


_LETTERS = {
    USPSTF: {
        "A": Direction.FOR,
        "B": Direction.FOR,
        "C": Direction.FOR,
        "D": Direction.AGAINST,
        "I": Direction.NEITHER,
    },
    OLD_USPSTF: {
        "A": Direction.FOR,
        "B": Direction.FOR,
        "D": Direction.AGAINST,
        "I": Direction.NEITHER,
    },
}
_STRENGTH = "strong|weak|conditional|moderate|qualified|discretionary"
_DIRECTION = "(?P<direction>for|against)"
_HARM = "(?:harm|no benefit)"
_QUALITY = r"(?P<certainty>very low|low|moderate|high|insufficient)"
_CLASS = r"(?P<strength>I{1,3}[ab]?|[123][ab]?)"
_LEVEL = r"(?P<certainty>[ABC](?:-(?:NR|LD|EO|R))?)"

# Each reads one part of a bracket (parts are set apart by ; , or |). "for children ..." may follow.
_PARTS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern + r"(?=$|\s+(?:for|in|among)\b)", re.IGNORECASE), scheme)
    for pattern, scheme in (
        (rf"(?P<strength>{_STRENGTH})\s+{_DIRECTION}", GRADE),
        (r"(?P<direction>neither) for nor against", GRADE),
        (
            rf"(?P<strength>{_STRENGTH})[ -](?:recommendation|strength)(?:\s+{_DIRECTION})?",
            GRADE,
        ),
        (rf"strength(?: of (?:the )?recommendation)?:?\s+(?P<strength>{_STRENGTH})", GRADE),
        (rf"{_QUALITY}[ -](?:quality|certainty|confidence)(?:(?: of)?(?: the)? evidence)?", GRADE),
        (
            r"(?:quality|certainty|confidence)(?: (?:of|in) (?:the )?evidence)?:?\s+" + _QUALITY,
            GRADE,
        ),
        (r"grade:?\s+(?P<strength>[12])(?P<certainty>[A-D])", GRADE),
        (r"(?P<strength>consensus[\s–—-]+(?:adapted|panel expertise))", None),
        (r"(?P<strength>expert opinion|good practice (?:point|statement)|ungraded)", None),
        (r"grade:?\s+(?P<letter>[A-DI])(?: (?:recommendation|statement))?", USPSTF),
        (r"(?P<letter>[A-D]) recommendation|(?P<statement>I) statement", USPSTF),
        (r"recommendation category:?\s+(?P<strength>[AB])", CATEGORY_TYPE),
        (r"evidence type:?\s+(?P<certainty>[1-4])", CATEGORY_TYPE),
        (
            rf"(?:class(?: of recommendation)?|COR):?\s+{_CLASS}(?::? \(?{_HARM}\)?)?",
            CLASS_LEVEL,
        ),
        (rf"(?:level(?: of evidence)?|LOE):?\s+{_LEVEL}", CLASS_LEVEL),
    )
)
_IGNORED = re.compile(
    r"(?:not )?reviewed|new[- ](?:added|replaced)|not changed|amended|deleted"
    r"|n/?a|not applicable",
    re.IGNORECASE,
)
_LONE_STRENGTH = re.compile(r"strong|weak|conditional", re.IGNORECASE)
_LONE_LETTER = re.compile(r"[A-DI]|EO")
_LONE_GRADE = re.compile(r"(?P<strength>[12])(?P<certainty>[A-D])")
_QUALITY_FIRST = re.compile(r"(?P<certainty>I{1,3})(?P<strength>[A-C])")
_STRENGTH_FIRST = re.compile(r"(?P<strength>[A-E])-?(?P<certainty>I{1,3})\*?")
_BRACKET = re.compile(
    r"\(\s*((?:[^()\[\]]|\([^()]{0,60}\)){1,260}?)\s*\)|\[\s*([^\[\]]{1,80}?)\s*\]"
)
_LINE = re.compile(
    r"(?:^|(?<=[.:?] ))(?P<body>(?:(?:strength|class|grade|quality|certainty|level|LOE|COR)\b"
    r"[^.|()]{0,80}))\.?\s*$",
    re.IGNORECASE,
)
_AGAINST_CLASS = re.compile(r"III|3")
_BARE_CLASS = re.compile(r"class:?\s+\w+", re.IGNORECASE)
_NOT_APPLICABLE = re.compile(r"(?:n/?a|not applicable)\s*[;|]", re.IGNORECASE)


def grades(text: str, scheme: str | None = None) -> tuple[Grade, ...]:
    """
    Return the notations printed in *text*, in order.

    *scheme* is what the guideline says it uses; lone letters and pairs ("[B]", "(1B)", "(IA)")
    are read only with a scheme that has them. A bracket with anything unknown in it is prose.
    """
    found = [
        grade
        for match in _BRACKET.finditer(text)
        if (grade := _bracket(match, scheme, square=match.group(2) is not None)) is not None
    ]
    if not found and (line := _LINE.search(text)) is not None:
        grade = _read(line.group("body"), line.span("body"), scheme, square=False)
        found = [grade] if grade is not None else []
    return tuple(found)


def letter_direction(letter: str, scheme: str | None = USPSTF) -> Direction | None:
    """
    Return what a letter grade of *scheme* says to do; None where the letter does not say.

    Source: USPSTF grade definitions (since 2012 C means "selectively offer": for; until 2007 it
    meant no recommendation).
    """
    return _LETTERS.get(scheme or "", {}).get(letter.upper())


def only_grades(text: str, scheme: str | None = None) -> bool:
    """
    Tell whether *text* is nothing but notations: the strength of the list above it.

    Remarks in brackets beside the notation ("(Modified from 2004.) (Strong for)") do not count.
    """
    if not grades(text, scheme):
        return False
    return not re.sub(r"[\s.;,*]", "", _BRACKET.sub("", text)) or bool(
        _LINE.fullmatch(text.strip())
    )


def _bracket(match: re.Match[str], scheme: str | None, *, square: bool) -> Grade | None:
    return _read(match.group(2) if square else match.group(1), match.span(), scheme, square=square)


def _read(body: str, span: tuple[int, int], scheme: str | None, *, square: bool) -> Grade | None:
    lone = _lone(body.strip(), span, scheme, square=square)
    if lone is not None:
        return lone
    parts: list[Grade] = []
    for piece in re.split(r"\s*[;|,]\s*", body):
        cleaned = piece.strip(" .:")
        if cleaned and not _IGNORED.fullmatch(cleaned):
            part = _part(cleaned, span, scheme)
            if part is None:
                return None
            parts.append(part)
    strengths = [part.strength for part in parts if part.strength]
    certainties = [part.certainty for part in parts if part.certainty]
    directions = {part.direction for part in parts if part.direction}
    if not parts and not _NOT_APPLICABLE.match(body):
        return None
    if {Direction.FOR, Direction.AGAINST} <= directions:
        return None  # "(Strong for, Weak for, Weak against)" lists what there is
    if not certainties and _BARE_CLASS.fullmatch(body):
        return None  # "heart failure (class III)" is no recommendation
    return Grade(
        *span,
        strength=" / ".join(dict.fromkeys(strengths)) or None,
        certainty=" / ".join(dict.fromkeys(certainties)) or None,
        scheme=scheme or next((part.scheme for part in parts if part.scheme), None),
        direction=next(iter(directions)) if len(directions) == 1 else None,
        # A certainty alone grades a statement about evidence, not a recommendation.
        certain=bool(strengths or directions or not parts),
    )


def _part(text: str, span: tuple[int, int], scheme: str | None) -> Grade | None:
    """Read one part of a bracket; None where it is no notation."""
    for pattern, its_scheme in _PARTS:
        if (match := pattern.match(text)) is None:
            continue
        said = {key: value for key, value in match.groupdict().items() if value}
        letter = said.get("letter") or said.get("statement")
        strength = letter.upper() if letter else said.get("strength")
        certainty = said.get("certainty")
        direction = Direction(said["direction"].lower()) if "direction" in said else None
        if letter:
            direction = letter_direction(letter, scheme if scheme in _LETTERS else its_scheme)
        elif its_scheme == CLASS_LEVEL and strength and _AGAINST_CLASS.fullmatch(strength):
            # Class III: "no benefit" and "harm" alike are recommendations against.
            direction = Direction.AGAINST
        return Grade(
            *span,
            strength=_as_printed(strength),
            certainty=_as_printed(certainty),
            scheme=its_scheme,
            direction=direction,
        )
    return None


def _as_printed(word: str | None) -> str | None:
    """Lower the case of words ("Strong"), keep that of codes ("IIa", "B-NR")."""
    return word.lower() if word and re.match(r"[A-Za-z]{4}|low", word, re.IGNORECASE) else word


def _lone(body: str, span: tuple[int, int], scheme: str | None, *, square: bool) -> Grade | None:
    """Read a bracket that holds one token, where the scheme has such tokens."""
    if _LONE_STRENGTH.fullmatch(body):
        return Grade(*span, strength=body.lower(), scheme=scheme, certain=False)
    if _LONE_LETTER.fullmatch(body) and (scheme in _LETTERS or (square and scheme is None)):
        return Grade(
            *span,
            strength=body,
            scheme=scheme,
            direction=letter_direction(body, scheme),
            certain=scheme is not None,
        )
    pairs = {
        GRADE: _LONE_GRADE,
        QUALITY_STRENGTH: _QUALITY_FIRST,
        STRENGTH_QUALITY: _STRENGTH_FIRST,
    }
    pair = pairs.get(scheme or "")
    if pair is not None and (match := pair.fullmatch(body)) is not None:
        return Grade(
            *span,
            strength=match.group("strength"),
            certainty=match.group("certainty"),
            scheme=scheme,
        )
    return None
