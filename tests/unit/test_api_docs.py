"""docs/api.md is compared with the routes, events and problems that there are."""

from __future__ import annotations

import re
from pathlib import Path

from service.api import create_app
from service.api.problems import BY_SLUG
from service.api.stream_shapes import EVENTS
from tests.sample_runtime import a_runtime

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_operation_is_documented(tmp_path: Path) -> None:
    """Each operation is named with its method and address, and no other is."""
    runtime, _ = a_runtime(tmp_path)
    paths = create_app(runtime).openapi()["paths"]
    runtime.close()
    operations = {one["operationId"] for path in paths.values() for one in path.values()}
    addresses = {
        f"{method.upper()} {re.sub('{.*?}', '{id}', path)}"
        for path, methods in paths.items()
        for method in methods
    }

    table = TEXT.split("\n## Feedback")[0]
    named = re.findall(r"^\| ((?:`[A-Za-z]+`(?:, )?)+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(named))) == operations
    assert set(re.findall(r"`([A-Z]+ /[^`?]*)[^`]*`", table)) == addresses


def test_every_event_is_documented() -> None:
    """Each type of the stream is named, in the order they come."""
    section = TEXT.split("## Streaming")[1].split("\n## ")[0]

    named = [name for name in re.findall(r"`([a-z]+)`", section) if name in EVENTS]
    assert list(dict.fromkeys(named)) == list(EVENTS)


def test_every_problem_is_documented() -> None:
    """Each kind has its line with its status."""
    told = re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+) \|", TEXT, re.MULTILINE)

    assert dict(told) == {slug: str(int(kind.status)) for slug, kind in BY_SLUG.items()}
