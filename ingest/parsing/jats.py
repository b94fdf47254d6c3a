"""JATS and NLM full text (PubMed Central ``.nxml``): one Document per article."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.documents import DeadLetter, Document, Section
from ingest.errors import ParseError
from ingest.markup import Element, local_name, parse_xml
from ingest.parsing.crossrefs import mark_citations
from ingest.parsing.formulas import spell_formulas
from ingest.parsing.jats_front import read_front
from ingest.parsing.jats_layout import settle
from ingest.parsing.jats_text import abstract_sections, body_sections
from ingest.parsing.studies import document_of
from ingest.reading import SourceFile

VERSION = "jats/1"

_PARTS = ("sub-article", "response")


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield one Document or DeadLetter per article of the file, in its order.

    Translations, reviews and replies that are published inside an article are dead letters:
    they are other texts than the study. Raises ParseError where the file is not well-formed, or
    holds no article.
    """
    root = parse_xml(file.data)
    articles = [root] if local_name(root) == "article" else list(root.iter("{*}article"))
    if not articles:
        raise ParseError("JATS XML without an article")
    for number, article in enumerate(articles, start=1):
        yield _one(article, str(number) if len(articles) > 1 else "", file)
        for part in article.iterchildren("{*}sub-article", "{*}response"):
            kind = part.get("article-type") or part.get("response-type") or "unnamed"
            reason = f"a {local_name(part)} ({kind}) inside an article; not stored"
            yield DeadLetter(file.path, reason, part.get("id") or kind)


def _one(article: Element, number: str, file: SourceFile) -> Document | DeadLetter:
    meta = article.find("{*}front/{*}article-meta")
    if meta is None:
        return DeadLetter(file.path, "a JATS article without article-meta", number or None)
    try:
        spell_formulas(article)
        settle(article)
        mark_citations(article)
        abstract: tuple[Section, ...] = tuple(abstract_sections(meta))
        record = read_front(article, meta, abstract, tuple(body_sections(article)), number)
        return document_of(record, file, VERSION)
    except ParseError as error:
        return DeadLetter(file.path, str(error), number or None)
