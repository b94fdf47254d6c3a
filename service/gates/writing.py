"""
Text -> one way of writing it, so that two texts that say the same can be compared. Pure.

Dashes, spaces, spellings, numbers in words and where a unit of time stands: "week twelve" and
"12 weeks" are written alike. Only for comparison: what is shown is never changed.
"""

from __future__ import annotations

import re

from service.gates.spellings import american

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
# "≥" of a symbol font, read as the letter that stands in its place.
_LOST_SIGN = re.compile(r"(?<![\w)\]])³(?= ?\d)")
_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75"}
_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-",  # dashes and the minus sign
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\n": " ", "\t": " ",
        "μ": "µ", "·": ".", "’": "'", "‘": "'", "“": '"', "”": '"',
        "⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥", "×": "x",
        **_FRACTIONS,
    }
)  # fmt: skip
# Superscripts that a source has lost: "mg/m 2", "10 9 /L".
_LOST_POWER = re.compile(r"(?<=/m|mm|cm) (?=[23]\b)(?![23][\d.,]|[23] (?:mg|g|ml|hours|days))")
_LOST_TEN = re.compile(r"(?<=x 10) (?=-?\d{1,2} ?/)")
_OF = re.compile(
    r"(?<![\d.,])(\d[\d,]*) (?:out )?of (?:the |all |a total of )?(\d[\d,]*)(?![\d.,]*\d|%| ?%)"
)
_STUCK = re.compile(r"%(?=[A-Za-z])")
_FOLD = re.compile(r"(\d)[- ]?fold\b", re.IGNORECASE)
_ROMAN = re.compile(
    r"(\b(?:phase|type|class|grade|stage|group|factor) )(I{1,3}|IV|V)\b", re.IGNORECASE
)
_ROMANS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
_AT_TIME = re.compile(
    r"(?<!per )(?<!each )(?<!every )(?<!a )(?<!-)(?<!\d )\b(hour|day|week|month)s? "
    r"(\d{1,3}(?:(?: to | or | and |-)\d{1,3})?)(?![\d.,]*\d)"
    r"(?![ -]?(?:[a-zµ]{1,5}/|[mµ]?c?g\b|ml\b|%))"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINAL = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|[1-9](?:st|nd|rd|th))"
    rf"(?= (?:(?:or|and|to) (?:{'|'.join(_ORDINALS)}|\d\w\w) )?"
    r"(?:hour|day|week|month|year|dose)\b)",
    re.IGNORECASE,
)
# A filtration rate is given per 1.73 m^2 whether that is said or not.
_BODY_SURFACE = re.compile(r" ?(?:/|per) ?1\.73 ?m ?\^?2\b")
_NOT_MORE = re.compile(
    r"\b(?:(?:do|should|must|may|can) ?not|don't|never) ((?:[a-z]+ ){1,4}?)"
    r"(more|longer|greater|higher) than (?=\d)",
    re.IGNORECASE,
)
_DAY = re.compile(r"\bd(\d{1,3})\b")
_COMPARED = re.compile(r"(?:than|least|most|up to|[<>≤≥]) ?$", re.IGNORECASE)
_STUCK_TO = re.compile(r"\b(than|least|most)(?=\d)", re.IGNORECASE)
_SPACED_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3})((?: \d{3})+)(?![\d.])")
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: at for at, word in enumerate(_UNITS)} | {
    word: 10 * at for at, word in enumerate(_TENS, start=2)
}
_TENS_WORD = "|".join(_TENS)
_SMALL = "|".join(_UNITS[1:10])
_ANY = "|".join([*_TENS, *sorted(_UNITS, key=len, reverse=True)])
_WORDED = re.compile(
    rf"\b(?:(?P<tens>{_TENS_WORD})[- ](?P<small>{_SMALL})|(?P<one>{_ANY}))"
    r"(?:[- ](?P<scale>hundred|thousand|million))?\b",
    re.IGNORECASE,
)
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
# "One" and "zero" are seldom counts: "one of the", "no one".
_PRONOUNS = {"one"}
_COUNTED = re.compile(
    r"[- ](?:to|or (?:more|less|fewer)"
    r"|hour|day|week|month|year|minute|dose|tablet|capsule|patient|injection|time|m?g|ml)"
)


def normalised(text: str) -> str:
    """
    Return *text* with one sign for each dash, space, quotation mark and digit.

    Superscripts become "^9", decimal points of any kind ".", thousands set off by thin spaces are
    joined, and numbers in words become digits: two texts that say the same number then hold the
    same characters.
    """
    text = _LOST_SIGN.sub("≥", text)
    text = _RAISED.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPTS), text)
    text = text.translate(_PLAIN)
    text = _SPACED_THOUSANDS.sub(lambda m: m.group().replace(" ", ""), text)
    text = _STUCK_TO.sub(r"\1 ", _STUCK.sub("% ", text))
    text = _LOST_TEN.sub("^", _LOST_POWER.sub("^", text))
    text = _ORDINAL.sub(_counted, american(text))
    text = " ".join(_WORDED.sub(_digits, text).split())
    text = _FOLD.sub(r"\1 times", _OF.sub(r"\1/\2", text))
    text = _ROMAN.sub(lambda m: f"{m.group(1)}{_ROMANS[m.group(2).upper()]}", text)
    text = _NOT_MORE.sub(r"\1no \2 than ", _BODY_SURFACE.sub("", text))
    return _AT_TIME.sub(r"\2 \1", _DAY.sub(r"day \1", text))


def _counted(match: re.Match[str]) -> str:
    word = match.group().lower()
    return str(_ORDINALS.index(word) + 1) if word in _ORDINALS else word[0]


def _digits(match: re.Match[str]) -> str:
    word = match.group().lower()
    scale = match.group("scale")
    if (
        (word in _PRONOUNS or match.group("one") == "zero")
        and not _COUNTED.match(match.string[match.end() :].lower())
        and not _COMPARED.search(match.string[: match.start()])
    ):
        return match.group()
    if match.group("tens"):
        number = _WORDS[match.group("tens").lower()] + _WORDS[match.group("small").lower()]
    else:
        number = _WORDS[match.group("one").lower()]
    return str(number * _SCALES.get((scale or "").lower(), 1))
