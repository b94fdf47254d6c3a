"""
A study's abstract -> how many people took part, from explicit wording only.

A number counts where the words around it say what it is: "120 patients were randomised",
"randomised (n = 120)", "we randomly assigned 120 patients". Arms, clusters, people screened and
planned sizes do not; two different totals in one abstract make none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.documents import Section

LONGEST = 10_000
"""Characters of one abstract part that are read; real parts have fewer than 5,000."""

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_WORD = "|".join([*sorted(_UNITS, key=len, reverse=True), *_TENS])
_WORDS = rf"(?:{_WORD}|an? hundred)(?:[ -](?:{_WORD}|hundred|thousand|and)){{0,8}}"
_DIGITS = r"\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+|\d+"
# No decimal, range, percentage, ratio or other half of a number may be taken for a count.
_NUMBER = rf"(?<![\w.,/%±–−-])(?<!\d )(?P<n>{_DIGITS}|\b{_WORDS})(?![\d.,/%]*\d|%|[-–−/]\d| %)"
_PEOPLE = (
    r"(?:patients|participants|subjects|individuals|people|persons|volunteers|women|men|males"
    r"|females|mothers|girls|boys|children|infants|neonates|newborns|babies|adolescents|adults"
    r"|youths?|students|veterans|residents|inpatients|outpatients|smokers|cases|survivors"
    r"|couples|caregivers|carers|employees|workers|nurses|physicians|athletes)"
)
_DESCRIBED = r"(?:[A-Za-z][\w’'/+-]*,? ){0,8}?"
_MORE = r"(?: ?\([^()]{0,80}\))?"
# What may stand between the people and the verb: "with type 2 diabetes", "aged 18-65 years".
_WHO = (
    r"(?:,? (?:with|aged|from|at|in|of|on|treated|undergoing|receiving|having|suffering|admitted"
    r"|presenting|diagnosed|scheduled|attending)\b"
    r"(?:(?!\b(?:were|was|who|whom|which|and \d|screened|assessed|eligible|enrolled|completed)\b)"
    r"[^.;:]){0,90}?)?"
)
_ASSIGNED = (
    r"(?:randomi[sz]ed|randomly (?:assigned|allocated|divided|distributed|split)"
    r"|(?:assigned|allocated|divided) randomly)"
)
_INCLUDED = r"(?:included|enrolled|recruited)"
_WERE = (
    r"(?:were|was|participated in (?:this|the) study and were) "
    rf"(?:then |subsequently |finally |ultimately |eventually |{_INCLUDED} and |)"
)
_TRIAL = r"\brandomi[sz]ed,? (?:\w[\w-]*,? ){0,6}(?:trial|study)"
_OF = (
    r"(?:(?:was |is )?(?:performed |conducted |carried out |done |undertaken )?"
    r"(?:of|in|with|involving|among|on|including|enrolling))"
)
_THIS = r"(?:this|the|the present|our|an?)(?: \w[\w-]*,?){0,3}?"

# Group n is the number; the text after the match is judged for arms.
_RANDOMISED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER}{_MORE} {_DESCRIBED}{_PEOPLE}{_MORE}{_WHO} {_WERE}{_ASSIGNED}\b",
        rf"{_NUMBER} {_DESCRIBED}{_PEOPLE} {_ASSIGNED}\b",
        rf"\bwe {_ASSIGNED} (?:a total of )?{_NUMBER} {_DESCRIBED}{_PEOPLE}\b",
        rf"{_PEOPLE} \([nN] ?= ?{_NUMBER}\){_WHO} {_WERE}{_ASSIGNED}\b",
        rf"{_TRIAL} {_OF} (?:a total of )?{_NUMBER} {_DESCRIBED}{_PEOPLE}\b",
        rf"{_NUMBER} {_DESCRIBED}{_PEOPLE}{_MORE} {_WERE}{_INCLUDED} in(?:to)? {_THIS} {_TRIAL}\b",
    )
)
# Numbers that name nobody: whom they count is what the sentence spoke of before.
_UNNAMED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER} {_WERE}{_ASSIGNED}\b",
        rf"\b[nN] ?= ?{_NUMBER}\)? {_WERE}{_ASSIGNED}\b",
        rf"\b{_ASSIGNED} \([nN] ?= ?{_NUMBER}\)",
    )
)
_THINGS = re.compile(
    r"\b(?:clusters?|practices|clinics|hospitals|cent(?:re|er)s|sites|schools|class(?:es|rooms)"
    r"|wards|units|villages|communities|districts|households|families|pharmacies|homes|teams"
    r"|eyes|teeth|limbs|knees|hips|lesions|wounds|oocytes|embryos|samples|pairs|dyads|sessions"
    r"|trials|studies|animals)\b",
    re.IGNORECASE,
)
_SAMPLE = r"\b(?:study|cohort|sample|analysis) (?:included|comprised|consisted of)"
_STUDIED = r"(?:included|analy[sz]ed|studied|enrolled|recruited)"
_ANALYSED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER} {_DESCRIBED}{_PEOPLE}{_MORE}{_WHO} (?:were|was) {_STUDIED}\b",
        rf"\bwe {_STUDIED} (?:a total of )?{_NUMBER} {_DESCRIBED}{_PEOPLE}\b",
        rf"{_SAMPLE} (?:a total of )?{_NUMBER} {_DESCRIBED}{_PEOPLE}\b",
    )
)
_STUDIES = r"\b(?:trials|studies|RCTs|articles|reports)\b"
_HOLDING = (
    r"(?: were included)?,? ?\(?"
    r"(?:with|involving|including|comprising|enrolling|that included|and|on|of|in)?"
)
_POOLED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_STUDIES}{_HOLDING} ?(?:a total of )?{_NUMBER} {_DESCRIBED}{_PEOPLE}\b",
        rf"{_STUDIES}[^.;:()]{{0,40}}\([nN] ?= ?{_NUMBER} {_DESCRIBED}{_PEOPLE}\)",
    )
)
# "60 patients were randomised to placebo" counts an arm, unless both arms follow.
_TO_ONE_ARM = re.compile(r"(?:,? (?:in)?to|,? for)\b(?P<rest>[^.;]{0,160})", re.IGNORECASE)
_BOTH_ARMS = re.compile(
    r"\b(?:either|or|two|three|four|five|six|2|3|4|groups|arms|versus|vs\.?|1 ?: ?1|2 ?: ?1"
    r"|each|ratio|one of)\b",
    re.IGNORECASE,
)
_OTHER_ARM = re.compile(
    r"(?:,|;| and) (?:the (?:other|remaining) )?"
    rf"(?:\d+|(?:{_WORD})\b)(?! ?(?:mg|g|µg|mcg|ml|IU|weeks?|months?|days?|years?|%|hours?))"
    rf"(?: {_PEOPLE})?(?: {_WERE}{_ASSIGNED})? (?:to|in|were|received|as|for)\b"
)
# "26 girls, 37 boys and 2 others were randomised": the last of several, not all of them.
_PART = re.compile(
    rf"\b(?:\d+|{_WORD})(?: [^\W\d][\w-]*,?){{1,6}} (?:and|as well as|plus|versus|vs\.?) $",
    re.IGNORECASE,
)
_PLANNED = re.compile(r"\b(?:will be|to be|planned|target|aim to|sample size)\b", re.IGNORECASE)


def count_participants(design: str | None, abstract: Sequence[Section]) -> int | None:
    """
    Return the number randomised (trials), pooled (reviews) or analysed (observational studies).

    None where the abstract does not say so in plain words, or says two numbers.
    """
    patterns = {
        "randomised controlled trial": (*_RANDOMISED, *_UNNAMED),
        "controlled trial": _ANALYSED,
        "clinical trial": _ANALYSED,
        "meta-analysis": _POOLED,
        "systematic review": _POOLED,
        "cohort study": _ANALYSED,
        "case-control study": _ANALYSED,
        "cross-sectional study": _ANALYSED,
        "observational study": _ANALYSED,
    }.get(design or "")
    if patterns is None:
        return None
    found = {
        number
        for section in abstract
        if section.code not in ("background", "objective")
        for number in _totals(section.text[:LONGEST], patterns)
    }
    return found.pop() if len(found) == 1 else None


def _totals(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[int]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            number = as_number(match.group("n"))
            begin = text.rfind(". ", 0, match.start()) + 1
            before = text[begin : match.start("n")]
            is_total = not (_PLANNED.search(text[begin : match.end()]) or _PART.search(before))
            if pattern in _UNNAMED and _THINGS.search(text[begin : match.end()]):
                continue
            if number is not None and is_total and not _is_arm(text[match.end() :]):
                yield number


def _is_arm(after: str) -> bool:
    to = _TO_ONE_ARM.match(after)
    if to is None:
        return False
    rest = to.group("rest")
    return _OTHER_ARM.search(rest) is not None or _BOTH_ARMS.search(rest) is None


def as_number(text: str) -> int | None:
    """Read "4,523" or "One hundred and twenty-three" as a count; None where it is neither."""
    digits = re.sub(r"[,\s]", "", text)
    if digits.isascii() and digits.isdigit():
        return int(digits)
    total, current = 0, 0
    for word in re.split(r"[ -]+", text.lower().strip()):
        if word in ("a", "an", "and"):
            continue
        if word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1000, 0
        elif word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current += _TENS[word]
        else:
            return None
    return total + current or None
