"""
Bounded work: a few threads answer, so many questions may wait, the next is turned away.

Answering is plain code that computes for tens of milliseconds. It runs beside the event loop, so
that a health check never waits for an embedding, and one question at a time per thread, so that
a question's vector never depends on which others arrived with it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.errors import OverloadedError

T = TypeVar("T")

ANSWERING_THREADS = 2
"""One embeds (torch lets go of the interpreter) while another searches and composes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How full a desk is; ``room`` is how many may run and wait, ``turned_away`` counts on."""

    running: int
    waiting: int
    room: int
    turned_away: int


class Desk:
    """Takes jobs, as many as there is room for."""

    def __init__(self, waiting: int, threads: int = ANSWERING_THREADS) -> None:
        """Let *threads* jobs run and *waiting* more wait."""
        self._room = waiting + threads
        self._threads = threads
        self._taken = 0
        self._turned_away = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="followup-answer")

    def take(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job. Raises OverloadedError when there is no room."""
        with self._lock:
            if self._taken >= self._room:
                self._turned_away += 1
                raise OverloadedError("too many questions are waiting; ask again in a moment")
            self._taken += 1
        future = self._pool.submit(job)
        future.add_done_callback(self._leave)
        return future

    async def run(self, job: Callable[[], T]) -> T:
        """Queue a job and wait for its value. Raises OverloadedError, and whatever it raises."""
        return await asyncio.wrap_future(self.take(job))

    @asynccontextmanager
    async def steps(
        self, job: Callable[[], Generator[T, None, None]], beat: float
    ) -> AsyncIterator[AsyncIterator[T | None]]:
        """
        Queue a generator and hand out its items as they come, None after *beat* silent seconds.

        Leaving the block stops the generator at its next item and closes it, in its own thread.
        """
        running = _Running(job, asyncio.get_running_loop())
        future = self.take(running.work)
        items = running.items(beat)
        try:
            yield items
        finally:
            running.stop.set()
            future.cancel()
            await items.aclose()

    def standing(self) -> Standing:
        """Say how full it is now."""
        with self._lock:
            taken, turned_away = self._taken, self._turned_away
        running = min(taken, self._threads)
        return Standing(running, taken - running, self._room, turned_away)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self, _: Future[T]) -> None:
        with self._lock:
            self._taken -= 1


class _Running(Generic[T]):
    """A generator at work in a thread, and the queue through which its items come back."""

    def __init__(
        self, job: Callable[[], Generator[T, None, None]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.stop = threading.Event()
        self._job = job
        self._loop = loop
        # Unbounded: an answer is small, and a slow reader must not keep a thread busy.
        self._queue: asyncio.Queue[T | _End] = asyncio.Queue()

    def work(self) -> None:
        """Run the generator to its end, or to the first item after ``stop``."""
        end = _End(None)
        steps = self._job()
        try:
            for item in steps:
                if self.stop.is_set():
                    break
                self._deliver(item)
        except Exception as error:  # noqa: BLE001 - raised again where the items are read
            end = _End(error)
        finally:
            steps.close()
            self._deliver(end)

    async def items(self, beat: float) -> AsyncGenerator[T | None, None]:
        """Yield the items, and None for each silence; raise what the generator raised."""
        while True:
            try:
                item = await asyncio.wait_for(self._queue.get(), beat)
            except TimeoutError:
                yield None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _deliver(self, item: T | _End) -> None:
        if not self._loop.is_closed():  # nobody is left to read it
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)


class _End:
    """The generator is done, with an error or without."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
