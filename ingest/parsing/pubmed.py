"""PubMed XML (efetch and baseline files): one Document per article, book chapter or abstract."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.documents import DeadLetter, Document, Notice, NoticeKind, Section
from ingest.errors import ParseError
from ingest.markup import Element, flatten, local_name, parse_xml, squeeze
from ingest.parsing.abstracts import ABSTRACT, abstract_part, merged
from ingest.parsing.formulas import spell_formulas
from ingest.parsing.studies import (
    Record,
    distinct,
    document_of,
    doi_of,
    iso_date,
    loose_date,
    pmcid_of,
    pmid_of,
)
from ingest.reading import SourceFile

VERSION = "pubmed/1"

# RefType of CommentsCorrections: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html
NOTICES: dict[str, NoticeKind] = {
    "RetractionIn": NoticeKind.RETRACTION_IN,
    "RetractedandRepublishedIn": NoticeKind.RETRACTION_IN,
    "RetractionOf": NoticeKind.RETRACTION_OF,
    "ErratumIn": NoticeKind.ERRATUM_IN,
    "CorrectedandRepublishedIn": NoticeKind.ERRATUM_IN,
    "ErratumFor": NoticeKind.ERRATUM_FOR,
    "UpdateIn": NoticeKind.UPDATE_IN,
    "UpdateOf": NoticeKind.UPDATE_OF,
    "ExpressionOfConcernIn": NoticeKind.CONCERN_IN,
    "ExpressionOfConcernFor": NoticeKind.CONCERN_FOR,
    "CommentIn": NoticeKind.COMMENT_IN,
    "CommentOn": NoticeKind.COMMENT_ON,
}
"""How a record points at another; the rest is OTHER, its own term kept in the text."""


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield one Document or DeadLetter per record of a PubmedArticleSet, in the file's order.

    A record deleted by the National Library of Medicine is a dead letter, as is one without an
    identity or any text. Raises ParseError where the file is not well-formed PubMed XML.
    Reference lists, affiliations and keyword lists are not stored.
    """
    root = parse_xml(file.data)
    named = local_name(root)
    records = [root] if named in _READERS or named in _DELETIONS else list(root)
    number = 0
    for record in records:
        name = local_name(record)
        if name in _DELETIONS:
            for pmid in record.iter("{*}PMID"):
                number += 1
                reason = "deleted by the National Library of Medicine"
                yield DeadLetter(file.path, reason, squeeze(pmid.text or "") or None)
        elif name:
            number += 1
            yield _one(record, name, number, file)
    if number == 0:
        raise ParseError("PubMed XML without a single record")


def _one(record: Element, name: str, number: int, file: SourceFile) -> Document | DeadLetter:
    pmid = _text(record, "MedlineCitation/PMID") or _text(record, "BookDocument/PMID")
    label = pmid or f"record {number}"
    read = _READERS.get(name)
    if read is None:
        return DeadLetter(file.path, f"an element <{name}>, which is no PubMed record", label)
    spell_formulas(record)
    try:
        return document_of(read(record, str(number)), file, VERSION)
    except ParseError as error:
        return DeadLetter(file.path, str(error), label)


def _article(element: Element, number: str) -> Record:
    citation, article = _find(element, "MedlineCitation"), _find(element, "MedlineCitation/Article")
    if citation is None or article is None:
        raise ParseError("a PubMed record without its citation or article")
    ids = _ids(element, "PubmedData/ArticleIdList/ArticleId")
    doi = ids.get("doi") or next(
        (e.text for e in _all(article, "ELocationID") if e.get("EIdType") == "doi"), None
    )
    vernacular = _text(article, "VernacularTitle")
    return Record(
        title=_title(_text(article, "ArticleTitle"), vernacular),
        vernacular=vernacular,
        abstract=_abstract(_find(article, "Abstract")),
        text=tuple(s for other in _all(citation, "OtherAbstract") for s in _other(other)),
        pmid=pmid_of(_text(citation, "PMID") or ids.get("pubmed")),
        pmcid=pmcid_of(ids.get("pmc")),
        doi=doi_of(doi),
        journal=_text(article, "Journal/Title") or _text(citation, "MedlineJournalInfo/MedlineTA"),
        published=_date(_find(article, "Journal/JournalIssue/PubDate"))
        or _date(_find(article, "ArticleDate")),
        authors=_authors(article, "AuthorList"),
        publication_types=_texts(article, "PublicationTypeList/PublicationType"),
        mesh=_mesh(citation),
        language=_text(article, "Language"),
        notices=_notices(citation),
        licence=_text(article, "Abstract/CopyrightInformation"),
        fallback=number,
    )


def _book(element: Element, number: str) -> Record:
    book = _find(element, "BookDocument")
    if book is None:
        raise ParseError("a PubMed book record without its document")
    ids = _ids(book, "ArticleIdList/ArticleId")
    whole = _text(book, "Book/BookTitle")
    accession = ids.get("bookaccession")
    return Record(
        title=_text(book, "ArticleTitle") or whole or "",
        vernacular=_text(book, "VernacularTitle"),
        abstract=_abstract(_find(book, "Abstract")),
        pmid=pmid_of(_text(book, "PMID") or ids.get("pubmed")),
        doi=doi_of(ids.get("doi")),
        journal=whole or _text(book, "Book/Publisher/PublisherName"),
        published=_date(_find(book, "ContributionDate")) or _date(_find(book, "Book/PubDate")),
        authors=_authors(book, "AuthorList") or _authors(book, "Book/AuthorList"),
        publication_types=_texts(book, "PublicationType"),
        language=_text(book, "Language"),
        licence=_text(book, "Abstract/CopyrightInformation"),
        url=f"https://www.ncbi.nlm.nih.gov/books/{accession}/" if accession else None,
        fallback=number,
    )


_READERS = {"pubmedarticle": _article, "pubmedbookarticle": _book}
_DELETIONS = frozenset({"deletecitation", "deletedocument"})


def _title(title: str | None, vernacular: str | None) -> str:
    """Return the title; "[Not Available]." says that there is none in English."""
    if title and not title.lower().startswith("[not available"):
        return title
    return vernacular or ""


def _abstract(element: Element | None) -> tuple[Section, ...]:
    parts: list[Section] = []
    for text in _all(element, "AbstractText"):
        category = text.get("NlmCategory")
        parts += abstract_part(text.get("Label"), flatten(text), category=category)
    return tuple(merged(parts))


def _other(element: Element) -> list[Section]:
    """Read an abstract in another language or by another hand, and say whose it is."""
    kind, language = element.get("Type") or "", element.get("Language") or "eng"
    named = "Plain language summary" if kind.startswith("plain-language") else f"{ABSTRACT} ({kind}"
    head = named if named.startswith("Plain") else f"{named}, {language})"
    return [
        Section((head, *section.headings[1:]), section.blocks, section.code)
        for section in _abstract(element)
    ]


def _date(element: Element | None) -> str | None:
    if element is None:
        return None
    parts = [_text(element, name) for name in ("Year", "Month", "Day")]
    return iso_date(*parts) or loose_date(_text(element, "MedlineDate"))


def _authors(element: Element, path: str) -> tuple[str, ...]:
    names: list[str | None] = []
    for author in _all(element, f"{path}/Author"):
        if author.get("ValidYN") == "N":
            continue
        family, initials = _text(author, "LastName"), _text(author, "Initials")
        person = squeeze(f"{family or ''} {initials or _text(author, 'ForeName') or ''}")
        suffix = _text(author, "Suffix")
        names.append(_text(author, "CollectiveName") or squeeze(f"{person} {suffix or ''}"))
    return distinct(names)


def _mesh(citation: Element) -> tuple[str, ...]:
    """Return headings as "Naltrexone/therapeutic use", one for each qualifier."""
    headings: list[str | None] = []
    for heading in _all(citation, "MeshHeadingList/MeshHeading"):
        descriptor = _text(heading, "DescriptorName")
        qualifiers = _texts(heading, "QualifierName")
        headings += [f"{descriptor}/{q}" for q in qualifiers] if qualifiers else [descriptor]
    return distinct(headings)


def _notices(citation: Element) -> tuple[Notice, ...]:
    notices = []
    for element in _all(citation, "CommentsCorrectionsList/CommentsCorrections"):
        term = element.get("RefType") or ""
        if term == "Cites":
            continue  # the reference list, as files before 2019 gave it
        text = " ".join(p for p in (_text(element, "RefSource"), _text(element, "Note")) if p)
        kind = NOTICES.get(term, NoticeKind.OTHER)
        told = text if kind is not NoticeKind.OTHER else squeeze(f"{term}: {text}")
        notices.append(Notice(kind, pmid_of(_text(element, "PMID")), doi_of(text), told or None))
    return tuple(notices)


def _ids(element: Element, path: str) -> dict[str, str]:
    return {e.get("IdType") or "": squeeze(e.text or "") for e in _all(element, path)}


def _all(element: Element | None, path: str) -> list[Element]:
    return [] if element is None else element.findall(path)


def _find(element: Element, path: str) -> Element | None:
    return element.find(path)


def _text(element: Element, path: str) -> str | None:
    found = element.find(path)
    return (flatten(found) or None) if found is not None else None


def _texts(element: Element, path: str) -> tuple[str, ...]:
    return distinct([flatten(found) for found in _all(element, path)])
