"""
Golden dialogues: scripted conversations, and what must hold of every turn, as data.

What is checked is what a clinician relies on: how a question was understood, who is cited, which
figures are quoted, what is warned of, what is declined and why. Wording never is. One JSON object a
line; ``corpus/golden/README.md`` tells what each key means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from ingest.documents import Direction, SourceType
from service.answers import CorrectionKind, DeclineReason, Outcome, SafetyKind, SectionKind, Topic

_closed = with_config(ConfigDict(extra="forbid"))
"""An unknown key is an error: a misspelt one would check nothing."""

_Text = Annotated[str, Field(min_length=1)]


@_closed
@dataclass(frozen=True, slots=True)
class Quoted:
    """
    A statement that must, or must not, be shown.

    It is of ``section``, from ``source`` (a source or document id) and holds all of ``holds``.
    Case and white space do not matter; a figure matches a whole figure only. ``direction`` is that
    of the recommendation quoted.
    """

    section: SectionKind
    holds: tuple[_Text, ...] = ()
    source: _Text | None = None
    direction: Direction | None = None


@_closed
@dataclass(frozen=True, slots=True)
class ExpectedNotice:
    """A safety notice that must be shown."""

    drug: _Text
    kind: SafetyKind


@_closed
@dataclass(frozen=True, slots=True)
class Expectation:
    """
    What must hold of one answer; what is None is not checked.

    ``drugs`` (as the service calls them, in order), ``corrections`` (heard, meant, kind) and
    ``carried`` ("drug", "condition", "topic": what came from earlier turns) are exact; () says
    that there are none, and ``condition`` "" that there is none.
    ``topics`` and ``choices`` must be among those of the answer. ``cites`` must all be cited,
    ``cites_any`` at least one, ``never_cites`` none, nor in what is folded away: source or document
    ids. ``conflicts`` are pairs in either order of such ids, or of source types ("label").
    ``notice``: something is told beside the answer. Nothing shown may match ``never_quotes``.
    """

    outcome: tuple[Outcome, ...] = ()
    decline: DeclineReason | None = None
    drugs: tuple[str, ...] | None = None
    condition: str | None = None
    topics: tuple[Topic, ...] = ()
    corrections: tuple[tuple[str, str, CorrectionKind], ...] | None = None
    carried: tuple[str, ...] | None = None
    choices: tuple[_Text, ...] = ()
    cites: tuple[_Text, ...] = ()
    cites_any: tuple[_Text, ...] = ()
    never_cites: tuple[_Text, ...] = ()
    quotes: tuple[Quoted, ...] = ()
    never_quotes: tuple[Quoted, ...] = ()
    safety: tuple[ExpectedNotice, ...] | None = None
    conflicts: tuple[tuple[_Text, _Text], ...] | None = None
    notice: bool | None = None


@_closed
@dataclass(frozen=True, slots=True)
class GoldenTurn:
    """One question of a dialogue, and what must hold of its answer."""

    ask: _Text
    expect: Expectation


@_closed
@dataclass(frozen=True, slots=True)
class Dialogue:
    """
    One conversation, replayed from its first turn.

    It is measured only on a snapshot that holds the sources it expects and those of ``needs``,
    and no label of the ingredients in ``unlabelled``.
    """

    id: _Text
    about: _Text
    turns: Annotated[tuple[GoldenTurn, ...], Field(min_length=1)]
    needs: tuple[_Text, ...] = ()
    unlabelled: tuple[_Text, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources without which nothing is measured, each once."""
        named = list(self.needs)
        for turn in self.turns:
            expect = turn.expect
            named += [*expect.cites, *expect.cites_any]
            named += [quoted.source for quoted in expect.quotes if quoted.source is not None]
            named += [each for pair in expect.conflicts or () for each in pair]
        return tuple(each for each in dict.fromkeys(named) if each not in set(SourceType))


_DIALOGUE = TypeAdapter(Dialogue)


def read_dialogues(folder: Path) -> tuple[Dialogue, ...]:
    """
    Return the dialogues of ``*.jsonl`` in *folder*, by file name and line.

    Raises ValueError for a folder without any, a line that is not a dialogue, an unknown key, or
    an id given twice.
    """
    files = sorted(folder.glob("*.jsonl"))
    found = tuple(dialogue for file in files for dialogue in _read(file))
    if not found:
        raise ValueError(f"no golden dialogues in {folder}; name a folder with *.jsonl files")
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise ValueError(f"golden dialogues given twice in {folder}: {', '.join(sorted(twice))}")
    return found


def _read(file: Path) -> Iterable[Dialogue]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield _DIALOGUE.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{file.name}, line {number}: {where}: {first['msg']}") from error
