"""
Measures: what a source may report more or less of, under the names that sources use. Pure.

Every listed condition is one, and beside them a few outcomes. A measure is named for the harm in
it ("insomnia"), and what measures the good ("total sleep time") counts inversely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.conditions import listed_conditions
from service.words import stem, words

_NOT_A_MEASURE = frozenset(
    {
        "smoking cessation",
        "contraception",
        "falls",
        "obesity",
        "weight gain",
        "weight decrease",
        "alcohol withdrawal",
        "cardiovascular disease",
    }
)
"""Conditions whose names in the list say the good and the harm, or the act, in one."""

_OUTCOMES: tuple[tuple[str, bool, str], ...] = (
    ("insomnia", False, (r"sleep(?:[ -]onset)? latency|time to (?:fall asleep|sleep onset)"
                        r"|wake (?:time )?after sleep onset|(?:nocturnal |night-?time )?awakenings"
                        r"|difficulty (?:falling|staying) asleep|sleep problems|sleep disturbances?"
                        r"|sleep complaints|poor sleep")),
    ("insomnia", True, (r"total sleep time|sleep (?:quality|efficiency|duration|time)"
                      r"|(?<!deep )sleep(?! (?:ap|attack|walk|driv|med|paral|diar|clin|hyg|sta))")),
    ("mortality", False, r"(?:all-cause |cardiovascular )?mortality|deaths?|death from any cause"),
    ("mortality", True, r"survival"),
    ("suicide", False, (r"suicides?|suicid(?:e|al) (?:attempts?|acts?|behaviou?r)|suicidality"
                       r"|suicidal (?:thoughts|ideation)|self-harm")),
    ("weight", False, r"(?:body )?weight gain|body[ -]weight|bmi|body mass index"),
    ("weight", True, r"weight (?:loss|reduction|decrease)"),
    ("tobacco use", False, r"(?:cigarette )?smoking(?! cess| abst)|tobacco use"),
    ("tobacco use", True, r"smoking (?:cessation|abstinence)|abstinence from smoking"),
    ("relapse", False, r"relapses?|return to (?:heavy )?drinking"),
    ("relapse", True, r"abstinence|remission"),
    ("craving", False, r"cravings?"),
    ("falls", False, r"falls"),
    ("fracture", False, r"fractures?"),
    ("hospitalization", False, r"hospitali[sz]ations?|hospital admissions?"),
    ("blood pressure", False, r"(?:systolic |diastolic )?blood pressure"),
    ("blood glucose", False, r"hba1c|a1c|glycated ha?emoglobin|(?:blood|plasma) glucose"),
    ("liver enzymes", False, r"transaminases?|aminotransferases?|liver enzymes?|hepatic enzymes?"),
    ("cardiovascular events", False, r"(?:major )?(?:adverse )?cardiovascular events?"),
)  # fmt: skip
_OUTCOME = re.compile(
    "|".join(
        rf"(?P<o{number}>(?<![\w-])(?:{names})(?![\w-]))"
        for number, (_, _, names) in enumerate(_OUTCOMES)
    ),
    re.IGNORECASE,
)
_PERSON = (
    r"(?:adults?|patients?|people|persons?|individuals|subjects|participants|volunteers|those|men"
    r"|women|children|adolescents|veterans|outpatients|inpatients|population)"
)
_OF_PATIENTS_BEFORE = re.compile(
    rf"\b(?:{_PERSON}(?: [\w-]+){{0,3}} (?:with|having|for|who have|who had|suffering from)"
    r"|treat(?:ed|ment|ing)?(?: of| for)?|therapy (?:of|for)|management of|indicated (?:for|in)"
    r"|used (?:for|in)|trials? (?:of|in)|history of|diagnos(?:ed with|is of)|drugs? for)"
    r"(?: (?:the|a|an|acute|chronic|primary|severe|moderate|mild|current|comorbid|[\w-]+ and))*"
    r" $",
    re.IGNORECASE,
)
_OF_PATIENTS_AFTER = re.compile(
    r"^-(?:related|associated)"
    r"|^(?:[- ](?:dependent|dependence|disorder|use|related|treatment|trials?|studies))*"
    rf"[ -](?:{_PERSON}|treatment|trials?|studies|drugs?|medications?|therapy)\b",
    re.IGNORECASE,
)


_LESS_OF_IT = re.compile(
    r"^[ -](?:relief|reduction|abstinence|cessation|remission|control|recovery)\b", re.IGNORECASE
)
"""Words that turn a measure into less of it: "greater pain relief"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A measure as a text names it, at ``text[start:end]``.

    ``named`` is what exactly was measured: sleep latency and sleep efficiency both measure
    insomnia, and one may change without the other. ``inverse`` tells that more of what is named
    is less of the measure; ``of_patients`` that the words say who was treated ("adults with
    insomnia") and not what happened.
    """

    measure: str
    named: str
    start: int
    end: int
    inverse: bool = False
    of_patients: bool = False


def mentions(text: str) -> list[Mention]:
    """Return the measures that *text* names, in order; the longer of two that overlap."""
    found = [*_outcomes(text), *_conditions(text)]
    found.sort(key=lambda each: (each.start, -each.end))
    kept: list[Mention] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _outcomes(text: str) -> Iterator[Mention]:
    for match in _OUTCOME.finditer(text):
        name, inverse, _ = _OUTCOMES[int((match.lastgroup or "o0")[1:])]
        yield _mention(text, name, match.span(), match.group(), inverse=inverse)


def _conditions(text: str) -> Iterator[Mention]:
    for condition in listed_conditions(text):
        span = (condition.start, condition.end)
        if condition.name not in _NOT_A_MEASURE and not is_adjective(text[slice(*span)]):
            yield _mention(text, condition.name, span, condition.name)


def is_adjective(written: str) -> bool:
    """Tell a condition named as an adjective, of something else: "diabetic ketoacidosis"."""
    return written.lower() in ("diabetic", "depressive")


def _mention(
    text: str, name: str, span: tuple[int, int], written: str, *, inverse: bool = False
) -> Mention:
    start, end = span
    named = " ".join(stem(word) for word in words(written))
    inverse ^= _LESS_OF_IT.match(text[end:]) is not None
    who = _OF_PATIENTS_BEFORE.search(text[:start]) or _OF_PATIENTS_AFTER.match(text[end:])
    return Mention(name, named, start, end, inverse, who is not None)
