"""The nouns of the set: a case is one question, and whether the labels of the set answer it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

CASES = Path(__file__).with_name("cases.jsonl")


class Part(StrEnum):
    """Which half of the set: one to tune on, one that is looked at for the final figure alone."""

    TUNING = "tuning"
    FINAL = "final"


class Kind(StrEnum):
    """Why a case must be answered, or must not be."""

    ANSWERABLE = "answerable"
    LABEL_SILENT = "label_silent"
    NOT_INDEXED = "not_indexed"
    NEAR_MISS = "near_miss"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True)
class Case:
    """
    One question of the set.

    ``aspect`` is the kind within the kind ("adverse_event", "sister") and ``matter`` what is
    asked about ("tinnitus"). ``document`` is the id of the label asked about, None where there is
    none; ``codes`` are the sections (LOINC) that hold the answer.
    """

    id: str
    part: Part
    kind: Kind
    aspect: str
    matter: str
    question: str
    document: str | None = None
    codes: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        """Whether a label of the set holds the answer."""
        return self.kind is Kind.ANSWERABLE


def read_cases(path: Path = CASES) -> list[Case]:
    """Return the cases of a file, one JSON object a line, in its order."""
    return [_case(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def written(cases: Iterable[Case]) -> str:
    """Return *cases* as a file holds them."""
    return "".join(json.dumps(asdict(case), ensure_ascii=False) + "\n" for case in cases)


def _case(held: dict[str, object]) -> Case:
    codes = held.pop("codes")
    part, kind = Part(str(held.pop("part"))), Kind(str(held.pop("kind")))
    return Case(part=part, kind=kind, codes=tuple(codes), **held)  # type: ignore[arg-type]
