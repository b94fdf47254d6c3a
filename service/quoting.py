"""
Passage -> units that may be quoted alone, verbatim, with what they lean on told apart. Pure.

A unit is a sentence, a list item, a table row, or a recommendation whole. A sentence that leans
on the one before is quoted with it, as one contiguous span, or not at all; nothing is spliced. What
states nothing, a question or an order to whoever answers, is no unit: see ``service.instructing``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from ingest.documents import SourceType
from ingest.sentences import sentence_spans
from service.answers import Passage
from service.instructing import is_no_evidence, is_order
from service.substance import says_something

LONGEST = 600
"""Characters that a unit of joined sentences or list lines may have."""

_CONNECTOR = (
    r"(?:however|in addition|additionally|moreover|furthermore|therefore|thus|also|similarly"
    r"|conversely|in contrast|nevertheless|consequently|accordingly|hence|overall|finally|again"
    r"|instead|on the other hand|as a result|for example|for instance)\b,?\s*"
)
_ON_DRUG = re.compile(rf"^\W*(?:{_CONNECTOR})?(?:it|its|they|their)\b", re.IGNORECASE)
_ON_SENTENCE = re.compile(
    rf"^\W*(?:{_CONNECTOR})?(?:this|these|those|that|such|both(?! [\w-]+ and\b)"
    r"|he|she|his|her|another"
    r"|the (?:latter|former|same|above|other|two|drug|effect|difference|finding|result)s?"
    r"|of (?:these|those|them)|among (?:these|those|them)|in (?:these|those|both|this|that)"
    r"|(?:if|when|where) (?:such|these|those)|the remaining|other (?:such|less)|neither|either"
    r"|here|there(?:fore|by|after))\b",
    re.IGNORECASE,
)
# "This trial" and "these recommendations" are named by the citation itself.
_ON_SOURCE = re.compile(
    r"^\W*(?:in )?th(?:is|ese|at) (?:\w+ ){0,2}(?:trial|study|studies|guideline|review|analysis"
    r"|meta-analysis|cohort|recommendation|label|summary|report|survey)s?\b",
    re.IGNORECASE,
)
_ONLY_CONNECTED = re.compile(rf"^\W*{_CONNECTOR}", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|may|can|could|should|must|will|would|do|does|did"
    r"|not|\w+ed|\w+s)\b"
)
_NOTATION = re.compile(r"Recommendation \([^()]*\): ")
_GOES_ON = re.compile(r"(?:[,;:]|\b(?:and|or|and/or))$", re.IGNORECASE)
# Markup, and the marks of notes, hide the end of a sentence: "... significant.² Other harms ...".
_HIDDEN_END = re.compile(
    r"(?<=[.!?])(?:\s+(?=!?\[[^\]\n]*\]\(|</?[a-zA-Z])"
    r"|(?P<marks>[¹²³⁰⁴-⁹]+(?:[,\u2013-][¹²³⁰⁴-⁹]+)*|\^\([\d,\u2013 -]+\))\s+(?=[A-Z]))"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """
    Words that may be quoted: ``document.text[start:end] == text``.

    ``head`` is what a row or list line leans on (table head, list head). ``leans`` tells that
    its subject is only implied and must be shown beside it; ``connects`` that it opens with a
    connecting word.
    """

    text: str
    start: int
    end: int
    head: str = ""
    leans: bool = False
    connects: bool = False


def units(passage: Passage) -> tuple[Unit, ...]:
    """Return the units of a passage in order; what cannot stand alone is left out."""
    chunk = passage.chunk
    if chunk.recommendation is not None:
        # The notation of our own summaries is data by now, and is shown as the subject.
        notation = _NOTATION.match(chunk.text)
        start = notation.end() if notation else 0
        return tuple(_unit(passage, *span) for span in _unordered(chunk.text, start))
    return tuple(
        unit
        for unit in _lines(passage)
        if says_something(unit.text) and not is_no_evidence(unit.text)
    )


def _unordered(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield what of a recommendation may be quoted: all of it, up to an order planted in it."""
    spans = [(start + first, start + last) for first, last in _apart(text[start:])]
    kept = list(takewhile(lambda span: not is_order(text[span[0] : span[1]]), spans))
    if kept:
        yield (start, len(text)) if len(kept) == len(spans) else (kept[0][0], kept[-1][1])


def _lines(passage: Passage) -> Iterator[Unit]:
    chunk = passage.chunk
    head, heads_from = chunk.lead, -1
    lines = list(_spans(chunk.text, "\n"))
    at = 0
    while at < len(lines):
        start, end = lines[at]
        text = chunk.text[start:end]
        if text.endswith(":"):
            last = _end_of_list(chunk.text, lines, at)
            if last > at:
                stop = lines[last][1]
                yield _unit(passage, start, stop)
                at = last + 1
                continue
            head, heads_from = text, at
        elif " | " in text or (head and not _is_sentence(text)):
            # A row without cells only heads others, in a table whose columns have names or not.
            if " | " in text or (" | " not in head and f"(below: {text})" not in head):
                yield _unit(passage, start, end, head=head)
        else:
            yield from _sentences(passage, start, end)
            if heads_from >= 0:
                head, heads_from = "", -1
        at += 1


def _end_of_list(text: str, lines: list[tuple[int, int]], at: int) -> int:
    """
    Return the last line of the list that line *at* opens.

    That is *at* itself where the list is too long to quote, or goes on beyond the passage.
    """
    last = at
    for line in range(at + 1, len(lines)):
        start, end = lines[line]
        before = text[lines[last][0] : lines[last][1]]
        opened = last > at and _GOES_ON.search(before)
        if (_is_sentence(text[start:end]) and not opened) or " | " in text[start:end]:
            break
        last = line
    whole = text[lines[at][0] : lines[last][1]]
    return at if len(whole) > LONGEST or _GOES_ON.search(whole) else last


def _sentences(passage: Passage, start: int, end: int) -> Iterator[Unit]:
    text = passage.chunk.text
    before: tuple[int, int] | None = None
    for first, last in _apart(text[start:end]):
        span = (start + first, start + last)
        said = text[span[0] : span[1]]
        if is_no_evidence(said):
            before = None
            continue
        whole = _standing(passage, said)
        if whole is not None:
            yield _unit(passage, *span, leans=whole, connects=bool(_ONLY_CONNECTED.match(said)))
            before = span
        elif before is not None and span[1] - before[0] <= LONGEST:
            yield _unit(passage, before[0], span[1])
            before = None
        else:
            before = None


def _apart(text: str) -> Iterator[tuple[int, int]]:
    """Yield where sentences stand, ended by markup and by note marks as well."""
    for start, end in sentence_spans(text):
        at = start
        for joint in _HIDDEN_END.finditer(text, start, end):
            marked = joint.group("marks") is not None
            yield at, joint.end("marks") if marked else joint.start()
            at = joint.end()
        yield at, end


def _standing(passage: Passage, said: str) -> bool | None:
    """Tell whether a sentence needs its subject shown; None where it cannot stand alone."""
    if _ON_SOURCE.match(said):
        return False
    if _ON_DRUG.match(said):
        # In a label "it" is the drug; elsewhere only the sentence before knows.
        return True if passage.chunk.type is SourceType.LABEL else None
    return None if _ON_SENTENCE.match(said) else False


def _unit(
    passage: Passage,
    start: int,
    end: int,
    *,
    head: str = "",
    leans: bool = False,
    connects: bool = False,
) -> Unit:
    chunk = passage.chunk
    return Unit(
        chunk.text[start:end], chunk.start + start, chunk.start + end, head, leans, connects
    )


def _spans(text: str, mark: str) -> Iterator[tuple[int, int]]:
    at = 0
    for part in text.split(mark):
        inner = part.strip()
        if inner:
            start = at + part.index(inner[0])
            yield start, start + len(inner)
        at += len(part) + len(mark)


def _is_sentence(text: str) -> bool:
    """Tell a full sentence from a list entry: it begins and ends as one, and has a verb."""
    opens = text[:1].isupper() or text[:1].isdigit()
    return opens and text.endswith((".", "!", "?")) and len(_VERB.findall(text)) > 1
