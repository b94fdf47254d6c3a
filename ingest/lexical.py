"""
BM25 over the chunks (Robertson & Zaragoza 2009), by tantivy. The only module that knows it.

Text and header are two fields; drugs are a third, unanalysed, to filter by. Queries are built
term by term: the query language is never parsed, so nothing in a question can be syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from ingest.documents import Chunk, SourceType

VERSION = "tantivy-0.27/en_stem/1"
HEADER_BOOST = 1.5
"""A word of the drug's or section's name says more of a chunk than one in passing."""
_ANALYZER = "clinical"
_MEMORY = 64 * 1024 * 1024
_QUESTION_WORDS = tuple("what which how when why who does do did can could should i my me".split())
"""Rare in labels, so BM25 would take them for the heart of the question."""
MAX_TERMS = 64
"""Terms of one question that are searched; more only costs time."""


@dataclass(frozen=True, slots=True)
class Match:
    """One row and its BM25 score; comparable within one search only."""

    row: int
    score: float


class LexicalWriter:
    """Builds the lexical index in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Create an empty index in *folder*."""
        folder.mkdir(parents=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        self._index.register_tokenizer(_ANALYZER, _analyzer())
        # One thread: chunks are added in row order, so that ties are found in row order.
        self._writer = self._index.writer(heap_size=_MEMORY, num_threads=1)

    def add(self, first_row: int, chunks: Sequence[Chunk], drugs: Sequence[Iterable[str]]) -> None:
        """Index chunks at consecutive rows, each with the drugs that it is about or names."""
        for offset, (chunk, names) in enumerate(zip(chunks, drugs, strict=True)):
            document = tantivy.Document()
            document.add_unsigned("row", first_row + offset)
            document.add_text("type", chunk.type)
            document.add_text("header", f"{chunk.header} {chunk.lead}")
            document.add_text("text", chunk.text)
            for name in sorted(names):
                document.add_text("drug", name)
            self._writer.add_document(document)

    def close(self) -> None:
        """Commit, let merges of segments finish, and let go of the folder."""
        self._writer.commit()
        self._writer.wait_merging_threads()


class LexicalReader:
    """Searches a finished lexical index; safe from any thread."""

    def __init__(self, folder: Path) -> None:
        """Open the index in *folder*."""
        self._index = tantivy.Index.open(str(folder))
        self._index.register_tokenizer(_ANALYZER, _analyzer())
        self._analyzer = _analyzer()
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    @property
    def count(self) -> int:
        """The number of chunks indexed."""
        return int(self._searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        """Return the distinct stemmed terms of *text*, stop words dropped, in order."""
        return list(dict.fromkeys(self._analyzer.analyze(text)))[:MAX_TERMS]

    def search(
        self, text: str, source_type: SourceType, *, limit: int, drugs: Sequence[str] | None = None
    ) -> list[Match]:
        """
        Return the best rows of one source type for the words of *text*, best first.

        *drugs* keeps only rows of at least one of those drug keys. Ties go to the lower row.
        """
        terms = self.terms(text)
        if not terms:
            return []
        occur = tantivy.Occur
        wanted = [
            (occur.Should, query)
            for term in terms
            for query in (
                self._term("text", term),
                tantivy.Query.boost_query(self._term("header", term), HEADER_BOOST),
            )
        ]
        clauses = [
            (occur.Must, tantivy.Query.boolean_query(wanted)),
            (occur.Must, self._filter("type", [source_type])),
        ]
        if drugs is not None:
            clauses.append((occur.Must, self._filter("drug", drugs)))
        result = self._searcher.search(tantivy.Query.boolean_query(clauses), limit)
        addresses = [(score, address) for score, address in result.hits]
        rows = self._searcher.fast_field_values("row", [address for _, address in addresses])
        matches = [
            Match(int(row), round(float(score), 4))
            for (score, _), row in zip(addresses, rows, strict=True)
            if row is not None
        ]
        return sorted(matches, key=lambda match: (-match.score, match.row))

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value, "freq")

    def _filter(self, field: str, values: Sequence[str]) -> tantivy.Query:
        """Match any of *values* without a say in the score."""
        any_of = tantivy.Query.term_set_query(self._schema, field, list(values))
        return tantivy.Query.const_score_query(any_of, 0.0)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, fast=True)
    builder.add_text_field("type", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("drug", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("header", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.custom_stopword(list(_QUESTION_WORDS)))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )
