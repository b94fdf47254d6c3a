"""
The table of retractions in the database: loaded by operations, heeded by every answer.

One read of its digest a question tells whether it changed; what it says is then read anew, in the
running service too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from service.database import reading, writing
from service.retractions import NO_RETRACTIONS, Nature, Retraction, Retractions, digest_of
from service.tables import RETRACTIONS, RETRACTIONS_LOADED

_WHAT = "table of retractions"
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class TableFacts:
    """
    What the table is: how many notices of each nature, its digest, when it was loaded.

    ``newest`` is the date of its newest notice; all are None for a table never loaded.
    """

    notices: int
    natures: dict[str, int]
    digest: str | None
    loaded_at: datetime | None
    newest: str | None


class RetractionTable:
    """Stores and reads the notices; safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use the database behind *engine*, whose schema is that of this version."""
        self._engine = engine
        self._held = NO_RETRACTIONS

    def current(self) -> Retractions:
        """Return the table as it stands now; the same object while it has not changed."""
        with reading(self._engine, _WHAT) as db:
            digest = db.scalar(sa.select(RETRACTIONS_LOADED.c.digest))
            if digest == self._held.digest:
                return self._held
            rows = db.execute(RETRACTIONS.select()).all()
        self._held = Retractions.of(map(_retraction, rows))
        return self._held

    def load(self, notices: Iterable[Retraction], *, keep: bool = False) -> TableFacts:
        """Put *notices* in place of the table, or beside what is there with *keep*; at once."""
        with writing(self._engine, _WHAT) as db:
            held = set(notices)
            if keep:
                held |= set(map(_retraction, db.execute(RETRACTIONS.select())))
            ordered = sorted(held)
            db.execute(RETRACTIONS.delete())
            db.execute(RETRACTIONS_LOADED.delete())
            for start in range(0, len(ordered), _BATCH):
                batch = ordered[start : start + _BATCH]
                db.execute(
                    RETRACTIONS.insert(),
                    [
                        {"position": position, **asdict(notice), "nature": notice.nature.value}
                        for position, notice in enumerate(batch, start=start)
                    ],
                )
            if (digest := digest_of(ordered)) is not None:
                loaded_at = datetime.now(UTC).replace(microsecond=0)
                db.execute(RETRACTIONS_LOADED.insert().values(digest=digest, loaded_at=loaded_at))
        return self.facts()

    def facts(self) -> TableFacts:
        """Return the size, digest and age of the table."""
        counted = sa.select(RETRACTIONS.c.nature, sa.func.count()).group_by(RETRACTIONS.c.nature)
        with reading(self._engine, _WHAT) as db:
            natures: Counter[str] = Counter()
            for nature, number in db.execute(counted):
                natures[nature] = number
            loaded = db.execute(RETRACTIONS_LOADED.select()).one_or_none()
            newest = db.scalar(sa.select(sa.func.max(RETRACTIONS.c.date)))
        return TableFacts(
            notices=natures.total(),
            natures={nature.value: natures[nature] for nature in Nature if natures[nature]},
            digest=loaded.digest if loaded else None,
            loaded_at=loaded.loaded_at if loaded else None,
            newest=newest or None,
        )


def _retraction(row: sa.Row[tuple[object, ...]]) -> Retraction:
    return Retraction(
        tuple(row.pmids),
        tuple(row.dois),
        Nature(row.nature),
        row.date,
        row.reason,
        row.title,
        row.notice,
    )
