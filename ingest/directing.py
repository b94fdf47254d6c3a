"""
Words -> cues: "suggests against", "should not be used", "no recommendation for or against".

Read by ``ingest.recommending``; the patterns are in ``ingest.cue_patterns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from ingest.cue_patterns import (
    ACTIONS,
    AGAINST,
    ALONE,
    BE,
    BLOCKING,
    BLOCKING_AFTER,
    HEADING,
    HINDERING,
    INFINITIVE,
    IS_FIT,
    MAKER,
    MAKER_BEFORE,
    MAY,
    NEITHER,
    NONE_OF,
    NOT_AFTER,
    NOT_BEFORE,
    NOT_END,
    OPENING,
    PERSPECTIVE,
    RELATIVE,
    SELDOM,
    SHOULD,
    TELLS,
    UNDECIDED,
    UNSUPPORTED,
    VERB,
)
from ingest.documents import Direction

LONGEST_SENTENCE = 4000
"""Characters past which a sentence is not read: it is a table or worse."""
WINDOW = 300
"""Characters before and after a word that may turn its direction."""


class Tier(IntEnum):
    """How strongly words commit: somebody recommends; it should be done; it may be done."""

    STATED = 1
    SHOULD = 2
    MAY = 3


@dataclass(frozen=True, slots=True)
class Cue:
    """
    One place in a sentence that points in a direction.

    ``firm`` is False for "avoid X", and for "no evidence to support X": the next sentence may say
    what follows from it.
    """

    tier: Tier
    direction: Direction
    firm: bool = True


def cues(sentence: str) -> Iterator[Cue]:
    """Yield what points in a direction in one sentence, in no particular order."""
    sentence = sentence[:LONGEST_SENTENCE].replace("’", "'")
    text = " ".join(re.sub(r"[*_]", "", sentence).split()).lower()
    # What stands in quotation marks is a term under discussion: categories "not recommended".
    text = re.sub(r"[\"“][^\"“”]{0,40}[\"”]", " ", text)
    rest, open_questions = NEITHER.subn(" ; ", text)
    # Committees vote "for or against" changes too.
    if open_questions and re.search(r"recommend|suggest|advis|evidence", text):
        yield Cue(Tier.STATED, Direction.NEITHER)
    rest, unsupported = UNSUPPORTED.subn(" ; ", rest)
    found = [*_statements(rest), *_should(rest), *_opening(rest), *_possibly(rest)]
    if unsupported and all(cue.tier is not Tier.STATED for cue in found):
        yield Cue(Tier.STATED, Direction.NEITHER, firm=False)
    yield from found
    if re.search(r"\bbut not (?!limited|only)", rest):
        # "For adults but not for children": no one direction holds for the sentence.
        for cue in found:
            if cue.direction is Direction.FOR:
                yield replace(cue, direction=Direction.AGAINST)


def _statements(text: str) -> Iterator[Cue]:
    for match in VERB.finditer(text):
        before = text[max(0, match.start() - WINDOW) : match.start()]
        cue = _stated(match.group("verb"), before, text[match.end() : match.end() + WINDOW])
        if cue is not None:
            yield cue


def _possibly(text: str) -> Iterator[Cue]:
    if MAY.search(text):
        yield Cue(Tier.MAY, Direction.FOR)
    if (heading := HEADING.search(text)) is not None:
        negated = heading.group("negated") or heading.group("unfit")
        yield Cue(Tier.MAY, Direction.AGAINST if negated else Direction.FOR)


def _stated(verb: str, before: str, after: str) -> Cue | None:
    """Read one use of recommend, suggest or advise; None where nobody recommends."""
    clause = re.split(r"[;:]|\bbut\b|\bwhereas\b|\bwhile\b", before)[-1]
    against = bool(AGAINST.match(after))
    negated = bool(NOT_BEFORE.search(clause) or NONE_OF.search(clause))
    if not _commits(verb, clause, after, against=against):
        return None
    rest = re.split(r"\b(?:but|whereas|while)\b", after)[0]
    if re.match(rf"\s+(?:that\s+)?not\s+(?:to\s+)?{HINDERING}", rest):
        return None
    if against or NOT_AFTER.match(rest):
        return None if negated else Cue(Tier.STATED, Direction.AGAINST)
    if negated:
        return Cue(Tier.STATED, Direction.AGAINST)
    if BLOCKING_AFTER.match(rest):
        return Cue(Tier.STATED, Direction.AGAINST, firm=False)
    return Cue(Tier.STATED, Direction.FOR)


def _commits(verb: str, clause: str, after: str, *, against: bool) -> bool:
    """Tell whether somebody recommends here: not data, not "the recommended dose"."""
    if SELDOM.search(clause) or RELATIVE.search(clause) or INFINITIVE.search(clause):
        return False
    maker = MAKER.search(NOT_END.sub("", clause))
    if verb.endswith("ing"):
        return bool(BE.search(clause))
    if verb.endswith("ed"):
        # "It has been suggested that ...", "is suggested by": an opinion, a sign.
        if verb == "suggested" and re.match(r" (?:that|to|as|by)\b", after):
            return bool(maker)
        has = verb == "recommended" and re.search(r"\b(?:has|have)\s+(?:\w+ly\s+)?$", clause)
        alone = ALONE.search(clause)  # "Zinc (not recommended)"
        return against or bool(alone or has or maker or BE.search(clause))
    if verb.startswith(("suggest", "advis")):
        return bool(maker)
    return not clause.rstrip().endswith(" and") or bool(MAKER_BEFORE.search(clause))


def _should(text: str) -> Iterator[Cue]:
    """Read "should", "must" and their like, and what is said to be indicated or not."""
    for match in SHOULD.finditer(text):
        before = text[max(0, match.start() - WINDOW) : match.start()]
        asked = re.search(r"\b(?:whether|if)\s[^,;]*$", before)
        if not (asked and "," not in match.group("next")):
            yield from _should_cues(match, text)
    for match in IS_FIT.finditer(text):
        clause = re.split(r"[,;:]", text[: match.start()])[-1]
        if re.search(r"\b(?:if|when|where|unless|who|whom|which|that|not|without|as)\b", clause):
            continue
        refused = match.group("fit") == "contraindicated"
        if refused and match.group("negated"):
            continue
        turned = refused or match.group("negated")
        yield Cue(Tier.SHOULD, Direction.AGAINST if turned else Direction.FOR)


def _should_cues(match: re.Match[str], text: str) -> Iterator[Cue]:
    then, at = match.group("next"), match.start("next")
    if re.match(rf"be\s+(?:\w+ly\s+)?{PERSPECTIVE}", then):
        return
    if match.group("negated"):
        hindering = re.match(rf"(?:be\s+)?(?:\w+ly\s+)?{HINDERING}", then)
        yield Cue(Tier.SHOULD, Direction.AGAINST, firm=not hindering)
        if hindering:
            # Against the delay or for the drug: the words alone do not settle which.
            yield Cue(Tier.SHOULD, Direction.FOR, firm=False)
    elif UNDECIDED.match(text, at):
        yield Cue(Tier.SHOULD, Direction.NEITHER, firm=False)
    elif TELLS.match(text, at) or re.match(rf"(?:be\s+)?(?:\w+\s+)?{BLOCKING}\b", then):
        yield Cue(Tier.SHOULD, Direction.AGAINST, firm=False)
    else:
        yield Cue(Tier.SHOULD, Direction.FOR)


def _opening(text: str) -> Iterator[Cue]:
    """Read an order: "In adults with X, do not use Y"; "Avoid Y"; "Consider Y"."""
    match = OPENING.match(text)
    if match is None:
        return
    if match.group("negated"):
        if re.fullmatch(ACTIONS, match.group("not")):
            yield Cue(Tier.SHOULD, Direction.AGAINST)
    elif match.group("blocked") or (
        match.group("action") and TELLS.match(text, match.start("action"))
    ):
        yield Cue(Tier.SHOULD, Direction.AGAINST, firm=False)
    elif match.group("considered"):
        yield Cue(Tier.MAY, Direction.FOR)
    else:
        yield Cue(Tier.SHOULD, Direction.FOR)
