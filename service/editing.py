"""
A reviewer's edit of an article: statements reworded, put in another order, set aside or left out.

Nothing can be added. A reworded statement is a paraphrase of the words it cites and passes every
gate that a drafted one passes, sentence by sentence, against the passages as they stand in the live
snapshot. The safety block stays, and so do both sides of a disagreement between sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.documents import Status
from ingest.recalling import DocumentReader
from ingest.sentences import sentence_spans
from service.answers import (
    Citation,
    Outcome,
    Passage,
    SectionKind,
    Statement,
    StatementKind,
)
from service.articles import statement_key
from service.drugs import Vocabulary
from service.errors import ArticleError
from service.gates.reasons import gate_and_code
from service.inert import inert
from service.retractions import Retractions
from service.serialising import Json
from service.showing import keyed
from service.streaming import SAFETY
from service.verifying import gates, verify
from service.wording import wording
from service.words import stems

_NOT_PLAIN = re.compile(r"</?[a-z!]|\w://|\bwww\.|\]\(|\[\d+\]", re.IGNORECASE)
"""Markup, an address, or a mark of a reference: none is a statement's to make."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement to keep, by its key: in other words where ``text`` is given."""

    key: str
    text: str | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the gates read: the live snapshot's documents and drug names, and the retractions."""

    documents: DocumentReader
    vocabulary: Vocabulary
    retractions: Retractions


def edited(answer: Json, kept: Sequence[Kept], shelf: Shelf) -> Json:
    """
    Return *answer*'s JSON with the statements of *kept* alone, in that order.

    Statements stay in their sections; the safety block and the numbers of the references stay as
    they are. Raises ArticleError, which names every statement that is wrong and why.
    """
    held = {key: (section, statement) for key, section, _, statement in keyed(answer)}
    faults: list[tuple[str, str]] = []
    new: dict[str, Json] = {}
    for each in kept:
        at = f"statements.{each.key}"
        section, statement = held.get(each.key, (None, None))
        if statement is None or section is None:
            faults.append((at, wording("gate.unknown")))
        elif section == SAFETY:
            faults.append((at, wording("gate.safety")))
        elif each.key in new:
            faults.append((at, wording("gate.twice")))
        elif each.text is None or each.text.strip() == statement["text"]:
            new[each.key] = statement
        else:
            new[each.key] = _reworded(statement, each.text.strip())
            faults += [(at, why) for why in _faults(new[each.key], shelf)]
    faults += [
        (f"statements.{key}", wording("gate.conflict"))
        for key in _disputed(answer, shelf)
        if key in held and key not in {each.key for each in kept}
    ]
    if not faults and all(each.more for each in kept):
        faults.append(("statements", wording("gate.empty")))
    if faults:
        raise ArticleError("the edit does not pass the checks", tuple(faults))
    return _rebuilt(answer, kept, new)


def cited_in(answer: Json) -> tuple[str, ...]:
    """Return the ids of the passages that *answer*'s JSON shows, each once, in the order shown."""
    shown = [statement for _, _, more, statement in keyed(answer) if not more]
    return tuple(dict.fromkeys(c["passage_id"] for held in shown for c in held["citations"]))


def _faults(statement: Json, shelf: Shelf) -> list[str]:
    """Return why a reworded statement may not stand, in words; empty where it may."""
    text: str = statement["text"]
    if inert(text) != text or _NOT_PLAIN.search(text) or not stems(text):
        return [wording("gate.plain")]
    citations: list[Citation] = []
    for told in statement["citations"]:
        passage = _passage(told, shelf)
        if passage is None:
            return [wording("gate.passage_gone")]
        if passage.status is Status.RETRACTED:
            return [wording("gate.retracted")]
        span = told["quote"], told["start"], told["end"]
        citations.append(Citation(told["marker"], passage, *span))
    made = Statement(
        text,
        StatementKind(statement["kind"]),
        tuple(citations),
        subject=statement["subject"],
    )
    passages = [citation.passage for citation in citations]
    asked = gates(shelf.vocabulary)
    # In the whole, a sentence that the quote does not say could hide behind those that it says.
    pieces = [text] if made.kind is StatementKind.QUOTE else _sentences(text)
    verified = [verify(replace(made, text=piece), passages, asked) for piece in (text, *pieces)]
    codes = dict.fromkeys(code for each in verified for code in each.reasons)
    return [wording(f"gate.{gate_and_code(code)[0]}", code=code) for code in codes]


def _passage(told: Json, shelf: Shelf) -> Passage | None:
    """Return the passage of a citation as it stands today; None where it is no longer indexed."""
    row = shelf.documents.row_of(told["passage_id"])
    if row is None:
        return None
    (chunk,) = shelf.documents.chunks([row])
    source, indexed = shelf.documents.source(chunk.document_id)
    status = shelf.retractions.status(source, indexed.status)
    return Passage(chunk, source, status, 1, told["similarity"])


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _disputed(answer: Json, shelf: Shelf) -> list[str]:
    """Return the keys of the statements that disagree while the sources of both are in force."""
    found: list[str] = []
    for conflict in answer["conflicts"]:
        sides = conflict["first"], conflict["second"]
        rests = [_passage(told, shelf) for side in sides for told in side["citations"]]
        if all(each is not None and each.status is not Status.RETRACTED for each in rests):
            found += [key for side in sides for key in _keys(side)]
    return list(dict.fromkeys(found))


def _reworded(statement: Json, text: str) -> Json:
    """Return *statement* saying *text*: still a quote where that is one of its quotes."""
    quotes = {citation["quote"] for citation in statement["citations"]}
    whole = len(quotes) == 1 and text in quotes
    kind = StatementKind.QUOTE if whole else StatementKind.PARAPHRASE
    citations = [
        {
            **citation,
            "answer_start": max(text.find(citation["quote"]), 0),
            "answer_end": max(text.find(citation["quote"]), 0) + len(citation["quote"])
            if citation["quote"] in text
            else len(text),
        }
        for citation in statement["citations"]
    ]
    return {**statement, "text": text, "kind": kind.value, "citations": citations}


def _rebuilt(answer: Json, kept: Sequence[Kept], new: dict[str, Json]) -> Json:
    """Put the answer together again around the statements kept."""
    sections = [_section(section, kept, new) for section in answer["sections"]]
    parts = [
        {**part, "sections": [_section(section, kept, new) for section in part["sections"]]}
        for part in answer["parts"]
    ]
    found = {**answer, "sections": sections, "parts": parts}
    shown = {each.key for each in kept if not each.more}
    found["lead"] = _again(answer["lead"], shown, new) if answer["lead"] else None
    conflicts = []
    for conflict in answer["conflicts"]:
        first = _again(conflict["first"], set(new), new)
        second = _again(conflict["second"], set(new), new)
        if first is not None and second is not None:
            conflicts.append({**conflict, "first": first, "second": second})
    found["conflicts"] = conflicts
    cited = {c["marker"] for *_, held in keyed(found) for c in held["citations"]}
    found["references"] = [one for one in answer["references"] if one["marker"] in cited]
    if any(not section["statements"] for section in sections):
        full = ", ".join(section["heading"] for section in sections if section["statements"])
        found["outcome"] = Outcome.PARTIAL.value
        found["reason"] = answer["reason"] or wording("partial.some", found=full)
    return found


def _section(section: Json, kept: Iterable[Kept], new: dict[str, Json]) -> Json:
    own = {statement_key(section["kind"], s) for s in section["statements"] + section["more"]}
    ours = [each for each in kept if each.key in own]
    statements = [new[each.key] for each in ours if not each.more]
    note = section["note"]
    if section["statements"] and not statements:
        note = wording("article.emptied")
    more = [new[each.key] for each in ours if each.more]
    return {**section, "note": note, "statements": statements, "more": more}


def _again(statement: Json, shown: set[str], new: dict[str, Json]) -> Json | None:
    """Return a statement that the answer repeats outside its section, as it reads now."""
    return next((new[key] for key in _keys(statement) if key in shown), None)


def _keys(statement: Json) -> list[str]:
    return [statement_key(kind.value, statement) for kind in SectionKind]
