"""Bounded work: how many jobs run and wait, and what becomes of a job nobody waits for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator

import pytest

from service.api.working import Desk
from service.errors import OverloadedError


def test_a_job_too_many_is_turned_away() -> None:
    """Two threads and a queue of one hold three jobs; the fourth is refused at once."""
    desk, go = Desk(waiting=1, threads=2), threading.Event()

    taken = [desk.take(go.wait) for _ in range(3)]
    with pytest.raises(OverloadedError):
        desk.take(go.wait)
    go.set()

    assert [job.result(5) for job in taken] == [True] * 3
    desk.close()


def test_room_is_given_back() -> None:
    """A finished, a failed and a cancelled job each make room for another."""
    desk, go = Desk(waiting=1, threads=1), threading.Event()

    running, waiting = desk.take(go.wait), desk.take(go.wait)
    waiting.cancel()
    again = desk.take(lambda: 1 // 0)
    go.set()

    assert running.result(5)
    assert isinstance(again.exception(5), ZeroDivisionError)
    assert desk.take(lambda: 7).result(5) == 7
    desk.close()


def test_items_come_as_they_are_made() -> None:
    """The first item is there before the second is made; the order is kept."""
    desk, go = Desk(waiting=1), threading.Event()

    def job() -> Generator[int, None, None]:
        yield 1
        go.wait(5)
        yield 2

    async def read() -> list[int | None]:
        seen: list[int | None] = []
        async with desk.steps(job, beat=5) as items:
            async for item in items:
                seen.append(item)
                go.set()
        return seen

    assert asyncio.run(read()) == [1, 2]
    desk.close()


def test_silence_is_told() -> None:
    """While nothing comes, None says that the job still runs."""
    desk = Desk(waiting=1)

    def job() -> Generator[int, None, None]:
        time.sleep(0.2)
        yield 1

    async def read() -> list[int | None]:
        async with desk.steps(job, beat=0.05) as items:
            return [item async for item in items]

    seen = asyncio.run(read())
    assert seen[0] is None
    assert seen[-1] == 1
    desk.close()


def test_leaving_closes_the_generator() -> None:
    """A reader who leaves stops the job at its next item; its ``finally`` runs."""
    desk, closed, made = Desk(waiting=1), threading.Event(), []

    def job() -> Generator[int, None, None]:
        try:
            for number in range(1000):
                made.append(number)
                yield number
                time.sleep(0.01)
        finally:
            closed.set()

    async def read() -> None:
        async with desk.steps(job, beat=5) as items:
            async for _ in items:
                break

    asyncio.run(read())
    assert closed.wait(1)
    assert len(made) < 10
    desk.close()


def test_what_the_generator_raises_is_raised_where_it_is_read() -> None:
    """Items before the error still arrive."""
    desk, seen = Desk(waiting=1), []

    def job() -> Generator[int, None, None]:
        yield 1
        raise OverloadedError("too much")

    async def read() -> None:
        async with desk.steps(job, beat=5) as items:
            async for item in items:
                seen.append(item)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(OverloadedError):
        asyncio.run(read())
    assert seen == [1]
    desk.close()
