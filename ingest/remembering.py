"""
What parsing made of each file, remembered: a file that did not change is not parsed again.

Derived and disposable: ``index/cache/parsed.sqlite`` may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ingest.disposable import open_disposable
from ingest.documents import DeadLetter, Document, SourceType
from ingest.reading import SourceFile
from ingest.records import ORIGIN, SECTIONS, dump_source, parse_source

_WAIT = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS parsed (
  key BLOB PRIMARY KEY, items BLOB NOT NULL, run INTEGER NOT NULL
) STRICT;
"""


class ParsedFiles:
    """Remembers by content, name, manifest entry and the code that parsed."""

    def __init__(self, path: Path, code: str) -> None:
        """Open or create the file at *path*; *code* is ``ingest.lineage.code_digest()``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._code = code
        self._db = open_disposable(path, _opened)
        (last,) = self._db.execute("SELECT coalesce(max(run), 0) FROM parsed").fetchone()
        self._run = int(last) + 1

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    def get(self, file: SourceFile) -> list[Document | DeadLetter] | None:
        """Return what *file* was parsed into; None where that is not known, or not sound."""
        key = self._key(file)
        found = self._db.execute("SELECT items FROM parsed WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        try:
            # zlib checks what it unpacks: a flipped bit is found here.
            items = [_read(item) for item in json.loads(zlib.decompress(found[0]))]
        except (zlib.error, ValueError):
            return None
        self._db.execute("UPDATE parsed SET run = ? WHERE key = ?", (self._run, key))
        return items

    def put(self, file: SourceFile, items: Sequence[Document | DeadLetter]) -> None:
        """Remember what *file* was parsed into."""
        text = json.dumps([_written(item) for item in items], ensure_ascii=False)
        packed = zlib.compress(text.encode("utf-8", errors="surrogatepass"), level=1)
        self._db.execute(
            "INSERT OR REPLACE INTO parsed VALUES (?, ?, ?)", (self._key(file), packed, self._run)
        )

    def forget_others(self) -> None:
        """Forget every file that was neither looked up nor put since opening."""
        self._db.execute("DELETE FROM parsed WHERE run < ?", (self._run,))
        self._db.execute("PRAGMA incremental_vacuum")

    def _key(self, file: SourceFile) -> bytes:
        entry = file.entry.model_dump_json() if file.entry else ""
        parts = (self._code, file.format, file.path, file.sha256, entry)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def _opened(path: Path) -> sqlite3.Connection:
    # Each statement is its own transaction: a killed build keeps every file that it had parsed.
    db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        # What a failing power supply loses is parsed again.
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


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
