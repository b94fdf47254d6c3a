"""Falsified drugs: look-alike, same class, another of the passage, or two exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from random import Random

from eval.verifier.cases import Edit
from eval.verifier.changes import Change, Scene
from service.answers import Drug
from service.drugs import Mention, Vocabulary
from service.lookalikes import LOOK_ALIKES

_CLASSES = (
    "mab nib pril sartan statin olol azole cillin mycin floxacin vir prazole gliptin gliflozin"
    " glutide triptan setron caine azepam azolam barbital dronate parin xaban platin rubicin taxel"
    " oxetine idone azine terol solone onide thiazide zosin dipine fibrate glitazone trexone"
    " cycline penem tidine xib profen morphone codone tadine olone sone gabalin pam"
).split()
_MEMBERS = {
    "mab": "adalimumab rituximab trastuzumab",
    "nib": "imatinib erlotinib sunitinib",
    "pril": "lisinopril enalapril ramipril captopril",
    "sartan": "losartan valsartan irbesartan",
    "statin": "atorvastatin simvastatin pravastatin rosuvastatin",
    "olol": "metoprolol atenolol propranolol bisoprolol",
    "azole": "fluconazole itraconazole voriconazole",
    "cillin": "amoxicillin ampicillin dicloxacillin",
    "mycin": "erythromycin azithromycin clarithromycin",
    "floxacin": "ciprofloxacin levofloxacin moxifloxacin",
    "vir": "ritonavir acyclovir oseltamivir",
    "prazole": "omeprazole lansoprazole pantoprazole",
    "gliptin": "sitagliptin saxagliptin linagliptin",
    "gliflozin": "dapagliflozin empagliflozin canagliflozin",
    "triptan": "sumatriptan rizatriptan zolmitriptan",
    "setron": "ondansetron granisetron palonosetron",
    "caine": "lidocaine bupivacaine ropivacaine",
    "azepam": "diazepam lorazepam clonazepam",
    "barbital": "phenobarbital pentobarbital",
    "dronate": "alendronate risedronate ibandronate",
    "parin": "heparin enoxaparin dalteparin",
    "xaban": "rivaroxaban apixaban edoxaban",
    "platin": "cisplatin carboplatin oxaliplatin",
    "rubicin": "doxorubicin epirubicin daunorubicin",
    "taxel": "paclitaxel docetaxel cabazitaxel",
    "oxetine": "fluoxetine paroxetine duloxetine",
    "idone": "risperidone paliperidone ziprasidone",
    "terol": "albuterol salmeterol formoterol",
    "solone": "prednisolone methylprednisolone",
    "thiazide": "hydrochlorothiazide chlorothiazide",
    "zosin": "prazosin doxazosin terazosin",
    "dipine": "amlodipine nifedipine felodipine",
    "cycline": "doxycycline minocycline tetracycline",
    "penem": "meropenem imipenem ertapenem",
    "xib": "celecoxib etoricoxib",
    "profen": "ibuprofen ketoprofen flurbiprofen",
}
_BETWEEN = re.compile(
    r"\b(?:increas\w+|decreas\w+|reduc\w+|inhibit\w*|induc\w+|rais\w+|lower\w*|than|superior"
    r"|inferior|caus\w+|prolong\w*|enhanc\w+|potentiat\w+|affect\w*|effects? of|clearance of"
    r"|concentrations? of|replaced|switch\w*|before|after|for|dose of|followed by|\d)\b",
    re.IGNORECASE,
)
_MADE_OF = re.compile(r"\binactive\b|\bingredients?\b|\bexcipients?\b", re.IGNORECASE)
_COUNTED_SAME = re.compile(r"\b(?:between|both|neither|either|combination|respectively)\b")


def drug(scene: Scene, rng: Random) -> Iterator[Change]:
    """
    Yield changes of one drug into another, every mention of it, or of two into each other.

    Near ones take a drug of the passage or its label, or exchange two that stand in different
    roles. Others take a look-alike or a drug of the same class.
    """
    text = scene.text
    if _MADE_OF.search(text):
        return
    held = _mentions(scene.vocabulary, text)
    spans = [(m.start, m.end) for m in held]
    alone = [m for m in held if not _compound(text, m, spans)]
    known = {i for m in held for i in m.drugs[0].ingredients}
    if not _COUNTED_SAME.search(text):
        yield from _exchanged(text, alone)
    passage = [
        m
        for m in _mentions(
            scene.vocabulary, scene.passage.chunk.header + "\n" + scene.passage.chunk.text
        )
        if not known & set(m.drugs[0].ingredients) and len(m.drugs[0].ingredients) == 1
    ]
    elsewhere = sorted({m.heard.lower() for m in passage})
    for one in alone:
        if len(one.drugs[0].ingredients) > 1:
            continue
        same = [m for m in held if m.drugs[0].ingredients == one.drugs[0].ingredients]
        if any(_compound(text, m, spans) for m in same):
            continue
        if elsewhere:
            yield Change(_renamed(text, same, rng.choice(elsewhere)), near=True)
        others = [
            name
            for name in _mistaken(one)
            if (d := scene.vocabulary.drug(name)) is None or not known & set(d.ingredients)
        ]
        if others:
            yield Change(_renamed(text, same, rng.choice(others)))


def _exchanged(text: str, held: list[Mention]) -> Iterator[Change]:
    for one, other in combinations(held, 2):
        first, second = one.drugs[0], other.drugs[0]
        if set(first.ingredients) & set(second.ingredients):
            continue
        count = sum(
            bool(set(m.drugs[0].ingredients) & {*first.ingredients, *second.ingredients})
            for m in held
        )
        between = text[one.end : other.start]
        apart = _BETWEEN.search(between)
        if count == 2 and apart and not re.search(r"[;.]\s", between):  # noqa: PLR2004
            yield Change(
                (*_renamed(text, [one], other.heard), *_renamed(text, [other], one.heard)),
                near=True,
            )


def _renamed(text: str, mentions: list[Mention], name: str) -> tuple[Edit, ...]:
    edits = []
    for mention in mentions:
        heard = text[mention.start : mention.end]
        if heard.isupper():
            new = name.upper()
        else:
            new = name[:1].upper() + name[1:].lower() if heard[0].isupper() else name.lower()
        edits.append(Edit(mention.start, mention.end, new))
    return tuple(edits)


def _mentions(vocabulary: Vocabulary, text: str) -> list[Mention]:
    """Return drugs named as they are spelled, each settled; nothing guessed."""
    return [
        m
        for m in _found(vocabulary, text)
        if m.settled and len(m.heard) > 4 and _is_drug(m.drugs[0], m.heard)  # noqa: PLR2004
    ]


@lru_cache(maxsize=4096)
def _found(vocabulary: Vocabulary, text: str) -> tuple[Mention, ...]:
    exact = vocabulary.find(text).mentions
    return tuple(m for m in exact if m.correction is None or m.correction.kind != "misspelling")


def _is_drug(held: Drug, heard: str) -> bool:
    """Leave out hormones, vitamins, vaccines, foods: naming them often names no medicine."""
    plain = not re.search(
        r"vitamin|acid$|insulin|vaccin|protein|glucose|estr|testost|cholesterol|creatinine|oxygen"
        r"|sodium|calcium|potassium|histamine|dopamine|serotonin|epinephrine|albumin|iron|folate",
        heard.lower(),
    )
    return (
        plain
        and heard.replace(" ", "").replace("-", "").isalpha()
        and " " not in heard
        and bool(held)
    )


def _compound(text: str, mention: Mention, spans: list[tuple[int, int]]) -> bool:
    """Tell a drug that is part of a longer name: "losartan/hydrochlorothiazide", "x-induced"."""
    del spans
    before, after = text[: mention.start], text[mention.end :]
    return bool(
        re.search(r"[/\-+]$|[/+] $", before)
        or re.match(r"[/\-+]| [/+]| (?:and|plus) \w+ (?:tablets?|capsules?|combination)", after)
        or re.search(r"(?:co-|anti|non|meta|des)$", before)
    )


def _mistaken(mention: Mention) -> list[str]:
    """Return what a drug is mistaken for: look-alikes twice, then drugs of its class."""
    names = {mention.heard.lower(), *mention.drugs[0].ingredients}
    alike = sorted({partner for name in names for partner in LOOK_ALIKES.get(name, ())} - names)
    ending = next(
        (e for e in sorted(_MEMBERS, key=len, reverse=True) for n in names if n.endswith(e)), None
    )
    of_class = [n for n in _MEMBERS.get(ending or "", "").split() if n not in names]
    return [*alike, *alike, *of_class]
