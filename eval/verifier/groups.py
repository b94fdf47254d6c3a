"""Falsified qualifiers: population changed or dropped, route or formulation changed. One each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from eval.verifier.cases import Edit
from eval.verifier.changes import Change, Scene, replaced

_OTHERS: dict[str, tuple[str, ...]] = {
    "children": ("adults", "elderly patients"),
    "adults": ("children", "adolescents"),
    "pediatric": ("adult", "geriatric"),
    "adult": ("pediatric",),
    "adolescents": ("adults",),
    "infants": ("adults", "adolescents"),
    "neonates": ("adults", "adolescents"),
    "geriatric": ("pediatric",),
    "elderly": ("pediatric",),
    "pregnant": ("nonpregnant",),
    "breastfeeding": ("pregnant",),
    "lactating": ("pregnant",),
    "postmenopausal": ("premenopausal",),
    "premenopausal": ("postmenopausal",),
    "renal": ("hepatic",),
    "hepatic": ("renal",),
    "women": ("men",),
    "men": ("women",),
    "females": ("males",),
    "males": ("females",),
    "female": ("male",),
    "male": ("female",),
    "girls": ("boys",),
    "boys": ("girls",),
    "smokers": ("nonsmokers",),
    "nonsmokers": ("smokers",),
    "rats": ("patients", "humans"),
    "mice": ("patients", "humans"),
    "rabbits": ("patients", "humans"),
    "dogs": ("patients", "humans"),
}
_GROUP = re.compile(
    r"(?<![\w-])(?<!non )(" + "|".join(sorted(_OTHERS, key=len, reverse=True)) + r")(?![\w-])",
    re.IGNORECASE,
)
_SEXES = frozenset("women men females males female male girls boys".split())
_SEXED = re.compile(
    r"pregnan|breast|menopaus|ovar|uter|vagin|cervi|prostat|contracep|gynec|abortion|menstru"
    r"|partner|testic|fertil",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:to|by|from|is|are|was|were|be|had|has|have|should|may|can|could|will|must|did|does|do)\b"
)
_ORGAN = re.compile(r" (?:impairment|insufficiency|dysfunction|disease|failure|function)")
_SEVERITY = re.compile(
    r"\b(mild|moderate|severe|mild to moderate|moderate to severe)(?= (?:(?:chronic"
    r"|acute) )?(?:renal|hepatic|kidney"
    r"|liver|cardiac|heart|asthma|respiratory|cognitive|depress|pain|hypertension|COPD|psoriasis"
    r"|atopic|obstructive|acne)\b)",
    re.IGNORECASE,
)
_MILDER = {
    "mild": ("severe",),
    "moderate": ("severe",),
    "severe": ("mild",),
    "mild to moderate": ("severe",),
    "moderate to severe": ("mild",),
}
_MERELY_SEEN = re.compile(
    r"\b(?:reported|observed|occur\w*|seen|cases?|noted|experienc\w+|includ\w+|e\.g\.|such as|may"
    r"|can|could|some|certain|at least one)\b",
    re.IGNORECASE,
)
_RULING = re.compile(
    r"\b(?:should|must|recommended|recommends?|contraindicated|indicated|required|necessary|avoid"
    r"|do not|dos(?:e|es|age)|significant\w*|increased|decreased|reduced|higher|lower|greater"
    r"|effective|efficacy|mean|median|clearance|compared|superior|established|approved"
    r"|improv\w+|associated|not)\b",
    re.IGNORECASE,
)
_WHO = (
    r"(?:(?:adult|pediatric|elderly|geriatric|older|younger|pregnant|female|male|postmenopausal"
    r"|hospitalized|critically ill|healthy) )*"
    r"(?:patients|adults|children|women|men|adolescents|infants|subjects|individuals|persons"
    r"|people|participants|neonates|those)"
)
_LIMIT = (
    r"(?:with|who|aged|receiving|undergoing|taking|at (?:high|increased|low) risk|older than"
    r"|younger than|without|treated|on|under|over|less than|between|\d)"
)
_LEADING = re.compile(rf"^(?:In|For|Among) (?:{_WHO}) (?:{_LIMIT})\b[^,.;:()]{{3,80}}, (?=[a-z])")
_TRAILING = re.compile(
    rf"(?<=\w)( (?:in|for|among) (?:{_WHO})(?: (?:{_LIMIT})\b[^,.;:()|]{{3,70}})?)(?=\.?$)"
)
_NARROWED = re.compile(
    rf"\b{_WHO}( (?:with|who (?:are|have)|aged|receiving|undergoing)\b[^,.;:()|]{{3,60}})(?=\.?$)"
)


def population(scene: Scene, rng: Random) -> Iterator[Change]:
    """
    Yield changes of who it holds for: another group, or the restriction dropped.

    Restrictions are dropped only where the sentence rules or compares. That something was
    reported in the elderly does entail that it was reported; near ones are the dropped.
    """
    text = scene.text
    for match in _GROUP.finditer(text):
        word = match[1].lower()
        if word in ("renal", "hepatic") and not _ORGAN.match(text, match.end()):
            continue
        if word in ("rats", "mice", "rabbits", "dogs") and rng.random() < 0.6:  # noqa: PLR2004
            continue
        if word in ("adult", "male", "female") and re.match(
            r"-|s? rats?| mice", text[match.end() :]
        ):
            continue
        if _SEXED.search(text) and word in _SEXES:
            continue
        fair = [w for w in _OTHERS[word] if not re.search(rf"\b{w[:5]}", text, re.IGNORECASE)]
        if fair:
            yield replaced(match, rng.choice(fair), 1)
    for match in _SEVERITY.finditer(text):
        new = rng.choice(_MILDER[match[1].lower()])
        if not re.search(rf"\b{new}\b", text, re.IGNORECASE):
            yield replaced(match, new, 1)
    yield from _dropped(text)


def _dropped(text: str) -> Iterator[Change]:
    if _MERELY_SEEN.search(text) or not _RULING.search(text):
        return
    if match := _LEADING.match(text):
        yield Change((Edit(0, match.end() + 1, text[match.end()].upper()),), near=True)
    match = _TRAILING.search(text)
    if match and not _GOES_ON.search(match[1]):
        yield Change((Edit(match.start(1), match.end(1), ""),), near=True)
    match = _NARROWED.search(text)
    if match and not _GOES_ON.search(match[1]):
        yield Change((Edit(match.start(1), match.end(1), ""),), near=True)
    for match in _SEVERITY.finditer(text):
        if text[: match.start()].lower().endswith((" or ", " and ", " to ")):
            continue
        yield Change((Edit(match.start(1), match.end(1) + 1, ""),), near=True)


_ROUTES: tuple[tuple[str, ...], ...] = (
    (
        "intravenous",
        "intramuscular",
        "subcutaneous",
        "oral",
        "topical",
        "intranasal",
        "rectal",
        "vaginal",
        "sublingual",
        "buccal",
        "transdermal",
        "inhaled",
        "ophthalmic",
        "intrathecal",
        "intravitreal",
        "parenteral",
        "nasal",
        "enteral",
        "epidural",
    ),
    (
        "intravenously",
        "intramuscularly",
        "subcutaneously",
        "orally",
        "topically",
        "intranasally",
        "rectally",
        "vaginally",
        "sublingually",
        "intrathecally",
    ),
    (
        "tablets",
        "capsules",
        "injection",
        "oral solution",
        "oral suspension",
        "cream",
        "ointment",
        "patches",
        "suppositories",
        "nasal spray",
    ),
    ("tablet", "capsule", "suppository", "patch"),
    ("extended-release", "immediate-release", "delayed-release"),
)
_LIKELY = {
    "intravenous": ("oral", "intramuscular", "subcutaneous"),
    "intravenously": ("orally", "intramuscularly", "subcutaneously"),
    "orally": ("intravenously", "intramuscularly", "sublingually"),
    "oral": ("intravenous", "intramuscular", "topical"),
    "intramuscular": ("intravenous", "oral", "subcutaneous"),
    "subcutaneous": ("intravenous", "oral", "intramuscular"),
    "parenteral": ("oral", "topical"),
    "topical": ("oral", "intravenous"),
    "tablets": ("injection", "capsules", "oral solution"),
    "capsules": ("tablets", "injection"),
    "injection": ("tablets", "cream", "capsules"),
    "oral solution": ("injection", "tablets"),
    "extended-release": ("immediate-release",),
    "immediate-release": ("extended-release",),
    "delayed-release": ("immediate-release",),
}
_DEVICE = re.compile(
    r"sperm|computer|screen|phone|display|laser|injection drug|drug inject", re.IGNORECASE
)
_ROUTE = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted((w for g in _ROUTES for w in g), key=len, reverse=True))
    + r")(?![\w-])(?! (?:contracept|mucos|cavit|candid|temperature|anticoag|antidiab|hypogly|health"
    r"|ulcer|hygiene|thrush|lesion|disease|exam|antihist|cancer|site|infection|congest|pol"
    r"|septum|hair"
    r"|tissue|swab|reactions?|steroid|corticosteroid|mucositis|herpes|bleeding|delivery"
    r"|discharge|dryness|itch"
    r"|discomfort|atrophy|irritation|ring|burning))(?!-site)",
    re.IGNORECASE,
)


def route(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes of one route, form or release into another that the text does not name."""
    text = scene.text
    if _DEVICE.search(text):
        return
    for match in _ROUTE.finditer(text):
        word = match[1].lower()
        group = next(g for g in _ROUTES if word in g)
        choices = _LIKELY.get(word, tuple(w for w in group[:4] if w != word))
        fair = [w for w in choices if not re.search(rf"\b{w[:6]}", text, re.IGNORECASE)]
        if fair:
            yield replaced(match, rng.choice(fair), 1)
