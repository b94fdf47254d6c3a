"""
Honest paraphrases in small: one expression for another of the same meaning.

A synonym, another unit, another way to write a number, a bound or a rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from eval.verifier.cases import Edit
from eval.verifier.figures import asides, like, value_of

Rewording = tuple[Edit, ...]
"""Edits that belong together."""

_SAME = (
    (r"\bprior to\b", "before"),
    (r"\bin order to\b", "to"),
    (r"\bapproximately(?= \d)", "about"),
    (r"\b[Cc]oncomitant use\b", "concurrent use"),
    (r"\bconcomitantly\b", "at the same time"),
    (r"\butili[sz]ed\b", "used"),
    (r"\butili[sz]e\b", "use"),
    (r"\bdue to\b", "because of"),
    (r"\badverse reactions\b", "side effects"),
    (r"\bdiscontinued\b", "stopped"),
    (r"\b[Dd]iscontinue\b", "stop"),
    (r"\binitiated\b", "started"),
    (r"\b[Ii]nitiate\b", "start"),
    (r"\bInitiation of\b", "Starting"),
    (r"\badministered\b", "given"),
    (r"\bcompared with\b", "compared to"),
    (r"\bcompared to\b", "in comparison with"),
    (
        r"(?<!has )(?<!have )(?<!been )(?<!as )(?<!were )\bdemonstrated\b(?= (?:that|no)\b)",
        "showed",
    ),
    (r"\b(?:was|were) observed\b", {"was observed": "was seen", "were observed": "were seen"}),
    (r"\brandomized\b", "randomised"),
    (r"\bpediatric\b", "paediatric"),
    (r"\bdiarrhea\b", "diarrhoea"),
    (r"\bedema\b", "oedema"),
    (r"\banemia\b", "anaemia"),
    (r"\btumors?\b", {"tumor": "tumour", "tumors": "tumours"}),
    (r"\bmyocardial infarction\b", "heart attack"),
    (r"\brenal impairment\b", "kidney impairment"),
    (r"\bhepatic impairment\b", "liver impairment"),
    (r"\brenal function\b", "kidney function"),
    (r"\bhepatic function\b", "liver function"),
    (r"\belderly patients\b", "older patients"),
    (r"(?:(?<=was )|(?<=were )|(?<=been )|(?<=with ))reduced\b", "decreased"),
    (r"(?:(?<=was )|(?<=were )|(?<=been )|(?<=with ))decreased\b", "reduced"),
    (r"\breduction in\b", "decrease in"),
    (r"\bdecrease in\b", "reduction in"),
    (r"\belevated\b", "raised"),
    (r"\bis contraindicated in\b", "must not be used in"),
    (r"\bbut not\b", "and not"),
    (r"\bsuch as\b", "like"),
    (r"\bwhereas\b", "while"),
    (r"\bshould be avoided\b", "is to be avoided"),
    (r"\btaken orally\b", "taken by mouth"),
    (r"\bexcreted\b", "eliminated"),
    (r"\bphysicians?\b", {"physician": "doctor", "physicians": "doctors"}),
    (r"(?<!ay )(?<!ght )(?<!uld )(?<!to )\bhas been reported\b", "was reported"),
    (r"(?<!ay )(?<!ght )(?<!uld )(?<!to )\bhave been reported\b", "were reported"),
    (r"\b[Ii]ndividuals\b", "people"),
    (r"\bpersons\b", "people"),
    (r"\bsubsequently\b", "later"),
    (r"\bfrequently\b", "often"),
    (r"\bsufficient\b", "enough"),
    (
        r"\brequires?\b(?= (?:close|careful|immediate|a|an|dose|monitoring)\b)",
        {"requires": "needs", "require": "need"},
    ),
    (r"\bnumerous\b", "many"),
    (r"\bexhibited\b", "showed"),
    (r"\bfollowing administration\b", "after administration"),
    (r"\bis indicated for the treatment of\b", "is indicated to treat"),
    (r"\bare indicated for the treatment of\b", "are indicated to treat"),
    (r"\bpatients who received\b", "patients given"),
    (r"\bin the treatment of\b", "for treating"),
    (r"\bwas associated with\b", "was linked to"),
    (r"\bis associated with\b", "is linked to"),
    (r"\bmay result in\b", "may lead to"),
    (r"\bresulted in\b", "led to"),
    (r"\bassist\b", "help"),
    (r"\battempt(?= to\b)", "try"),
    (r"\bcommence[sd]?\b", {"commence": "begin", "commenced": "began", "commences": "begins"}),
    (r"(?<!\ban )\badditional\b", "further"),
    (r"\bassessed\b", "evaluated"),
    (r"\bevaluated\b", "assessed"),
    (r"\bin addition to\b", "besides"),
    (r"\b[Tt]he majority of\b", "most of"),
)
_SYNONYMS = tuple((re.compile(pattern), new) for pattern, new in _SAME)
_RATES = (
    (re.compile(r"(?<![\w-])once daily(?![\w-])"), "once a day"),
    (re.compile(r"(?<![\w-])twice daily(?![\w-])"), "two times a day"),
    (re.compile(r"(?<![\w-])twice a day(?![\w-])"), "twice daily"),
    (re.compile(r"(?<![\w-])(?:three|3) times (?:daily|a day)(?![\w-])"), "three times per day"),
    (re.compile(r"(?<![\w-])once weekly(?![\w-])"), "once a week"),
    (re.compile(r"(?<![\w-])once a week(?![\w-])"), "once weekly"),
    (re.compile(r"(?<=mg)/day\b"), " per day"),
    (re.compile(r"(?<=mg) per day\b"), "/day"),
    (re.compile(r"\bevery day\b"), "daily"),
)
_N = r"(?= ?\d)"
_BOUNDS = (
    (re.compile(rf"≥ ?{_N}"), "at least "),
    (re.compile(rf"≤ ?{_N}"), "at most "),
    (re.compile(rf"(?<=[a-z] )< ?{_N}"), "less than "),
    (re.compile(rf"(?<=[a-z] )> ?{_N}"), "more than "),
    (re.compile(rf"\bat least {_N}"), "≥ "),
    (re.compile(rf"\bno more than {_N}"), "at most "),
    (re.compile(rf"\bgreater than {_N}(?!or)"), "more than "),
    (re.compile(rf"\bless than {_N}"), "below "),
    (re.compile(r"(?<=\d) years of age (?:and|or) older\b"), " years or older"),
)
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_COUNT = re.compile(
    r"(?<![\w-])(two|three|four|five|six|seven|eight|nine|ten|twelve)(?= (?:patients|weeks|days"
    r"|months"
    r"|years|hours"
    r"|doses|trials|studies|tablets|times|groups|women|men|children|cases|subjects|randomized)\b)",
)
_FIGURE = re.compile(
    r"(?<![\w.,/–-])([2-9]|1[02])(?= (?:weeks|days|months|years|hours|doses|trials|studies"
    r"|patients|tablets)\b)"
)
_CONVERTED = re.compile(
    r"(?<![\w.,·/^−–-])(\d[\d,]*(?:\.\d+)?) (mg|g|mcg|mL|L|hours|weeks|months|minutes"
    r"|days)\b(?![/²·]| ?/|-)"
)
_THOUSANDS = re.compile(r"(?<![\w.,·/^−–$-])(\d{1,3}),(\d{3})(?![\d,.])(?= [a-z]|\)|%|;|, [a-z])")
_BARE = re.compile(
    r"(?<![\w.,·/^−–$-])([1-9]\d{3})(?= (?:patients|subjects|women|men|participants|mg|children"
    r"|mL|people|adults|persons|units)\b)"
)
_PERCENT = re.compile(r"(?<=\d)%(?= (?:of|in|to|had|were|with)\b)")
_RANGE = re.compile(
    r"(?<![\w.,/–-])(\d+(?:\.\d+)?)( ?[-–] ?| to )(\d+(?:\.\d+)?)(?= (?:mg|mcg|g|mL|weeks|days"
    r"|hours|months|years|minutes)\b)"
)


def small(text: str) -> list[Rewording]:
    """Return every small rewording of *text* that a rule allows, in order of place."""
    apart = asides(text)
    found = [
        edits
        for rule in (_synonyms, _rates, _bounds, _counts, _conversions, _spellings)
        for edits in rule(text)
        if not any(start <= edits[0].start < end for start, end in apart)
    ]
    return sorted(found, key=lambda edits: (edits[0].start, edits[0].end, edits[0].new))


def _synonyms(text: str) -> Iterator[Rewording]:
    for pattern, new in _SYNONYMS:
        for match in pattern.finditer(text):
            word = new if isinstance(new, str) else new[match[0].lower()]
            if match[0][0].isupper():
                word = word[0].upper() + word[1:]
            yield (Edit(match.start(), match.end(), word),)


def _rates(text: str) -> Iterator[Rewording]:
    for pattern, new in _RATES:
        for match in pattern.finditer(text):
            yield (Edit(match.start(), match.end(), new),)


def _bounds(text: str) -> Iterator[Rewording]:
    for pattern, new in _BOUNDS:
        for match in pattern.finditer(text):
            if new == "below " and text[: match.start()].endswith(("no ", "not ")):
                continue
            room = " " if text[match.start() - 1 : match.start()].isalnum() else ""
            yield (Edit(match.start(), match.end(), room + new),)


def _counts(text: str) -> Iterator[Rewording]:
    for match in _COUNT.finditer(text):
        yield (Edit(match.start(), match.end(), str(_WORDS.index(match[1]))),)
    for match in _FIGURE.finditer(text):
        if match.start() > 0 and not re.search(
            r"(?:\d|\bto|\band|\bor|-|–|[<>≤≥=]) ?$", text[: match.start()]
        ):
            yield (Edit(match.start(), match.end(), _WORDS[int(match[1])]),)


_FACTORS = {
    "mg": (Decimal("0.001"), "g", 100, 100_000),
    "g": (Decimal(1000), "mg", 0, 10),
    "mcg": (Decimal("0.001"), "mg", 50, 100_000),
    "L": (Decimal(1000), "mL", 0, 10),
    "mL": (Decimal("0.001"), "L", 500, 100_000),
    "weeks": (Decimal(7), "days", 0, 4),
    "minutes": (Decimal(1) / Decimal(60), "hours", 60, 600),
    "hours": (Decimal(1) / Decimal(24), "days", 48, 480),
    "months": (Decimal(1) / Decimal(12), "years", 24, 240),
    "days": (Decimal(1) / Decimal(7), "weeks", 14, 70),
}
"""Unit: factor, other unit, and the values between which people would write it so."""


def _conversions(text: str) -> Iterator[Rewording]:
    """Yield a quantity in another unit, where it comes out even: 500 mg is 0.5 g."""
    for match in _CONVERTED.finditer(text):
        value, (factor, unit, least, most) = value_of(match[1]), _FACTORS[match[2]]
        turned = value * factor
        even = turned == round(turned, 3) and least <= value <= most
        if match[2] in ("hours", "days", "months", "minutes"):
            even = even and turned == int(turned) and turned > 1
        clear = re.search(
            r"(?:\d|\bto|\band|\bor|/|-|–|±) ?(?:mg|g|mcg|mL|L|hours|weeks|months|minutes"
            r"|days)? ?(?:to|and|or|,|-|–)? ?$",
            text[: match.start()],
        )
        goes_on = re.match(r" ?(?:to|or|-|–|±|\() ?\d|,? (?:and|or) \d|, \d", text[match.end() :])
        if even and value > 0 and not goes_on and not clear:
            yield (Edit(match.start(), match.end(), f"{like('1', turned)} {unit}"),)


def _spellings(text: str) -> Iterator[Rewording]:
    """Yield a figure written otherwise: 4,523 as 4523, % as percent, 1-4 as 1 to 4."""
    for match in _THOUSANDS.finditer(text):
        yield (Edit(match.start(), match.end(), match[1] + match[2]),)
    for match in _BARE.finditer(text):
        yield (Edit(match.start(), match.end(), f"{int(match[1]):,}"),)
    for match in _PERCENT.finditer(text):
        yield (Edit(match.start(), match.end(), " percent"),)
    for match in _RANGE.finditer(text):
        if value_of(match[1]) < value_of(match[3]):
            other = "–" if "to" in match[2] else " to "
            yield (Edit(match.start(2), match.end(2), other),)
