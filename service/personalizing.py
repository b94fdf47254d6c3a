"""
A stored answer -> the view of it for one audience: order, register, terms; never facts.

What is cited is moved within its section and explained beside its words. Nothing cited is added,
dropped or changed, and neither are markers, outcomes, conflicts, the review status or the
disclaimer; so one stored answer serves every reader, and is kept as nobody's view. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ingest.parsing.loinc import FOR_PATIENTS
from service.answers import Audience, SectionKind
from service.explaining import explained, read_glossary
from service.wording import reworded, wording, wording_keys

Json = dict[str, Any]

_HEADINGS = ("safety", "lead", "conflicts", "references", "follow_ups")
"""Headings that the answer itself does not carry."""
_GUIDELINES, _LABEL, _RESEARCH = SectionKind


def personalized(answer: Json, audience: Audience) -> Json:
    """
    Return *answer*, as it was stored, as *audience* reads it; *answer* is left as it is.

    ``audience`` stays whoever asked, ``view`` tells for whom this is. Each statement gets
    ``terms``: the words explained, by their offsets in its text (characters).
    """
    names = drug_names(answer["understood_as"])

    def said(statement: Json) -> Json:
        return with_terms(statement, audience, names)

    sections = [_section(section, audience, said) for section in answer["sections"]]
    body = {
        **answer,
        "reason": _told(answer["reason"], audience),
        "safety": [said(notice) for notice in answer["safety"]],
        "lead": said(answer["lead"]) if answer["lead"] else None,
        "sections": _ordered(sections, audience),
        "parts": [_part(part, audience, said) for part in answer["parts"]],
        "conflicts": [
            {**pair, "first": said(pair["first"]), "second": said(pair["second"])}
            for pair in answer["conflicts"]
        ],
        "follow_ups": [reworded(question, audience) for question in answer["follow_ups"]],
        "withheld": [{**statement, "terms": []} for statement in answer["withheld"]],
    }
    return {**body, "view": _view(body, audience)}


def with_terms(statement: Json, audience: Audience, names: Sequence[str]) -> Json:
    """Return *statement* with the terms that *audience* has explained."""
    marks = explained(statement["text"], audience, names)
    return {
        **statement,
        "terms": [{"term": mark.word, "start": mark.start, "end": mark.end} for mark in marks],
    }


def drug_names(understood: Json) -> list[str]:
    """Return the names of the drugs that a question was understood to be about."""
    drugs = understood["drugs"]
    return [name for drug in drugs for name in (drug["name"], *drug["ingredients"])]


def section_order(audience: Audience, *, speaks_to_patients: bool) -> list[SectionKind]:
    """
    Return the order of sections that serves *audience*.

    A pharmacist works from the label; a patient reads what the label says to patients first,
    where it says something.
    """
    is_first = audience is Audience.PHARMACIST
    is_first |= audience is Audience.PATIENT and speaks_to_patients
    return [_LABEL, _GUIDELINES, _RESEARCH] if is_first else list(SectionKind)


def _ordered(sections: Sequence[Json], audience: Audience) -> list[Json]:
    plain = any(
        _speaks_to_patients(each) for s in sections for each in (*s["statements"], *s["more"])
    )
    order = section_order(audience, speaks_to_patients=plain)
    return sorted(sections, key=lambda section: order.index(SectionKind(section["kind"])))


def _section(section: Json, audience: Audience, said: Callable[[Json], Json]) -> Json:
    held = {
        part: [said(statement) for statement in section[part]] for part in ("statements", "more")
    }
    if audience is Audience.PATIENT:
        for statements in held.values():  # The sort is stable: relevance decides among equals.
            statements.sort(key=lambda statement: not _speaks_to_patients(statement))
    heading, note = reworded(section["heading"], audience), _told(section["note"], audience)
    return {**section, "heading": heading, "note": note, **held}


def _part(part: Json, audience: Audience, said: Callable[[Json], Json]) -> Json:
    sections = [_section(section, audience, said) for section in part["sections"]]
    reason = _told(part["reason"], audience)
    return {**part, "reason": reason, "sections": _ordered(sections, audience)}


def _view(body: Json, audience: Audience) -> Json:
    terms = read_glossary().terms
    words = dict.fromkeys(mark["term"] for each in _read(body) for mark in each["terms"])
    note = "view.note"
    return {
        "audience": audience.value,
        "note": wording(note, audience) if note in wording_keys(audience) else None,
        "headings": {name: wording(f"heading.{name}", audience) for name in _HEADINGS},
        "unfolded": [s["kind"] for s in body["sections"] if _is_unfolded(s, audience)],
        "terms": [
            {
                "term": word,
                "plain": terms[word].plain,
                "source": terms[word].title,
                "url": terms[word].url,
            }
            for word in words
        ],
        "glossary": read_glossary().version,
    }


def _is_unfolded(section: Json, audience: Audience) -> bool:
    """Tell whether a section's further statements are shown at once."""
    match audience:
        case Audience.STUDENT:
            return bool(section["more"])
        case Audience.PHARMACIST:
            return bool(section["more"]) and section["kind"] == _LABEL
        case Audience.PATIENT:
            return any(_speaks_to_patients(statement) for statement in section["more"])
        case _:
            return False


def _speaks_to_patients(statement: Json) -> bool:
    return any(cited["section_code"] in FOR_PATIENTS for cited in statement["citations"])


def _read(body: Json) -> Iterator[Json]:
    """Yield every statement that is shown, in the order it is read."""
    yield from body["safety"]
    yield from [body["lead"]] if body["lead"] else []
    for section in (s for held in (body, *body["parts"]) for s in held["sections"]):
        yield from (*section["statements"], *section["more"])
    for pair in body["conflicts"]:
        yield from (pair["first"], pair["second"])


def _told(sentence: str | None, audience: Audience) -> str | None:
    return None if sentence is None else reworded(sentence, audience)
