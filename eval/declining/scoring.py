"""
What the answers to a part of the set come to: precision and recall of declining.

A question counts as not answered where no statement of a label is shown: declined, or asked
back. Of the questions not answered, precision is the share that no label answers; of the
questions that no label answers, recall is the share not answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eval.declining.asking import Asked
from eval.declining.cases import Kind, Part
from eval.intervals import Rate
from service.answers import Outcome

BAR = 0.85
"""Decline recall, and decline precision, that must be reached."""


@dataclass(frozen=True, slots=True)
class Score:
    """One run over one part of the set."""

    part: Part
    snapshot: str
    embedder: str
    results: tuple[Asked, ...]

    @property
    def recall(self) -> Rate:
        """Of the questions that no label answers, those not answered."""
        silent = [r for r in self.results if not r.case.is_answerable]
        return Rate(sum(not r.answered for r in silent), len(silent))

    @property
    def precision(self) -> Rate:
        """Of the questions not answered, those that no label answers."""
        held = [r for r in self.results if not r.answered]
        return Rate(sum(not r.case.is_answerable for r in held), len(held))

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        precision, recall = self.precision.value, self.recall.value
        total = precision + recall
        return 2 * precision * recall / total if total else 0.0

    @property
    def on_target(self) -> Rate:
        """Of the answerable questions answered, those with a statement of the right section."""
        answered = [r for r in self.results if r.case.is_answerable and r.answered]
        return Rate(sum(r.on_target for r in answered), len(answered))

    @property
    def clarified(self) -> int:
        """How many questions were asked back; they count as not answered."""
        return sum(r.outcome is Outcome.CLARIFY for r in self.results)

    @property
    def is_reached(self) -> bool:
        """Whether both bars are reached."""
        return self.precision.value >= BAR and self.recall.value >= BAR

    def of_kind(self, kind: Kind, aspect: str | None = None) -> Rate:
        """Return how many cases of a kind came out right."""
        own = [r for r in self.results if r.case.kind is kind and aspect in (None, r.case.aspect)]
        return Rate(sum(r.is_right for r in own), len(own))

    def aspects(self, kind: Kind) -> list[str]:
        """Return the aspects of one kind, in the order of the cases."""
        return list(dict.fromkeys(r.case.aspect for r in self.results if r.case.kind is kind))

    def as_json(self, *, cases: bool = True) -> dict[str, Any]:
        """Return the figures as JSON-ready values, *cases* that came out wrong named."""
        wrong = [
            {"id": r.case.id, "kind": r.case.kind.value, "outcome": r.outcome.value}
            for r in self.results
            if not r.is_right
        ]
        return {
            "part": self.part.value,
            "snapshot": self.snapshot,
            "embedder": self.embedder,
            "questions": len(self.results),
            "bar": BAR,
            "reached": self.is_reached,
            "recall": self.recall.as_json(),
            "precision": self.precision.as_json(),
            "f1": round(self.f1, 4),
            "on_target": self.on_target.as_json(),
            "clarified": self.clarified,
            "kinds": {
                kind.value: self.of_kind(kind).as_json()
                | {"aspects": {a: self.of_kind(kind, a).as_json() for a in self.aspects(kind)}}
                for kind in Kind
            },
        } | ({"wrong": wrong} if cases else {})


def lines(score: Score) -> list[str]:
    """Return the score as a table for people."""
    verdict = "reached" if score.is_reached else "NOT reached"
    told = [
        f"declining, {score.part.value} part: {len(score.results)} questions, {score.embedder}",
        f"  recall    {_told(score.recall)}",
        f"  precision {_told(score.precision)}",
        f"  f1        {score.f1:.3f}    both at least {BAR}: {verdict}",
        f"  asked back, counted as not answered: {score.clarified}",
        f"  answered from the right section: {_told(score.on_target)}",
        "  came out right:",
    ]
    for kind in Kind:
        told.append(f"    {kind.value:14} {_told(score.of_kind(kind))}")
        aspects = score.aspects(kind)
        if len(aspects) > 1:
            told += [f"      {name:14} {_told(score.of_kind(kind, name))}" for name in aspects]
    return told


def _told(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.value:.3f} [{low:.3f}, {high:.3f}]  {rate.hits}/{rate.of}"
