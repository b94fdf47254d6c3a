"""
What parsing made of each file, remembered: a file that did not change is not parsed again.

Derived and disposable: ``index/cache/parsed.sqlite`` may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ingest.disposable import is_damage, opened, remove
from ingest.documents import DeadLetter, Document, SourceType
from ingest.reading import SourceFile
from ingest.records import ORIGIN, SECTIONS, dump_source, parse_source

_PUT = "INSERT OR REPLACE INTO parsed VALUES (?, ?, ?)"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS parsed (
  key BLOB PRIMARY KEY, items BLOB NOT NULL, run INTEGER NOT NULL
) STRICT;
"""


class ParsedFiles:
    """Remembers by content, name, manifest entry and the code that parsed."""

    def __init__(self, path: Path, code: str) -> None:
        """Open or create the file at *path*; *code* is ``ingest.lineage.code_digest()``."""
        self._code = code
        self._path = path
        self._db = opened(path, _prepare, autocommit=True)
        self._run = time.time_ns()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    def get(self, file: SourceFile) -> list[Document | DeadLetter] | None:
        """Return what *file* was parsed into; None where that is not known."""
        key = self._key(file)
        try:
            found = self._db.execute("SELECT items FROM parsed WHERE key = ?", (key,)).fetchone()
            if found is None:
                return None
            items = [_read(item) for item in json.loads(zlib.decompress(found[0]))]
            self._db.execute("UPDATE parsed SET run = ? WHERE key = ?", (self._run, key))
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return None
        except (zlib.error, ValueError):  # a damaged entry is one that is not there
            return None
        return items

    def put(self, file: SourceFile, items: Sequence[Document | DeadLetter]) -> None:
        """Remember what *file* was parsed into."""
        text = json.dumps([_written(item) for item in items], ensure_ascii=False)
        packed = zlib.compress(text.encode("utf-8", errors="surrogatepass"), level=1)
        row = (self._key(file), packed, self._run)
        try:
            self._db.execute(_PUT, row)
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            self._db.execute(_PUT, row)

    def forget_others(self) -> None:
        """Forget every file that was neither looked up nor put since opening."""
        try:
            self._db.execute("DELETE FROM parsed WHERE run < ?", (self._run,))
            self._db.execute("PRAGMA incremental_vacuum")
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """Put an empty file in place of a damaged one; raise *error* where it is not damaged."""
        if not is_damage(error):
            raise error
        self._db.close()
        remove(self._path)
        self._db = opened(self._path, _prepare, autocommit=True)

    def _key(self, file: SourceFile) -> bytes:
        entry = file.entry.model_dump_json() if file.entry else ""
        parts = (self._code, file.format, file.path, file.sha256, entry)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def _prepare(db: sqlite3.Connection) -> None:
    # Each statement is its own transaction: a killed build keeps every file that it had parsed.
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(_SCHEMA)


def _written(item: Document | DeadLetter) -> list[object]:
    if isinstance(item, DeadLetter):
        return [item.path, item.reason, item.record]
    return [
        item.id,
        item.source.type,
        dump_source(item.source),
        SECTIONS.dump_python(item.sections, mode="json"),
        ORIGIN.dump_python(item.origin, mode="json"),
        item.needs_review,
    ]


def _read(item: list[object]) -> Document | DeadLetter:
    match item:
        case [str(path), str(reason), record]:
            return DeadLetter(path, reason, None if record is None else str(record))
        case [str(document_id), str(kind), str(source), sections, origin, review]:
            return Document(
                document_id,
                parse_source(source, SourceType(kind)),
                SECTIONS.validate_python(sections, strict=False),
                ORIGIN.validate_python(origin),
                bool(review),
            )
    raise ValueError("not what was remembered")
