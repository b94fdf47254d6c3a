"""The whole of ingestion, top to bottom: source folders -> a verified, live snapshot."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ingest import chunking, lexical
from ingest.activating import activate
from ingest.checking import check_in_fresh_process, flush_in_fresh_process
from ingest.deduplicating import resolve
from ingest.documents import (
    Chunk,
    DeadLetter,
    Document,
    LabelFacts,
    SourceType,
    Status,
)
from ingest.embedding import Embedder
from ingest.errors import CorpusError, ParseError
from ingest.exact import VectorWriter
from ingest.fingerprints import Fingerprint, Resolution, fingerprint
from ingest.indexing import IndexWriter
from ingest.lexical import LexicalWriter
from ingest.locking import build_lock
from ingest.manifests import with_entry
from ingest.mentioning import Mentions
from ingest.parsing import parse
from ingest.reading import SourceFile, read_sources
from ingest.records import Standing
from ingest.reporting import Duplicate, Progress, Report, Silent, Stopwatch
from ingest.snapshots import (
    CHROMA,
    DOCUMENTS,
    FORMAT,
    LEXICAL,
    VECTORS,
    WORDS,
    Manifest,
    chunk_counts,
    content_digest,
    digest_files,
    publish,
    write_manifest,
)
from ingest.storing import DocumentWriter

T = TypeVar("T")

_WORD = re.compile(r"[a-z]{3,}")
WINDOW = 1_024
"""Chunks embedded together: enough to sort by length, few enough to bound memory."""


def ingest(
    folders: Sequence[Path],
    index: Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    live: bool = True,
) -> Report:
    """
    Build a snapshot of *folders* under *index*, verify it, and make it the live one.

    The live snapshot is not touched until the new one is verified; a failed build leaves no
    trace. Raises CorpusError, IndexLockedError or IndexDamagedError.
    """
    with build_lock(index):
        run = _Run(embedder, progress or Silent())
        building = index / f"building-{run.started:%Y%m%dT%H%M%S}"
        building.mkdir()
        try:
            store = DocumentWriter(building / DOCUMENTS)
            fingerprints = run.read(folders, store)
            resolution = run.settle(fingerprints, store)
            run.index(store, building, resolution)
            manifest = run.verify(building)
            write_manifest(building, manifest)
            publish(index, building, manifest.id)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        if live:
            activate(index, manifest.id)
        return run.report(manifest)


@dataclass(slots=True)
class _Run:
    """One run's counts and clocks."""

    embedder: Embedder
    progress: Progress
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    watch: Stopwatch = field(default_factory=Stopwatch)
    seen: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    parsers: dict[str, str] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=chunk_counts)
    words: Counter[str] = field(default_factory=Counter)
    records: int = 0
    documents: int = 0
    superseded: int = 0
    retracted: int = 0
    needs_review: int = 0
    overlong: int = 0
    shortened_leads: int = 0
    corpus_date: str | None = None
    verified: dict[str, float] = field(default_factory=dict)

    def read(self, folders: Sequence[Path], store: DocumentWriter) -> list[Fingerprint]:
        """Read and parse every file; stage each document, whole texts on disk at once."""
        fingerprints: list[Fingerprint] = []
        for item in self._timed(read_sources(folders), "reading"):
            self.seen.add(item.path.partition("!")[0])
            self.progress.advance("files", len(self.seen), None)
            if isinstance(item, DeadLetter):
                self._bury(item)
                continue
            self.files[item.path] = item.sha256
            if item.entry is not None:
                self.entries[item.path] = item.entry.model_dump_json()
            for parsed in self._parsed(item):
                if isinstance(parsed, DeadLetter):
                    self._bury(parsed)
                    continue
                with self.watch.time("staging"):
                    try:
                        fingerprints.append(fingerprint(store.stage(parsed), parsed))
                    except ValueError as error:
                        # JSON can spell half a character, which no UTF-8 file can hold.
                        reason = f"text that cannot be stored: {error}"
                        self._bury(DeadLetter(item.path, reason, parsed.origin.record))
                        continue
                self.records += 1
                self.parsers[item.format] = parsed.origin.parser
        if not fingerprints:
            raise CorpusError(
                f"no document in {len(self.seen)} files could be read; the live index is untouched"
            )
        return fingerprints

    def settle(self, fingerprints: list[Fingerprint], store: DocumentWriter) -> Resolution:
        """Decide for every staged document: kept, and as what, or a duplicate of which."""
        with self.watch.time("deduplicating"):
            resolution = resolve(fingerprints)
            for kept in resolution.kept:
                standing = Standing(kept.status, kept.superseded_by, kept.siblings)
                store.keep(kept.key, standing, kept.facts)
                self.documents += 1
                self.superseded += kept.status is Status.SUPERSEDED
                self.retracted += kept.status is Status.RETRACTED
            for duplicate in resolution.duplicates:
                origin = store.drop(duplicate.key, duplicate.duplicate_of, duplicate.reason)
                self.duplicates.append(
                    Duplicate(
                        origin.path,
                        origin.record,
                        duplicate.document_id,
                        duplicate.duplicate_of,
                        duplicate.reason,
                    )
                )
            store.settle()
        return resolution

    def index(self, store: DocumentWriter, building: Path, resolution: Resolution) -> None:
        """Cut, embed and index every kept document, one window of chunks in memory."""
        labels = [k.label for k in resolution.kept if k.label is not None]
        mentions = Mentions(labels)
        writers = _Writers(
            store,
            VectorWriter(building / VECTORS, self.embedder.identity.dimension),
            IndexWriter(building / CHROMA),
            LexicalWriter(building / LEXICAL),
        )
        window: list[Chunk] = []
        drugs: list[set[str]] = []
        for done, document in enumerate(self._timed(store.documents(), "loading"), start=1):
            with self.watch.time("chunking"):
                cut = chunking.chunk(document, self.embedder)
                facts = document.source.facts
                label = facts if isinstance(facts, LabelFacts) else None
                drugs += [mentions.of(piece, label) for piece in cut.chunks]
                self.words.update(_WORD.findall(document.text.lower()))
            window += cut.chunks
            self.overlong += cut.overlong
            self.shortened_leads += cut.shortened_leads
            self.needs_review += document.needs_review
            self.corpus_date = max(
                filter(None, (self.corpus_date, document.source.published)), default=None
            )
            while len(window) >= WINDOW:
                self._write(writers, window[:WINDOW], drugs[:WINDOW])
                del window[:WINDOW], drugs[:WINDOW]
            self.progress.advance("documents", done, self.documents)
        self._write(writers, window, drugs)
        with self.watch.time("indexing"):
            writers.close()
            known = sorted(word for word, count in self.words.items() if count > 1)
            (building / WORDS).write_text("\n".join(known) + "\n", encoding="utf-8")

    def verify(self, building: Path) -> Manifest:
        """Flush and check the build in fresh processes; return its manifest."""
        with self.watch.time("verifying"):
            flush_in_fresh_process(building)
            dimension = self.embedder.identity.dimension
            self.verified = check_in_fresh_process(building, dimension, self.rows)
            content = content_digest(
                {
                    "files": self.files,
                    "entries": self.entries,
                    "parsers": self.parsers,
                    "splitter": chunking.VERSION,
                    "lexical": lexical.VERSION,
                    "embedder": str(self.embedder.identity),
                    "chunks": self.rows,
                }
            )
            files = digest_files(building)
        return Manifest(
            format=FORMAT,
            id=f"{self.started:%Y%m%dT%H%M%SZ}-{content[:8]}",
            content=content,
            built=self.started.isoformat(timespec="seconds"),
            corpus_date=self.corpus_date,
            embedder=self.embedder.identity,
            splitter=chunking.VERSION,
            lexical=lexical.VERSION,
            parsers=dict(sorted(self.parsers.items())),
            sources=dict(sorted(self.files.items())),
            documents=self.documents,
            chunks=self.rows,
            seconds=self.watch.rounded(),
            verified=self.verified,
            files=files,
        )

    def report(self, manifest: Manifest) -> Report:
        """Sum the run up."""
        return Report(
            snapshot=manifest.id,
            files=len(self.seen),
            records=self.records,
            documents=self.documents,
            superseded=self.superseded,
            retracted=self.retracted,
            duplicates=tuple(self.duplicates),
            dead_letters=tuple(self.dead),
            needs_review=self.needs_review,
            chunks=manifest.rows,
            embedded=manifest.rows,
            overlong=self.overlong,
            shortened_leads=self.shortened_leads,
            verified=self.verified,
            seconds=self.watch.rounded(),
        )

    def _parsed(self, file: SourceFile) -> Iterator[Document | DeadLetter]:
        """Yield what the parser makes of *file*; one without a record is a dead letter."""
        silent = True
        try:
            for parsed in self._timed(parse(file), "parsing"):
                silent = False
                yield (with_entry(parsed, file.entry) if isinstance(parsed, Document) else parsed)
            if silent:
                yield DeadLetter(file.path, f"the {file.format} parser found no record in it")
        except ParseError as error:
            yield DeadLetter(file.path, str(error))
        except Exception as error:  # noqa: BLE001 - one odd file must not end a run of thousands
            yield DeadLetter(file.path, f"fault in the {file.format} parser: {error!r}")

    def _bury(self, letter: DeadLetter) -> None:
        self.records += 1
        self.dead.append(letter)

    def _write(self, writers: _Writers, chunks: list[Chunk], drugs: list[set[str]]) -> None:
        if not chunks:
            return
        with self.watch.time("embedding"):
            vectors = self.embedder.embed_passages([piece.indexed_text for piece in chunks])
        with self.watch.time("indexing"):
            first = writers.vectors.rows
            writers.vectors.add(vectors)
            writers.store.add_chunks(first, chunks)
            writers.lexical.add(first, chunks, drugs)
            for source_type in SourceType:
                rows = [i for i, piece in enumerate(chunks) if piece.type is source_type]
                writers.neighbours.add(source_type, [first + i for i in rows], vectors[rows])
                self.rows[source_type] += len(rows)
            for offset, (piece, names) in enumerate(zip(chunks, drugs, strict=True)):
                writers.store.add_mentions(first + offset, piece.type, names)

    def _timed(self, items: Iterable[T], stage: str) -> Iterator[T]:
        """Yield *items*, counting the time it takes to make each as *stage*."""
        waiting = iter(items)
        while True:
            with self.watch.time(stage):
                try:
                    item = next(waiting)
                except StopIteration:
                    return
            yield item


@dataclass(frozen=True, slots=True)
class _Writers:
    """The four files of a snapshot under construction."""

    store: DocumentWriter
    vectors: VectorWriter
    neighbours: IndexWriter
    lexical: LexicalWriter

    def close(self) -> None:
        """Write everything out."""
        self.vectors.close()
        self.neighbours.close()
        self.lexical.close()
        self.store.close()
