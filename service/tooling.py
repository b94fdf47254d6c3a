"""
What an agent may do with the service: search, read a passage, ask. Each result as data and text.

The text is what a language model reads; it ends with the disclaimer, and source words in it are
quoted, never instructions of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from ingest.documents import SourceType
from service.answers import Audience, Passage, Query
from service.asking import Asked, Asking
from service.bootstrap import Runtime
from service.chatting import Chat
from service.disclaimers import read_disclaimer
from service.inert import escaped, inert
from service.passages import find_passage, passage_json
from service.principals import Principal
from service.serialising import (
    Json,
    evidence_json,
    link_to,
    query_json,
    source_json,
    understood_line,
    web_address,
)
from service.wording import wording


@dataclass(frozen=True, slots=True)
class Told:
    """The result of a tool; ``asked`` is there where a question was answered."""

    data: Json
    text: str
    asked: Asked | None = None


def search_evidence(
    runtime: Runtime, query: str, source_type: SourceType | None, limit: int
) -> Told:
    """
    Return the passages nearest to *query*, at most *limit*, the best of each source type first.

    Raises IndexUnavailableError.
    """
    with runtime.live.reading() as reading:
        understood, found = reading.answerer.search(query)
        snapshot = reading.snapshot.id
    passages = list(_ranked(found, source_type))[:limit]
    data = {
        "snapshot": snapshot,
        "understood_as": query_json(understood),
        "reason": understood.reason,
        "passages": [_passage(passage) for passage in passages],
        "review": wording("review.unreviewed"),
        "disclaimer": _disclaimer(),
    }
    return Told(data, _text([*_read(understood), *map(_listed, passages)], snapshot))


def get_passage(runtime: Runtime, passage_id: str) -> Told:
    """Return a passage in its section. Raises NotFoundError or IndexUnavailableError."""
    with runtime.live.reading() as reading:
        chunk, stored = find_passage(reading.snapshot, passage_id)
        source = stored.document.source
        status = runtime.retractions.current().status(source, stored.standing.status)
        data = passage_json(reading.snapshot, chunk, stored, status)
        snapshot = reading.snapshot.id
    address = web_address(source)
    where = f"{' > '.join(chunk.headings)} ({status.value})"
    lines = [
        f"**{_line(source.title)}**. {_line(source.publisher or '')}",
        *([data["source"]["summary_notice"]] if data["source"]["summary_notice"] else []),
        f"{_line(where)}{f' <{address}>' if address else ''}",
        *([f"{_line(chunk.lead)}"] if chunk.lead else []),
        f"> {_line(chunk.text)}",
    ]
    return Told(
        {**data, "review": wording("review.unreviewed"), "disclaimer": _disclaimer()},
        _text(lines, snapshot),
    )


def answer_followup(
    runtime: Runtime,
    question: str,
    conversation_id: str | None,
    audience: Audience,
    principal: Principal,
) -> Told:
    """
    Answer *question* as a turn of a conversation, a new one where none is named, and store it.

    Raises NotFoundError for a conversation that is not the *principal*'s, or any ServiceError.
    """
    asking = Asking(
        runtime,
        question,
        conversation_id=conversation_id,
        audience=audience,
        principal=principal,
    )
    chat = Chat()
    pieces = [piece for event in asking.steps() for piece in chat.tell(event)]
    asked = asking.record()
    pieces += chat.close(asked.body["answer"])
    snapshot = asked.answer.provenance.snapshot
    ids = f"\n\nconversation_id: {asked.conversation_id}\nsnapshot: {snapshot}\n"
    return Told(asked.body, "".join(piece.text for piece in pieces) + ids, asked)


def _ranked(
    found: Mapping[SourceType, list[Passage]], wanted: SourceType | None
) -> Iterator[Passage]:
    """Yield the first of each type, then the second of each: none crowds out the others."""
    kinds = [kind for kind in SourceType if wanted in (None, kind)]
    for row in zip_longest(*(found.get(kind, []) for kind in kinds)):
        yield from (passage for passage in row if passage is not None)


def _passage(passage: Passage) -> Json:
    chunk = passage.chunk
    return {
        "passage_id": passage.id,
        "document_id": chunk.document_id,
        "source": source_json(passage.source, passage.status),
        "section_path": list(chunk.headings),
        "lead": chunk.lead,
        "text": chunk.text,
        "evidence": evidence_json(passage.source, chunk),
        "rank": passage.rank,
        "similarity": passage.similarity,
        "url": link_to(passage.source, chunk.text),
    }


def _listed(passage: Passage) -> str:
    source = source_json(passage.source, passage.status)
    told = [
        source["source_type"],
        str(source["year"] or ""),
        source["status"],
        source["summary_notice"] or "",
    ]
    about = " · ".join(one for one in told if one)
    lead = f"{_line(passage.chunk.lead)} " if passage.chunk.lead else ""
    return (
        f"[{passage.id}] **{_line(passage.source.title)}** ({_line(about)})\n"
        f"> {lead}{_line(passage.chunk.text)}"
    )


def _read(query: Query) -> Iterator[str]:
    if (understood := understood_line(query_json(query))) is not None:
        yield _line(understood)
    if query.reason:
        yield _line(query.reason)
    for number, choice in enumerate(query.choices, start=1):
        yield f"{number}. {_line(choice.label)}: {_line(choice.question)}"


def _disclaimer() -> Json:
    disclaimer = read_disclaimer()
    return {"version": disclaimer.version, "text": disclaimer.text}


def _text(blocks: list[str], snapshot: str) -> str:
    disclaimer = read_disclaimer()
    end = [
        f"snapshot: {snapshot}",
        wording("review.unreviewed"),
        f"Disclaimer ({disclaimer.version}): {disclaimer.text}",
    ]
    return inert("\n\n".join([*blocks, *end])) + "\n"


def _line(text: str) -> str:
    return escaped(" ".join(text.split()))
