"""
A cited work as a CSL-JSON item, the form that the other reference formats are written from.

Names and types are those of CSL 1.0.2
(https://github.com/citation-style-language/schema/blob/v1.0.2/schemas/input/csl-data.json):

* a study is an ``article-journal``;
* a guideline is a ``report`` of the body that issued it, which is its author where none is named;
* a drug label is a ``report``, too, with the genre "Prescribing information": a document that a
  company issues in numbered versions. APA (7th edition, 10.4) cites package inserts as reports;
  ``regulation`` and ``legislation`` are law, and ``webpage`` has no version.

A standing that nobody may overlook is in the title ("Retracted: ", "Superseded: "), which every
style prints; all badges, the set id and the answers that cite the work are in ``note``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from service.exporting.exports import Export, Mention, Work, numbers, one_line, works
from service.serialising import Json
from service.wording import wording

Item = dict[str, Any]

_TYPES = {"study": "article-journal", "guideline": "report", "label": "report"}
_GENRES = {"guideline": "Clinical practice guideline", "label": "Prescribing information"}
_LOUD = ("retracted", "superseded")
_MEDLINE_NAME = re.compile(
    r"(?P<family>.+) (?P<initials>[A-Z](?:-?[A-Z]){0,4})(?: (?P<suffix>Jr|Sr|I{2,3}|IV|2nd|3rd))?"
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


def as_csl_json(export: Export) -> str:
    """Return the works of *export* as a CSL-JSON array."""
    return json.dumps(items(export), ensure_ascii=False, indent=2) + "\n"


def items(export: Export) -> list[Item]:
    """Return one item per cited document, in the order of first citation."""
    return [item(work) for work in works(export)]


def item(work: Work) -> Item:
    """Return *work* as a CSL item; what its record does not say is left out."""
    entry, last = work.entry, work.mentions[-1].turn
    kind = entry["source_type"]
    named = map(one_line, entry.get("authors") or ())
    authors = [_name(author) for author in named if author]
    publisher, journal = one_line(entry["publisher"] or ""), one_line(entry["journal"] or "")
    if not authors and kind != "study" and publisher:
        authors = [{"literal": publisher}]
    told: Item = {
        "id": work.key,
        "type": _TYPES[kind],
        "title": _title(entry),
        "author": authors,
        "container-title": journal,
        "publisher": publisher if publisher != journal else "",
        "issued": _date(entry["effective"]) or _date(entry["year"]),
        "accessed": _date(last["answer"]["provenance"]["corpus_date"]),
        "genre": _GENRES.get(kind),
        "version": one_line(entry["version"] or ""),
        "status": entry["status"] if entry["status"] in _LOUD else None,
        "DOI": one_line(entry["doi"] or ""),
        "PMID": one_line(entry["pmid"] or ""),
        "PMCID": one_line(entry["pmcid"] or ""),
        "URL": one_line(entry["url"] or ""),
        "note": note(work),
    }
    return {name: value for name, value in told.items() if value}


def note(work: Work) -> str:
    """Return what a reader of the bare reference must know: standing, whose words, and its use."""
    entry = work.entry
    told = list(entry["badges"])
    if entry["summary_notice"] and entry["summary_notice"] not in told:
        told.append(entry["summary_notice"])
    if entry["set_id"]:
        told.append(f"Set id {entry['set_id']}")
    told += [f"Superseded by {one}" for one in entry["superseded_by"]]
    disclaimer = work.mentions[-1].turn["answer"]["disclaimer"]
    said = [". ".join(told), *map(_mentioned, work.mentions)]
    said.append(wording("export.disclaimer", **disclaimer))
    return one_line(" | ".join(part for part in said if part))


def _mentioned(mention: Mention) -> str:
    turn = mention.turn
    return wording(
        "export.cited",
        markers=numbers(mention.markers),
        question=turn["question"],
        date=turn["asked_at"][:10],
        snapshot=turn["answer"]["provenance"]["snapshot"],
        review=mention.review,
    )


def _title(entry: Json) -> str:
    badge = f"{wording('badge.' + entry['status'])}: " if entry["status"] in _LOUD else ""
    return badge + (one_line(entry["title"]) or entry["document_id"])


def _name(written: str) -> dict[str, str]:
    """Return "Example AB Jr", as MEDLINE writes a person, in its parts; other names whole."""
    found = _MEDLINE_NAME.fullmatch(written)
    if found is None or "," in written or " and " in written:
        return {"literal": written}
    given = "".join(f"{each}." if each != "-" else each for each in found["initials"])
    suffix = {"suffix": found["suffix"]} if found["suffix"] else {}
    return {"family": found["family"], "given": given, **suffix}


def _date(written: str | int | None) -> dict[str, list[list[int]]] | None:
    """Return an ISO date, whole or in part, or a year, as CSL date parts."""
    found = _DATE.match(str(written or ""))
    if found is None:
        return None
    return {"date-parts": [[int(part) for part in found.groups() if part]]}
