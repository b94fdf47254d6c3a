"""
Topics: the attribute a question asks about, its cue words, and the sections that speak of it.

One table per topic: what people write, what a document says about it, which label sections
(LOINC codes) and which headings carry it. Understanding, the evidence gate, the composer and
the suggested questions all read this table, so that they agree on what a topic is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.answers import Topic

POPULATION_TOPICS = frozenset(
    {
        Topic.PREGNANCY,
        Topic.LACTATION,
        Topic.PEDIATRIC,
        Topic.GERIATRIC,
        Topic.RENAL,
        Topic.HEPATIC,
    }
)
"""Topics that name a group of patients: evidence about others does not answer."""

REACTION_CODES = frozenset({"34084-4", "90374-0", "90375-7"})
WARNING_CODES = frozenset({"34066-1", "43685-7", "34071-1", "42232-9", "34072-9"})


_DISORDER = (
    "(?:impairments?|insufficiency|failure|dysfunction|function|disease|injury|damage|problems?"
    "|toxicity|safety|tests?|enzymes?)"
)


_CLASS = (
    "(?:(?:an?|any|other|my) )?(?:opioids?|opiates?|alcohol|nsaids?|ssris?|snris?|maois?|statins?"
    "|benzodiazepines?|antacids?|anticoagulants?|antidepressants?|antipsychotics?|diuretics?"
    "|contraceptives?|antibiotics?|sedatives?|grapefruit|warfarin|lithium|food|milk)"
)


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """
    What is known of one topic.

    ``name`` completes "naltrexone: ..."; ``question`` is asked of the label with the drug in
    its place; ``codes`` are LOINC section codes; ``asked``, ``said`` and ``headings`` match the
    words of questions, of passages and of section headings.
    """

    name: str
    question: str
    codes: frozenset[str]
    asked: re.Pattern[str]
    said: re.Pattern[str]
    headings: re.Pattern[str]


def _entry(
    name: str, question: str, codes: Iterable[str], *, asked: str, said: str = "", headings: str
) -> TopicEntry:
    return TopicEntry(
        name,
        question,
        frozenset(codes),
        re.compile(rf"\b(?:{asked})"),
        re.compile(rf"\b(?:{said or asked})"),
        re.compile(rf"\b(?:{headings})"),
    )


TOPICS: dict[Topic, TopicEntry] = {
    Topic.INDICATION: _entry(
        "indication",
        "What is {drug} indicated for?",
        ["34067-9"],
        asked=r"indicat(?:ed|ions?)\b|approv(?:ed|al)\b|off[- ]label\b"
        r"|(?:used?|prescribed)(?= (?:for|to treat)\b)|role\b|place in therapy"
        r"|label+ed (?:for|use|indication)\b"
        r"|what (?:do|does|did|is|are|can|would) .{1,60}\buse[ds]? .{0,40}\bfor\b",
        said=r"indicated\b|indications?\b|approved\b|limitations of use",
        headings=r"indications?\b|limitations of use|purpose\b",
    ),
    Topic.DOSE: _entry(
        "dose",
        "What is the dose of {drug}?",
        ["34068-7", "43678-2"],
        asked=r"(?<!low[- ])(?<!high[- ])dos(?:es?|ages?|ed|ing)\b|how (?:much|many|often)\b"
        r"|titrat\w+|schedules?\b|strengths?\b|loading\b|maximum\b|taper\w*|missed\b"
        r"|administ(?:er|ered|ration)\b|regimens?\b|(?:mg|mcg|units) (?:a|per) day",
        said=r"\d[\d.,]* ?(?:mg|mcg|µg|g|units?|ml|meq)\b|titrat\w+|(?:once|twice|times) "
        r"|dos(?:e|es|age|ing) (?:adjust|reduc|modif|interval|increas|change|is |of )"
        r"|(?:recommended|starting|initial|maximum|usual|lower|daily|weekly) dos(?:e|es|age)\b",
        headings=r"dos(?:e|es|age|ing)\b|administration\b|titration\b",
    ),
    Topic.ADVERSE_REACTION: _entry(
        "adverse reactions",
        "What are the adverse reactions of {drug}?",
        [*REACTION_CODES, *WARNING_CODES],
        asked=r"adverse\b|side[- ]effects?\b|undesirable\b|toxicit(?:y|ies)\b|tolera(?:b|t)\w+"
        r"|unwanted\b|le(?:ads?|d)(?= to\b)"
        r"|caus(?:es?|ed|ing)\b|induc(?:es?|ed)\b|reactions?\b|harms?\b",
        said=r"adverse\b|side[- ]effects?\b|reactions?\b|toxicity\b|reported\b|occurred\b"
        r"|discontinu\w+|incidence\b|harms?\b",
        headings=r"adverse\b|side effects?\b|reactions?\b|toxicity\b|safety\b|harms?\b",
    ),
    Topic.INTERACTION: _entry(
        "drug interactions",
        "What are the drug interactions of {drug}?",
        ["34073-7", "34074-5"],
        asked=r"interact\w*|concomitant\w*|co-?administ\w+|combin(?:e|ed|ing)\b|together\b|mix\w*\b"
        rf"|tak(?:e|en|ing) (?:it )?with\b|with (?:it|them)\b|with(?= {_CLASS}\b)"
        r"|inhibitors?\b|inducers?\b|cyp\w+",
        said=r"interact\w*|concomitant\w*|co-?administ\w+|combin(?:ed?|ing|ation)\b|together\b"
        r"|inhibit\w*|induc\w+|co-?prescri\w+|receiving\b|switch\w*|opioid-free",
        headings=r"interactions?\b|concomitant\b|inhibitors?\b|inducers?\b",
    ),
    Topic.CONTRAINDICATION: _entry(
        "contraindications",
        "When is {drug} contraindicated?",
        ["34070-3", "50570-1"],
        asked=r"contra-?indicat\w+|should not (?:use|take|receive|be)\b|who (?:must|can|should)"
        r"(?:n['’]?t|['’]t| not)\b|avoid\w*\b|rules? out\b",
        said=r"contra-?indicat\w+|do not use\b|must not\b|should not\b|avoid\b",
        headings=r"contraindications?\b|do not use\b",
    ),
    Topic.WARNING: _entry(
        "warnings",
        "What are the warnings for {drug}?",
        WARNING_CODES,
        asked=r"warnings?\b|precautions?\b|cautions?\b|boxed\b|black[- ]box|safe(?:ty|ly|r|st)?\b"
        r"|risks?\b|danger\w*\b",
        said=r"warn\w*|precautions?\b|caution\b|risks?\b|fatal\w*|serious\b|life-threatening\b",
        headings=r"warnings?\b|precautions?\b|risks?\b|safety\b",
    ),
    Topic.PREGNANCY: _entry(
        "pregnancy",
        "Is {drug} safe in pregnancy?",
        ["42228-7", "34077-8", "34078-6", "77291-3", "34079-4", "53414-9"],
        asked=r"pregnan\w+|trimesters?\b|f(?:o?e)tal\b|f(?:o?e)tus|teratogen\w*|birth defects?\b"
        r"|childbearing\b|conce(?:ive|ption)\w*|gestation\w*",
        headings=r"pregnan\w+|teratogen\w+|reproductive\b|labor and delivery",
    ),
    Topic.LACTATION: _entry(
        "lactation",
        "Can {drug} be used while breastfeeding?",
        ["34080-2", "77290-5", "53414-9"],
        asked=r"lactat\w+|breast-? ?feed\w*|breast-? ?fed\b|nursing (?:mothers?|infants?|wom[ae]n)"
        r"|(?:breast|human) milk\b",
        headings=r"lactation\b|nursing mothers\b|breast-?feeding\b",
    ),
    Topic.PEDIATRIC: _entry(
        "children",
        "Can {drug} be used in children?",
        ["34081-0"],
        asked=r"pa?ediatric\w*|child(?:ren|hood)?\b|adolescen\w+|infants?\b|neonat\w+|newborns?\b"
        r"|teen\w*|toddlers?\b|under 1[28]\b|younger than|(?<!\d)1?\d[- ]years?[- ]olds?\b"
        r"|\d+[- ](?:month|week)s?[- ]olds?\b",
        headings=r"pa?ediatric\w*|children\b|adolescents?\b|infants?\b|neonat\w+",
    ),
    Topic.GERIATRIC: _entry(
        "older adults",
        "What does the label say about {drug} in older adults?",
        ["34082-8"],
        asked=r"elderly\b|geriatric\w*|older (?:adults?|people|persons?|patients?|age)\b|old age\b"
        r"|aged 65|over 65|65 years|seniors?\b|(?:6[5-9]|[7-9]\d)[- ]years?[- ]olds?\b",
        headings=r"geriatric\w*|older adults?\b|elderly\b",
    ),
    Topic.RENAL: _entry(
        "renal impairment",
        "How is {drug} used in renal impairment?",
        ["88828-9"],
        asked=rf"(?:renal(?:ly)?|kidneys?)\b(?! transplant)(?: {_DISORDER}\b)?|creatinine\b|e?gfr\b"
        r"|crcl\b|ckd\b|ha?emodialysis\b|dialysis\b|esrd\b",
        headings=r"renal\b|kidney\b|dialysis\b|creatinine\b",
    ),
    Topic.HEPATIC: _entry(
        "hepatic impairment",
        "How is {drug} used in hepatic impairment?",
        ["88829-7"],
        asked=rf"(?:hepatic(?:ally)?|liver)\b(?! transplant)(?: {_DISORDER}\b)?|cirrho\w+"
        r"|child[- ]pugh|transaminases?\b|lfts?\b|hepatotox\w*|alt\b|aminotransferases?\b",
        said=r"hepatic(?:ally)?\b|liver\b|cirrho\w+|child[- ]pugh|transaminases?\b|hepatotox\w*"
        r"|hepatitis\b|aminotransferases?\b|hepatocellular\b",
        headings=r"hepat\w+|liver\b|cirrhosis\b",
    ),
    Topic.MECHANISM: _entry(
        "mechanism of action",
        "How does {drug} work?",
        ["43679-0", "43681-6"],
        asked=r"mechanisms?\b|how (?:does|do) .{1,60}\bwork\b|mode of action|pharmacodynamic\w*"
        r"|pharmacology\b|receptors?\b|acts? on\b",
        said=r"mechanisms?\b|antagonist\b|agonist\b|inhibit\w*|bind\w*|receptors?\b|blocks?\b",
        headings=r"mechanism\b|pharmacodynamics?\b",
    ),
    Topic.EFFICACY: _entry(
        "efficacy",
        "How effective is {drug} in clinical studies?",
        ["34092-7", "34067-9"],
        asked=r"efficac\w+|effective\w*|benefits?\b|improv\w+|role\b|help(?:s|ful)?\b|works?\b"
        r"|reduc(?:es?|ed|tion)\b|evidence(?= for\b)|outcomes?\b",
        said=r"efficac\w+|effective\w*|benefits?\b|improv\w+|reduc\w+|significant\w*"
        r"|compared with\b|versus\b|placebo\b|suggested\b|recommend\w*|indicated\b",
        headings=r"clinical studies\b|efficacy\b|results?\b|conclusions?\b|recommend\w+",
    ),
    Topic.COMPARISON: _entry(
        "comparison",
        "What was {drug} compared with in clinical studies?",
        ["34092-7"],
        asked=r"versus\b|vs\b|compar\w+|better than\b|superior\w*|inferior\w*|differen(?:ce|t)\b"
        r"|instead of\b|alternatives?\b|switch\w*|prefer\w*",
        said=r"versus\b|vs\b|compar\w+|superior\w*|inferior\w*|differ\w*|than\b|switch\w*",
        headings=r"clinical studies\b|results?\b|comparison\b",
    ),
    Topic.MONITORING: _entry(
        "monitoring",
        "What should be monitored with {drug}?",
        ["34075-2"],
        asked=r"monitor\w*|blood tests?\b|lab(?:s|oratory)?\b|check\w*\b|serum levels?\b|inr\b"
        r"|levels?\b|follow-up tests?\b",
        said=r"monitor\w*|laboratory\b|check\w*\b|serum\b|measure\w*|periodic\w*|baseline\b|levels?\b"
        r"|tests?\b",
        headings=r"monitoring\b|laboratory tests?\b|tests?\b",
    ),
    Topic.OVERDOSE: _entry(
        "overdose",
        "What does the label say about an overdose of {drug}?",
        ["34088-5"],
        asked=r"overdos\w+|too (?:much|many)\b|poison\w*|antidotes?\b|ingest(?:ed|ion)\b",
        headings=r"overdos\w+|poisoning\b",
    ),
    Topic.PHARMACOKINETICS: _entry(
        "pharmacokinetics",
        "How is {drug} absorbed and eliminated?",
        ["43682-4", "34090-1"],
        asked=r"pharmacokinetic\w*|half[- ]li(?:fe|ves)\b|metaboli[sz]\w+|clearance\b|absor\w+"
        r"|eliminat\w+|excret\w+|bioavailab\w+|protein binding|onset\b|steady state|with food\b",
        headings=r"pharmacokinetics?\b|absorption\b|elimination\b|metabolism\b|excretion\b",
    ),
    Topic.STORAGE: _entry(
        "storage",
        "How is {drug} stored?",
        ["34069-5", "44425-7", "88437-9"],
        asked=r"stor(?:e|ed|age)\b|refrigerat\w*|shelf[- ]life|room temperature|how supplied",
        headings=r"storage\b|how supplied\b|handling\b",
    ),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A topic's cue words in a text; ``text[start:end]`` holds them."""

    topic: Topic
    start: int
    end: int


def cues(text: str) -> list[Cue]:
    """Return every topic cue of a question, in the order of the text, ties in table order."""
    lower = text.lower()
    found = [
        Cue(topic, match.start(), match.end())
        for topic, entry in TOPICS.items()
        for match in entry.asked.finditer(lower)
    ]
    return sorted(found, key=lambda cue: cue.start)


def topics_of(found: Sequence[Cue]) -> tuple[Topic, ...]:
    """Return the distinct topics of the cues, in the table's order."""
    named = {cue.topic for cue in found}
    return tuple(topic for topic in TOPICS if topic in named)


def codes_of(topics: Iterable[Topic]) -> frozenset[str]:
    """Return the LOINC codes of the label sections that speak of any of *topics*."""
    return frozenset(code for topic in topics for code in TOPICS[topic].codes)


def in_section(topic: Topic, code: str | None, headings: Sequence[str]) -> bool:
    """Tell whether a section, by its code or by its headings, is about *topic*."""
    entry = TOPICS[topic]
    if code is not None and code in entry.codes:
        return True
    return any(entry.headings.search(heading.lower()) for heading in headings)


def said(topic: Topic, text: str) -> bool:
    """Tell whether a text speaks of *topic*."""
    return TOPICS[topic].said.search(text.lower()) is not None
