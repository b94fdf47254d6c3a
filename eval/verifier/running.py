"""One run of the verifier's benchmark: case file + data folder -> measured, or the file anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.verifier.cases import Case, Part, Source, read, written
from eval.verifier.generating import generate
from eval.verifier.handwritten import Handwritten, load_handwritten
from eval.verifier.library import Library
from eval.verifier.measuring import Measured, measure
from eval.verifier.scoring import Scores, score
from eval.verifier.shelving import SEED, label_files, pool
from ingest.errors import CorpusError
from service.drugs import Vocabulary
from service.medicines import load_medicines
from service.spelling import english_words
from service.verifying import gates

_HERE = Path(__file__).parent
CASES = _HERE / "cases.jsonl"
HANDWRITTEN = _HERE / "handwritten.jsonl"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Set:
    """The cases there are: generated, with their sources, and written by hand."""

    sources: tuple[Source, ...]
    cases: tuple[Case, ...]
    handwritten: tuple[Handwritten, ...]

    def of(self, part: Part | None) -> Set:
        """Return the cases of one part, or all."""
        if part is None:
            return self
        return Set(
            self.sources,
            tuple(c for c in self.cases if c.part is part),
            tuple(c for c in self.handwritten if c.part is part),
        )


def load(cases: Path = CASES, handwritten: Path = HANDWRITTEN) -> Set:
    """Return the set of the checkout. Raises CorpusError where a file of it is damaged."""
    try:
        sources, held = read(cases.read_text(encoding="utf-8"))
        return Set(sources, held, load_handwritten(handwritten) if handwritten.exists() else ())
    except (OSError, ValueError) as error:
        raise CorpusError(f"the case file cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Run:
    """Verdicts and what they come to."""

    measured: Measured
    scores: Scores


def run(folder: Path, part: Part | None, tell: Tell, chosen: Set | None = None) -> Run:
    """
    Measure the gates of the service on the cases of *part*, or on all.

    Raises CorpusError where *folder* is missing or holds none of the cases' documents.
    """
    held = (chosen or load()).of(part)
    library = Library(folder, tell=tell)
    vocabulary = _vocabulary(library, folder, held, tell)
    measured = measure(library, held.sources, held.cases, held.handwritten, gates(vocabulary), tell)
    if not measured.verdicts:
        raise CorpusError(f"{folder} holds none of the {len(held.cases)} cases' documents")
    return Run(measured, score(measured, part))


def regenerate(folder: Path, target: Path, tell: Tell, seed: int = SEED) -> int:
    """Write the case file anew from *seed*; return how many cases. Raises CorpusError."""
    library = Library(folder, tell=tell)
    vocabulary = Vocabulary.of(
        library.labels(label_files(folder)), medicines=load_medicines(), english=english_words()
    )
    sources, cases = generate(library, pool(folder, seed), vocabulary, seed=seed, tell=tell)
    if not cases:
        raise CorpusError(f"nothing in {folder} gives a case; {target} is left as it was")
    target.write_text(written(sources, cases), encoding="utf-8")
    return len(cases)


def _vocabulary(library: Library, folder: Path, held: Set, tell: Tell) -> Vocabulary:
    """Return the vocabulary of an index of the data folder's labels and the cases' documents."""
    labels = library.labels(label_files(folder))
    numbers = {s.document for c in held.cases for s in (c.cited, c.taken) if s is not None}
    named = {held.sources[n].file for n in numbers} | {w.file for w in held.handwritten}
    for file in sorted(named):
        library.documents(file)
    tell(f"{len(labels)} labels and {len(named)} files with cases read")
    return Vocabulary.of(
        labels, medicines=load_medicines(), english=english_words(), corpus=library.words()
    )
