"""
Cases -> verdicts: every statement built on its quote, and put through the gates.

A case whose words are no longer where they were is not measured, and is counted as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.verifier.cases import Case, Part, Source, Span, digest
from eval.verifier.handwritten import Handwritten
from eval.verifier.library import Library
from service.answers import Citation, Passage, Statement, StatementKind, Support
from service.quoting import Unit
from service.subjects import subject
from service.verifying import Gate, verify


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What became of one case.

    ``why`` holds the reason codes of a rejected statement. ``text`` and ``quote`` are kept for
    people who tune gates, and never written to a file. ``by_hand`` tells who wrote the case: it
    counts in its kind like any other, and is reported once more beside them.
    """

    id: str
    kind: str
    part: Part
    must_pass: bool
    rejected: bool
    why: tuple[str, ...]
    text: str
    quote: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """The verdicts of a run, and the ids of the cases whose words were not found."""

    verdicts: tuple[Verdict, ...]
    not_measured: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    passage: Passage
    unit: Unit
    words: str


def measure(
    library: Library,
    sources: Sequence[Source],
    cases: Sequence[Case],
    handwritten: Sequence[Handwritten],
    gates: Sequence[Gate],
    tell: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Verify every case with *gates*; *tell* is told of every two-thousandth."""
    verdicts: list[Verdict] = []
    lost: list[str] = []
    for done, case in enumerate(cases, start=1):
        verdict = _of_case(library, sources, case, gates)
        if verdict is None:
            lost.append(case.id)
        else:
            verdicts.append(verdict)
        if done % 2000 == 0:
            tell(f"{done} of {len(cases)} cases")
    for written in handwritten:
        verdict = _of_handwritten(library, written, gates)
        if verdict is None:
            lost.append(written.id)
        else:
            verdicts.append(verdict)
    return Measured(tuple(verdicts), tuple(lost))


def _of_case(
    library: Library, sources: Sequence[Source], case: Case, gates: Sequence[Gate]
) -> Verdict | None:
    cited = _found(library, sources, case.cited)
    taken = _found(library, sources, case.taken) if case.taken else cited
    if cited is None or taken is None:
        return None
    text = case.text(taken.words)
    # What the words are about goes with them, also to a passage that they are not from.
    about = subject(taken.passage, taken.unit.head)
    why = _rejected(text, about, cited, taken, gates)
    if case.kind == "exact_quote" and not why:
        why = _rejected(text, about, cited, taken, gates, StatementKind.QUOTE)
    return Verdict(case.id, case.kind, case.part, case.must_pass, bool(why), why, text, cited.words)


def _of_handwritten(
    library: Library, written: Handwritten, gates: Sequence[Gate]
) -> Verdict | None:
    place = Span(0, written.start, written.end, written.quote_sha256)
    cited = _found(library, [Source(written.file, written.document)], place)
    if cited is None:
        return None
    about = subject(cited.passage, cited.unit.head)
    why = _rejected(written.text, about, cited, cited, gates)
    return Verdict(
        written.id,
        written.kind,
        written.part,
        written.must_pass,
        bool(why),
        why,
        written.text,
        cited.words,
        by_hand=True,
    )


def _rejected(
    text: str,
    about: str,
    cited: _Found,
    taken: _Found,
    gates: Sequence[Gate],
    kind: StatementKind = StatementKind.PARAPHRASE,
) -> tuple[str, ...]:
    """Return the reasons for which the gates reject a statement, () where they do not."""
    unit = cited.unit
    citation = Citation(1, cited.passage, cited.words, unit.start, unit.end)
    statement = Statement(text, kind, (citation,), subject=about)
    passages = (cited.passage,) if taken is cited else (cited.passage, taken.passage)
    try:
        checked = verify(statement, passages, gates)
    except Exception as error:
        error.add_note(f"on the statement {text!r}, cited to {cited.words!r}")
        raise
    return () if checked.support is Support.SUPPORTED else checked.reasons or ("no_reason",)


def _found(library: Library, sources: Sequence[Source], span: Span) -> _Found | None:
    source = sources[span.document]
    held = library.held(source.file, source.document)
    if held is None or digest(held.text[span.start : span.end]) != span.digest:
        return None
    place = held.at(span.start, span.end)
    if place is None:
        return None
    passage, unit = place
    words = held.text[span.start : span.end]
    return _Found(passage, Unit(words, span.start, span.end, unit.head), words)
