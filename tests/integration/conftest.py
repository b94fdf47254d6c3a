"""What the integration tests share: indexes of the small corpus, each built once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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
