"""
An answer as the text of a chat message: Markdown with markers, references and the disclaimer.

It is written from the events of the answer, a piece for each, so that a streamed message and one
sent whole are the same text. A statement is verified before there is an event of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from service.answers import Audience
from service.inert import escaped, inert
from service.serialising import Json, understood_line
from service.streaming import SAFETY, Event
from service.wording import reworded, wording

_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Noted:
    """
    A marker of the text that leads to the web.

    ``start`` and ``end`` enclose the marker itself, "[1]", and count characters (code points)
    from the beginning of the whole message.
    """

    url: str
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the message, and the markers in it."""

    text: str
    noted: tuple[Noted, ...] = ()


@dataclass(slots=True)
class Chat:
    """Writes one message; ``length`` is how much of it there is."""

    length: int = 0
    _said: Json | None = None
    _citations: list[Json] = field(default_factory=list)
    _where: tuple[str, int | None] | None = None
    _headed: str = ""
    _sections: dict[tuple[str, int | None], tuple[str, str | None]] = field(default_factory=dict)
    _noted: set[tuple[str, int | None]] = field(default_factory=set)
    _shown: set[int] = field(default_factory=set)

    def tell(self, event: Event) -> Iterator[Piece]:
        """Yield what *event* adds; a statement waits for its citations, which come after it."""
        data = event.data
        if event.name == "citation":
            self._citations.append(data)
            return
        yield from self._settled()
        match event.name:
            case "understood":
                yield from self._piece(*_opening(data))
            case "part":
                yield from self._piece(
                    f"# {data['part'] + 1}. {_line(data['understood_as']['text'])}"
                )
            case "section":
                self._sections[data["kind"], data["part"]] = (data["heading"], data["note"])
            case "statement":
                self._said, self._citations = data, []
            case _:  # stages say nothing; notes and what to ask next stand in the whole answer
                pass

    def close(self, answer: Json) -> Iterator[Piece]:
        """Yield the end of the message: what only the whole *answer* (its JSON) can say."""
        yield from self._settled()
        if answer["reason"]:
            yield from self._piece(_line(answer["reason"]))
        yield from self._piece(*_choices([] if answer["parts"] else [answer]))
        yield from self._piece(*_choices(answer["parts"]))
        yield from self._piece(*_notes(answer, self._noted))
        reader = Audience(answer["audience"])
        if answer["lead"] is not None:
            yield from self._piece(f"## {reworded(wording('heading.lead'), reader)}")
            yield self._statement(answer["lead"], answer["lead"]["citations"])
        if answer["conflicts"]:
            yield from self._piece(f"## {reworded(wording('heading.conflicts'), reader)}")
        for conflict in answer["conflicts"]:
            yield from self._piece(f"**{_line(conflict['about'])}**")
            for side, says in zip(("first", "second"), conflict["says"], strict=True):
                told = "; ".join(
                    f"{each['qualifier']}: {each[side] or wording('says.unsaid')}"
                    for each in conflict["differences"]
                )
                says_so = _line(f"{says} ({told})" if told else says)
                said = conflict[side]
                yield self._statement(said, said["citations"], before=f"- {says_so}: ")
        listed = [each for each in answer["references"] if each["marker"] in self._shown]
        if listed:
            yield from self._piece("**References**", "\n".join(_references(listed)))
        if answer["follow_ups"]:
            asked = "\n".join(f"- {_line(question)}" for question in answer["follow_ups"])
            yield from self._piece("**You could ask next**", asked)
        disclaimer = answer["disclaimer"]
        yield from self._piece(
            _line(answer["review"]),
            f"Disclaimer ({disclaimer['version']}): {_line(disclaimer['text'])}",
        )

    def _settled(self) -> Iterator[Piece]:
        """Yield the statement whose citations are all there, under its heading."""
        said, self._said = self._said, None
        if said is None:
            return
        where = (said["section"], said["part"])
        if where != self._where:
            self._where, self._headed = where, ""
            heading, note = self._sections[where]
            yield from self._piece(f"## {_line(heading)}")
            if note:
                self._noted.add(where)
                yield from self._piece(f"*{_line(note)}*")
        if where[0] == SAFETY:
            heading = f"{said['drug']}: {said['kind'].replace('_', ' ')}"
            if heading != self._headed:
                yield from self._piece(f"**{_line(heading)}**")
            self._headed = heading
            yield self._statement(said, self._citations, before="> ")
        else:
            yield self._statement(said, self._citations)

    def _statement(self, said: Json, citations: Sequence[Json], before: str = "") -> Piece:
        """Return a statement with its markers, and whose words it quotes where they are ours."""
        kind = said.get("statement_kind", said["kind"])
        words = _line(said["text"])
        subject = f"**{_line(said['subject'])}** " if said["subject"] else ""
        text = f"{before}{subject}{f'“{words}”' if kind == 'quote' else words} "
        noted = []
        for citation in citations:
            self._shown.add(citation["marker"])
            marker = f"[{citation['marker']}]"
            start = self.length + len(self._between) + len(text)
            if citation["url"]:
                end = start + len(marker)
                noted.append(Noted(citation["url"], citation["title"], start, end))
            text += marker
        summaries = dict.fromkeys(
            f"[{each['marker']}] {each['summary_notice']}"
            for each in citations
            if each["summary_notice"]
        )
        text += "".join(f" *{_line(summary)}*" for summary in summaries)
        return self._added(text, tuple(noted))

    @property
    def _between(self) -> str:
        """What stands between the last block and the next."""
        return "\n\n" if self.length else ""

    def _piece(self, *blocks: str) -> Iterator[Piece]:
        for block in blocks:
            yield self._added(block)

    def _added(self, block: str, noted: tuple[Noted, ...] = ()) -> Piece:
        text = f"{self._between}{inert(block)}"
        self.length += len(text)
        return Piece(text, noted)


def words_in(text: str) -> int:
    """Return how many words and punctuation marks *text* has: what ``usage`` counts."""
    return len(_WORD.findall(text))


def _opening(query: Json) -> Iterator[str]:
    if query["notice"]:
        yield _line(query["notice"])
    if (understood := understood_line(query)) is not None:
        yield _line(understood)


def _choices(answers: Sequence[Json]) -> Iterator[str]:
    """Yield the choices of what is asked back, and why each of several parts has no answer."""
    for number, answer in enumerate(answers, start=1):
        if len(answers) > 1 and answer["reason"]:
            yield _line(f"Question {number}: {answer['reason']}")
        choices = answer["understood_as"]["choices"]
        if choices:
            yield "\n".join(
                f"{place}. {_line(choice['label'])}: {_line(choice['question'])}"
                for place, choice in enumerate(choices, start=1)
            )


def _notes(answer: Json, noted: Collection[tuple[str, int | None]]) -> Iterator[str]:
    """Yield what was not found, by section and question, but for what is *noted* in its place."""
    several = answer["parts"] or [answer]
    for number, part in enumerate(several, start=1):
        about = f"Question {number}. " if len(several) > 1 else ""
        at = number - 1 if answer["parts"] else None
        for section in part["sections"]:
            if section["note"] and (section["kind"], at) not in noted:
                yield f"**{about}{_line(section['heading'])}**: {_line(section['note'])}"


def _references(listed: Sequence[Json]) -> Iterator[str]:
    """Yield a line for each document, with all its markers and the badges that they share."""
    documents: dict[str, list[Json]] = {}
    for reference in listed:
        documents.setdefault(reference["document_id"], []).append(reference)
    for first, *others in documents.values():
        markers = "".join(f"[{each['marker']}]" for each in (first, *others))
        told = ". ".join(one for one in (first["title"].rstrip("."), first["publisher"]) if one)
        badges = " · ".join(
            badge for badge in first["badges"] if all(badge in each["badges"] for each in others)
        )
        link = f" <{first['url']}>" if first["url"] else ""
        yield f"- {markers} {_line(told)} ({_line(badges)}){link}"


def _line(text: str) -> str:
    """Return words on one line that no Markdown reader takes for markup."""
    return escaped(" ".join(text.split()))
