"""
openFDA drug label JSON -> one document per result.

Format: https://open.fda.gov/apis/drug/label/. Each field is a section, as a list of flattened
texts; ``*_table`` fields hold the tables inside them as markup; the ``openfda`` block holds the
product's names. A sentence that stands in several fields is kept in the most specific one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.documents import DeadLetter, Document, LabelFacts, Origin, Section
from ingest.errors import ParseError
from ingest.markup import squeeze
from ingest.parsing import loinc
from ingest.parsing.labels import document_id, label_source, slug
from ingest.parsing.nesting import Table, Text, nest
from ingest.parsing.products import read_facts
from ingest.parsing.sectioning import UNTITLED, words_of, write_sections
from ingest.reading import SourceFile

VERSION = "openfda/1"
LICENCE = "CC0-1.0"
_TABLE = "_table"
_METADATA = frozenset({"id", "set_id", "version", "effective_time", "openfda", "@epoch"})


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield the label in each result of *file*; a malformed result is a dead letter of its own.

    Raises ParseError where the file is not JSON, or is neither an API answer nor one result.
    """
    try:
        value = json.loads(file.data)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not readable JSON: {error}") from error
    if not isinstance(value, dict):
        raise ParseError("openFDA JSON is an object, an API answer or one result")
    results = value.get("results", [value])
    if not isinstance(results, list) or not results:
        raise ParseError("an openFDA answer without results")
    for at, result in enumerate(results):
        record = None if len(results) == 1 else _record_name(result, at)
        try:
            yield _document(file, result, record)
        except ParseError as error:
            yield DeadLetter(file.path, str(error), record)


def _record_name(result: object, at: int) -> str:
    set_id = result.get("set_id") if isinstance(result, dict) else None
    return set_id if isinstance(set_id, str) and set_id else f"results[{at}]"


def _document(file: SourceFile, result: object, record: str | None) -> Document:
    if not isinstance(result, dict):
        raise ParseError("a result that is no object")
    fields = _text_fields(result)
    facts = read_facts(result, {name: " ".join(texts) for name, texts in fields.items()})
    sections = tuple(_sections(fields, facts))
    if not sections:
        raise ParseError("a label without any text")
    fallback = slug(file.path) if record is None else f"{slug(file.path)}-{slug(record)}"
    source = label_source(facts, fallback_id=fallback, licence=LICENCE)
    origin = Origin(file.path, file.sha256, VERSION, record)
    return Document(document_id(source, facts), source, sections, origin)


def _text_fields(result: dict[str, Any]) -> dict[str, list[str]]:
    """Return every text field as a list of texts; raise ParseError where one is something else."""
    fields: dict[str, list[str]] = {}
    for name, value in result.items():
        if name in _METADATA:
            continue
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ParseError(f"field {name!r} is not a list of texts")
        fields[name] = texts
    return fields


def _sections(fields: dict[str, list[str]], facts: LabelFacts) -> Iterator[Section]:
    prose = sorted((name for name in fields if not name.endswith(_TABLE)), key=_place)
    texts = [Text(name, squeeze(text)) for name in prose for text in fields[name]]
    tables = [
        Table(name.removesuffix(_TABLE), markup, words_of(markup))
        for name in sorted(fields)
        if name.endswith(_TABLE)
        for markup in fields[name]
    ]
    names = frozenset((*facts.brands, *facts.generics, *facts.ingredients))
    for root in nest(texts, [table for table in tables if table.key], apart=UNTITLED):
        yield from write_sections(root, names)


def _place(name: str) -> tuple[int, str]:
    return loinc.place(loinc.FIELD_CODES.get(name)), name
