"""What the pipeline does with one file before anything is written: the whole way of its bytes."""

from __future__ import annotations

from ingest import chunking
from ingest.documents import DeadLetter, Document
from ingest.embedding import HashingEmbedder
from ingest.fingerprints import fingerprint
from ingest.manifests import with_entry
from ingest.parsing import parse
from ingest.reading import SourceFile, _identified
from ingest.records import ORIGIN, SECTIONS, dump_source
from ingest.unpacking import unpack

_EMBEDDER = HashingEmbedder()


def swallow(file: SourceFile) -> tuple[int, int]:
    """
    Parse *file*, cut its documents into chunks; return how many documents and dead letters.

    Raises ParseError where the file as a whole cannot be read; anything else is a fault of ours.
    """
    documents = letters = 0
    for parsed in parse(file):
        if isinstance(parsed, DeadLetter):
            letters += 1
            continue
        _check(with_entry(parsed, file.entry))
        documents += 1
    return documents, letters


def documents_of(file: SourceFile) -> list[Document]:
    """Return the documents in *file*."""
    return [parsed for parsed in parse(file) if isinstance(parsed, Document)]


def _check(document: Document) -> None:
    """Do to *document* what indexing does, and see that its chunks stand in it."""
    try:
        dump_source(document.source).encode()
        SECTIONS.dump_json(document.sections)
        ORIGIN.dump_json(document.origin)
    except ValueError:
        return  # half a character: the pipeline makes a dead letter of it, by name
    fingerprint(1, document)
    text = document.text
    for chunk in chunking.chunk(document, _EMBEDDER).chunks:
        assert text[chunk.start : chunk.end] == chunk.text


def unpacked(name: str, data: bytes) -> list[SourceFile | DeadLetter]:
    """Return what reading makes of a file *name* that holds *data*."""
    return [_identified(inner, content, None) for inner, content in unpack(name, data)]
