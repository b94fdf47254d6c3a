"""Table rows that are recommendations: their heads name a direction or a strength."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.documents import Direction, Recommendation
from ingest.grading import CLASS_LEVEL, letter_direction
from ingest.parsing.outlining import Candidate
from ingest.recommending import read, reading

_COLUMNS = {
    "direction": re.compile(r"\bdirection$", re.IGNORECASE),
    "strength": re.compile(
        r"(?:\bstrength(?: of (?:the )?recommendation)?|class of recommendation|\bCOR|"
        r"\bgrade(?: of recommendation)?|recommendation (?:strength|grade|category))$",
        re.IGNORECASE,
    ),
    "certainty": re.compile(
        r"(?:\b(?:quality|level|strength|certainty) of (?:the )?evidence|\bLOE|\bcertainty)$",
        re.IGNORECASE,
    ),
}
# "Grade" may be a tumour's and "Strength" a tablet's: only these cells are strengths.
_STRENGTH = re.compile(
    r"(?:strong|weak|conditional|moderate|qualified|discretionary)(?: (?:for|against))?"
    r"|[A-E]|EO|I{1,3}[ab]?|[12][ab]|[12][A-D]|consensus.*|expert opinion|(?:class|category) \S+"
    r"|(?:[123]|III)(?::? \(?(?:no benefit|harm)\)?)?",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"\b(?:definitions?|meaning|means|suggestions? for practice|description|implications?)\b",
    re.IGNORECASE,
)
_DIRECTIONS = {direction.value: direction for direction in Direction}


def row_recommendation(
    candidate: Candidate, scheme: str | None, population: str | None
) -> Recommendation | None:
    """
    Read a table row whose heads name a direction or a strength of recommendation.

    None where the heads name neither, or the row has not a cell under each of them.
    """
    cells = [cell.strip() for cell in candidate.text.split(" | ")]
    heads = [head.strip() for head in re.sub(r" \(below: .*\)$", "", candidate.lead).split(" | ")]
    if len(cells) != len(heads) or any(_DEFINES.search(head) for head in heads):
        return None
    found = _columns(heads, cells)
    strength = found.get("strength")
    if strength is not None and not _STRENGTH.fullmatch(strength):
        return None
    if not strength and not found.get("direction"):
        return None
    stated = _DIRECTIONS.get(found.get("direction", "").lower())
    # The first head carries the caption, and a caption like "Recommendations to transfuse" or the
    # heading above says what the rows are for.
    around = next(
        (d for t in (*candidate.headings[::-1], heads[0]) if (d := reading(t).direction)), None
    )
    words = read(candidate.text, scheme=scheme, population=population, stated=True)
    if words is None:
        return None
    of_class = scheme == CLASS_LEVEL and re.match(r"(?:III|3)\b", strength or "")
    return replace(
        words,
        direction=stated
        or (Direction.AGAINST if of_class else None)
        or letter_direction(strength or "", scheme)
        or words.direction
        or around,
        strength=_lowered(strength) or words.strength,
        certainty=_lowered(found.get("certainty")) or words.certainty,
    )


def _columns(heads: list[str], cells: list[str]) -> dict[str, str]:
    return {
        name: cell
        for head, cell in zip(heads, cells, strict=True)
        for name, pattern in _COLUMNS.items()
        if pattern.search(head)
    }


def _lowered(cell: str | None) -> str | None:
    """Return a cell's words; lower case but for codes like "B" or "IIa"."""
    if not cell or cell in "–—-":
        return None
    return cell.lower() if re.match(r"[A-Za-z]{3}", cell) and not re.match("III", cell) else cell
