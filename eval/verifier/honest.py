"""
Honest paraphrases, by rule: each is entailed by the words it is made from.

Small rules put one expression for another of the same meaning; large ones move, drop or turn
whole clauses. A paraphrase uses several small ones, or one large.
"""

from __future__ import annotations

from random import Random

from eval.verifier.cases import Edit
from eval.verifier.reshaping import dropped, large
from eval.verifier.rewording import small

LARGE = 0.75
"""How often a clause is moved where one can be."""
SINGLE_KEPT = 0.3
"""Share kept of the paraphrases that change one word: many sentences allow nothing else."""


def paraphrase(text: str, rng: Random, *, structural: bool = True) -> tuple[Edit, ...]:
    """
    Return the edits of one honest paraphrase of *text*; empty where no rule applies.

    Up to three small rewordings that do not touch each other, or one large one alone: what is
    moved keeps its words, so that every character offset counts into the quote.
    """
    shapes = large(text) if structural else []
    options = [*small(text), *dropped(text)]
    if shapes and rng.random() < LARGE:
        chosen = list(rng.choice(shapes))
        whole = any(e.start == 0 and e.end == len(text) for e in chosen)
        return tuple(chosen) if whole else _joined(chosen, options, rng, most=2)
    edits = _joined([], options, rng, most=3)
    if structural and len(edits) == 1 and not any(map(str.isdigit, edits[0].new)):
        return edits if rng.random() < SINGLE_KEPT else ()
    return edits


def _joined(
    chosen: list[Edit], options: list[tuple[Edit, ...]], rng: Random, *, most: int
) -> tuple[Edit, ...]:
    held = list(chosen)
    drawn = rng.sample(options, len(options))
    # What says a value in another way is rarer, and asks more of a verifier: it goes first.
    drawn.sort(key=lambda edits: not any(map(str.isdigit, edits[0].new)))
    for edits in drawn[:most]:
        if all(e.end < o.start or o.end < e.start for e in edits for o in held):
            held += edits
    return tuple(sorted(held, key=lambda e: (e.start, e.end)))
