"""
Statement -> the qualifiers it holds under: whom, what formulation and dose, against what. Pure.

The sentence itself is read first, then the head of its table, then what the source says of
itself. Nothing is inferred: what nobody wrote is not a qualifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.documents import LabelFacts, StudyFacts
from ingest.recommending import population_of
from service.answers import Passage, Statement
from service.apparatus import Difference
from service.conditions import listed_conditions
from service.drugs import Vocabulary, called
from service.formulations import formulation_of
from service.references import year_of
from service.wording import wording
from service.words import GENERIC_WORDS, STOP_WORDS, stem, words

_PERSON = (
    r"(?:adults?|patients?|people|persons?|individuals|subjects|participants|volunteers|men|women"
    r"|children|adolescents|veterans)"
)
_WHO = re.compile(
    rf"\b(?:[\w-]+[ -]dependent |older |elderly |healthy )?{_PERSON}"
    r"(?: (?:with|aged?|who|on|after|having|treated|receiving|younger|older|without)\b"
    r"(?:(?! (?:treated|receiving|given|taking|than|and|were|was|had)\b|[.;:,()|]).){1,60})?",
    re.IGNORECASE,
)
_RELEASE = (
    r"(?:extended|prolonged|sustained|controlled|immediate|fast|slow|modified|delayed)[ -]release"
    r"|long[ -]acting|low[ -]dose"
)
_FORM = re.compile(
    rf"\b(?:(?:{_RELEASE})(?: injection| injectable(?: suspension)?| tablets?| capsules?)?"
    r"|injections?|injectable|implants?|tablets?|capsules?|patch(?:es)?|oral solution|film"
    r"|nasal spray)\b",
    re.IGNORECASE,
)
_LONG_RELEASE = re.compile(r"(?:prolonged|sustained|controlled)[ -]release|long[ -]acting|\bxr\b")
_ROUTE = re.compile(
    r"\b(?:oral|intramuscular|intravenous|subcutaneous|topical|transdermal|sublingual|buccal"
    r"|intranasal|inhaled|rectal)(?:ly)?\b",
    re.IGNORECASE,
)
_AMOUNT = r"\d[\d,.]*\s*(?:mg|mcg|µg|μg|g|units?|iu)(?:\s*/\s*(?:kg|day|d))?\b"
_DOSE = re.compile(rf"(?:\d[\d,.]*\s*(?:-|–|to|or)\s*)?{_AMOUNT}", re.IGNORECASE)
COMPARATOR = re.compile(
    r"\b(?:than(?: with| for| in| on| after)?(?! (?:\d|half|one|twice|a )| ?[<>])|versus|vs\b\.?"
    r"|compared (?:with|to)"
    r"|in comparison (?:with|to)|relative to|rather than|instead of|(?:recommended|preferred) over)"
    r" (?P<other>[^,;.()|]+(?:(?:, (?:[\w-]+ )?[\w-]+)*,? (?:and|or) (?:[\w-]+ )?[\w-]+)?)",
    re.IGNORECASE,
)
"""What follows these words in a sentence is what was compared with, and not what was tested."""
_COMPARED = re.compile(
    r"(?:than with|versus|vs\.?|compared (?:with|to)) (?P<what>(?:the )?[\w-]+(?: [\w-]+){0,2}?)"
    r"(?= (?:in|during|at|after|for|among|over|on|and|but|by|was|were)\b|\W*$)",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s+(?:treated|receiving|given|taking)\b|,|\sand (?:the|was|were)\b", re.IGNORECASE
)
_CONTRAINDICATED = re.compile(r"\bcontraindicated (?:for|in) (?P<who>[^.;]+)", re.IGNORECASE)
_CONTROL = re.compile(
    r"\b(placebo|sham|no treatment|usual care|standard care|treatment as usual)\b",
    re.IGNORECASE,
)
_DOSES = 2
_ANY = frozenset(map(stem, "disorder chronic primary pregnant pregnancy breastfeeding".split()))
"""Words of a population that leave nobody out, or that a claim's scope holds already."""


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """What a statement holds under, in the words of its source; empty where it does not say."""

    population: str = ""
    formulation: str = ""
    dose: str = ""
    route: str = ""
    comparator: str = ""
    year: str = ""
    design: str = ""


def qualifiers(statement: Statement, vocabulary: Vocabulary) -> Qualifiers:
    """Return the qualifiers of a cited statement."""
    passage = statement.citations[0].passage
    source, facts = passage.source, passage.source.facts
    lead = row_head(statement.text, passage.chunk.lead)
    title = source.title if isinstance(facts, StudyFacts) else ""
    year = year_of(source)
    return Qualifiers(
        population=_population(statement.text, passage, title),
        formulation=_formulation(statement.text, title, facts),
        dose=", ".join(dict.fromkeys(_DOSE.findall(statement.text)[:_DOSES])),
        route=_route(statement.text, facts),
        comparator=comparator(statement.text, vocabulary)
        or _control((statement.text, lead))
        or comparator(title, vocabulary),
        year=str(year) if year is not None else "",
        design=(facts.design if isinstance(facts, StudyFacts) else None)
        or wording(f"badge.{source.type.value}"),
    )


def differences(first: Qualifiers, second: Qualifiers) -> tuple[Difference, ...]:
    """
    Return what differs between two sides, in a fixed order.

    Where one side does not say, the other's population, formulation, dose or comparator is told
    all the same, since it may be why they disagree; a year, route or design needs both.
    """
    found: list[Difference] = []
    for name in Qualifiers.__dataclass_fields__:
        one, other = str(getattr(first, name)), str(getattr(second, name))
        if name in ("route", "year", "design") and not (one and other):
            continue
        if not _same(name, one, other):
            found.append(Difference(name, one, other))
    return tuple(found)


def narrowing(population: str) -> frozenset[str]:
    """Return the stems by which a population is less than all who have a listed condition."""
    left = list(population)
    for condition in listed_conditions(population):
        left[condition.start : condition.end] = " " * (condition.end - condition.start)
    return frozenset(_who("".join(left)) - _ANY)


def comparator(text: str, vocabulary: Vocabulary) -> str:
    """Return what *text* compares with: a drug, placebo or another control; "" for none."""
    for match in COMPARATOR.finditer(text):
        other = match.group("other")
        named = [m for m in vocabulary.find(other).mentions if m.settled and _exact(m.correction)]
        if named:
            return called(named[0].drugs[0])
        if control := _control((other,)):
            return control
        if re.search(r"\bcontrols?\b", other, re.IGNORECASE):
            return "control"
        if told := _COMPARED.match(match.group()):
            return told.group("what")
    return ""


def _exact(correction: object) -> bool:
    return getattr(correction, "kind", None) != "misspelling"


def _control(texts: Iterable[str]) -> str:
    found = (_CONTROL.search(text) for text in texts)
    return next((match.group(1).lower() for match in found if match is not None), "")


def _population(text: str, passage: Passage, title: str) -> str:
    told = passage.chunk.recommendation
    if told is not None and told.population:
        return told.population
    cell = _population_cell(text, passage.chunk.lead)
    if cell:
        return cell
    if barred := _CONTRAINDICATED.search(text):
        return barred.group("who").strip()
    for said in (text, row_head(text, passage.chunk.lead), title):
        if who := population_of(said):
            return _ENDS.split(who)[0]
        for match in _WHO.finditer(said):
            who = " ".join(match.group().split())
            if any(word not in GENERIC_WORDS and word not in STOP_WORDS for word in words(who)):
                return who
    return ""


def row_head(text: str, lead: str) -> str:
    """Return what a table row leans on; a sentence under the same heading does not lean on it."""
    return lead if " | " in text else ""


def _population_cell(text: str, lead: str) -> str:
    """Return the cell of a row that its table's head calls a population."""
    heads, cells = lead.rpartition("\n")[2].split(" | "), text.split(" | ")
    if len(cells) < 2 or len(heads) < len(cells):  # noqa: PLR2004 - one cell is no row
        return ""
    for head, cell in zip(heads[-len(cells) :], cells, strict=True):
        if re.search(r"\bpopulation\b|\bgroup\b|\bpatients\b", head, re.IGNORECASE):
            return cell.strip()
    return ""


def _formulation(text: str, title: str, facts: object) -> str:
    for said in (text, title):
        if found := _FORM.search(said):
            form = " ".join(found.group().lower().split())
            labelled = formulation_of(facts) if isinstance(facts, LabelFacts) else None
            return labelled if labelled and _words(form) <= _words(labelled) else form
    return (formulation_of(facts) or "") if isinstance(facts, LabelFacts) else ""


def _route(text: str, facts: object) -> str:
    if found := _ROUTE.search(text):
        return found.group().lower()
    return ", ".join(facts.routes).lower() if isinstance(facts, LabelFacts) else ""


def _same(name: str, one: str, other: str) -> bool:
    if name == "formulation":
        first, second = _words(one), _words(other)
        return bool(first and second and (first <= second or second <= first)) or first == second
    if name == "population":
        # "adults with insomnia" and "patients with insomnia" are the same people.
        return _who(one) == _who(other)
    return one.casefold() == other.casefold()


def _words(form: str) -> set[str]:
    return {stem(word) for word in words(_LONG_RELEASE.sub("extended-release", form.lower()))}


def _who(population: str) -> set[str]:
    said = population.lower().replace("dependent", "dependence")
    return {stem(word) for word in words(said) if word not in GENERIC_WORDS | STOP_WORDS}
