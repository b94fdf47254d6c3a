"""What the label formats (SPL, openFDA JSON) share: dates, identity, title and source."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.documents import LabelFacts, Source, SourceType

DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
_SHOWN = 3
"""Names past the third make a title longer, not clearer."""
_PLAIN_WORDS = frozenset(
    "and with for the in usp tablet tablets capsule capsules injection solution oral suspension"
    " cream ointment patch syrup extended release delayed immediate chewable coated film"
    " hydrochloride hcl sodium calcium".split()
)


def iso_date(stamp: str | None) -> str | None:
    """Return "20191129..." as "2019-11-29", "201911" as "2019-11"; None where it is no date."""
    match = re.match(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?", (stamp or "").strip())
    if match is None:
        return None
    year, month, day = match.groups()
    if not month or not 1 <= int(month) <= 12:  # noqa: PLR2004 - months of a year
        return year
    valid = day and 1 <= int(day) <= 31  # noqa: PLR2004 - days of a month
    return f"{year}-{month}-{day}" if valid else f"{year}-{month}"


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* without blanks and repetitions, case aside, in the order given."""
    seen: dict[str, str] = {}
    for name in names:
        if name.strip():
            seen.setdefault(name.strip().casefold(), name.strip())
    return tuple(seen.values())


def brand_names(names: Iterable[str], *given: Iterable[str]) -> tuple[str, ...]:
    """
    Return the product names that are brands; *given* are generic, substance and moiety names.

    A name made of their words and of dosage words is none ("Lisinopril Tablets"). A brand in
    capitals only is written as a word ("VIVITROL" -> "Vivitrol").
    """
    plain = _PLAIN_WORDS.union(*(_words(name) for group in given for name in group))
    return tuple(_as_word(name) for name in distinct(names) if _words(name) - plain)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", name.lower()))


def _as_word(name: str) -> str:
    return " ".join(
        word.capitalize() if word.isupper() and len(word) > 3 else word  # noqa: PLR2004 - XR, HCl
        for word in name.split()
    )


def label_source(facts: LabelFacts, *, fallback_id: str, licence: str) -> Source:
    """
    Return the source that *facts* describe; *fallback_id* names it where there is no set id.

    The title is "Brand (generic) – FDA label", or "generic – FDA label".
    """
    generic = _listed(facts.generics or (" and ".join(facts.ingredients),), " / ")
    brand = _listed(facts.brands, " / ")
    name = f"{brand} ({generic})" if brand and generic else brand or generic or "Unnamed product"
    name = name if brand else name[:1].upper() + name[1:]
    return Source(
        id=f"label:{facts.set_id or fallback_id}",
        type=SourceType.LABEL,
        title=f"{name} – FDA label",
        facts=facts,
        publisher=facts.labeler,
        published=facts.effective,
        url=f"{DAILYMED}{facts.set_id}" if facts.set_id else None,
        licence=licence,
    )


def _listed(names: Iterable[str], joint: str) -> str:
    given = [name for name in names if name]
    return joint.join(given[:_SHOWN]) + (", …" if len(given) > _SHOWN else "")


def document_id(source: Source, facts: LabelFacts) -> str:
    """Return the source's id with the version, or else the date, that this document is."""
    which = facts.version or facts.effective
    return f"{source.id}@{which}" if which else source.id


def slug(path: str) -> str:
    """Return a file's name as part of an id: lower case, hyphens, no suffix."""
    stem = re.split(r"[/!]", path)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "unnamed"
