"""What the integration tests share: indexes of the small corpus, each built once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.migrating import open_database
from tests.sample_database import Fresh, postgresql
from tests.sample_index import Built, Twice, build, build_twice


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An index of the small corpus that nobody may change."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """An index with two snapshots that nobody may change."""
    return build_twice(tmp_path_factory.mktemp("twice"))


@pytest.fixture
def index(twice: Twice, tmp_path: Path) -> Path:
    """A copy of the index with two snapshots, to change at will."""
    return Path(shutil.copytree(twice.index, tmp_path / "index"))


@pytest.fixture(scope="session")
def fresh_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """What makes empty PostgreSQL databases; skipped, visibly, where none can be started."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as fresh:
        yield fresh


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; everything that asks for it runs on SQLite and PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'followup.sqlite'}"
    fresh: Fresh = request.getfixturevalue("fresh_postgresql")
    return fresh()


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """A database with the schema of this version."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
