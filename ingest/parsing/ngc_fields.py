"""
What the fields of an NGC summary become: source, guideline facts, sections, recommendations.

Recommendations come from "Major Recommendations" alone, and not from the definitions at its end,
which say what the grades mean. There a list item that says what should be done is one too, even
where the guideline grades nothing; a paragraph is one only if it is graded or says "recommend".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingest.documents import (
    GuidelineFacts,
    Recommendation,
    Section,
    Source,
    SourceType,
)
from ingest.grading import CATEGORY_TYPE, GRADE, OLD_USPSTF, QUALITY_STRENGTH, USPSTF
from ingest.parsing.front_matter import slug_of
from ingest.parsing.graded_rows import row_recommendation
from ingest.parsing.outlining import Candidate, Piece, arrange
from ingest.recommending import read, reading

KEPT = (
    "Major Recommendations",
    "Clinical Algorithm(s)",
    "Contraindications",
    "FDA Warning/Regulatory Alert",
    "Potential Benefits",
    "Potential Harms",
    "Qualifying Statements",
    "Disease/Condition(s)",
    "Other Disease/Condition(s) Addressed",
    "Target Population",
    "Guideline Objective(s)",
    "Interventions and Practices Considered",
    "Major Outcomes Considered",
    "Rating Scheme for the Strength of the Evidence",
    "Rating Scheme for the Strength of the Recommendations",
    "Type of Evidence Supporting the Recommendations",
)
"""The fields that become sections, in this order."""

MAX_POPULATION = 200

_DEFINES = re.compile(
    r"\b(?:definitions?|rating|ratings|grades?|grading|quality of (?:the )?evidence|"
    r"strength of (?:the )?recommendations?|evidence type|recommendation categor(?:y|ies)|"
    r"categories|certainty|evidence level|consensus statements)\b",
    re.IGNORECASE,
)
_PREFACE = re.compile(r"\b(?:defined|provided|presented|found) at the end of the \"Major")
_LETTERED = re.compile(r"[\[(]\s*(?:EO|[A-DI])\s*[\])]")
_PAIRED = re.compile(r"\(\s*I{1,3}[A-C]\s*\)")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DATE = re.compile(rf"(\d{{4}})(?: ({'|'.join(_MONTHS)})[a-z]*)?(?: (\d{{1,2}}))?(?=\W|$)")
_UPDATES = re.compile(r"This guideline updates (?:a )?previous versions?:", re.IGNORECASE)
_NOT_TITLES = re.compile(
    r"^(?:This (?:is the current|guideline meets)|The developer)", re.IGNORECASE
)


def source_of(
    number: str | None, texts: Mapping[str, str], addresses: Mapping[str, Sequence[str]]
) -> Source:
    """Return who says so; the id is the NGC number's, or the title's where there is none."""
    title = texts["Guideline Title"].rstrip(".")
    series = f"ngc-{number}" if number else slug_of(title)
    published = _released(texts.get("Date Released", ""))
    urls = [url for url in addresses.get("Guideline Availability", ()) if url.startswith("http")]
    return Source(
        id=f"guideline:{series}",
        type=SourceType.GUIDELINE,
        title=title,
        facts=GuidelineFacts(
            series=series,
            year=int(published[:4]) if published else None,
            scheme=scheme_of(texts),
            population=_population(texts),
            supersedes=_supersedes(texts.get("Guideline Status", "")),
        ),
        publisher=_publisher(texts.get("Guideline Developer(s)", "")),
        published=published,
        url=urls[0] if urls else None,
        licence=texts.get("Copyright Statement") or None,
    )


def scheme_of(texts: Mapping[str, str]) -> str | None:
    """Return the grading scheme that the recommendations use, from its definition and marks."""
    major = texts.get("Major Recommendations", "")
    defined = major + texts.get("Rating Scheme for the Strength of the Recommendations", "")
    if re.search(r"recommendation category: ?[AB]", major):
        return CATEGORY_TYPE
    if _PAIRED.search(major):
        return QUALITY_STRENGTH
    if re.search(r"\b(?:strong|weak) (?:for|against)\b", major, re.IGNORECASE) or re.search(
        r"strong recommendation, ", major, re.IGNORECASE
    ):
        return GRADE
    if _LETTERED.search(major) and "grade" in defined.lower():
        is_old = re.search(r"No recommendation for or against the routine provision", defined)
        return OLD_USPSTF if is_old else USPSTF
    return None


def sections_of(
    fields: Mapping[str, Sequence[Piece]], texts: Mapping[str, str]
) -> tuple[Section, ...]:
    """Return the sections of the kept fields; raises ParseError never, loses nothing kept."""
    scheme, population = scheme_of(texts), _population(texts)

    def major(candidate: Candidate) -> Recommendation | None:
        return _recommendation(candidate, scheme, population)

    sections: list[Section] = []
    for name in KEPT:
        pieces = fields.get(name, ())
        judge = major if name == "Major Recommendations" else _none
        sections.extend(arrange(pieces, judge, scheme=scheme, top=(name,)))
    return tuple(sections)


def _recommendation(
    candidate: Candidate, scheme: str | None, population: str | None
) -> Recommendation | None:
    defines = any(_DEFINES.search(heading) for heading in candidate.headings[1:])
    if defines or _PREFACE.search(candidate.text):
        return None
    if candidate.row:
        return row_recommendation(candidate, scheme, population)
    found = read(candidate.text, scheme=scheme, population=population, lead=candidate.lead)
    if found is None and candidate.item and re.search(r"\b(?:should|must)\b", candidate.text):
        words = reading(candidate.text)
        if words.direction is not None:
            return read(candidate.text, scheme=scheme, population=population, stated=True)
    return found


def _none(_: Candidate) -> Recommendation | None:
    return None


def _population(texts: Mapping[str, str]) -> str | None:
    population = texts.get("Target Population", "").strip()
    return population if 0 < len(population) <= MAX_POPULATION else None


def _publisher(developers: str) -> str | None:
    """Return the developers' names, a line each, without what kind of organisation each is."""
    names = [
        re.sub(r" - [A-Z][\w'/ -]*(?: \[[^\]]*\])?$", "", name.strip())
        for name in developers.split("\n")
    ]
    return "; ".join(dict.fromkeys(filter(None, names))) or None


def _released(text: str) -> str | None:
    """Return the latest date of "1999 May (revised 2014 Oct 3)", as precise as it is."""
    dates = [
        "-".join(
            part
            for part in (
                year,
                f"{_MONTHS.index(month) + 1:02}" if month else "",
                f"{int(day):02}" if month and day else "",
            )
            if part
        )
        for year, month, day in _DATE.findall(text)
    ]
    return max(dates, default=None)


def _supersedes(status: str) -> tuple[str, ...]:
    """Return the earlier editions that the status names, one sentence list each."""
    parts = _UPDATES.split(status)
    if len(parts) == 1:
        return ()
    return tuple(
        text.strip()
        for part in parts[1:]
        for text in re.split(r"(?<=\])\s+(?=[A-Z])|\s*This guideline meets.*$", part)
        if text.strip() and not _NOT_TITLES.match(text.strip())
    )
