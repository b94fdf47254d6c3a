"""What one question says by itself: drugs, topics, condition, formulation, and what it leans on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from service.answers import Drug, Topic
from service.classes import DrugClass, classes_in
from service.conditions import Condition, listed_condition, spelled_condition
from service.denying import Span, denials
from service.drugs import Mention, Vocabulary, merged
from service.formulations import formulation_in
from service.topics import Cue, cues, topics_of
from service.words import content, tokens, words

_LEAD = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|then|thanks|thank you|no|sorry|actually|hm+|right)\W+)*"
    r"(?:(?:and|or|but|also|plus)\b|what (?:about|if)\b|how about\b|same (?:for|question|with)\b"
    r"|i (?:meant|mean)\b|instead\b|(?:no|sorry|actually)\b\W+|without\b|rather\b|not\b(?= )"
    r"|(?:is|does|would|will|do) (?:that|this|the same) (?:also |still )?"
    r"(?:true|apply|hold|so|change|differ|different|the case)\b)",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|oh|oops|wait)\W+)*(?:(?:no|sorry|actually|oops|wait)\b\W+(?=\w)"
    r"|i (?:meant|mean)\b|i (?:did|do)(?: not|n['’]t) mean\b|not\b|rather\b)",
    re.IGNORECASE,
)
BACK = re.compile(r"^\W*(?:\w+\W+)?(?:back|returning|return) to\b\W*", re.IGNORECASE)
"""Words that return to an earlier subject: "back to naltrexone: ..."."""

_WITH_LEAD = re.compile(
    r"^\W*(?:(?:and|or|but|also|what about|how about)\b\W*)?(?:together |along |combined )?with\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|should|what|which|how|when|who|why|will|would"
    r"|may|must|has|have|tell|list|compare|explain|summari[sz]e|write|make|find|show|give)\b",
    re.IGNORECASE,
)
_FRAGMENT_WORDS = 9
_PREPOSITION_LEAD = re.compile(r"^\W*(?:in|for|with|during|after|before|at|under)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:its|it|th(?:is|at|e) (?:drug|medicine|medication|agent|one)|them|they|these drugs"
    r"|both (?:drugs|of them))\b",
    re.IGNORECASE,
)
# Beside a drug or condition of its own, a pronoun means another drug only after one of these.
_BESIDE = re.compile(
    r"\b(?:with|than|and|from|after|before|versus|vs|plus|of|on|to|alongside) $", re.IGNORECASE
)
_PEOPLE = re.compile(r"\b(?:patients?|people|children|adults?|women|men|infants?)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|would|if) it (?:be )?(?:also )?(?:safe|ok|okay|possible|necessary|better|best"
    r"|recommended|true|advisable|appropriate|acceptable|reasonable|dangerous) (?:to|that|for|if)\b"
    r"|\bis it (?:true|known)\b",
    re.IGNORECASE,
)
_SLOT = re.compile(
    r"\b(?:of|take|taking|does|is|about|give|giving|prescribe|prescribing|start|starting|using)"
    r"\W+([A-Za-z]{5,})\b"
)
_NOT_A_NAME = re.compile(
    r"\w+(?:itis|emia|aemia|osis|asis|esis|lysis|opathy|algia|penia|uria|plasia|oma|ema|ion|ism|ity"
    r"|ment|ness|ical|ally|tomy|gram|graphy|logy|rrhea|rrhoea|trophy|sclerosis|genic|ular|eous|ious"
    r"|syndrome|ance|ence|ship|able|ible|less|ful|ing|ies)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Denied:
    """What a question takes back: "not tramadol", "without it" (``pronoun``)."""

    drugs: tuple[Drug, ...] = ()
    classes: tuple[DrugClass, ...] = ()
    condition: str | None = None
    topics: tuple[Topic, ...] = ()
    pronoun: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """
    One question, read without its conversation.

    ``rest`` holds the content words that no drug, topic, condition or formulation accounts for.
    ``leads_on`` tells that it opens as a continuation ("and", "what about", "in ...?"), and
    ``fragment`` that it has no verb; ``leans_on`` is where a pronoun stands for something said
    before; ``joins`` tells "and with lithium?", ``returns`` "back to naltrexone", ``corrects``
    "no, I meant ...". What is ``denied`` is in no other field.
    """

    question: str
    mentions: tuple[Mention, ...]
    unknown: tuple[str, ...]
    topics: tuple[Topic, ...]
    condition: Condition | None
    formulation: str | None
    rest: tuple[str, ...]
    leads_on: bool
    fragment: bool
    leans_on: Span | None
    joins: bool
    returns: bool
    corrects: bool
    classes: tuple[DrugClass, ...] = ()
    denied: Denied = Denied()

    @property
    def drugs(self) -> tuple[Drug, ...]:
        """The settled drugs, each ingredient set once."""
        return merged(mention.drugs[0] for mention in self.mentions if mention.settled)

    @property
    def unsettled(self) -> tuple[Mention, ...]:
        """The names that must be asked back."""
        return tuple(mention for mention in self.mentions if not mention.settled)


def hear(question: str, vocabulary: Vocabulary) -> Heard:
    """Read *question* by itself."""
    read = _read(question, question, vocabulary)
    negated = denials(
        question,
        read.starts,
        [(mention.start, mention.end) for mention in read.heard.mentions],
        continuing=read.heard.leads_on or read.heard.fragment,
        correcting=read.heard.corrects,
    )
    if not negated:
        return read.heard
    kept = _read(question, _blanked(question, negated), vocabulary).heard
    taken = _read(question, _only(question, negated), vocabulary).heard
    condition = taken.condition.name if taken.condition else None
    pronoun = taken.leans_on is not None
    denied = Denied(taken.drugs, taken.classes, condition, taken.topics, pronoun)
    return replace(kept, denied=denied, leads_on=True)


@dataclass(frozen=True, slots=True)
class _Reading:
    heard: Heard
    starts: frozenset[int]


def _read(question: str, text: str, vocabulary: Vocabulary) -> _Reading:
    """Read the part of *question* that *text* has not blanked out."""
    classes = classes_in(text)
    class_spans = [(mention.start, mention.end) for mention in classes]
    found = vocabulary.find(_blanked(text, class_spans))
    drug_spans = [(mention.start, mention.end) for mention in found.mentions]
    plain = _blanked(text, drug_spans)
    asked = [cue for cue in cues(plain) if not _inside(cue, class_spans)]
    nameless = _blanked(plain, class_spans)
    condition = listed_condition(nameless)
    if condition is not None:
        asked = [cue for cue in asked if not _within(cue, [(condition.start, condition.end)])]
    topic_spans = [(cue.start, cue.end) for cue in asked]
    if condition is None:
        condition = spelled_condition(_blanked(nameless, topic_spans))
    form = formulation_in(nameless)
    condition_spans = [(condition.start, condition.end)] if condition is not None else []
    leads = [match.span() for match in (_LEAD.search(plain),) if match]
    form_spans = list(form[1]) if form is not None else []
    left = _blanked(nameless, [*topic_spans, *leads, *condition_spans, *form_spans])
    named = bool(found.mentions) or bool(classes) or condition is not None
    fragment = _is_fragment(question)
    leans_on = _pronoun(text, named=named)
    heard = Heard(
        question=question,
        mentions=_each_formulated(found.mentions, nameless, vocabulary),
        unknown=found.unknown or (() if named else _in_a_slot(left, vocabulary)),
        topics=topics_of(asked),
        condition=condition,
        formulation=form[0] if form else None,
        rest=content(words(left)),
        leads_on=_leads_on(question, fragment=fragment),
        fragment=fragment,
        leans_on=leans_on,
        joins=_WITH_LEAD.search(question) is not None,
        returns=BACK.search(question) is not None,
        corrects=_CORRECTS.search(question) is not None,
        classes=tuple(dict.fromkeys(mention.drug_class for mention in classes)),
    )
    pronouns = [leans_on] if leans_on is not None else []
    spans = (*drug_spans, *class_spans, *topic_spans, *condition_spans, *form_spans, *pronouns)
    return _Reading(heard, frozenset(start for start, _ in spans))


def _each_formulated(
    mentions: tuple[Mention, ...], text: str, vocabulary: Vocabulary
) -> tuple[Mention, ...]:
    """Give each of several drugs the formulation that stands right behind its name."""
    if len(mentions) < 2:  # noqa: PLR2004 - the one drug of a question has all that it says
        return mentions
    ends = [*(mention.start for mention in mentions[1:]), len(text)]
    found: list[Mention] = []
    for mention, end in zip(mentions, ends, strict=True):
        form = formulation_in(text[mention.end : end])
        if form is None or not mention.settled or min(start for start, _ in form[1]) > 1:
            found.append(mention)
            continue
        drug = vocabulary.formulated(mention.drugs[0], form[0])
        found.append(replace(mention, drugs=(drug,)))
    return tuple(found)


def _blanked(text: str, spans: list[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _only(text: str, spans: list[Span]) -> str:
    """Return *text* with all but *spans* blanked out."""
    kept = [" "] * len(text)
    for start, end in spans:
        kept[start:end] = text[start:end]
    return "".join(kept)


def _inside(cue: Cue, spans: list[Span]) -> bool:
    return any(start <= cue.start and cue.end <= end for start, end in spans)


def _within(cue: Cue, spans: list[Span]) -> bool:
    return any(cue.start < end and start < cue.end for start, end in spans)


def _is_fragment(question: str) -> bool:
    return len(tokens(question)) <= _FRAGMENT_WORDS and _VERB.search(question) is None


def _leads_on(question: str, *, fragment: bool) -> bool:
    if _LEAD.search(question) is not None:
        return True
    return fragment and _PREPOSITION_LEAD.search(question) is not None


def _pronoun(question: str, *, named: bool) -> Span | None:
    """Return where a pronoun stands for a drug of an earlier turn, or None."""
    plain = _EXPLETIVE.sub(lambda match: " " * len(match.group()), question)
    for match in _PRONOUN.finditer(plain):
        before = plain[: match.start()]
        if named and _BESIDE.search(before) is None:
            continue
        if match.group().lower() in {"they", "them"} and _PEOPLE.search(before):
            continue
        return match.span()
    return None


def _in_a_slot(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return words that stand where a drug stands and are of no known vocabulary."""
    return tuple(
        dict.fromkeys(
            match.group(1)
            for match in _SLOT.finditer(text)
            if not vocabulary.is_word(match.group(1).lower())
            and _NOT_A_NAME.fullmatch(match.group(1)) is None
        )
    )
