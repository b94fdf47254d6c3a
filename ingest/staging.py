"""
Stages 1 to 3 in a row: source folders -> a store of documents and chunks, nothing embedded yet.

Planning stops here and throws the store away; building goes on with it. So a plan is what a build
does, by construction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ingest import chunking, lexical
from ingest.chunking import chunk
from ingest.deduplicating import resolve
from ingest.documents import Chunk, DeadLetter, Document, LabelFacts, Status
from ingest.embedding import Embedder, Identity
from ingest.errors import CorpusError
from ingest.fingerprints import Fingerprint, Resolution, fingerprint
from ingest.lexical import LexicalWriter
from ingest.lineage import code_digest
from ingest.manifests import with_entry
from ingest.mentioning import Mentions
from ingest.parsing import fault_of, records_of
from ingest.reading import SourceFile, read_sources
from ingest.records import Standing
from ingest.remembering import ParsedFiles
from ingest.reporting import Duplicate, Progress, Stopwatch
from ingest.snapshots import DOCUMENTS, LEXICAL, WORDS, chunk_counts, content_digest
from ingest.storing import DocumentWriter

T = TypeVar("T")

_WORD = re.compile(r"[a-z]{3,}")
_WINDOW = 1_024


@dataclass(slots=True)
class Survey:
    """The files of a corpus and their digests, before any is parsed."""

    seen: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)

    def note(self, item: SourceFile | DeadLetter) -> SourceFile | None:
        """Take a file or its dead letter down; return the file."""
        self.seen.add(item.path.partition("!")[0])
        if isinstance(item, DeadLetter):
            self.dead.append(item)
            return None
        self.files[item.path] = item.sha256
        if item.entry is not None:
            self.entries[item.path] = item.entry.model_dump_json()
        return item

    def content(self, identity: Identity) -> str:
        """Return the digest of all that decides a snapshot: sources, our code, the embedder."""
        return content_digest(
            {
                "files": self.files,
                "entries": self.entries,
                "code": code_digest(),
                "splitter": chunking.VERSION,
                "lexical": lexical.VERSION,
                "embedder": str(identity),
            }
        )


def survey(folders: Sequence[Path]) -> Survey:
    """Read every file of *folders* once, and parse none. Raises CorpusError."""
    found = Survey()
    for item in read_sources(folders):
        found.note(item)
    return found


@dataclass(slots=True)
class Staged:
    """What staging made of a corpus, and the counts of a run so far."""

    folder: Path
    survey: Survey
    parsers: dict[str, str] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=chunk_counts)
    records: int = 0
    documents: int = 0
    superseded: int = 0
    retracted: int = 0
    needs_review: int = 0
    overlong: int = 0
    shortened_leads: int = 0
    corpus_date: str | None = None

    @property
    def store(self) -> Path:
        """The file of documents and chunks."""
        return self.folder / DOCUMENTS


def stage(
    folders: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    parsed: ParsedFiles,
    *,
    watch: Stopwatch,
    progress: Progress,
) -> Staged:
    """
    Read, parse, deduplicate and cut *folders* into the store, word list and lexical index.

    They stand in *folder* afterwards. Raises CorpusError where no document could be read.
    """
    run = _Staging(Staged(folder, Survey()), embedder, parsed, watch, progress)
    store = DocumentWriter(folder / DOCUMENTS)
    try:
        resolution = run.settle(run.read(folders, store), store)
        run.cut(store, resolution)
    finally:
        store.close()
    return run.staged


@dataclass(slots=True)
class _Staging:
    staged: Staged
    embedder: Embedder
    parsed: ParsedFiles
    watch: Stopwatch
    progress: Progress

    def read(self, folders: Sequence[Path], store: DocumentWriter) -> list[Fingerprint]:
        """Read and parse every file; stage each document, whole texts on disk at once."""
        fingerprints: list[Fingerprint] = []
        survey = self.staged.survey
        for item in self._timed(read_sources(folders), "reading"):
            file = survey.note(item)
            self.progress.advance("files", len(survey.seen), None)
            if file is None:
                self._bury(survey.dead[-1])
                continue
            with self.watch.time("parsing"):
                records = self._records(file)
            for record in records:
                if isinstance(record, DeadLetter):
                    self._bury(record)
                    continue
                document = with_entry(record, file.entry)
                with self.watch.time("staging"):
                    try:
                        fingerprints.append(fingerprint(store.stage(document), document))
                    except ValueError as error:
                        # JSON can spell half a character, which no UTF-8 file can hold.
                        reason = f"text that cannot be stored: {error}"
                        self._bury(DeadLetter(file.path, reason, document.origin.record))
                        continue
                self.staged.records += 1
                self.staged.parsers[file.format] = document.origin.parser
        if not fingerprints:
            raise CorpusError(
                f"no document in {len(survey.seen)} files could be read; "
                "the live index is untouched"
            )
        return fingerprints

    def settle(self, fingerprints: list[Fingerprint], store: DocumentWriter) -> Resolution:
        """Decide for every staged document: kept, and as what, or a duplicate of which."""
        staged = self.staged
        with self.watch.time("deduplicating"):
            resolution = resolve(fingerprints)
            for kept in resolution.kept:
                standing = Standing(kept.status, kept.superseded_by, kept.siblings)
                store.keep(kept.key, standing, kept.facts)
                staged.documents += 1
                staged.superseded += kept.status is Status.SUPERSEDED
                staged.retracted += kept.status is Status.RETRACTED
            for duplicate in resolution.duplicates:
                origin = store.drop(duplicate.key, duplicate.duplicate_of, duplicate.reason)
                staged.duplicates.append(
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

    def cut(self, store: DocumentWriter, resolution: Resolution) -> None:
        """Cut every kept document into chunks, and find the drugs that each names."""
        staged = self.staged
        mentions = Mentions([k.label for k in resolution.kept if k.label is not None])
        terms = LexicalWriter(staged.folder / LEXICAL)
        words: Counter[str] = Counter()
        window: list[Chunk] = []
        drugs: list[set[str]] = []
        row = 0
        for done, document in enumerate(self._timed(store.documents(), "loading"), start=1):
            with self.watch.time("chunking"):
                cut = chunk(document, self.embedder)
                facts = document.source.facts
                label = facts if isinstance(facts, LabelFacts) else None
                drugs += [mentions.of(piece, label) for piece in cut.chunks]
                words.update(_WORD.findall(document.text.lower()))
            window += cut.chunks
            staged.rows[document.source.type] += len(cut.chunks)
            staged.overlong += cut.overlong
            staged.shortened_leads += cut.shortened_leads
            staged.needs_review += document.needs_review
            staged.corpus_date = max(
                filter(None, (staged.corpus_date, document.source.published)), default=None
            )
            if len(window) >= _WINDOW or done == staged.documents:
                with self.watch.time("indexing"):
                    store.add_chunks(row, window)
                    terms.add(row, window, drugs)
                    for offset, (piece, names) in enumerate(zip(window, drugs, strict=True)):
                        store.add_mentions(row + offset, piece.type, names)
                row += len(window)
                window, drugs = [], []
            self.progress.advance("documents", done, staged.documents)
        with self.watch.time("indexing"):
            terms.close()
            known = sorted(word for word, count in words.items() if count > 1)
            (staged.folder / WORDS).write_text("\n".join(known) + "\n", encoding="utf-8")

    def _records(self, file: SourceFile) -> list[Document | DeadLetter]:
        """Return what *file* is made into, remembered or parsed."""
        if (remembered := self.parsed.get(file)) is not None:
            return remembered
        records: list[Document | DeadLetter] = []
        try:
            records += records_of(file)
        except Exception as error:  # noqa: BLE001 - one odd file must not end a run of thousands
            return [*records, fault_of(file, error)]
        self.parsed.put(file, records)
        return records

    def _bury(self, letter: DeadLetter) -> None:
        self.staged.records += 1
        self.staged.dead.append(letter)

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
