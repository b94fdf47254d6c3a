"""What source folders and snapshots hold, and what is the matter: for people and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from ingest.stocktaking import LARGEST, Stock
from ingest.validating import Fault, Grade, Kind, Validation

_STOCK = TypeAdapter(Stock)  # asdict() makes no counts of counts

SHOWN = 10
"""Faults of each kind that are listed for people; scripts get them all."""


def validation_json(found: Validation) -> dict[str, Any]:
    """Return the whole validation as plain dictionaries."""
    return {
        "fit": found.is_fit(),
        "documents": found.documents,
        "counts": {kind: _of(found, kind) for kind in Kind},
        "files": [asdict(each) for each in found.files.values()],
        "faults": [{**asdict(each), "grade": each.grade} for each in found.faults],
    }


def validation_lines(found: Validation, *, quiet: bool = False) -> Iterator[str]:
    """Yield it as a person reads it; *quiet* leaves out what is well."""
    if not quiet:
        yield f"{len(found.files):,} files, {found.documents:,} documents"
        for name in sorted({each.format or "" for each in found.files.values()}):
            of_it = [each for each in found.files.values() if (each.format or "") == name]
            records = sum(each.records for each in of_it)
            documents = sum(each.documents for each in of_it)
            counted = f"{len(of_it):,} files, {records:,} records, {documents:,} documents"
            yield f"  {name or 'not read'}: {counted}"
    for kind in Kind:
        faults = [each for each in found.faults if each.kind is kind]
        if not faults:
            continue
        yield f"{faults[0].grade}: {kind}: {len(faults):,}"
        yield from (f"  {_where(each)}: {each.said}" for each in faults[:SHOWN])
        if len(faults) > SHOWN:
            yield f"  and {len(faults) - SHOWN:,} more; --json lists them all"
    if not quiet:
        grades = Counter(each.grade for each in found.faults)
        yield f"{grades[Grade.WRONG]:,} wrong, {grades[Grade.LACKING]:,} lacking"


def _of(found: Validation, kind: Kind) -> int:
    return sum(each.kind is kind for each in found.faults)


def _where(fault: Fault) -> str:
    return f"{fault.path} [{fault.record}]" if fault.record else fault.path


def stock_json(snapshot: str, built: str, stock: Stock) -> dict[str, Any]:
    """Return the figures of a snapshot as plain dictionaries."""
    return {"snapshot": snapshot, "built": built, **_STOCK.dump_python(stock, mode="json")}


def stock_lines(snapshot: str, built: str, stock: Stock) -> Iterator[str]:
    """Yield the figures of a snapshot as a person reads them."""
    yield f"snapshot {snapshot}, built {built}; sources from {stock.oldest} to {stock.newest}"
    for name, each in stock.types.items():
        statuses = ", ".join(f"{n:,} {status}" for status, n in sorted(each.statuses.items()))
        yield (
            f"{name}: {each.documents:,} documents ({statuses or 'none'}; {each.summaries:,} "
            f"project summaries), {each.chunks:,} chunks, {each.words:,} words"
        )
    yield (
        f"retracted: {stock.retracted:,} by their own record, {stock.retracted_since:,} more by "
        "the table of retractions"
    )
    yield f"from PDF, to be looked at: {stock.needs_review:,}"
    yield from _counted("published", stock.years, by_name=True)
    yield from _counted("licence", stock.licences)
    yield from _counted(f"labels of {len(stock.drugs):,} drugs and combinations", stock.drugs)
    yield "largest documents:"
    yield from (f"  {each.words:,} words: {each.id}: {each.title}" for each in stock.largest)


def _counted(what: str, counted: Counter[str], *, by_name: bool = False) -> Iterator[str]:
    ordered = sorted(counted.items()) if by_name else counted.most_common(LARGEST)
    more = "" if len(ordered) == len(counted) else f" and {len(counted) - len(ordered):,} others"
    yield f"{what}: {', '.join(f'{name} {n:,}' for name, n in ordered)}{more}"
