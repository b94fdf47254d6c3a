"""The set from the labels: a fixed number of each kind, drawn by seed. Deterministic."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from eval.declining.candidates import Candidate, candidates, general
from eval.declining.cases import Case, Kind, Part
from eval.declining.labels import load
from eval.declining.matters import words_of
from eval.declining.wordings import asked
from ingest.errors import CorpusError

SEED = 20_261_124

QUOTAS = {
    (Kind.ANSWERABLE, "attribute"): 50,
    (Kind.ANSWERABLE, "adverse_event"): 30,
    (Kind.ANSWERABLE, "interaction"): 20,
    (Kind.ANSWERABLE, "dose"): 15,
    (Kind.ANSWERABLE, "population"): 25,
    (Kind.ANSWERABLE, "indication"): 10,
    (Kind.LABEL_SILENT, "adverse_event"): 20,
    (Kind.LABEL_SILENT, "interaction"): 14,
    (Kind.LABEL_SILENT, "indication"): 12,
    (Kind.LABEL_SILENT, "detail"): 10,
    (Kind.LABEL_SILENT, "comorbidity"): 4,
    (Kind.NOT_INDEXED, "real"): 30,
    (Kind.NOT_INDEXED, "invented"): 10,
    (Kind.NEAR_MISS, "sister"): 12,
    (Kind.NEAR_MISS, "condition"): 9,
    (Kind.NEAR_MISS, "form"): 4,
    (Kind.NEAR_MISS, "elsewhere"): 5,
    (Kind.NONSENSE, "nonsense"): 20,
}
"""Cases of each kind in each part: 150 that must be answered and 150 that must not."""


def generate(folder: Path, seed: int = SEED) -> list[Case]:
    """Return the set, from the labels below *folder*. Raises CorpusError."""
    labels = load(folder, seed)
    indexed = frozenset(label.name for label in labels)
    cases: list[Case] = []
    for part in Part:
        own = [label for label in labels if label.part is part]
        pool = candidates(own, indexed) + _unbound(part, seed)
        for (kind, aspect), quota in QUOTAS.items():
            rng = random.Random(f"{seed}/{part}/{kind}/{aspect}")  # noqa: S311 - a sample
            fitting = [c for c in pool if (c.kind, c.aspect) == (kind, aspect)]
            for candidate in _spread(fitting, quota, rng):
                cases.append(_case(candidate, part, len(cases) + 1, rng))
    return cases


def _unbound(part: Part, seed: int) -> list[Candidate]:
    """Return what no label of the set is about, dealt to the two parts."""
    drugs = (("not_indexed", "real"), ("invented", "invented"))
    return [
        *(
            Candidate(Kind.NOT_INDEXED, aspect, name, general(), name)
            for table, aspect in drugs
            for name in _dealt(words_of(table), part, seed)
        ),
        *(
            Candidate(Kind.NONSENSE, "nonsense", question, (question,), "")
            for question in _dealt(words_of("nonsense"), part, seed)
        ),
    ]


def _dealt(names: Sequence[str], part: Part, seed: int) -> list[str]:
    order = sorted(names)
    random.Random(f"{seed}/{order[0]}").shuffle(order)  # noqa: S311 - a sample, not a secret
    return order[list(Part).index(part) :: 2]


def _spread(pool: Sequence[Candidate], quota: int, rng: random.Random) -> list[Candidate]:
    """
    Return *quota* of the pool, spread over labels and matters; CorpusError where it is too small.

    A label and a matter may come once, then twice, and so on, until there are enough.
    """
    left = list(pool)
    rng.shuffle(left)
    chosen: list[Candidate] = []
    labels: Counter[str] = Counter()
    matters: Counter[str] = Counter()
    most = 0
    while len(chosen) < quota:
        if most > quota or not left:
            raise CorpusError(f"only {len(pool)} questions for {quota} places: {pool[:1]}")
        most += 1
        for candidate in tuple(left):
            label = candidate.label.name if candidate.label else candidate.name
            if labels[label] < most and matters[candidate.matter] < most and len(chosen) < quota:
                chosen.append(candidate)
                left.remove(candidate)
                labels[label] += 1
                matters[candidate.matter] += 1
    return chosen


def _case(candidate: Candidate, part: Part, number: int, rng: random.Random) -> Case:
    question = asked(
        rng.choice(candidate.wordings),
        rng,
        name=candidate.name,
        brands=candidate.brands,
        **dict(candidate.filled),
    )
    return Case(
        id=f"{part.value}-{number:03}",
        part=part,
        kind=candidate.kind,
        aspect=candidate.aspect,
        matter=candidate.matter,
        question=question,
        document=candidate.label.document if candidate.label else None,
        codes=candidate.codes,
    )
