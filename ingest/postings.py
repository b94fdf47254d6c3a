"""
Which records have which value of a field: the engine's table to filter by, in one file.

An inverted index in arrays: for every field its values in order, and for every value the records
that have it. A filter becomes a mask over all records, so that the number of matches is known
before anything is searched.
"""

from __future__ import annotations

import json
import zipfile
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.errors import IndexDamagedError
from ingest.filters import And, Eq, Field, Fields, Filter, In, Keys, Not, Or, Range

FIELDS = "fields.npz"
Positions = npt.NDArray[np.int64]
"""Records by their rank in the order of keys."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Posting:
    """One field: its values in order, and where the records of each stand in ``rows``."""

    values: dict[str, int]
    ordered: tuple[str, ...]
    starts: Positions
    rows: Positions

    def between(self, first: int, last: int) -> Positions:
        """Return the records of the values from rank *first* up to *last*, it excluded."""
        return self.rows[self.starts[first] : self.starts[max(first, last)]]


class Postings:
    """The fields of every record of an index; safe from any thread."""

    def __init__(self, keys: Positions, postings: dict[Field, Posting]) -> None:
        """Hold *keys*, in order, and the postings of every field."""
        self.keys = keys
        self._postings = postings
        self._by_record: dict[Field, tuple[Positions, Positions]] | None = None

    def matching(self, where: Filter) -> Mask:  # noqa: PLR0911 - one for each node
        """Return for every record whether *where* holds."""
        match where:
            case Eq(field, value):
                return self._having(field, (value,))
            case In(field, values):
                return self._having(field, values)
            case Range(field, low, below):
                posting = self._postings[field]
                first = 0 if low is None else bisect_left(posting.ordered, low)
                last = (
                    len(posting.ordered) if below is None else bisect_left(posting.ordered, below)
                )
                return self._mask(posting.between(first, last))
            case Keys(keys):
                return self._mask(self.positions(keys))
            case And(parts):
                mask = np.ones(len(self.keys), dtype=np.bool_)
                for part in parts:
                    mask &= self.matching(part)
                return mask
            case Or(parts):
                mask = np.zeros(len(self.keys), dtype=np.bool_)
                for part in parts:
                    mask |= self.matching(part)
                return mask
            case Not(part):
                return ~self.matching(part)

    def positions(self, keys: Sequence[int]) -> Positions:
        """Return the positions of the keys that are there, in the order of *keys*."""
        wanted = np.asarray(keys, dtype=np.int64)
        at = np.searchsorted(self.keys, wanted)
        found = at < len(self.keys)
        found[found] = self.keys[at[found]] == wanted[found]
        positions: Positions = at[found]
        return positions

    def values(self, field: Field) -> dict[str, int]:
        """Return how many records have each value of *field*, by value."""
        posting = self._postings[field]
        sizes = np.diff(posting.starts).tolist()
        return dict(zip(posting.ordered, sizes, strict=True))

    def having(self, field: Field, value: str) -> Positions:
        """Return the records that have one value, in order."""
        posting = self._postings[field]
        rank = posting.values.get(value)
        return posting.rows[:0] if rank is None else posting.between(rank, rank + 1)

    def fields(self, positions: Positions) -> tuple[Fields, ...]:
        """Return the fields of the records at *positions*."""
        by_record = self._records()
        return tuple(
            {
                field: tuple(
                    self._postings[field].ordered[rank]
                    for rank in ranks[starts[position] : starts[position + 1]].tolist()
                )
                for field, (starts, ranks) in by_record.items()
            }
            for position in positions.tolist()
        )

    def save(self, path: Path) -> None:
        """Write everything to one file; the same bytes for the same records."""
        arrays: dict[str, npt.NDArray[np.int64] | npt.NDArray[np.uint8]] = {"keys": self.keys}
        for field, posting in self._postings.items():
            text = json.dumps(posting.ordered).encode()
            arrays[f"{field}.values"] = np.frombuffer(text, dtype=np.uint8)
            arrays[f"{field}.starts"] = posting.starts
            arrays[f"{field}.rows"] = posting.rows
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)

    def _having(self, field: Field, values: Sequence[str]) -> Mask:
        mask = np.zeros(len(self.keys), dtype=np.bool_)
        for value in values:
            mask[self.having(field, value)] = True
        return mask

    def _mask(self, positions: Positions) -> Mask:
        mask = np.zeros(len(self.keys), dtype=np.bool_)
        mask[positions] = True
        return mask

    def _records(self) -> dict[Field, tuple[Positions, Positions]]:
        """Return the postings turned round: for every field, each record's values by rank."""
        if self._by_record is None:
            turned = {}
            for field, posting in self._postings.items():
                ranks = np.repeat(np.arange(len(posting.ordered)), np.diff(posting.starts))
                order = np.lexsort((ranks, posting.rows))
                counts = np.bincount(posting.rows, minlength=len(self.keys))
                turned[field] = (_starts(counts), ranks[order])
            self._by_record = turned
        return self._by_record


def load_postings(path: Path) -> Postings:
    """Read what :meth:`Postings.save` wrote. Raises IndexDamagedError when it is not that."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            postings = {}
            for field in Field:
                ordered = tuple(json.loads(arrays[f"{field}.values"].tobytes()))
                ranks = {value: rank for rank, value in enumerate(ordered)}
                starts, rows = arrays[f"{field}.starts"], arrays[f"{field}.rows"]
                postings[field] = Posting(ranks, ordered, starts, rows)
            return Postings(arrays["keys"], postings)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise IndexDamagedError(f"{path} cannot be read: {error}") from error


class PostingsWriter:
    """Collects fields in the order of arrival; 12 bytes a value in memory."""

    def __init__(self) -> None:
        """Start with no record."""
        self._ranks: dict[Field, dict[str, int]] = {field: {} for field in Field}
        self._values: dict[Field, tuple[array[int], array[int]]] = {
            field: (array("i"), array("q")) for field in Field
        }

    def add(self, arrival: int, fields: Fields) -> None:
        """Note the fields of the record that came in as number *arrival*."""
        for field, values in fields.items():
            ranks, (codes, arrivals) = self._ranks[field], self._values[field]
            for value in dict.fromkeys(values):
                codes.append(ranks.setdefault(value, len(ranks)))
                arrivals.append(arrival)

    def finish(self, keys: Positions, arrivals: Positions, total: int) -> Postings:
        """Return the postings of the records with *keys*, which came in as *arrivals*."""
        positions = np.full(total, -1, dtype=np.int64)
        positions[arrivals] = np.arange(len(arrivals))
        postings = {}
        for field in Field:
            known = list(self._ranks[field])
            codes, came = (np.array(column, dtype=np.int64) for column in self._values[field])
            rows = positions[came]
            codes, rows = codes[rows >= 0], rows[rows >= 0]
            used = sorted({known[code] for code in np.unique(codes).tolist()})
            ranks = {value: rank for rank, value in enumerate(used)}
            rank_of = np.array([ranks.get(value, -1) for value in known], dtype=np.int64)
            by_rank = rank_of[codes]
            starts = _starts(np.bincount(by_rank, minlength=len(used)))
            postings[field] = Posting(ranks, tuple(used), starts, rows[np.lexsort((rows, by_rank))])
        return Postings(keys, postings)


def _starts(counts: Positions) -> Positions:
    """Return where each run begins, and the end of the last."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))
