"""
Verdicts -> rates per kind, each with its interval, and the bars they must reach.

Recall of a kind is the share of its mutants that were rejected. Precision of a kind is its
rejected mutants, divided by those and the honest statements that were rejected for the same
reasons: reason codes that make up at least a tenth of the kind's rejections. F1 is their harmonic
mean. Rates carry Wilson 95% intervals; the ends of F1's interval are made of the like ends of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.intervals import Rate
from eval.verifier.cases import HONEST, KINDS, Part
from eval.verifier.measuring import Measured, Verdict

LEAST_CAUGHT = {
    "number": 1.0,
    "decimal_shift": 1.0,
    "unit": 1.0,
    "frequency": 1.0,
    "comparator": 1.0,
    "range_end": 1.0,
    "drug": 0.98,
    "negation": 0.95,
    "direction": 0.95,
    "swapped_citation": 0.95,
    "population": 0.9,
    "route": 0.9,
    "section": 0.9,
}
MOST_REJECTED = {"exact_quote": 0.02, "paraphrase": 0.1}
OWN_REASON = 0.1
"""Share of a kind's rejections from which a reason code counts as the kind's own."""


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of mutants: precision and recall, 0 to 1 each."""

    recall: Rate
    precision: Rate

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return _harmonic(self.precision.value, self.recall.value)

    @property
    def f1_interval(self) -> tuple[float, float]:
        """Harmonic means of both lower and both upper ends: wider than 95%."""
        low, high = zip(self.precision.interval, self.recall.interval, strict=True)
        return _harmonic(*low), _harmonic(*high)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a kind must reach on the final part, and whether it did."""

    kind: str
    limit: float
    at_least: bool
    rate: float
    cases: int

    @property
    def met(self) -> bool:
        """Whether the rate keeps to the limit; a kind without a case proves nothing."""
        kept = self.rate >= self.limit if self.at_least else self.rate <= self.limit
        return kept and self.cases > 0


@dataclass(frozen=True, slots=True)
class Scores:
    """All that a run found; ``by_hand`` repeats the rates of the cases written by hand alone."""

    part: str
    cases: int
    not_measured: int
    scores: dict[str, Score]
    rejected_honest: dict[str, Rate]
    by_hand: dict[str, Rate]
    bars: tuple[Bar, ...]

    @property
    def met(self) -> bool:
        """Whether every bar is met."""
        return all(bar.met for bar in self.bars)


def score(measured: Measured, part: Part | None) -> Scores:
    """Return the rates of a run. Bars are judged on its final cases, or on what there is."""
    verdicts = measured.verdicts
    honest = [v for v in verdicts if v.must_pass]
    false = [v for v in verdicts if not v.must_pass]
    judged = [v for v in verdicts if v.part is Part.FINAL] or list(verdicts)
    return Scores(
        part.value if part else "all",
        len(verdicts),
        len(measured.not_measured),
        {kind: _score([v for v in false if v.kind == kind], honest) for kind in _kinds(false)},
        {kind: _rejected(v for v in honest if v.kind == kind) for kind in _kinds(honest)},
        {
            "caught": _rejected(v for v in false if v.by_hand),
            "rejected_honest": _rejected(v for v in honest if v.by_hand),
        },
        tuple(_bars(judged)),
    )


def _bars(verdicts: Sequence[Verdict]) -> Iterable[Bar]:
    for kind, limit in (LEAST_CAUGHT | MOST_REJECTED).items():
        rate = _rejected(v for v in verdicts if v.kind == kind)
        yield Bar(kind, limit, kind not in HONEST, rate.value, rate.of)


def _score(false: Sequence[Verdict], honest: Sequence[Verdict]) -> Score:
    recall = _rejected(false)
    reasons = Counter(code for v in false if v.rejected for code in v.why)
    own = {code for code, count in reasons.items() if count >= OWN_REASON * recall.hits}
    wrongly = sum(v.rejected and not own.isdisjoint(v.why) for v in honest)
    return Score(recall, Rate(recall.hits, recall.hits + wrongly))


def _rejected(verdicts: Iterable[Verdict]) -> Rate:
    fates = [v.rejected for v in verdicts]
    return Rate(sum(fates), len(fates))


def _kinds(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the kinds that occur, in their own order."""
    present = {v.kind for v in verdicts}
    return [kind for kind in KINDS if kind in present]


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
