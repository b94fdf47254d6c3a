"""
Answer -> typed events, while it is being made: another rendering of the same fields.

A client may ignore every event but the last, which carries the whole answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from service.answering import Begun, Finished, Stated, Step, Understood, Warned
from service.answers import Answer, Audience, Statement, Support
from service.personalizing import drug_names, with_terms
from service.serialising import (
    Json,
    citation_json,
    query_json,
    safety_json,
    statement_json,
)
from service.wording import reworded, wording

SAFETY = "safety"
"""The section that stands before the three sections of evidence."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream: ``name`` is its type, ``data`` its JSON."""

    name: str
    data: Json


@dataclass(slots=True)
class Teller:
    """
    Turns the steps of one answer into events, each section announced before its statements.

    Words are those of ``audience``; the order is that of the answering, which the last event may
    change. ``retrieved`` is the date of the corpus. ``answer`` is there after the last step.
    """

    retrieved: str | None = None
    audience: Audience = Audience.PHYSICIAN
    answer: Answer | None = None
    _names: list[str] = field(default_factory=list)

    def tell(self, steps: Iterable[Step]) -> Iterator[Event]:
        """Yield events: understood, stage, part, section, statement, citation, followups."""
        counts: dict[tuple[str, int | None], int] = {}
        yield Event("stage", {"name": "understanding"})
        for step in steps:
            match step:
                case Understood(query):
                    read = query_json(query)
                    self._names = drug_names(read)
                    yield Event("understood", read)
                    yield Event("stage", {"name": "searching"})
                case Begun(part, query):
                    yield Event("part", {"part": part, "understood_as": query_json(query)})
                case Warned(notice) if notice.statement.support is Support.SUPPORTED:
                    told = safety_json(notice, self.retrieved)
                    yield from self._state((SAFETY, None), notice.statement, told, counts)
                case Stated(section, statement, part, note):
                    told = statement_json(statement, self.retrieved)
                    where = (section.value, part)
                    yield from self._state(where, statement, told, counts, note)
                case Finished(answer):
                    self.answer = answer
                    yield from self._closing(answer)
                case _:  # a notice that did not pass its gates is counted in the answer, not shown
                    pass

    def _state(
        self,
        where: tuple[str, int | None],
        statement: Statement,
        told: Json,
        counts: dict[tuple[str, int | None], int],
        note: str | None = None,
    ) -> Iterator[Event]:
        if where not in counts:
            yield Event("section", self._section(*where, note))
        index = counts[where] = counts.get(where, -1) + 1
        place = {"section": where[0], "part": where[1], "index": index}
        told = with_terms(told, self.audience, self._names)
        yield Event("statement", {**place, **told, "citations": []})
        for citation in statement.citations:
            yield Event("citation", {**place, **citation_json(citation, statement, self.retrieved)})

    def _closing(self, answer: Answer) -> Iterator[Event]:
        """Tell what is known only at the end: empty sections, notes, what to ask next."""
        for number, part in enumerate(answer.parts):
            for section in part.sections:
                yield Event("section", self._section(section.kind.value, number, section.note))
        for section in () if answer.parts else answer.sections:
            yield Event("section", self._section(section.kind.value, None, section.note))
        items = [reworded(one.question, self.audience) for one in answer.follow_ups]
        yield Event("followups", {"items": items})

    def _section(self, kind: str, part: int | None, note: str | None = None) -> Json:
        return {
            "id": kind if part is None else f"{kind}-{part}",
            "part": part,
            "kind": kind,
            "heading": wording(f"heading.{kind}", self.audience),
            "note": note and reworded(note, self.audience),
        }
