"""
Check a finished build in a process of its own: ``python -m ingest.checking flush|check``.

A fresh process is the point: what the builder holds in memory cannot vouch for what is on disk.
``flush`` searches every record by its own vector, and writes down those that Chroma misses, so
that the engine looks at them beside it. ``check`` reads the build's folder and expected counts as
JSON on standard input, and prints what it measured as JSON; both exit 1, naming the fault on
standard error, when the build is unsound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ingest.documents import NoticeKind, Source, SourceType, Status, StudyFacts
from ingest.embedded import EmbeddedEngine
from ingest.engines import IndexEngine
from ingest.errors import DiskFullError, IndexDamagedError, IngestError
from ingest.exact import VectorReader
from ingest.filters import And, Eq, Field, Keys
from ingest.indexing import CHROMA, flush
from ingest.lexical import LexicalReader
from ingest.measuring import recalls, sample
from ingest.recalling import DocumentReader
from ingest.snapshots import DOCUMENTS, ENGINE, LEXICAL, VECTORS
from ingest.straying import SAME, list_strays, read_strays

SELF_FIND_SAMPLE = 2_000
"""Records per source type that are searched by their own vectors once more, as a reader would."""
MIN_RECALL = 0.99
_AT_ONCE = 500

_UNSOUND, _DISK_FULL = 10, 11
"""Exit statuses that nothing else ends with."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the builder says it wrote: rows per source type, in row order."""

    folder: str
    dimension: int
    rows: dict[str, int]


def flush_in_fresh_process(folder: Path) -> None:
    """Flush Chroma's files and list its strays. Raises IndexDamagedError when that fails."""
    _run("flush", str(folder / ENGINE))


def check_in_fresh_process(folder: Path, dimension: int, rows: dict[str, int]) -> dict[str, float]:
    """Check a build; return what was measured. Raises IndexDamagedError when it is unsound."""
    expected = Expected(str(folder), dimension, rows)
    measured: dict[str, float] = json.loads(_run("check", json.dumps(asdict(expected))))
    return measured


def _run(command: str, argument: str) -> str:
    result = subprocess.run(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", "ingest.checking", command],
        input=argument,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if result.returncode == 0:
        return result.stdout
    last = (result.stderr.strip().splitlines() or ["no message"])[-1]
    if result.returncode == _DISK_FULL:
        raise DiskFullError(last)
    if result.returncode != _UNSOUND:
        # Killed, for its memory perhaps: that says nothing of what it was to look at.
        raise IngestError(
            f"the process that was to {command} ended with status {result.returncode} ({last}); "
            "run it again"
        )
    raise IndexDamagedError(f"the new snapshot failed its {command}: {last}")


def check(expected: Expected) -> dict[str, float]:
    """
    Check counts, vectors, offsets, retractions, self-retrieval and recall of a build.

    Returns chunks, strays (records that Chroma alone does not find), self_found (share of a
    sample that is found by its own vector) and the recalls of ``ingest.measuring``. Raises
    IndexDamagedError at the first fault.
    """
    folder = Path(expected.folder)
    total = sum(expected.rows.values())
    vectors = VectorReader(folder / VECTORS, rows=total, dimension=expected.dimension)
    if (found := LexicalReader(folder / LEXICAL).count) != total:
        raise IndexDamagedError(f"the lexical index holds {found} chunks of {total}")
    engine = EmbeddedEngine(folder / ENGINE, expected.dimension)
    with closing(engine), DocumentReader(folder / DOCUMENTS) as documents:
        _check_documents(documents, total)
        if wrong := engine.health():
            raise IndexDamagedError(wrong[0])
        rows = _rows_by_type(engine, expected.rows)
        strays = len(read_strays(folder / ENGINE))
        measured = {
            "chunks": float(total),
            "strays": float(strays),
            "self_found": _self_found(engine, vectors, rows),
            **recalls(engine, vectors, rows, documents),
        }
    low = {n: v for n, v in measured.items() if n.startswith("recall") and v < MIN_RECALL}
    if low or measured["self_found"] < 1:
        raise IndexDamagedError(f"vector search misses its own records: {measured}")
    return measured


def _rows_by_type(engine: IndexEngine, expected: dict[str, int]) -> dict[SourceType, range]:
    """Return each type's rows; they follow one another, and the engine must hold just these."""
    rows: dict[SourceType, range] = {}
    at = 0
    for name, count in expected.items():
        source_type = SourceType(name)
        rows[source_type] = range(at, at + count)
        at += count
        typed = Eq(Field.TYPE, source_type)
        held = engine.count(And((typed, Keys(tuple(rows[source_type])))))
        if held != count or engine.count(typed) != count:
            raise IndexDamagedError(f"the engine does not hold the {count} vectors of {name}")
    return rows


def _check_documents(documents: DocumentReader, total: int) -> None:
    seen = 0
    after = ""
    while ids := documents.listing(after=after, limit=200):
        for document_id in ids:
            stored = documents.get(document_id)
            if stored is None:
                raise IndexDamagedError(f"document {document_id} cannot be read back")
            if (
                _is_withdrawn(stored.document.source)
                and stored.standing.status is not Status.RETRACTED
            ):
                raise IndexDamagedError(f"{document_id} is retracted and not marked as such")
            text = stored.document.text
            for chunk in documents.chunks_of(document_id):
                seen += 1
                if not chunk.text.strip() or text[chunk.start : chunk.end] != chunk.text:
                    raise IndexDamagedError(f"chunk {chunk.id} does not stand in {document_id}")
        after = ids[-1]
    if seen != total:
        raise IndexDamagedError(f"the store holds {seen} chunks of {total}")


def _is_withdrawn(source: Source) -> bool:
    facts = source.facts
    if not isinstance(facts, StudyFacts):
        return False
    return facts.retracted or any(n.kind is NoticeKind.RETRACTION_IN for n in facts.notices)


def _self_found(engine: IndexEngine, vectors: VectorReader, rows: dict[SourceType, range]) -> float:
    """Return the share of a sample that finds itself, or its equal, as a reader searches."""
    found: list[bool] = []
    for source_type, held in rows.items():
        drawn = sample(held, SELF_FIND_SAMPLE)
        for start in range(0, len(drawn), _AT_ONCE):
            asked = vectors.vectors(drawn[start : start + _AT_ONCE])
            hits = engine.search(asked, Eq(Field.TYPE, source_type), limit=1)
            # An equal vector (the same sentence in two labels) is as good as the row itself.
            found += [bool(each) and each[0].similarity >= SAME for each in hits]
    return float(np.mean(found)) if found else 1.0


def main() -> int:
    """Run one command; the exit status is 0 when the build is sound."""
    argument = sys.stdin.read()
    try:
        if sys.argv[1:] == ["flush"]:
            flush(Path(argument) / CHROMA)
            list_strays(Path(argument))
        elif sys.argv[1:] == ["check"]:
            sys.stdout.write(json.dumps(check(Expected(**json.loads(argument)))))
        else:
            sys.stderr.write("usage: python -m ingest.checking flush|check < JSON\n")
            return 2
    except DiskFullError as error:
        sys.stderr.write(f"{error}\n")
        return _DISK_FULL
    except IndexDamagedError as error:
        sys.stderr.write(f"{error}\n")
        return _UNSOUND
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
