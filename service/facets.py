"""
Facets: what a question asks for within a topic, finer than the topic itself.

"The half-life" is less than pharmacokinetics and "a missed dose" less than the dose: a passage
on the topic that never speaks of the facet does not answer. One entry holds how people ask, how
documents say it, and where in a label to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_KINETICS = ("43682-4", "34090-1")
_DOSES = ("34068-7",)


@dataclass(frozen=True, slots=True)
class Facet:
    """
    One facet: ``asked`` and ``said`` match the lower-case words of questions and of passages.

    ``codes`` are the label sections (LOINC) to look in. Of a ``fixed`` facet no other section
    speaks, and of a ``whole`` one its sections speak in any words. ``sought`` are words to search
    by where people and documents use different ones.
    """

    name: str
    asked: re.Pattern[str]
    said: re.Pattern[str]
    codes: frozenset[str]
    fixed: bool = False
    whole: bool = False
    sought: str = ""

    def is_said(self, text: str, code: str | None, *, in_label: bool) -> bool:
        """Tell whether a text, of the label section *code*, speaks of the facet."""
        if in_label and code in self.codes and self.whole:
            return True
        if in_label and self.fixed and code not in self.codes:
            return False
        return self.said.search(text.lower()) is not None


def _facet(
    name: str,
    asked: str,
    said: str = "",
    codes: Iterable[str] = (),
    *,
    fixed: bool = False,
    whole: bool = False,
    sought: str = "",
) -> Facet:
    return Facet(
        name,
        re.compile(rf"\b(?:{asked})"),
        re.compile(rf"(?:\b|(?<=\W))(?:{said or asked})"),
        frozenset(codes),
        fixed,
        whole,
        sought,
    )


FACETS = (
    _facet(
        "boxed warning",
        r"boxed(?: warnings?)?\b|black[- ]box(?: warnings?)?\b",
        r"boxed warning",
        ["34066-1"],
        whole=True,
    ),
    _facet(
        "genetics",
        r"(?:poor|slow|rapid|extensive|ultrarapid) (?:metaboli[sz]ers?|acetylators?)\b"
        r"|cyp\w+ (?:genotype|status|polymorphism)s?\b|genotyp\w*|pharmacogen\w*|hla\b(?:-\w+)?",
        r"(?:poor|slow|rapid|extensive|ultrarapid) (?:metaboli[sz]|acetylat)\w*|genotyp\w*"
        r"|polymorphi\w*|pharmacogen\w*|hla\b",
        ["66106-6", *_KINETICS],
        sought="genotype polymorphism poor metabolizers",
    ),
    _facet(
        "food",
        r"(?:with|without) (?:or without )?(?:food|meals?)\b|(?:food|meals?) .{0,30}absor\w+"
        r"|absor\w+ .{0,30}(?:food|meals?)\b|food (?:affect|effect|interact)\w*"
        r"|(?:fatty|high[- ]fat) meals?\b|empty stomach\b|(?:before|after) (?:eating|meals?)\b",
        r"food\b|meals?\b|fasting\b|fasted\b|fed\b|empty stomach\b|breakfast\b|high-fat\b",
        [*_DOSES, *_KINETICS],
    ),
    _facet(
        "elimination",
        r"half[- ]?li(?:fe|ves)\b|eliminat\w+|excret\w+(?! (?:in|into) (?:\w+ ){0,2}milk)"
        r"|(?<!creatinine )clearance\b(?! of)|(?:stays?|remains?|lasts?) in (?:the|your|their) "
        r"(?:body|system|blood)\b|how (?:quickly|fast|soon) is .{1,40} (?:cleared|removed)\b",
        r"half[- ]?li(?:fe|ves)\b|eliminat\w+|excret\w+|clearance\b|recovered in\b",
        _KINETICS,
        sought="half-life elimination excreted clearance",
    ),
    _facet(
        "metabolism",
        r"metaboli[sz]\w+|broken down\b|breaks? down\b|which enzymes?\b",
        r"metaboli\w+|cyp ?\d\w*|cytochrome\b|glucuronid\w+|hydroly[sz]\w+|nucleases?\b",
        _KINETICS,
        sought="metabolism metabolized enzymes",
    ),
    _facet(
        "protein binding",
        r"(?:plasma |serum )?protein[- ](?:bound|binding)\b"
        r"|bound to (?:plasma |serum )?(?:proteins?|albumin)\b",
        r"(?:bound|bind\w*)\b.{0,80}(?:proteins?|albumin|glycoprotein)\b"
        r"|(?:proteins?|albumin|glycoprotein)\b.{0,80}(?:bound|bind\w*)\b",
        _KINETICS,
        sought="protein binding bound",
    ),
    _facet(
        "mechanism",
        r"mechanisms?(?: of action)?\b|mode of action\b|how (?:does|do) .{1,60} (?:work|act)\b"
        r"|exerts?\b(?: its)?(?: \w+)? effects?\b",
        r"mechanism\b|antagonis\w*|agonis\w*|inhibit\w*|bind\w*|block\w*|stimulat\w*|receptors?\b"
        r"|acts?\b|action\b|activity\b|effects? of\b",
        ["43679-0", "43681-6", "34090-1"],
        fixed=True,
        sought="mechanism of action",
    ),
    _facet(
        "maximum dose",
        r"(?:max(?:imum|imal)?|highest)\b(?: \w+)? ?(?:dos(?:e|es|age)\b)?|how high\b",
        r"maxim\w+ (?:\S+ ){0,5}dos\w+|dos\w+ .{0,60}(?:exceed|maxim)\w*|exceed\w* .{0,40}\d"
        r"|limit\w* (?:\S+ ){0,3}dos\w+|dos\w+ .{0,40}limit\w*"
        r"|up to .{0,30}\d|(?:no|not) (?:more|greater|higher) than\b|above \d|maxim\w+ .{0,30}\d"
        r"|\d\S* ?(?:mg|mcg|g|units).{0,20}maxim\w+",
        _DOSES,
        whole=True,
        sought="maximum dose exceed",
    ),
    _facet(
        "missed dose",
        r"miss(?:ed|es|ing)?\b(?: (?:a|the|one))?(?: dos\w+)?|forg[eo]t\w*|skip(?:s|ped)?\b",
        r"miss(?:ed|es)?\b|forg[eo]t\w*|skip\w*",
        _DOSES,
    ),
    _facet("loading dose", r"loading(?: dos\w+)?\b", r"loading\b", _DOSES),
    _facet(
        "stopping",
        r"taper\w*|wean\w*|cold turkey\b|abrupt\w*|gradually\b",
        r"taper\w*|wean\w*|abrupt\w*|sudden\w*|gradual\w*|withdrawal\b|rebound\b",
        _DOSES,
        sought="taper gradual abrupt discontinuation withdrawal",
    ),
    _facet(
        "strengths",
        r"(?:dosage|dose) forms?\b|strengths?\b|come(?:s)? in\b",
        r"\d+ ?(?:(?:mg|mcg|µg|g|units|ml)\b|%)|supplied\b|available\b",
        ["43678-2", "34069-5"],
        fixed=True,
    ),
    _facet(
        "ingredients",
        r"(?:inactive|inert) ingredients?\b|excipients?\b",
        r"inactive ingredients?\b|excipients?\b|inert ingredients?\b|contains?\b|ingredients?\b",
        ["34089-3", "51727-6"],
        fixed=True,
        whole=True,
        sought="inactive ingredients contains",
    ),
    _facet(
        "tumours",
        r"(?:carcinogen\w*|oncogen\w*|(?:cause|induce|promote)s? (?:cancers?|tumou?rs?)\b)"
        r"(?: in (?:rats|mice|animals|rodents|humans|people|man)\b)?",
        r"carcino\w+|tumou?r\w*|neoplas\w+|adenomas?\b|lymphomas?\b|oncogen\w*|malignan\w+",
        ["34083-6"],
        sought="carcinogenicity tumors carcinoma",
    ),
    _facet(
        "fertility",
        r"(?:in)?fertil\w+|sperm\w*|semen\b",
        r"(?:in)?fertil\w+|sperm\w*|semen\b",
        ["34083-6"],
    ),
    _facet(
        "temperature",
        r"fridge\b|refrigerat\w+|(?:room|what|which) temperature\b|freez\w+",
        r"refrigerat\w+|temperature\b|°|º|freez\w+|stor(?:e|ed|age)\b",
        ["44425-7", "34069-5", "88437-9"],
        sought="store refrigerator temperature",
    ),
    _facet("dialysis", r"(?:ha?emo)?dialy[sz]\w+", r"(?:ha?emo)?dialy[sz]\w+|esrd\b|end[- ]stage"),
    _facet(
        "abuse",
        r"abus\w+|addict\w+|habit[- ]forming\b|controlled substances?\b|misus\w+",
        r"(?:potential for|risk of) (?:abuse|misuse|addiction)\b|abuse (?:potential|liability)\b"
        r"|(?:been|is|are|be) (?:abused|misused)\b|habit[- ]forming\b|controlled substances?\b"
        r"|(?:physical|psychological)(?: (?:or|nor|and) psychological)? dependence\b",
        ["42227-9", "34085-1", "34086-9", "34087-7"],
        whole=True,
    ),
    _facet(
        "driving",
        r"driv(?:e|es|ing)\b|(?:use|operat\w+) (?:of )?(?:heavy )?machin\w+",
        r"driv(?:e|es|ing)\b|machin\w+|hazardous\b|alertness\b|automobiles?\b",
    ),
    _facet("restricted program", r"rems\b|risk evaluation\b"),
    _facet(
        "time of day",
        r"(?:in the )?(?:morning|evening)\b|bedtime\b|(?:time of (?:the )?day)\b",
        r"morning\b|evening\b|bedtime\b|time of (?:the )?day\b|any time\b",
        _DOSES,
    ),
    _facet(
        "crushing",
        r"crush\w*|split\w*|chew\w*|halv\w+|cut in half\b|sprinkl\w+|break (?:it|them|the)\b",
        r"crush\w*|split\w*|chew\w*|halv\w+|in half\b|sprinkl\w+|broken\b|whole\b|divid\w+",
        _DOSES,
    ),
    _facet(
        "feeding tube",
        r"feeding tubes?\b|(?:naso)?gastric tubes?\b|ng[- ]tubes?\b|g-tubes?\b|gastrostomy\b",
    ),
    _facet(
        "operations",
        r"(?:before|after|during|prior to|around) (?:\w+ )?(?:surgery|operations?|an[a]?esthesia)\b"
        r"|perioperativ\w+",
        r"surg\w+|an[a]?esthe\w+|perioperativ\w+|operations?\b",
    ),
    _facet(
        "drug screens",
        r"(?:urine |drug )+(?:tests?|screens?|screening)\b|false[- ]positives?\b",
        r"(?:urine |drug )+(?:tests?|screen\w*)\b|false[- ]positives?\b|immunoassays?\b",
    ),
    _facet("price", r"costs?\b|prices?\b|expensive\b|cheap\w*", r"costs?\b|prices?\b"),
)
"""Asked-for patterns are tried in this order; words that one has taken are not another's."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A facet a text asks for, at ``text[start:end]``."""

    facet: Facet
    start: int
    end: int


def facets_in(text: str) -> tuple[Sought, ...]:
    """Return the facets a question asks for, in the table's order."""
    left = text.lower()
    found: list[Sought] = []
    for facet in FACETS:
        found += [Sought(facet, m.start(), m.end()) for m in facet.asked.finditer(left)]
        left = facet.asked.sub(lambda match: " " * len(match.group()), left)
    return tuple(found)


def codes_sought(text: str) -> frozenset[str]:
    """Return the label sections to look in for the facets of a question."""
    return frozenset(code for sought in facets_in(text) for code in sought.facet.codes)


def words_of_facets(text: str) -> str:
    """Return the words that documents use for the facets of a question, to search by as well."""
    return " ".join(dict.fromkeys(s.facet.sought for s in facets_in(text) if s.facet.sought))
