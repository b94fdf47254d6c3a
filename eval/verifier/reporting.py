"""Scores -> JSON, a table, and the missed cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eval.intervals import Rate
from eval.verifier.measuring import Measured
from eval.verifier.scoring import Scores

DIGITS = 4


def to_json(scores: Scores) -> dict[str, Any]:
    """Return the scores as JSON-ready values; rates are plain numbers from 0 to 1 by kind."""
    kinds = scores.scores
    recalls = {kind: held.recall for kind, held in kinds.items()}
    rates = recalls | scores.rejected_honest
    caught = {kind: _round(rate.value) for kind, rate in recalls.items()}
    return {
        "part": scores.part,
        "cases": scores.cases,
        "not_measured": scores.not_measured,
        "caught": caught,
        "rejected_honest": {k: _round(rate.value) for k, rate in scores.rejected_honest.items()},
        "intervals": {k: _ends(rate.interval) for k, rate in rates.items()},
        "counts": {k: rate.of for k, rate in rates.items()},
        "precision": {k: _round(held.precision.value) for k, held in kinds.items()},
        "precision_intervals": {k: _ends(held.precision.interval) for k, held in kinds.items()},
        "recall": caught,
        "recall_intervals": {k: _ends(held.recall.interval) for k, held in kinds.items()},
        "f1": {k: _round(held.f1) for k, held in kinds.items()},
        "f1_intervals": {k: _ends(held.f1_interval) for k, held in kinds.items()},
        "by_hand": {name: rate.as_json() for name, rate in scores.by_hand.items()},
        "swapped_citations_detected": caught.get("swapped_citation"),
        "bars": {
            bar.kind: {
                "at_least" if bar.at_least else "at_most": bar.limit,
                "rate": _round(bar.rate),
                "cases": bar.cases,
                "met": bar.met,
            }
            for bar in scores.bars
        },
        "met": scores.met,
    }


def as_table(scores: Scores) -> Iterator[str]:
    """Yield the scores as a table for people."""
    yield f"{scores.part}: {scores.cases} cases, {scores.not_measured} not measured"
    yield f"{'must be rejected':27}{'n':>6}  caught  {'95% interval':16} precision    F1"
    for kind, held in scores.scores.items():
        quality = f"{held.precision.value:9.3f} {held.f1:5.3f}"
        yield f"{_line(kind, held.recall)}  {quality}"
    yield f"{'must pass':27}{'n':>6}  reject  95% interval"
    for kind, rate in scores.rejected_honest.items():
        yield _line(kind, rate)
    yield "of these, written by hand"
    for name, rate in scores.by_hand.items():
        yield _line(name.replace("_", " "), rate)
    failed = [bar for bar in scores.bars if not bar.met]
    for bar in failed:
        sign = ">=" if bar.at_least else "<="
        yield f"MISSED {bar.kind}: {bar.rate:.3f}, must be {sign} {bar.limit:g}"
    yield "every bar is met" if not failed else f"{len(failed)} of {len(scores.bars)} bars missed"


def missed(measured: Measured, most: int) -> Iterator[str]:
    """Yield up to *most* misjudged cases of each kind, with their words: for a terminal only."""
    shown: dict[str, int] = {}
    for v in measured.verdicts:
        if v.rejected is not v.must_pass or shown.get(v.kind, 0) >= most:
            continue
        shown[v.kind] = shown.get(v.kind, 0) + 1
        verdict = "rejected: " + ", ".join(v.why) if v.rejected else "passed"
        yield f"{v.id} {verdict}\n  quote:     {v.quote!r}\n  statement: {v.text!r}"


def _round(value: float) -> float:
    return round(value, DIGITS)


def _ends(interval: tuple[float, float]) -> list[float]:
    return [_round(end) for end in interval]


def _line(kind: str, rate: Rate) -> str:
    low, high = rate.interval
    return f"{kind:27}{rate.of:6}   {rate.value:.3f}  {low:.3f} to {high:.3f}"
