"""
Recall: how much of what exact search finds an engine finds, without a filter and under each kind.

Questions are stored vectors with noise added: like a question, near a passage and not on it.
Exact search is one product of matrices here, and shares nothing with the engine but the vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingest.documents import SourceType
from ingest.embedding import Vectors
from ingest.engines import Hit, IndexEngine
from ingest.exact import VectorReader
from ingest.filters import EVERYTHING, And, Eq, Field, Filter, Keys

QUESTIONS = 100
AT = 20
SHARES = (70.0, 10.0, 1.0, 0.1)
"""Selectivities, in per cent of all records."""
DRUGS = 5
"""Drugs filtered by, from the one named most to the one named least."""
SEED = 20_261_123
_BLOCK = 8_192
_ROUNDING = 0.001

Rows = npt.NDArray[np.int64]


class Mentions(Protocol):
    """**Protocol:** which drug is where; the store of documents, or a table in a test."""

    def drugs(self, source_type: SourceType) -> list[str]:
        """Return the drugs that have rows of one source type, the most frequent first."""

    def drug_rows(self, drug: str, source_type: SourceType) -> list[int]:
        """Return the rows of one source type that are about, or name, a drug."""


def recalls(
    engine: IndexEngine,
    vectors: VectorReader,
    rows: dict[SourceType, range],
    mentions: Mentions,
) -> dict[str, float]:
    """
    Return the mean recall@20 against exact search, to 4 decimals, by the kind of filter.

    Of records chosen at random ("recall_at_20_of_10_percent"), of one source type, and of one
    drug in one source type. A record as near as the last that exact search finds is no miss.
    """
    total = sum(len(held) for held in rows.values())
    questions = _questions(vectors, total)
    scores = _scores(vectors, questions, total)
    measured: dict[str, list[float]] = {}
    for name, where, allowed in _filters(rows, mentions, total):
        found = engine.search(questions, where, limit=AT)
        measured.setdefault(name, []).extend(_recalled(found, scores, allowed))
    return {name: round(float(np.mean(each)), 4) for name, each in measured.items()}


def sample(rows: range, size: int) -> list[int]:
    """Return up to *size* of *rows*, drawn by seed, in order."""
    if len(rows) <= size:
        return list(rows)
    chosen = np.random.default_rng(SEED).choice(len(rows), size=size, replace=False)
    return sorted(rows[int(at)] for at in chosen)


def _questions(vectors: VectorReader, total: int) -> Vectors:
    asked = vectors.vectors(sample(range(total), QUESTIONS))
    noise = np.random.default_rng(SEED).standard_normal(asked.shape).astype(np.float32)
    asked += noise / np.linalg.norm(noise, axis=1, keepdims=True)
    questions: Vectors = asked / np.linalg.norm(asked, axis=1, keepdims=True)
    return questions


def _scores(vectors: VectorReader, questions: Vectors, total: int) -> Vectors:
    """Return the cosine of every question to every record, shape (questions, records)."""
    scores = np.empty((len(questions), total), dtype=np.float32)
    for start in range(0, total, _BLOCK):
        block = range(start, min(start + _BLOCK, total))
        scores[:, start : block.stop] = questions @ vectors.vectors(block).T
    return scores


def _filters(
    rows: dict[SourceType, range], mentions: Mentions, total: int
) -> Iterator[tuple[str, Filter, Rows]]:
    """Yield what is measured: its name, the filter, and the rows that it lets through."""
    name = f"recall_at_{AT}"
    yield name, EVERYTHING, np.arange(total)
    shuffled = np.random.default_rng(SEED).permutation(total)
    for share in SHARES:
        chosen = np.sort(shuffled[: max(1, round(total * share / 100))])
        yield f"{name}_of_{share:g}_percent", Keys(tuple(chosen.tolist())), chosen
    for source_type, held in rows.items():
        typed = Eq(Field.TYPE, source_type)
        if held:
            yield f"{name}_of_type", typed, np.array(held)
        for drug in _drawn(mentions.drugs(source_type)):
            named = np.array(mentions.drug_rows(drug, source_type))
            yield f"{name}_of_drug", And((typed, Eq(Field.DRUG, drug))), named


def _drawn(drugs: Sequence[str]) -> list[str]:
    """Return up to ``DRUGS`` of *drugs*, evenly, the first and the last among them."""
    if not drugs:
        return []
    evenly = np.linspace(0, len(drugs) - 1, DRUGS).round().astype(int)
    return [drugs[at] for at in np.unique(evenly).tolist()]


def _recalled(found: list[list[Hit]], scores: Vectors, allowed: Rows) -> Iterator[float]:
    wanted = min(AT, len(allowed))
    for hits, all_scores in zip(found, scores, strict=True):
        each = all_scores[allowed]
        worst = float(np.partition(each, -wanted)[-wanted])
        let_through = set(allowed[each >= worst - _ROUNDING].tolist())
        yield sum(hit.key in let_through for hit in hits) / wanted
