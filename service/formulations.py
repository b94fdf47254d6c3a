"""Formulations: what a brand's label fixes, and what the words of a question ask for."""

from __future__ import annotations

import re

from ingest.documents import LabelFacts

_INJECTED = frozenset(
    """
    intramuscular intravenous subcutaneous intradermal intrathecal epidural perineural
    infiltration subarachnoid intravitreal intra-articular intraarticular parenteral
    """.split()
)
_BY_ROUTE = {
    "respiratory (inhalation)": "inhalation",
    "nasal": "nasal spray",
    "transdermal": "patch",
    "topical": "topical",
    "ophthalmic": "eye drops",
    "rectal": "rectal",
    "vaginal": "vaginal",
    "sublingual": "sublingual",
    "buccal": "buccal",
    "subcutaneous implant": "implant",
}
_RELEASE = re.compile(
    r"extended[ -]release|sustained[ -]release|prolonged[ -]release|controlled[ -]release"
    r"|\blong[ -]acting|\b(?:er|xr|xl|sr|cr|la)\b"
)
_LONG_RELEASE = "extended-release "
_ORAL_FORMS = (
    ("tablet", "tablets"),
    ("capsule", "capsules"),
    ("solution", "oral solution"),
    ("suspension", "oral suspension"),
    ("syrup", "oral solution"),
    ("granule", "granules"),
    ("film", "oral film"),
)

_ASKED = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"\bdepot\b", "extended-release injection"),
        (r"\binject(?:ion|ions|able|ables|ed)\b|\bshots?\b|\bintramuscular\b", "injection"),
        (r"\bintravenous(?:ly)?\b|\binfusions?\b", "injection"),
        (r"\bpatch(?:es)?\b|\btransdermal\b", "patch"),
        (r"\bnasal(?: spray)?\b|\bintranasal\b", "nasal spray"),
        (r"\binhale[rd]s?\b|\binhalation\b", "inhalation"),
        (r"\btopical(?:ly)?\b|\bcream\b|\bointment\b|\bgel\b", "topical"),
        (r"\beye ?drops?\b|\bophthalmic\b", "eye drops"),
        (r"\bimplants?\b", "implant"),
        (r"\bsublingual(?:ly)?\b", "sublingual"),
        (r"\btablets?\b|\bpills?\b", "tablets"),
        (r"\bcapsules?\b", "capsules"),
        (r"\boral(?:ly)?\b|\bby mouth\b", "oral"),
    )
)


# Long-acting injections whose labels call the form a kit or a plain injection.
_LONG_ACTING_BRANDS = re.compile(
    r"\b(?:vivitrol|sublocade|brixadi|maintena|aristada|perseris|consta|uzedy|rykindo|sustenna"
    r"|trinza|hafyera|relprevv|asimtufii|depot|somatuline|bydureon|zilretta|apretude|cabenuva)\b"
)


def formulation_of(facts: LabelFacts) -> str | None:
    """
    Return the formulation that a label's forms, routes and names fix, or None.

    "extended-release injection" for an intramuscular extended-release suspension, "tablets" for
    a film-coated tablet. None where the label covers routes that have no one name.
    """
    names = " ".join((*facts.forms, *facts.generics, *facts.brands)).lower()
    release = _LONG_RELEASE if _is_long_acting(facts) or _RELEASE.search(names) else ""
    kind = (
        "injection"
        if _is_long_acting(facts)
        else _kind({route.lower() for route in facts.routes}, names)
    )
    return f"{release}{kind}" if kind else None


def _is_long_acting(facts: LabelFacts) -> bool:
    return _LONG_ACTING_BRANDS.search(" ".join(facts.brands).lower()) is not None


def _kind(routes: set[str], names: str) -> str | None:
    if routes and routes <= _INJECTED:
        return "injection"
    if routes == {"oral"}:
        return next((form for word, form in _ORAL_FORMS if word in names), "oral")
    named = {_BY_ROUTE.get(route) for route in routes}
    if len(named) == 1:
        return named.pop()
    return "injection" if not routes and "inject" in names else None


def formulation_in(text: str) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    """
    Return the formulation a question names and every span that does: "and the injection?".

    Words that say extended-release or long-acting beside it are kept; None where none is named.
    """
    lower = text.lower()
    released = [match.span() for match in _RELEASE.finditer(lower)]
    for pattern, kind in _ASKED:
        if named := [match.span() for match in pattern.finditer(lower)]:
            known = kind.startswith(_LONG_RELEASE)
            release = _LONG_RELEASE if released and not known else ""
            return f"{release}{kind}", (*released, *named)
    return (_LONG_RELEASE.strip(), tuple(released)) if released else None


def fits(formulation: str | None, facts: LabelFacts) -> bool:
    """
    Tell whether a label is about the formulation asked for; True where either is silent.

    "injection" fits every injection, "oral" every tablet, capsule or solution.
    """
    labelled = formulation_of(facts)
    if formulation is None or labelled is None:
        return True
    if "extended-release" in formulation and "extended-release" not in labelled:
        return False
    kind = formulation.replace("extended-release", "").strip()
    oral = {form for _, form in _ORAL_FORMS} | {"oral"}
    plain = labelled.replace("extended-release", "").strip()
    return not kind or kind == plain or (kind in oral and plain in oral)
