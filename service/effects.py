"""
Sentence -> effects: which measure went up, went down, or did not differ. Pure.

Reading is strict, since a wrong direction would make two sources disagree that do not: a trend
counts only where grammar ties it to the measure, findings alone count (no aims, no "may"), and
what is negated is "no difference", never the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.measures import Mention, mentions


class Trend(StrEnum):
    """Where a measure went."""

    MORE = "more"
    LESS = "less"
    SAME = "same"


_OPPOSITE = {Trend.MORE: Trend.LESS, Trend.LESS: Trend.MORE, Trend.SAME: Trend.SAME}


@dataclass(frozen=True, slots=True)
class Effect:
    """
    One measure and where it went: ``Effect("insomnia", "sleep latency", Trend.LESS)``.

    ``named`` is what exactly was measured.
    """

    measure: str
    named: str
    trend: Trend


LONGEST_SENTENCE = 1500
"""Characters past which a text is not read: it is a table or worse."""

_MARK = "§"  # stands for a measure, so that the patterns see grammar alone
_TAIL = (
    r"(?:[ -](?:scores?|symptoms?|severity|rates?|risks?|incidence|frequency|episodes?|events?"
    r"|attempts?|levels?|reactions?|ideation|ratings?|complaints?|deaths?|index|questionnaire))*"
)
_ITEM = rf"{_MARK}\d+{_TAIL}"
_ITEMS = rf"(?P<items>{_ITEM}(?:(?:,? (?:and|or|nor) |, ){_ITEM})*)"
_FILLER = (
    r"(?:(?:the|a|an|in|of|for|from|on|mean|average|median|overall|total|annual|number|numbers|risk"
    r"|rate|rates|incidence|odds|frequency|severity|symptoms|signs|scores?|duration|prevalence"
    r"|episodes|proportion|levels?|any|new|recurrent|subjective|objective|perceived|self-reported|self-rated"
    r"|both|patients'|serious|major|fatal|daily|nightly|significantly|clinically|development|onset"
    r"|occurrence|common|completed|all-cause) )*"
)
_ADVERB = r"(?:(?:significantly|markedly|further|slightly|substantially|also|more|consistently) )*"
_PLACE = (
    r"(?: \([^()]*\))?(?: (?:in|with|among|during|under|on|after|over|at) "
    rf"(?:(?!that\b|which\b|who\b|than\b)[^{_MARK};,. ]+ ){{1,9}}?| )"
)
_BE = r"(?:was|were|is|are|has been|have been) "

# Every group: what the words after a measure, before it, or as a noun in "an X in it" say of it.
_AFTER: tuple[tuple[str, str], ...] = (
    ("less", (rf"(?:fell|declined|dropped|decreased|lessened|eased|diminished|shortened)\b"
             rf"|{_BE}{_ADVERB}(?:reduced|decreased|lower|lowered|less|fewer|shorter|shortened"
             r"|alleviated|relieved|prevented)\b|occurred less (?:often|frequently)")),
    ("more", (rf"(?:rose|increased|climbed|lengthened)\b|{_BE}{_ADVERB}(?:increased|higher|greater"
             r"|longer|raised|elevated|prolonged|common with|frequent with)\b"
             r"|occurred more (?:often|frequently)")),
    ("better", rf"improved\b|{_BE}{_ADVERB}(?:improved|better)\b"),
    ("worse", rf"(?:worsened|deteriorated)\b|{_BE}{_ADVERB}(?:worse|worsened)\b"),
    ("same", (r"did not (?:\w+ly )?(?:differ|change|fall|decrease|increase|rise|improve|worsen)\b"
             r"|(?:was|were) (?:not (?:\w+ly )?(?:different|reduced|increased|lower|higher|improved"
             r"|better|worse|affected)|similar|unchanged|comparable)\b")),
)  # fmt: skip
_BEFORE: tuple[tuple[str, str], ...] = (
    ("less", (r"(?:reduc(?:es?|ed|ing)|lower(?:s|ed|ing)?|decreas(?:es?|ed|ing)|shorten(?:s|ed)?"
             r"|prevent(?:s|ed)?|eas(?:es|ed)|alleviat(?:es?|ed)|reliev(?:es?|ed)|diminish(?:es|ed)?|less|fewer"
             r"|shorter)")),
    ("more", (r"(?:increas(?:es?|ed|ing)|rais(?:es?|ed)|prolongs?|lengthen(?:s|ed)?"
             r"|caus(?:es?|ed)(?! of)|induces?|provok(?:es?|ed)|higher|greater|more|elevated"
             r"|longer)")),
    ("better", r"(?:improv(?:es?|ed|ing)|better)"),
    ("worse", r"(?:worsen(?:s|ed|ing)?|aggravat(?:es?|ed)|exacerbat(?:es?|ed)|worse)"),
    ("less", r"(?:reductions?|decreases?|declines?|fall|drop) in"),
    ("more", r"(?:increases?|rise) in"),
    ("better", r"improvements? in"),
    ("worse", r"worsening (?:of|in)"),
    ("same", r"similar|(?:differences?|changes?) (?:in|of)|effects? on|benefits? (?:in|on|for)"),
)  # fmt: skip
_NOT = re.compile(r"\b(?:no|not|neither|nor|never|without|failed to|n't)\b|n't\b")
_UNSURE = re.compile(
    r"\b(?:to|may|might|could|can|should|would|must|prevention of) (?:have )?(?:\w+ly |even )?$"
)
_NO_FINDING = re.compile(
    r"\b(?:whether|if|hypothes\w+|expected|intended|aim(?:s|ed)?|objectives?)\b", re.IGNORECASE
)
_UP = re.compile(r"\b(?:increas\w+|rose|worsen\w*)\b")
_DOWN = re.compile(r"\b(?:decreas\w+|fell|declin\w+|reduc\w+|improv\w+)\b")
_TOPIC = re.compile(r"\b(?:about|on|regarding|towards?|against|over|between) $")
_REVERSED = re.compile(r"\b(?:less than|smaller|lesser|time to|time until|non-?inferior\w*)\b")
_CLAUSE = re.compile(r"[;:]|, (?:but|whereas|while|although|though)\b|\b(?:but|whereas)\b")

_PATTERNS = (
    *((kind, re.compile(rf"{_ITEMS}{_PLACE}{_ADVERB}(?P<word>{words})"))
      for kind, words in _AFTER),
    *((kind, re.compile(rf"(?<![\w-])(?<!or )(?P<word>{words}) {_FILLER}{_ITEMS}"))
      for kind, words in _BEFORE),
)  # fmt: skip


def effects(sentence: str) -> tuple[Effect, ...]:
    """Return what *sentence* reports of every measure it names, each once, in order."""
    if len(sentence) > LONGEST_SENTENCE or _NO_FINDING.search(sentence):
        return ()
    found: list[Effect] = []
    for start, end in _clauses(sentence):
        found += _effects(sentence[start:end])
    trends: dict[str, set[Trend]] = {}
    for effect in found:
        trends.setdefault(effect.named, set()).add(effect.trend)
    # A measure that the sentence sends two ways is not read at all.
    return tuple(dict.fromkeys(e for e in found if len(trends[e.named]) == 1))


def _clauses(sentence: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _CLAUSE.finditer(sentence):
        yield at, match.start()
        at = match.end()
    yield at, len(sentence)


def _effects(clause: str) -> Iterator[Effect]:
    named = [mention for mention in mentions(clause) if not mention.of_patients]
    marked = _marked(clause, named)
    if not named or _REVERSED.search(marked):
        return
    if len(named) == 1 and _UP.search(marked) and _DOWN.search(marked):
        return  # "it rose in one group and fell in the other"
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(marked):
            if not _is_found(marked, match, named):
                continue
            negated = _is_negated(marked, match)
            if kind == "same" and match.group("word").startswith(_DIFFERENCES) and not negated:
                continue  # "a difference in mortality" does not say which way
            for number in re.findall(rf"{_MARK}(\d+)", match.group("items")):
                yield _effect(named[int(number)], kind, negated=negated)


_DIFFERENCES = ("difference", "effect", "change", "benefit")


def _is_found(marked: str, match: re.Match[str], named: list[Mention]) -> bool:
    """Tell whether a trend is reported: not intended or possible, and of the measure itself."""
    before = f"{marked[: match.start('word')].rstrip()} "
    items = match.start("items")
    if _UNSURE.search(before) or (items < match.start("word") and _TOPIC.search(marked[:items])):
        return False
    first = named[int(re.findall(rf"{_MARK}(\d+)", match.group("items"))[0])]
    # "Lower abdominal pain" is where it hurts.
    return not (match.group("word") == "lower" and first.named.startswith("abdominal"))


def _is_negated(marked: str, match: re.Match[str]) -> bool:
    """Tell whether a negation stands before the trend or in it, within its reach of six words."""
    start = min(match.start("word"), match.start("items"))
    reach = " ".join(marked[:start].split()[-6:])
    return bool(_NOT.search(f"{reach} {marked[start : match.end()]}"))


def _effect(mention: Mention, kind: str, *, negated: bool) -> Effect:
    what = (mention.measure, mention.named)
    if negated or kind == "same":
        return Effect(*what, Trend.SAME)
    if kind in ("better", "worse"):
        # Every measure is named for the harm in it, so that to improve is to have less of it.
        return Effect(*what, Trend.LESS if kind == "better" else Trend.MORE)
    trend = Trend(kind)
    return Effect(*what, _OPPOSITE[trend] if mention.inverse else trend)


def _marked(clause: str, named: list[Mention]) -> str:
    """Return *clause* in lower case with a mark for each measure."""
    parts: list[str] = []
    at = 0
    for number, mention in enumerate(named):
        parts += [clause[at : mention.start], f"{_MARK}{number}"]
        at = mention.end
    return " ".join("".join((*parts, clause[at:])).lower().split())
