"""A server that dies keeps what it said it had; tests/soak/test_server_kills.py is the long run."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.killing import endure, lost
from tests.sample_runtime import QUESTION


def test_what_was_acknowledged_outlives_the_server(tmp_path: Path) -> None:
    """Killed twice under eight clients: every row is there, none twice, none half-written."""
    url = f"sqlite:///{tmp_path / 'followup.sqlite'}"

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "tests.killing", str(tmp_path / "runs"), url, str(port)]

    ordeal = endure(command, {}, QUESTION, kills=2)

    assert len(ordeal.ready) == 2
    assert len(ordeal.acknowledged.answers) >= 8
    assert len(ordeal.acknowledged.feedback) >= 8
    assert ordeal.acknowledged.unanswered > 0
    assert set(ordeal.statuses) <= {200, 201}
    assert lost(url, ordeal.acknowledged) == []
