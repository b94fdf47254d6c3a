"""Cases written by hand: our own words beside the place of the quote that they are cited to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eval.verifier.cases import Part


@dataclass(frozen=True, slots=True)
class Handwritten:
    """
    A statement in our own words, true or false to a quote.

    ``quote_sha256`` is the digest of ``document.text[start:end]``; ``expect`` is "supported" or
    "rejected"; ``file`` lies below the data folder.
    """

    id: str
    part: Part
    kind: str
    expect: str
    file: str
    document: str
    start: int
    end: int
    quote_sha256: str
    text: str

    @property
    def must_pass(self) -> bool:
        """Whether the statement is true to its quote."""
        return self.expect == "supported"


def load_handwritten(path: Path) -> tuple[Handwritten, ...]:
    """Return the cases of a file, a JSON line each; ValueError where a line is not of its form."""
    found: list[Handwritten] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            value = json.loads(line)
            value["part"] = Part(value["part"])
            case = Handwritten(**value)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, line {number}: {error!r}") from error
        if case.expect not in ("supported", "rejected"):
            raise ValueError(f"{path.name}, line {number}: expect is {case.expect!r}")
        found.append(case)
    return tuple(found)
