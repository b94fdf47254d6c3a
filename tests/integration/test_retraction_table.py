"""The table of retractions, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction

RETRACTION = Retraction(("99000001",), (), Nature.RETRACTION, "2026-01-01", "Data", "A trial")


def test_the_table_comes_back_as_it_was_loaded(engine: sa.Engine) -> None:
    """Every field, and what it is worth."""
    table = RetractionTable(engine)
    full = Retraction(
        ("1", "2"), ("10.5555/β",), Nature.CONCERN, "2026-01-31", "Reason", "Title", "10.5555/n"
    )

    facts = table.load([full, full, RETRACTION])

    held = table.current()
    assert held.notices["doi:10.5555/β"] == (full,)
    assert table.current() is held
    assert (facts.notices, facts.digest) == (2, held.digest)
    assert facts.natures == {"expression of concern": 1, "retraction": 1}
    assert facts.newest == "2026-01-31"
    assert facts.loaded_at is not None


def test_a_table_larger_than_one_batch_is_whole(engine: sa.Engine) -> None:
    """Its digest is that of what was given."""
    table = RetractionTable(engine)
    many = [Retraction((str(99_100_000 + n),), (), Nature.RETRACTION) for n in range(4_500)]

    facts = table.load(many)

    assert facts.notices == len(many)
    assert table.current().digest == facts.digest


def test_a_loaded_table_takes_the_place_of_the_one_before(engine: sa.Engine) -> None:
    """Kept with ``keep``; emptied by nothing; another store sees it at once."""
    table, reader = RetractionTable(engine), RetractionTable(engine)
    other = Retraction(("99000002",), (), Nature.CORRECTION)

    table.load([RETRACTION])
    first = reader.current()
    table.load([other], keep=True)
    both = reader.current()
    table.load([])

    assert set(first.notices) == {"pmid:99000001"}
    assert set(both.notices) == {"pmid:99000001", "pmid:99000002"}
    assert reader.current().notices == {}
    assert table.facts().digest is None
