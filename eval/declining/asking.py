"""Ask the service every case, over an index of the set's labels alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.declining.cases import Case
from eval.declining.labels import gathered, listed
from ingest.activating import POINTER
from ingest.embedding import Embedder
from ingest.pipeline import ingest
from service.answers import Answer, Outcome, SectionKind
from service.bootstrap import bootstrap
from service.settings import Settings, read_settings

_DOCUMENTS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What came of one case.

    ``answered`` tells that a statement of a label is shown. ``on_target`` tells that one of them
    comes from a section that holds the answer, as far as the case names such sections.
    """

    case: Case
    outcome: Outcome
    reason: str | None
    answered: bool
    on_target: bool

    @property
    def is_right(self) -> bool:
        """Whether it was answered where a label answers, and not answered elsewhere."""
        return self.answered == self.case.is_answerable


def index_of_set(
    folder: Path, home: Path, embedder: Embedder, tell: Callable[[str], None]
) -> Settings:
    """
    Return settings for an index of the set's labels, built below *home* where there is none yet.

    The index is kept by the digests of the files and the embedder's identity. Raises IngestError.
    """
    with TemporaryDirectory() as temporary:
        corpus = gathered(folder, Path(temporary))
        own = home / "eval" / f"declining-{_digest(corpus, embedder)}"
        if not (own / "index" / POINTER).is_file():
            tell(f"indexing the {len(listed())} labels of the set in {own}: minutes, once")
            ingest([corpus], own / "index", embedder, progress=_Telling(tell))
    return read_settings(home=own, index=own / "index", database="sqlite://")


def ask(
    cases: Sequence[Case], settings: Settings, embedder: Embedder, tell: Callable[[str], None]
) -> tuple[str, list[Asked]]:
    """Return the snapshot's id and what came of every case. Raises IngestError, ServiceError."""
    with bootstrap(settings, embedder=embedder) as runtime, runtime.live.reading() as reading:
        results: list[Asked] = []
        for at, case in enumerate(cases, start=1):
            results.append(judged(case, reading.answerer.answer(case.question)))
            if at % 50 == 0:
                tell(f"{at} of {len(cases)} questions asked")
        return reading.snapshot.id, results


def judged(case: Case, answer: Answer) -> Asked:
    """Return what an answer is to a case."""
    statements = [
        statement
        for section in answer.sections
        if section.kind is SectionKind.LABEL
        for statement in section.statements
    ]
    cited = {c.passage.chunk.code for statement in statements for c in statement.citations}
    return Asked(
        case=case,
        outcome=answer.outcome,
        reason=answer.decline.value if answer.decline else None,
        answered=bool(statements),
        on_target=bool(cited.intersection(case.codes)),
    )


def _digest(corpus: Path, embedder: Embedder) -> str:
    digest = hashlib.sha256(str(embedder.identity).encode())
    for path, _ in listed():
        digest.update(hashlib.sha256((corpus / path).read_bytes()).digest())
    return digest.hexdigest()[:12]


class _Telling:
    """Progress of ingestion, a line now and then."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Tell every few documents."""
        if stage == "documents" and done % _DOCUMENTS_TOLD == 0:
            self._tell(f"{done} of {total} labels indexed")
