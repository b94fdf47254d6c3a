"""
The vocabulary of ``ingest.directing``: English guideline prose, in lower case, as patterns.

Verbs of action are a list, so that "do not use" is read and "who do not respond" is not.
"""

from __future__ import annotations

import re

ACTIONS = (
    "add|address|adjust|administer|advise|apply|appoint|arrange|ask|assess|attempt|base|begin|calculate|"
    "change|check|caution|choose|combine|complete|conduct|confirm|consult|continue|counsel|define|deliver|"
    "determine|develop|discuss|document|draw|educate|employ|encourage|engage|ensure|establish|"
    "evaluate|examine|follow|give|hospitalize|identify|implement|include|incorporate|increase|inform|initiate|"
    "inject|instruct|introduce|investigate|limit|maintain|manage|measure|monitor|obtain|offer|"
    "optimize|order|perform|place|prescribe|prolong|promote|provide|reassess|recommend|reduce|"
    "refer|rely|remove|repeat|replace|require|review|routinely|screen|select|start|substitute|"
    "supplement|support|switch|take|taper|test|titrate|transfuse|tell|treat|try|urge|use|vaccinate|warn|work"
)
BLOCKING = (
    r"(?:avoid(?:ed|ing|ance)?|refrain(?:ing)?|withh[eo]ld(?:ing)?|discontinu(?:e|ed|ing|ation)|"
    r"stop(?:ped|ping)?|cessation|discourag(?:e|ed|ing))"
)
# "Should not be delayed" is to go on, "should not affect" or "exceed" is for something else.
HINDERING = (
    r"(?:affect|influence|replac|exceed|depend|serv|limit|delay|defer|withh[eo]ld|deny|denied|refuse|discontinu|stop|exclud|avoid|deter|preclud|"
    r"ignor|overlook|hesitat|discourag)\w*"
)
PERSPECTIVE = r"(?:noted|emphasi[sz]ed|remembered|interpreted|recogni[sz]ed|acknowledged)"

CONCLUDE = (
    r"(?:recommend|suggest|advise|make\s+(?:a|any)\s+(?:\w+\s+)?recommendations?|"
    r"(?:assess|determine|weigh)\s+(?:the\s+)?(?:\w+\s+)?(?:balance|benefits?|harms?|effect\w*))\b"
)
NEITHER = re.compile(
    r"(?:recommend\w*\s+)?\b(?:either\s+|neither\s+)?for\s+(?:or|nor)\s+against\b"
    r"|\bno\s+(?:(?:specific|firm|formal|clear|general)\s+)?recommendations?\b"
    r"(?!\s+(?:against|to))"
    r"|\b(?:can\s?not|could not|unable to|do(?:es)? not|did not|declin\w+ to|not possible to|"
    r"insufficient\w* to)\s+(?:make|issue|offer|formulate|provide)\s+(?:\w+\s+){0,2}"
    r"recommendations?\b"
)
# A reason for a recommendation as often as a finding of its own: only alone does it count.
UNSUPPORTED = re.compile(
    r"\b(?:insufficient|inadequate|not enough|lack of|no|limited)\s+(?:\w+\s+){0,3}"
    rf"(?:evidence|data|information)\b[^.;]{{0,60}}?\bto\s+(?:\w+ly\s+)?{CONCLUDE}"
    r"|\b(?:evidence|data|information)\s+(?:\w+\s+){0,6}?"
    r"(?:is|are|was|were)\s+(?:\w+ly\s+)?(?:insufficient|inadequate|lacking|too limited)"
    rf"\s+to\s+(?:\w+ly\s+)?{CONCLUDE}"
)
VERB = re.compile(r"\b(?P<verb>recommend(?:s|ed|ing)?|suggest(?:s|ed|ing)?|advis(?:es?|ed|ing))\b")
BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being),?\s+"
    r"(?:(?:not|no longer|never|also|now|still|therefore|thus|then|often|only|[\w-]+ly),?\s+){0,4}$"
)
MAKER = re.compile(
    r"\b(?:we|i|they|panel(?:ists)?|group|committee|force|guidelines?|society|college|association|"
    r"academy|council|board|authors?|experts?|foundation|institute|organization|acip|cdc|uspstf|"
    r"aasm|fda|who|nice|aap|acog|acp|asam|va/dod|service|statement)\s+"
    r"(?:(?:also|now|still|therefore|currently|strongly|further|generally)\s+)?$"
)
MAKER_BEFORE = re.compile(r"\b(?:we|they|guidelines|experts|authors|organizations|societies)\b")
NOT_END = re.compile(r"(?:do|does|did)(?:n't|\s+not)\s+$")
ALONE = re.compile(r"(?:^\W*|\([^()]{0,60}\b)not\s+(?:\w+ly\s+)?$")
INFINITIVE = re.compile(r"\bto\s+(?:\w+ly\s+)?$")
RELATIVE = re.compile(r"\b(?:whom|whose|who|which)\b[^,;]*$")
NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|no longer|nor|cannot)|n't)\s+(?:(?!only\b)\w+\s+){0,3}$"
)
NONE_OF = re.compile(r"(?:^|[,;:]\s+)(?:no|neither)\s[^,;:]*$")
SELDOM = re.compile(r"\b(?:rarely|seldom|if|whether|as|than|where|when)\s+(?:\w+ly\s+)?$")
AGAINST = re.compile(r"\s+(?:\w+ly\s+)?(?:that\s+\w+\s+)?against\b")
NOT_AFTER = re.compile(
    r"\s+(?:\w+ly\s+)?not\s+(?:to\s+)?(?:\w+ly\s+)?\w"
    r"|\s[^.;:]{0,20}?\b(?:advising|counsell?ing|cautioning|warning|advise|counsel|warn)\b"
    r"[^.;]{0,100}?\bagainst\b"
    r"|\s[^.;:]{0,80}?\bnot\s+to\s+\w"
    rf"|\s[^.;:]{{0,200}}?\b(?!(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|will|would|or|but|if)\s)"
    rf"[\w)\]-]+,?\s+not\s+(?:\w+ly\s+)?(?:be|{ACTIONS})\b"
)
BLOCKING_AFTER = re.compile(
    rf"\s+(?:that\s+(?:[\w/-]+\s+){{1,8}}?)?(?:should\s+|to\s+)?(?:\w+ly\s+)?{BLOCKING}\b"
)
# "Advise patients not to drink" is against drinking.
TELLS = re.compile(
    r"(?:be\s+)?(?:\w+ly\s+)?(?:advis|counsel|instruct|warn|tell|told|caution|urg|encourag)\w*\s"
    r"[^.;]{0,80}?\b(?:against|not\s+to|to\s+(?:avoid|stop|refrain))\b"
)
# "Use extreme caution", "weigh": neither for the drug nor against it.
UNDECIDED = re.compile(
    r"(?:use|exercise)\s+(?:\w+\s+)?caution|be\s+(?:used|prescribed|given)\s+(?:cautiously|with\s+"
    r"(?:\w+\s+)?caution)|(?:carefully\s+)?weigh\b|consider\s+whether"
)
SHOULD = re.compile(
    r"\b(?:should|must|shall|ought to|needs? to)"
    r"(?P<negated>\s+(?:\w+ly\s+|also\s+)?(?:not|never)\b|n't)?"
    r"\s+(?P<next>(?:[\w-]+\s+){0,3}[\w-]+)"
)
IS_FIT = re.compile(
    r"\b(?:is|are)\s+(?P<negated>not\s+|no longer\s+)?(?:\w+ly\s+)?"
    r"(?P<fit>preferred|indicated|encouraged|warranted|advisable|contraindicated)\b"
)
OPENING = re.compile(
    r"^(?:(?:[^.;]|\.\d)*?[,:]\s+|(?:if|when|where)\s[^,.;]*?\s(?=do not\s|avoid\s))??"
    r"(?:then\s+|also\s+|please\s+|and\s+)?(?:\w+ly\s+)?"
    rf"(?:(?P<negated>do not|don't|never)\s+(?:\w+ly\s+)?(?P<not>\w+)"
    rf"|(?P<blocked>avoid|discontinue|stop|withhold|refrain from|discourage)"
    rf"|(?P<considered>consider)|(?P<action>{ACTIONS}))\b(?!\s+of\b)"
)
MAY = re.compile(
    r"\b(?:may|can|could|might)\s+(?:also\s+)?(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:consider(?:ed)?|used?|offer(?:ed)?|added|given|initiated|tried|prescribed)\b"
)
HEADING = re.compile(
    r"\brecommendations?\s+(?:for\s+)?(?:when\s+)?(?P<negated>not\s+)?to\s+\w+"
    r"|\bwhen\s+[\w ]{1,40}?\s+is\s+(?P<unfit>not\s+)?indicated$"
)
