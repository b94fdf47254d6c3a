"""Falsified values: number, decimal shift, unit, frequency, comparator, range end. One each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from eval.verifier.cases import Edit
from eval.verifier.changes import Change, Scene, replaced
from eval.verifier.figures import Figure, asides, figures, like, ranges, value_of

_APART = re.compile(
    r"\||\b(?:vs\.?|versus|compared|than|placebo|whereas|while|respectively|control|group|arm)\b"
)
_LISTED = re.compile(
    r"(?:\b(?:mg|mcg|µg|g|mL|units?|hours?|days?|weeks?|months?|years?|and|or|to)\b"
    r"|[\d.,%/;()\s-])*"
)
_UNIT_AFTER = re.compile(r" ?(%|[a-zA-Zµμ]+)?")


def number(scene: Scene, rng: Random) -> Iterator[Change]:
    """
    Yield changes of one number into another.

    Near ones take a figure of the same passage: another arm's in the same quote, both arms'
    exchanged, or one from elsewhere in the passage. Alternatives of one list are left alone:
    of "5 mg or 10 mg" neither says more than the other.
    """
    held = figures(scene.text)
    values = {f.value for f in held} | {v.value for pair in ranges(scene.text) for v in pair}
    for one in held:
        for other in held:
            if other.value != one.value and _bound_apart(scene.text, one, other):
                yield Change((_put(one, other.written),), near=True)
                if one.start < other.start and _APART.search(scene.text):
                    yield Change((_put(one, other.written), _put(other, one.written)), near=True)
        kind = _unit_of(scene.text, one)
        elsewhere = sorted(
            {
                f.written
                for f in figures(scene.passage.chunk.text)
                if f.value not in values
                and ("." in f.written) is ("." in one.written)
                and _unit_of(scene.passage.chunk.text, f) == kind
            }
        )
        if elsewhere:
            yield Change((_put(one, rng.choice(elsewhere)),), near=True)
        yield Change((_put(one, rng.choice(_plausible(one, values))),))


def decimal_shift(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of one number to ten times, or a tenth, of it."""
    del rng
    held = figures(scene.text)
    values = {f.value for f in held}
    for one in held:
        for factor in (Decimal(10), Decimal("0.1")):
            moved = one.value * factor
            if moved not in values and one.value:
                yield Change((_put(one, like(one.written, moved)),))


def range_end(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of one end of a range; the range stays in order."""
    for low, high in ranges(scene.text):
        taken = {low.value, high.value}
        lower = [v for v in _plausible(low, taken) if value_of(v) < high.value]
        higher = [v for v in _plausible(high, taken) if value_of(v) > low.value]
        if lower:
            yield Change((_put(low, rng.choice(lower)),))
        if higher:
            yield Change((_put(high, rng.choice(higher)),))


_UNITS: dict[str, tuple[str, ...]] = {
    "mg": ("mcg", "g", "mL"),
    "mcg": ("mg", "g"),
    "µg": ("mg", "g"),
    "μg": ("mg", "g"),
    "ng": ("mcg", "mg"),
    "g": ("mg", "mcg"),
    "kg": ("lb", "g"),
    "mL": ("L", "mg"),
    "ml": ("l", "mg"),
    "L": ("mL",),
    "units": ("mg", "mcg"),
    "IU": ("mg", "mcg"),
    "mg/kg": ("mg", "mcg/kg", "mg"),
    "mcg/kg": ("mcg", "mg/kg"),
    "mg/kg/day": ("mg/day", "mg/kg", "mcg/kg/day"),
    "mg/m²": ("mg", "mg/kg"),
    "mg/m2": ("mg", "mg/kg"),
    "mg/day": ("mcg/day", "g/day"),
    "mg/mL": ("mcg/mL", "mg/L"),
    "mcg/mL": ("ng/mL", "mg/mL"),
    "ng/mL": ("mcg/mL", "pg/mL"),
    "mg/dL": ("g/dL", "mmol/L", "mg/L"),
    "g/dL": ("mg/dL", "g/L"),
    "mmol/L": ("mg/dL", "µmol/L"),
    "mmol": ("mg", "mol"),
    "mEq": ("mg", "g"),
    "mEq/L": ("mg/dL",),
    "mL/min": ("mL/hour", "L/min"),
    "mm Hg": ("kPa",),
    "mmHg": ("kPa",),
    "cm": ("mm", "m"),
    "%": (" per 1,000",),
    "minutes": ("hours", "seconds"),
    "minute": ("hour", "second"),
    "hours": ("days", "minutes"),
    "hour": ("day", "minute"),
    "days": ("weeks", "hours"),
    "day": ("week", "hour"),
    "weeks": ("days", "months"),
    "week": ("day", "month"),
    "months": ("weeks", "years"),
    "month": ("week", "year"),
    "years": ("months", "weeks"),
    "year": ("month", "week"),
}
_UNIT = re.compile(
    r"(?<=\d)( ?-?)("
    + "|".join(re.escape(u) for u in sorted(_UNITS, key=len, reverse=True))
    + r")(?![\w/²%]|-?\d)(?!\.\d)"
)


def unit(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of the unit behind one number, "per kg" dropped among them."""
    apart = asides(scene.text)
    for match in _UNIT.finditer(scene.text):
        before = scene.text[: match.start()]
        figure = re.search(r"[\d.,·]+$", before)
        nothing = figure is None or not figure[0].strip("0.,·")
        if nothing or any(start <= match.start() < end for start, end in apart):
            continue
        if match[2] == "%" and (" | " in scene.text or rng.random() < 0.8):  # noqa: PLR2004
            continue
        yield Change((Edit(match.start(2), match.end(2), rng.choice(_UNITS[match[2]])),))


_RATES = (
    ("once daily", "once a day", "daily", "every day", "each day", "once per day"),
    ("twice daily", "twice a day", "two times a day", "two times daily", "twice per day"),
    ("three times daily", "three times a day", "three times per day"),
    ("four times daily", "four times a day", "four times per day"),
    ("once weekly", "once a week", "weekly", "every week"),
    ("twice weekly", "twice a week"),
    ("three times weekly", "three times a week"),
    ("monthly", "once monthly", "once a month", "every month"),
    ("annually", "yearly", "every year"),
    ("every other day", "every second day"),
    ("every other week", "every two weeks"),
)
_FIRST_RATES = tuple(group[0] for group in _RATES)
_RATE = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(
        re.escape(r).replace(r"\ ", "[ -]")
        for g in _RATES
        for r in sorted(g, key=len, reverse=True)
    )
    + r")(?![\w-])(?! (?:living|activit|life|basis|practice|routine|for \d+ (?:hour|minute)))",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"\bevery (\d+)( to \d+| ?[-–] ?\d+)? (hours?|days?|weeks?|months?)\b", re.IGNORECASE
)
_PER_DAY = re.compile(r"(?:(?<=mg)|(?<=cg)|(?<=kg)|(?<= g)|(?<=nits)|(?<=mL))(?:/| per | a )day\b")
_EVERY_CHOICES = {
    "hour": ("4", "6", "8", "12", "24", "48"),
    "day": ("2", "3", "7", "14", "28"),
    "week": ("1", "2", "4", "6", "12"),
    "month": ("1", "2", "3", "6", "12"),
}
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}


def frequency(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of how often: daily, weekly, twice daily, every 12 hours, per day."""
    text = scene.text
    for match in sorted(_longest(_RATE, text), key=lambda m: m.start()):
        said = match[0].lower().replace("-", " ")
        own = next((g for g in _RATES if said in g), None)
        if own is None:
            continue
        swift = ("once daily", "twice daily", "once weekly", "three times daily", "monthly")
        near = ("weekly",) if said == "daily" else ()
        others = [r for r in (*swift, *near, *_FIRST_RATES) if r not in own]
        new = rng.choice(others)
        yield replaced(match, new.replace(" ", "-") if "-" in match[0] else new)
    for match in _EVERY.finditer(text):
        unit_name = match[3].lower().rstrip("s")
        if match[2] is None:
            choices = [c for c in _EVERY_CHOICES[unit_name] if c != match[1] and c != "1"]
            yield Change((Edit(match.start(1), match.end(1), rng.choice(choices)),))
    for match in _PER_DAY.finditer(text):
        yield Change((Edit(match.start(), match.end(), match[0].replace("day", "week")),))


def _longest(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))


_AT_LEAST = (
    "at least",
    "≥",
    "no less than",
    "not less than",
    "a minimum of",
    "greater than or equal to",
)
_AT_MOST = (
    "at most",
    "≤",
    "no more than",
    "not more than",
    "up to",
    "a maximum of",
    "less than or equal to",
)
_MORE = ("more than", ">", "greater than", "exceeding", "above")
_LESS = ("less than", "<", "fewer than", "below", "under")
_BOUNDS = (_AT_LEAST, _AT_MOST, _MORE, _LESS)
_AMOUNT = (
    r"(?= ?(?:an? |approximately |about )?(?:\d|\.\d|(?:one|two|three|four|five|six|seven|eight"
    r"|nine|ten|twelve)\b))"
)
_BOUND = re.compile(
    r"(?<!\w)(?<!as )("
    + "|".join(re.escape(b) for b in sorted((b for g in _BOUNDS for b in g), key=len, reverse=True))
    + rf"){_AMOUNT}",
    re.IGNORECASE,
)
_OPPOSITES = {
    "older": "younger",
    "over": "under",
    "more": "less",
    "greater": "less",
    "above": "below",
    "higher": "lower",
    "younger": "older",
    "under": "over",
    "less": "more",
    "fewer": "more",
    "below": "above",
    "lower": "higher",
}
_TRAILING = re.compile(
    r"(?<=\d)(?: years(?: of age)?| kg| mg| g| months| weeks| mL/min| mm ?Hg|%)?,? (?:or|and) "
    rf"({'|'.join(_OPPOSITES)})\b(?! (?:patients|adults|subjects|children|age))"
)


def comparator(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of one comparator into one that bounds the same number otherwise."""
    apart = asides(scene.text)
    for match in _BOUND.finditer(scene.text):
        said = match[1].lower()
        own = next(g for g in _BOUNDS if said in g)
        if any(start <= match.start() < end for start, end in apart):
            continue
        if said in "<>≤≥":
            new = rng.choice([b for g in _BOUNDS if g is not own for b in g if b in "<>≤≥"])
        else:
            new = rng.choice(
                [b for g in _BOUNDS if g is not own for b in g[:3:2] if b not in "<>≤≥"]
            )
            new = rng.choice([new, *(g[0] for g in _BOUNDS if g is not own)])
        yield replaced(match, new, 1)
    for match in _TRAILING.finditer(scene.text):
        yield replaced(match, _OPPOSITES[match[1]], 1)


def _put(figure: Figure, new: str) -> Edit:
    return Edit(figure.start, figure.end, new)


def _unit_of(text: str, figure: Figure) -> str:
    match = _UNIT_AFTER.match(text, figure.end)
    return (match[1] or "") if match else ""


def _bound_apart(text: str, one: Figure, other: Figure) -> bool:
    """Tell whether two figures of like unit say something of different things."""
    first, second = sorted((one, other), key=lambda f: f.start)
    between = text[first.end : second.start]
    return _unit_of(text, one) == _unit_of(text, other) and (
        "respectively" in text or _LISTED.fullmatch(between) is None
    )


def _plausible(figure: Figure, taken: set[Decimal]) -> list[str]:
    """Return other numbers of like size that a slip could make of it, as they would be written."""
    value = figure.value
    digits = figure.written.replace(",", "").replace("·", ".")
    step = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    candidates = [value + step, value - step, value + 5 * step, value + 10 * step]
    candidates += [value * 2, value / 2]
    if len(digits) == 2 and digits.isdigit() and digits[1] != "0":  # noqa: PLR2004 - "21" for "12"
        candidates.append(Decimal(digits[::-1]))
    if step == 1:
        candidates = [c for c in candidates if c == int(c)]
    written = [like(figure.written, c) for c in candidates if c > 0 and c not in taken]
    return [w for w in written if len(w) <= len(figure.written) + 2] or [
        like(figure.written, value + step * 100)
    ]
