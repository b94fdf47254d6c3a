"""A limit on the computing time that one step may take, however hostile its input."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.errors import ParseError

_AGAIN = 0.5
"""Seconds after which an expired deadline speaks up once more, should a library swallow it."""


class _ExpiredError(BaseException):
    """Not an Exception: parsers catch those of the libraries below them."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """
    Raise ParseError when the block computes for longer than *seconds*.

    Counts the user time of the process (ITIMER_VIRTUAL): a loaded machine or a slow disk fails no
    file. It stops Python code and regular expressions. Signals reach the main thread only: in
    any other, and within another deadline, there is no limit.
    """
    outer = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    if threading.current_thread() is not threading.main_thread() or outer:
        yield
        return

    def expire(*_: object) -> None:
        raise _ExpiredError

    before = signal.signal(signal.SIGVTALRM, expire)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _ExpiredError:
        raise ParseError(
            f"takes more than {seconds:g} s of computing time; refused as a possible bomb"
        ) from None
    finally:
        signal.signal(signal.SIGVTALRM, before)
