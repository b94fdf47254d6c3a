"""JATS front matter -> what a study's record says: ids, title, journal, dates, links, licence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.documents import Notice, NoticeKind, Section
from ingest.markup import Element, flatten, local_name, squeeze
from ingest.parsing.crossrefs import without_citations
from ingest.parsing.studies import (
    Record,
    distinct,
    doi_of,
    iso_date,
    loose_date,
    pmc_url,
    pmcid_of,
    pmid_of,
)

_HREF = "{http://www.w3.org/1999/xlink}href"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# The values of related-article-type in the JATS tag library: https://jats.nlm.nih.gov/archiving/
_NOTICES: dict[str, NoticeKind] = {
    "retraction-forward": NoticeKind.RETRACTION_IN,
    "retracted-article": NoticeKind.RETRACTION_OF,
    "correction-forward": NoticeKind.ERRATUM_IN,
    "corrected-article": NoticeKind.ERRATUM_FOR,
    "update": NoticeKind.UPDATE_IN,
    "updated-article": NoticeKind.UPDATE_OF,
    "expression-of-concern": NoticeKind.CONCERN_IN,
    "object-of-concern": NoticeKind.CONCERN_FOR,
    "commentary": NoticeKind.COMMENT_IN,
    "commentary-article": NoticeKind.COMMENT_ON,
}
# MEDLINE's three-letter codes (MARC) for the two-letter ones of xml:lang.
_LANGUAGES = dict(
    pair.split(":")
    for pair in (
        "ar:ara cs:cze da:dan de:ger el:gre en:eng es:spa fa:per fi:fin fr:fre he:heb hu:hun it:ita"
        " ja:jpn ko:kor nb:nor nl:dut no:nor pl:pol pt:por ro:rum ru:rus sv:swe tr:tur uk:ukr"
        " zh:chi"
    ).split()
)
_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(?P<kind>[a-z-]+)|"
    r"publicdomain/(?P<public>zero|mark))(?:/(?P<version>\d\.\d))?",
    re.IGNORECASE,
)


def read_front(
    article: Element,
    meta: Element,
    abstract: tuple[Section, ...],
    text: tuple[Section, ...],
    fallback: str,
) -> Record:
    """Read *meta*, the article-meta of *article*, into a Record with the sections given."""
    ids = {e.get("pub-id-type") or "": squeeze(e.text or "") for e in meta.iter("{*}article-id")}
    pmcid = pmcid_of(ids.get("pmc") or ids.get("pmcid") or ids.get("pmcaid"))
    kind = article.get("article-type")
    language = (article.get(_LANG) or "").lower()
    return Record(
        title=_title(meta),
        vernacular=_text(meta, "{*}title-group/{*}trans-title-group/{*}trans-title"),
        abstract=abstract,
        text=text,
        pmid=pmid_of(ids.get("pmid")),
        pmcid=pmcid,
        doi=doi_of(ids.get("doi")),
        journal=_text(article, "{*}front/{*}journal-meta//{*}journal-title")
        or _text(article, "{*}front/{*}journal-meta/{*}journal-id"),
        published=_published(meta),
        authors=_authors(meta),
        publication_types=distinct([kind]),
        subjects=_headings(meta),
        language=_LANGUAGES.get(language[:2], language or None),
        notices=tuple(_notices(meta)),
        licence=_licence(meta),
        url=pmc_url(pmcid) if pmcid else None,
        fallback=fallback,
    )


def _headings(meta: Element) -> tuple[str, ...]:
    """Return the headings that the journal prints a paper under ("Case Report"), no keywords."""
    groups = meta.iterfind("{*}article-categories/{*}subj-group[@subj-group-type='heading']")
    return distinct([_text(group, "{*}subject") for group in groups])


def _title(meta: Element) -> str:
    title = _text(meta, "{*}title-group/{*}article-title") or ""
    subtitle = _text(meta, "{*}title-group/{*}subtitle")
    return f"{title.rstrip(':. ')}: {subtitle}" if title and subtitle else title


def _text(element: Element, path: str) -> str | None:
    found = element.find(path)
    if found is None:
        return None
    return without_citations(flatten(found, skip=_is_mark)).strip() or None


def _is_mark(element: Element) -> bool:
    """Leave out footnotes of a title and the marks that point to them."""
    return local_name(element) in ("xref", "fn")


def _published(meta: Element) -> str | None:
    """
    Return the date of the issue, as precise as it or the electronic date of its year is.

    A journal's year is what a paper is cited by, so the electronic date alone decides only where
    there is no other.
    """
    dates: dict[str, str] = {}
    for element in meta.iterchildren("{*}pub-date"):
        kind = element.get("pub-type") or element.get("date-type") or ""
        values = {local_name(child): flatten(child) for child in element}
        date = iso_date(values.get("year"), values.get("month"), values.get("day"))
        date = date or loose_date(values.get("string-date"))
        if date:
            dates.setdefault(kind, date)
    order = ("ppub", "epub-ppub", "collection", "pub", "epub", "epreprint", "pmc-release", "")
    ranked = [dates[kind] for kind in order if kind in dates] or list(dates.values())
    if not ranked:
        return None
    same_year = [date for date in ranked if date[:4] == ranked[0][:4]]
    electronic = dates.get("epub") or dates.get("pub")
    if len(ranked[0]) == len("2004") and electronic in same_year:
        return electronic
    return ranked[0]


def _authors(meta: Element) -> tuple[str, ...]:
    names: list[str | None] = []
    for person in meta.iterfind("{*}contrib-group/{*}contrib"):
        if person.get("contrib-type") not in (None, "author", "collab"):
            continue
        name, group = person.find("{*}name"), person.find("{*}collab")
        if name is not None:
            family = _text(name, "{*}surname") or ""
            given = _text(name, "{*}given-names") or ""
            names.append(squeeze(f"{family} {_initials(given)} {_text(name, '{*}suffix') or ''}"))
        elif group is not None:
            names.append(squeeze(flatten(group, skip=lambda e: local_name(e) == "contrib-group")))
        else:
            names.append(_text(person, "{*}string-name"))
    return distinct(names)


def _initials(given: str) -> str:
    """Return "MY" for "Mikhail Y", as MEDLINE writes authors."""
    if given.isupper() and len(given) <= len("ABCD") and given.isalpha():
        return given
    return "".join(part[0] for part in re.split(r"[\s.-]+", given) if part)


def _notices(meta: Element) -> Iterator[Notice]:
    for element in meta.iter("{*}related-article"):
        term, target = element.get("related-article-type") or "", element.get(_HREF) or ""
        where = element.get("ext-link-type")
        kind = _NOTICES.get(term, NoticeKind.OTHER)
        title = flatten(element) or element.get("{http://www.w3.org/1999/xlink}title") or ""
        told = ": ".join(part for part in (term, title) if part)
        pmid = pmid_of(target) if where in ("pubmed", "pmid") else None
        yield Notice(kind, pmid, doi_of(target), squeeze(told) or None)


def _licence(meta: Element) -> str | None:
    """Return "CC BY 4.0 (address)", or the words of another licence."""
    for licence in meta.iter("{*}license"):
        links = [licence, *licence.iter("{*}ext-link", "{*}uri", "{*}license_ref")]
        told = [link.get(_HREF) or "" for link in links] + [flatten(licence)]
        for text in told:
            if found := _COMMONS.search(text):
                return f"{_commons_name(found)} ({found.group()})"
        address = licence.get(_HREF)
        words = flatten(licence) or licence.get("license-type") or ""
        return squeeze(f"{words} {f'({address})' if address else ''}") or None
    return None


def _commons_name(found: re.Match[str]) -> str:
    if found["public"]:
        name = "CC0" if found["public"].lower() == "zero" else "Public Domain Mark"
    else:
        name = f"CC {found['kind'].upper()}"
    return f"{name} {found['version']}" if found["version"] else name
