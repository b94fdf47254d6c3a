"""
A study's record -> its design and level of evidence, where the record says so; else unknown.

Designs come from MEDLINE's publication types, from MeSH, or from a title that names its own
design. Levels are the row "Does this intervention help?" of the Oxford Centre for
Evidence-Based Medicine's "The Oxford 2011 Levels of Evidence". A level that would need reading
the paper (the quality of its conduct, the size of its effect) is not given: the record's design
is the ceiling, and a design that the row does not name has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.counting import LONGEST, count_participants
from ingest.documents import Section

META_ANALYSIS = "meta-analysis"
SYSTEMATIC_REVIEW = "systematic review"
RANDOMISED_TRIAL = "randomised controlled trial"
CONTROLLED_TRIAL = "controlled trial"
CLINICAL_TRIAL = "clinical trial"
TRIAL_PROTOCOL = "trial protocol"
COHORT = "cohort study"
CASE_CONTROL = "case-control study"
CASE_SERIES = "case series"

DESIGNS: dict[str, int | None] = {
    META_ANALYSIS: None,
    SYSTEMATIC_REVIEW: None,
    RANDOMISED_TRIAL: 2,
    CONTROLLED_TRIAL: 3,
    CLINICAL_TRIAL: None,
    TRIAL_PROTOCOL: None,
    COHORT: 3,
    CASE_CONTROL: 4,
    CASE_SERIES: 4,
    "cross-sectional study": None,
    "observational study": None,
    "case report": None,
    "animal study": None,
    "practice guideline": None,
    "review": None,
    "editorial": None,
    "letter": None,
    "comment": None,
    "erratum": None,
    "retraction notice": None,
}
"""
Every design, and its level (1 best, 5 worst). Reviews of trials are level 1 only where the
record says that randomised trials are what they review: see ``appraise``.
"""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a record says of its study; None wherever it does not, or contradicts itself."""

    design: str | None = None
    participants: int | None = None
    evidence_level: int | None = None


def appraise(
    *,
    title: str,
    abstract: Sequence[Section],
    publication_types: Sequence[str] = (),
    mesh: Sequence[str] = (),
) -> Appraisal:
    """
    Appraise one study from its title, abstract parts, publication types and MeSH headings.

    *publication_types* are MEDLINE's terms, a JATS article type or journal subject headings;
    *mesh* are headings with or without "/qualifier".
    """
    kinds = {_singular(kind) for kind in publication_types}
    headings = {heading.partition("/")[0].lower() for heading in mesh}
    design = _design(title, abstract, kinds, headings)
    level = DESIGNS[design] if design else None
    if design in (META_ANALYSIS, SYSTEMATIC_REVIEW) and _reviews_trials(title, abstract, headings):
        level = 1
    return Appraisal(design, count_participants(design, abstract), level)


def _words(title: str, abstract: Sequence[Section]) -> str:
    return " ".join((title, *(section.text[:LONGEST] for section in abstract))).strip()


def _singular(kind: str) -> str:
    """Return a publication type as MEDLINE spells it, lower case, whatever its number."""
    lower = kind.lower().replace("randomised", "randomized").strip()
    return "systematic review" if lower == "systematic-review" else lower.removesuffix("s")


# MEDLINE publication types, most telling first (https://www.nlm.nih.gov/mesh/pubtypes.html); a
# plural is read as its singular, so "Case Reports" and "Randomized Controlled Trials" are here.
_KINDS = (
    ("retraction of publication", "retraction notice"),
    ("retraction notice", "retraction notice"),
    ("retraction", "retraction notice"),
    ("published erratum", "erratum"),
    ("correction", "erratum"),
    ("clinical trial protocol", TRIAL_PROTOCOL),
    ("study protocol", TRIAL_PROTOCOL),
    ("practice guideline", "practice guideline"),
    ("network meta-analysis", META_ANALYSIS),
    ("meta-analysi", META_ANALYSIS),
    ("systematic review", SYSTEMATIC_REVIEW),
    ("randomized controlled trial", RANDOMISED_TRIAL),
    ("controlled clinical trial", CONTROLLED_TRIAL),
    ("case report", "case report"),
    ("case-report", "case report"),
)
_TRIAL_KINDS = re.compile(
    r"(?:adaptive |pragmatic )?clinical trial(?:, phase (?:i|ii|iii|iv))?|equivalence trial"
)
_NOTICES = frozenset({"retraction notice", "erratum", TRIAL_PROTOCOL})
_REPORTS = frozenset({"randomized controlled trial", "research-article", "journal article"})
_OPINIONS = ("editorial", "letter", "comment")
_REVIEWS = frozenset({"review", "review-article", "scoping review"})

_RANDOMISED = r"randomi[sz]ed"
_TRIAL_TITLE = re.compile(
    rf"\b(?:{_RANDOMISED}|randomi[sz]ation)\b[^.?:]{{0,80}}\b(?:trial|study|crossover|cross-over|rct)\b"
    rf"|\b(?:trial|study)\b[^.?:]{{0,20}}\b{_RANDOMISED}\b|\bRCT\b",
    re.IGNORECASE,
)
_PROTOCOL_TITLE = re.compile(
    r"\b(?:study|trial) protocol\b|\bprotocol (?:for|of) an?\b|: ?protocol\b|\bstudy design\b"
    r"|\brationale(?:,| and) (?:study )?design\b|\bdesign and (?:rationale|methods)\b",
    re.IGNORECASE,
)
# A title that names a trial without being its report.
_NOT_THE_TRIAL = re.compile(
    r"\b(?:post[- ]hoc|secondary (?:data )?analys[ei]s|sub-?group|sub-?study|ancillary|pooled"
    r"|meta-?analys[ei]s|review|nested|cost|economic|qualitative|process evaluation|feasibility"
    r"|baseline|recruitment|lessons|comment(?:ary)?|reply|editorial|erratum|corr(?:ection|igendum)"
    r"|follow-?up of|trials|statistical analysis plan|non-?randomi[sz]ed|quasi-?randomi[sz]ed"
    r"|mendelian|data from|analysis of (?:data|an?|the))\b",
    re.IGNORECASE,
)
_ANIMALS = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rabbits?|dogs?|canine|pigs?|piglets?|porcine|swine|sheep|ovine"
    r"|lambs?|goats?|cows?|calves|cattle|bovine|horses?|equine|monkeys?|macaques?|zebrafish"
    r"|broilers?|in vitro|simulated|manikins?|mannequins?)\b",
    re.IGNORECASE,
)
# MEDLINE's indexers have filed such reviews under Meta-Analysis; the authors know better.
_NARRATIVE = re.compile(r"\bnarrative review\b", re.IGNORECASE)
_POOLING_TITLE = re.compile(r"\bmeta-?analysis\b", re.IGNORECASE)
_TITLE_DESIGNS = (
    (SYSTEMATIC_REVIEW, re.compile(r"\bsystematic review\b", re.IGNORECASE)),
    (META_ANALYSIS, _POOLING_TITLE),
    (CASE_CONTROL, re.compile(r"\bcase[- ]control(?:led)? study\b", re.IGNORECASE)),
    (COHORT, re.compile(r"\bcohort study\b", re.IGNORECASE)),
    (
        "cross-sectional study",
        re.compile(r"\bcross[- ]sectional (?:study|survey)\b", re.IGNORECASE),
    ),
    (CASE_SERIES, re.compile(r"\bcase series\b", re.IGNORECASE)),
    ("case report", re.compile(r"\b(?:a )?case report\b", re.IGNORECASE)),
)
# Words by which a report says of itself, not of others or of trials to come, that it randomised.
_ALLOCATION = re.compile(
    r"\b(?:were|was) (?:then |also |subsequently )?(?:randomi[sz]ed|randomly (?:assigned|allocated"
    r"|divided|distributed))\b|\b[Ww]e randomly (?:assigned|allocated)\b|\b[Ww]e randomi[sz]ed\b"
    r"|(?:(?:^|(?<=[.:] ))(?:In )?(?:[Tt]his|[Aa]n?|[Oo]ur|[Tt]he present)\b"
    r"|\b[Tt]his (?:is|was) an?\b|\b[Ww]e (?:conducted|performed|did|undertook) an?\b)"
    rf"[^.;:]{{0,60}} {_RANDOMISED}\b[^.;:]{{0,60}}\b(?:trial|study)\b",
)


def _design(
    title: str, abstract: Sequence[Section], kinds: set[str], headings: set[str]
) -> str | None:
    if "animals" in headings and "humans" not in headings:
        return "animal study"
    found = list(dict.fromkeys(design for kind, design in _KINDS if kind in kinds))
    if found and found[0] in _NOTICES:
        return found[0]
    if _PROTOCOL_TITLE.search(title) and not kinds.isdisjoint(_REPORTS):
        return TRIAL_PROTOCOL
    if found:
        return _settled(found, title, _words(title, abstract))
    opinion = next((opinion for opinion in _OPINIONS if opinion in kinds), None)
    return (
        opinion
        or _design_by_title(title, abstract)
        or _design_by_mesh(kinds, headings)
        or ("review" if kinds & _REVIEWS else None)
    )


def _settled(found: list[str], title: str, text: str) -> str | None:
    """Settle on one of the designs that the publication types name, most telling first."""
    if found[0] in (META_ANALYSIS, SYSTEMATIC_REVIEW) and _NARRATIVE.search(text):
        return "review"
    if found[:2] == [META_ANALYSIS, SYSTEMATIC_REVIEW]:
        found = [META_ANALYSIS, *found[2:]]
    if found == [SYSTEMATIC_REVIEW] and _POOLING_TITLE.search(title):
        return META_ANALYSIS
    # Two designs at once ("Meta-Analysis" and "Randomized Controlled Trial"): which one the
    # numbers of the abstract come from cannot be told. A guideline's own kind wins.
    return found[0] if len(found) == 1 or found[0] == "practice guideline" else None


def _design_by_title(title: str, abstract: Sequence[Section]) -> str | None:
    named = [design for design, words in _TITLE_DESIGNS if words.search(title)]
    if {META_ANALYSIS, SYSTEMATIC_REVIEW} <= set(named):
        return META_ANALYSIS
    if named:
        return named[0] if len(named) == 1 else None
    if _NOT_THE_TRIAL.search(title) or _ANIMALS.search(title):
        return None
    parts = [s for s in abstract if s.code not in ("background", "conclusions", "discussion")]
    text = _words("", parts)
    elsewhere = _ANIMALS.search(text) or _NOT_THE_REPORT.search(text)
    says_so = _TRIAL_TITLE.search(title) or (_ALLOCATION.search(text) and not elsewhere)
    return RANDOMISED_TRIAL if says_so else None


_NOT_THE_REPORT = re.compile(
    r"\b(?:post[- ]hoc|secondary analys[ei]s|sub-?study|meta-?analys[ei]s|systematic review|pooled"
    r"|study protocol|this protocol|observational study of|will be (?:randomi[sz]ed|randomly)"
    r"|non-?randomi[sz]ed|quasi-?randomi[sz]ed"
    r"|cross-sectional|retrospective(?:ly)?|cohort|data from)\b",
    re.IGNORECASE,
)


def _design_by_mesh(kinds: set[str], headings: set[str]) -> str | None:
    if any(_TRIAL_KINDS.fullmatch(kind) for kind in kinds):
        return CLINICAL_TRIAL
    named = {
        design
        for heading, design in (
            ("cohort studies", COHORT),
            ("case-control studies", CASE_CONTROL),
            ("cross-sectional studies", "cross-sectional study"),
        )
        if heading in headings
    }
    if len(named) == 1:
        return named.pop()
    return "observational study" if "observational study" in kinds else None


_TRIALS_REVIEWED = re.compile(
    rf"\b(?:{_RANDOMISED}(?:,? (?:double-blind|placebo-controlled|and quasi-{_RANDOMISED}))*"
    r"(?:[- ](?:controlled|clinical))* trials|RCTs)\b",
    re.IGNORECASE,
)
_OTHERS_REVIEWED = re.compile(
    r"\b(?:observational|cohort|case[- ]control|cross-sectional|non-?randomi[sz]ed) (?:stud|trial)",
    re.IGNORECASE,
)


def _reviews_trials(title: str, abstract: Sequence[Section], headings: set[str]) -> bool:
    """Tell whether a review says that randomised trials, and nothing else, are what it reviews."""
    text = _words(title, abstract)
    said = "randomized controlled trials as topic" in headings or _TRIALS_REVIEWED.search(text)
    return bool(said) and not _OTHERS_REVIEWED.search(text)
