"""
Honest paraphrases, by rule: each is entailed by the words it is made from.

Small rules put one expression for another of the same meaning; large ones move, drop or turn
whole clauses. A paraphrase uses several small ones, or one large.
"""

from __future__ import annotations

from random import Random

from eval.verifier.cases import Edit
from eval.verifier.reshaping import large
from eval.verifier.rewording import small


def paraphrase(text: str, rng: Random, *, structural: bool = True) -> tuple[Edit, ...]:
    """
    Return the edits of one honest paraphrase of *text*; empty where no rule applies.

    Up to three small rewordings that do not touch each other, or one large one alone: what is
    moved keeps its words, so that every character offset counts into the quote.
    """
    shapes = large(text) if structural else []
    if shapes and rng.random() < 0.55:  # noqa: PLR2004 - so that both sorts are well covered
        chosen = list(rng.choice(shapes))
        whole = any(e.start == 0 and e.end == len(text) for e in chosen)
        return tuple(chosen) if whole else _joined(chosen, small(text), rng, most=2)
    return _joined([], small(text), rng, most=3)


def _joined(
    chosen: list[Edit], options: list[tuple[Edit, ...]], rng: Random, *, most: int
) -> tuple[Edit, ...]:
    held = list(chosen)
    for edits in rng.sample(options, min(most, len(options))):
        if all(e.end < o.start or o.end < e.start for e in edits for o in held):
            held += edits
    return tuple(sorted(held, key=lambda e: (e.start, e.end)))
