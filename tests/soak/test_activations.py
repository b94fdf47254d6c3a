"""Snapshots change under a load of questions: none fails, each answer is of one snapshot only."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from ingest.activating import activate
from tests.sample_index import build_twice
from tests.soak.processes import QUESTION, Server, serving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

ROUNDS = 10
WARMING = 3
QUESTIONS = 1_000
CLIENTS = 32
MEMORY = 1.10
"""What the process may hold at the end, as a share of what it held when it was warm."""


def ask_all(server: Server, doses: dict[str, str]) -> tuple[Counter[str], list[str]]:
    """Ask QUESTIONS from CLIENTS at once; return the snapshots that answered, and what failed."""
    left = iter(range(QUESTIONS))
    lock = threading.Lock()
    answered: Counter[str] = Counter()
    faults: list[str] = []

    def ask() -> None:
        with httpx.Client(base_url=server.address, timeout=120) as client:
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                try:
                    reply = client.post("/v1/answers", json={"question": QUESTION})
                    reply.raise_for_status()
                    answer = reply.json()["answer"]
                    snapshot = answer["provenance"]["snapshot"]
                    said = {dose for dose in doses.values() if dose in str(answer["sections"])}
                    fault = None if said == {doses[snapshot]} else f"{snapshot} said {said}"
                except (httpx.HTTPError, KeyError) as error:
                    snapshot, fault = "none", repr(error)
                with lock:
                    answered[snapshot] += 1
                    faults.extend([fault] if fault else [])

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return answered, faults


def moved(server: Server, index: Path, wanted: str, doses: dict[str, str]) -> tuple[int, list[str]]:
    """Activate *wanted* within a round; return how many answers were of it, and faults."""
    mover = threading.Timer(1.0, activate, (index, wanted))
    mover.start()
    answered, faults = ask_all(server, doses)
    mover.join()
    until = time.monotonic() + 30
    while server.snapshot() != wanted and time.monotonic() < until:
        time.sleep(0.1)
    assert server.snapshot() == wanted
    return answered[wanted], faults


def test_ten_activations_under_a_thousand_questions_each(tmp_path: Path) -> None:
    """32 clients, ten rounds of 1,000 questions with one activation in each: none fails."""
    twice = build_twice(tmp_path)
    first, second = twice.first.snapshot, twice.second.snapshot
    doses = {first: "50 mg", second: "25 mg"}
    with serving(tmp_path, tmp_path / "serve.log", {"FOLLOWUP_QUEUE": "128"}) as server:
        for number in range(WARMING):
            _, faults = moved(server, twice.index, (first, second)[number % 2], doses)
            assert faults == []
        warm = server.resident()
        held, after, failed = [], [], []
        began = time.monotonic()
        for number in range(ROUNDS):
            wanted = (second, first)[number % 2]
            of_it, faults = moved(server, twice.index, wanted, doses)
            held.append(server.resident())
            after.append(of_it)
            failed += faults
        seconds = time.monotonic() - began

    mib = [round(each / 2**20) for each in (warm, *held)]
    sys.stdout.write(
        f"{ROUNDS} activations, {ROUNDS * QUESTIONS} questions in {seconds:.0f} s from {CLIENTS} "
        f"clients, {len(failed)} failed; {after} of {QUESTIONS} answered from the new snapshot; "
        f"memory warm {mib[0]} MiB, then {mib[1:]} ({held[-1] / warm:.3f} of the start)\n"
    )
    assert failed == []
    assert all(after)
    assert held[-1] <= MEMORY * warm
