"""
What stands around a mark, and whether it is what stands around another. Pure.

Two views of it: by nearness, where every neighbour weighs less the farther it is; and by
segments, where what stands between two marks that could be mistaken for each other belongs to one
of them ("naltrexone: 14%, placebo: 8%", or "14% on naltrexone, 8% on placebo").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import exp

from service.gates.marks import Kind, Mark, Reading

REACH = 4.0
"""Words over which the weight of a neighbour falls to 1/e."""

FARTHEST = 24
"""Words beyond which a neighbour says nothing."""

FLOOR = 0.0004
"""Weight, squared, below which what the neighbours lean to is chance."""

_WEIGHTS = {
    Kind.DRUG: 3.0,
    Kind.GROUP: 3.0,
    Kind.VALUE: 3.0,
    Kind.ROUTE: 2.0,
    Kind.FREQUENCY: 1.0,
    Kind.DIRECTION: 1.0,
    Kind.SEVERITY: 1.0,
    Kind.WORD: 1.0,
}
"""What tells two arms of a sentence apart weighs more than what they share."""

Weights = dict[str, float]


def agreement(
    said: Reading, ours: tuple[Mark, Mark], held: Reading, theirs: tuple[Mark, Mark]
) -> float:
    """
    Return whether the first of *ours* stands for the first of *theirs*, -1 to 1, by nearness.

    Every neighbour leans to one of two marks. Where it leans to the first in one text it must
    lean to the first in the other; below 0 the two have changed places.
    """
    here, here_too = (_around(said, mark) for mark in ours)
    there, there_too = (_around(held, mark) for mark in theirs)
    total = most = 0.0
    # In the order of the keys: the same two texts give the same figure in every process.
    for key in sorted((here.keys() | here_too.keys()) & (there.keys() | there_too.keys())):
        lean = here.get(key, 0.0) - here_too.get(key, 0.0)
        its = there.get(key, 0.0) - there_too.get(key, 0.0)
        total += lean * its
        most += abs(lean * its)
    return total / most if most > FLOOR else 0.0


def likeness(said: Reading, mark: Mark, held: Reading, its: Mark) -> float:
    """Return how alike the surroundings of two marks are, 0-1: the cosine of their weights."""
    near, there = _around(said, mark), _around(held, its)
    most = sum(v * v for v in near.values()) * sum(v * v for v in there.values())
    return _product(near, there) / most**0.5 if most else 0.0


def belonging(
    said: Reading, mark: Mark, rival: Mark | None, held: Reading, theirs: tuple[Mark, Mark]
) -> float:
    """
    Return whether *mark* stands for the first of *theirs*, -1 to 1, by segments.

    The better of two readings: what belongs to a mark follows it in both texts, or goes before it
    in both. *rival* is the statement's own mark for the second, None where it has none.
    """
    best = -1.0
    for backwards in (False, True):
        right, wrong = (_segment(held, mark, backwards=backwards) for mark in theirs)
        ours = _segment(said, mark, backwards=backwards)
        other = _segment(said, rival, backwards=backwards) if rival is not None else {}
        kept = _product(ours, right) + _product(other, wrong)
        crossed = _product(ours, wrong) + _product(other, right)
        if kept + crossed > 0:
            best = max(best, (kept - crossed) / (kept + crossed))
    return best


def _product(one: Weights, other: Weights) -> float:
    return sum(one[key] * other[key] for key in sorted(one.keys() & other.keys()))


def _around(reading: Reading, mark: Mark) -> Weights:
    """Return the neighbours of a mark by kind and key, the nearest of each weighing most."""
    near = (other for other in reading.marks if abs(other.at - mark.at) <= FARTHEST)
    return _weighed(reading, mark, near, fading=True)


def _segment(reading: Reading, mark: Mark, *, backwards: bool) -> Weights:
    """Return what stands between a mark and the next that could be mistaken for it."""
    alike = [other.at for other in reading.marks if other is not mark and _alike(other, mark)]
    if backwards:
        first, last = max((at for at in alike if at < mark.at), default=0), mark.at
    else:
        first, last = mark.at, min((at for at in alike if at > mark.at), default=10**6)
    inside = (other for other in reading.marks if first < other.at < last)
    return _weighed(reading, mark, inside, fading=False)


def _weighed(reading: Reading, mark: Mark, others: Iterable[Mark], *, fading: bool) -> Weights:
    often = Counter(other.key for other in reading.marks)
    weights: Weights = {}
    for other in others:
        if other is mark or other.kind not in _WEIGHTS or _alike(other, mark):
            continue
        # What a text says again and again tells nothing apart.
        weight = _WEIGHTS[other.kind] / often[other.key]
        if fading:
            weight *= exp(-abs(other.at - mark.at) / REACH)
        key = f"{other.kind}:{other.key}"
        weights[key] = max(weights.get(key, 0.0), weight)
    return weights


def _alike(one: Mark, other: Mark) -> bool:
    """Tell whether two marks could be mistaken for each other."""
    return one.kind is other.kind and one.shape == other.shape and one.kind is not Kind.WORD
