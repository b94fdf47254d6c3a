"""
Words -> cues: "suggests against", "should not be used", "no recommendation for or against".

The vocabulary of ``ingest.recommending``, for English guideline prose. Verbs of action are a
list, so that "do not use" is read and "who do not respond" is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from ingest.documents import Direction


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


_ACTIONS = (
    "add|address|adjust|administer|advise|apply|appoint|arrange|ask|assess|attempt|base|begin|calculate|"
    "change|check|choose|combine|complete|conduct|confirm|consult|continue|counsel|define|deliver|"
    "determine|develop|discuss|document|draw|educate|employ|encourage|engage|ensure|establish|"
    "evaluate|examine|follow|give|hospitalize|identify|implement|include|incorporate|increase|inform|initiate|"
    "inject|instruct|introduce|investigate|limit|maintain|manage|measure|monitor|obtain|offer|"
    "optimize|order|perform|place|prescribe|prolong|promote|provide|reassess|recommend|reduce|"
    "refer|rely|remove|repeat|replace|require|review|routinely|screen|select|start|substitute|"
    "supplement|support|switch|take|taper|test|titrate|transfuse|treat|try|use|vaccinate|work"
)
_BLOCKING = (
    r"(?:avoid(?:ed|ing|ance)?|refrain(?:ing)?|withh[eo]ld(?:ing)?|discontinu(?:e|ed|ing|ation)|"
    r"stop(?:ped|ping)?|cessation|discourag(?:e|ed|ing))"
)
# "Should not be delayed" is to go on, "should not affect" or "exceed" is for something else.
_HINDERING = (
    r"(?:affect|influence|replac|exceed|depend|serv|limit|delay|defer|withh[eo]ld|deny|denied|refuse|discontinu|stop|exclud|avoid|deter|preclud|"
    r"ignor|overlook|hesitat|discourag)\w*"
)
_PERSPECTIVE = r"(?:noted|emphasi[sz]ed|remembered|interpreted|recogni[sz]ed|acknowledged)"

_CONCLUDE = (
    r"(?:recommend|support|suggest|advise|make\s+(?:a|any)\s+(?:\w+\s+)?recommendations?|"
    r"(?:assess|determine|weigh)\s+(?:the\s+)?(?:\w+\s+)?(?:balance|benefits?|harms?|effect\w*))\b"
)
_NEITHER = re.compile(
    r"(?:recommend\w*\s+)?\b(?:either\s+|neither\s+)?for\s+(?:or|nor)\s+against\b"
    r"|\bno\s+(?!new|other|further|special|changes?)(?:\w+\s+){0,2}recommendations?\b"
    r"(?!\s+(?:against|to))"
    r"|\b(?:can\s?not|could not|unable to|do(?:es)? not|did not|declin\w+ to|not possible to|"
    r"insufficient\w* to)\s+(?:make|issue|offer|formulate|provide)\s+(?:\w+\s+){0,2}"
    r"recommendations?\b"
)
# A reason for a recommendation as often as a finding of its own: only alone does it count.
_UNSUPPORTED = re.compile(
    r"\b(?:insufficient|inadequate|not enough|lack of|no|limited)\s+(?:\w+\s+){0,3}"
    rf"(?:evidence|data|information)\b[^.;]{{0,60}}?\bto\s+(?:\w+ly\s+)?{_CONCLUDE}"
    r"|\b(?:evidence|data|information)\s+(?:\w+\s+){0,6}?"
    r"(?:is|are|was|were)\s+(?:\w+ly\s+)?(?:insufficient|inadequate|lacking|too limited)"
    rf"\s+to\s+(?:\w+ly\s+)?{_CONCLUDE}"
)
_VERB = re.compile(r"\b(?P<verb>recommend(?:s|ed|ing)?|suggest(?:s|ed|ing)?|advis(?:es?|ed|ing))\b")
_BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being),?\s+"
    r"(?:(?:not|no longer|never|also|now|still|therefore|thus|then|often|only|[\w-]+ly),?\s+){0,4}$"
)
_MAKER = re.compile(
    r"\b(?:we|i|they|panel(?:ists)?|group|committee|force|guidelines?|society|college|association|"
    r"academy|council|board|authors?|experts?|foundation|institute|organization|acip|cdc|uspstf|"
    r"aasm|fda|who|nice|aap|acog|acp|asam|va/dod|service|statement)\s+"
    r"(?:(?:also|now|still|therefore|currently|strongly|further|generally)\s+)?$"
)
_MAKER_BEFORE = re.compile(r"\b(?:we|they|guidelines|experts|authors|organizations|societies)\b")
_NOT_END = re.compile(r"(?:do|does|did)(?:n't|\s+not)\s+$")
_ALONE = re.compile(r"(?:^\W*|\([^()]{0,60}\b)not\s+(?:\w+ly\s+)?$")
_INFINITIVE = re.compile(r"\bto\s+(?:\w+ly\s+)?$")
_RELATIVE = re.compile(r"\b(?:whom|whose|who|which)\b[^,;]*$")
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|no longer|nor|cannot)|n't)\s+(?:(?!only\b)\w+\s+){0,3}$"
)
_NONE_OF = re.compile(r"(?:^|[,;:]\s+)(?:no|neither)\s[^,;:]*$")
_SELDOM = re.compile(r"\b(?:rarely|seldom|if|whether|as|than|where|when)\s+(?:\w+ly\s+)?$")
_AGAINST = re.compile(r"\s+(?:\w+ly\s+)?(?:that\s+\w+\s+)?against\b")
_NOT_AFTER = re.compile(
    r"\s+(?:\w+ly\s+)?not\s+(?:to\s+)?(?:\w+ly\s+)?\w"
    r"|\s[^.;:]{0,20}?\b(?:advising|counsell?ing|cautioning|warning|advise|counsel|warn)\b"
    r"[^.;]{0,100}?\bagainst\b"
    rf"|\s[^.;:]{{0,200}}?\b(?!(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|will|would|or|but|if)\s)"
    rf"[\w)\]-]+,?\s+not\s+(?:\w+ly\s+)?(?:be|{_ACTIONS})\b"
)
_BLOCKING_AFTER = re.compile(
    rf"\s+(?:that\s+(?:[\w/-]+\s+){{1,8}}?)?(?:should\s+|to\s+)?(?:\w+ly\s+)?{_BLOCKING}\b"
)
_SHOULD = re.compile(
    r"\b(?:should|must|shall|ought to|needs? to)"
    r"(?P<negated>\s+(?:\w+ly\s+|also\s+)?(?:not|never)\b|n't)?"
    r"\s+(?P<next>(?:[\w-]+\s+){0,3}[\w-]+)"
)
_IS_FIT = re.compile(
    r"\b(?:is|are)\s+(?P<negated>not\s+|no longer\s+)?(?:\w+ly\s+)?"
    r"(?P<fit>preferred|indicated|encouraged|warranted|advisable|contraindicated)\b"
)
_OPENING = re.compile(
    r"^(?:(?:[^.;]|\.\d)*?[,:]\s+|(?:if|when|where)\s[^,.;]*?\s(?=do not\s|avoid\s))??"
    r"(?:then\s+|also\s+|please\s+|and\s+)?(?:\w+ly\s+)?"
    rf"(?:(?P<negated>do not|don't|never)\s+(?:\w+ly\s+)?(?P<not>\w+)"
    rf"|(?P<blocked>avoid|discontinue|stop|withhold|refrain from|discourage)"
    rf"|(?P<considered>consider)|(?P<action>{_ACTIONS}))\b(?!\s+of\b)"
)
_MAY = re.compile(
    r"\b(?:may|can|could|might)\s+(?:also\s+)?(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:consider(?:ed)?|used?|offer(?:ed)?|added|given|initiated|tried|prescribed)\b"
)
_HEADING = re.compile(
    r"\brecommendations?\s+(?:for\s+)?(?:when\s+)?(?P<negated>not\s+)?to\s+\w+"
    r"|\bwhen\s+[\w ]{1,40}?\s+is\s+(?P<unfit>not\s+)?indicated$"
)


def cues(sentence: str) -> Iterator[Cue]:
    """Yield what points in a direction in one sentence, in no particular order."""
    text = re.sub(r"\s+", " ", re.sub(r"[*_]", "", sentence.replace("’", "'"))).strip().lower()
    # What stands in quotation marks is a term under discussion: categories "not recommended".
    text = re.sub(r"[\"“][^\"“”]{0,40}[\"”]", " ", text)
    rest, open_questions = _NEITHER.subn(" ; ", text)
    # Committees vote "for or against" changes too.
    if open_questions and re.search(r"recommend|suggest|advis|evidence", text):
        yield Cue(Tier.STATED, Direction.NEITHER)
    rest, unsupported = _UNSUPPORTED.subn(" ; ", rest)
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
    for match in _VERB.finditer(text):
        cue = _stated(match.group("verb"), text[: match.start()], text[match.end() :])
        if cue is not None:
            yield cue


def _possibly(text: str) -> Iterator[Cue]:
    if _MAY.search(text):
        yield Cue(Tier.MAY, Direction.FOR)
    if (heading := _HEADING.search(text)) is not None:
        negated = heading.group("negated") or heading.group("unfit")
        yield Cue(Tier.MAY, Direction.AGAINST if negated else Direction.FOR)


def _stated(verb: str, before: str, after: str) -> Cue | None:
    """Read one use of recommend, suggest or advise; None where nobody recommends."""
    clause = re.split(r"[;:]|\bbut\b|\bwhereas\b|\bwhile\b", before)[-1]
    against = bool(_AGAINST.match(after))
    negated = bool(_NOT_BEFORE.search(clause) or _NONE_OF.search(clause))
    if not _commits(verb, clause, after, against=against):
        return None
    rest = re.split(r"\b(?:but|whereas|while)\b", after)[0]
    if re.match(rf"\s+(?:that\s+)?not\s+(?:to\s+)?{_HINDERING}", rest):
        return None
    if against or _NOT_AFTER.match(rest):
        return None if negated else Cue(Tier.STATED, Direction.AGAINST)
    if negated:
        return Cue(Tier.STATED, Direction.AGAINST)
    if _BLOCKING_AFTER.match(rest):
        return Cue(Tier.STATED, Direction.AGAINST, firm=False)
    return Cue(Tier.STATED, Direction.FOR)


def _commits(verb: str, clause: str, after: str, *, against: bool) -> bool:
    """Tell whether somebody recommends here: not data, not "the recommended dose"."""
    if _SELDOM.search(clause) or _RELATIVE.search(clause) or _INFINITIVE.search(clause):
        return False
    maker = _MAKER.search(_NOT_END.sub("", clause))
    if verb.endswith("ing"):
        return bool(_BE.search(clause))
    if verb.endswith("ed"):
        # "It has been suggested that ...", "is suggested by": an opinion, a sign.
        if verb == "suggested" and re.match(r" (?:that|to|as|by)\b", after):
            return bool(maker)
        has = verb == "recommended" and re.search(r"\b(?:has|have)\s+(?:\w+ly\s+)?$", clause)
        alone = _ALONE.search(clause)  # "Zinc (not recommended)"
        return against or bool(alone or has or maker or _BE.search(clause))
    if verb.startswith("suggest"):
        return bool(maker)
    return not clause.rstrip().endswith(" and") or bool(_MAKER_BEFORE.search(clause))


def _should(text: str) -> Iterator[Cue]:
    for match in _SHOULD.finditer(text):
        then = match.group("next")
        if re.search(r"\b(?:whether|if)\s[^,;]*$", text[: match.start()]) and "," not in then:
            continue
        if re.match(rf"be\s+(?:\w+ly\s+)?{_PERSPECTIVE}", then):
            continue
        if match.group("negated"):
            hindering = re.match(rf"(?:be\s+)?(?:\w+ly\s+)?{_HINDERING}", then)
            yield Cue(Tier.SHOULD, Direction.AGAINST, firm=not hindering)
            if hindering:
                # Against the delay or for the drug: the words alone do not settle which.
                yield Cue(Tier.SHOULD, Direction.FOR, firm=False)
        elif re.match(rf"(?:be\s+)?(?:\w+\s+)?{_BLOCKING}\b", then):
            yield Cue(Tier.SHOULD, Direction.AGAINST, firm=False)
        else:
            yield Cue(Tier.SHOULD, Direction.FOR)
    for match in _IS_FIT.finditer(text):
        clause = re.split(r"[,;:]", text[: match.start()])[-1]
        if re.search(r"\b(?:if|when|where|unless|who|whom|which|that|not|without|as)\b", clause):
            continue
        refused = match.group("fit") == "contraindicated"
        if refused and match.group("negated"):
            continue
        turned = refused or match.group("negated")
        yield Cue(Tier.SHOULD, Direction.AGAINST if turned else Direction.FOR)


def _opening(text: str) -> Iterator[Cue]:
    """Read an order: "In adults with X, do not use Y"; "Avoid Y"; "Consider Y"."""
    match = _OPENING.match(text)
    if match is None:
        return
    if match.group("negated"):
        if re.fullmatch(_ACTIONS, match.group("not")):
            yield Cue(Tier.SHOULD, Direction.AGAINST)
    elif match.group("blocked"):
        yield Cue(Tier.SHOULD, Direction.AGAINST, firm=False)
    elif match.group("considered"):
        yield Cue(Tier.MAY, Direction.FOR)
    else:
        yield Cue(Tier.SHOULD, Direction.FOR)
