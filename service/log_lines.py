"""
Logs as one JSON object a line on standard error; standard output is for data.

A line holds ids, counts, timings and outcomes. The words of an error, of a warning or of another
library's message may quote a question, so of those only the kind and the place are written.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import TextIO

import structlog

_PLACES = 4
_FACT = re.compile(r"[\w.:+/@-]{0,200}")
_SPEAKS_OF_ITSELF = ("uvicorn", "uvicorn.error")
"""Loggers whose messages tell of the process and never of a request's content."""
_BY_STATUS = {0: "done", 1: "problem", 4: "refused", 130: "interrupted"}
"""Exit statuses of commands; any other is a failure."""

Facts = dict[str, object]


def configure_log_lines(*, always: bool | None = True) -> None:
    """
    Make every logger of the process write JSON lines; called once, by the shells.

    With *always* None, routine lines are left out where standard error is a terminal; warnings
    are written in any case.
    """
    routine = not sys.stderr.isatty() if always is None else always
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if routine else logging.WARNING
        ),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    others = logging.getLogger()
    others.handlers = [one for one in others.handlers if not isinstance(one, _Lines)] + [_Lines()]
    for name in _SPEAKS_OF_ITSELF:
        logging.getLogger(name).setLevel(logging.INFO)
    warnings.showwarning = _show_warning
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable


@contextmanager
def canonical_line(event: str) -> Iterator[Facts]:
    """
    Write one line when the block ends: its seconds, its outcome, and the facts put into the dict.

    The outcome is "done", "refused" (a safety rule), "problem" (it ran and found one),
    "interrupted" or "failed". A fact is a number, a truth value, an id (a word without spaces), or
    a list or mapping of these; anything else is an error of ours and not a leak: it is left out,
    its name stands under ``dropped``, and a RuntimeWarning is given, an error to the tests.
    """
    facts: Facts = {}
    started = time.perf_counter()
    outcome: Facts = {"outcome": "done"}
    try:
        yield facts
    except BaseException as error:
        outcome = _outcome(error)
        raise
    finally:
        seconds = round(time.perf_counter() - started, 3)
        wrong = sorted(name for name, fact in facts.items() if not _is_fact(fact))
        kept = {name: fact for name, fact in facts.items() if name not in wrong}
        if wrong:
            kept["dropped"] = wrong
        structlog.get_logger().info(event, **outcome, seconds=seconds, **kept)
        if wrong:
            told = f"not a fact of a log line: {', '.join(wrong)}"
            warnings.warn(told, RuntimeWarning, stacklevel=3)


def id_or_none(text: str | None) -> str | None:
    """Return *text* where it is an id; None for what a damaged file may hold in an id's place."""
    return text if _is_fact(text) else None


def places(error: BaseException) -> list[str]:
    """Return the last places of the traceback; the error's own message may quote a question."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]


def _outcome(error: BaseException) -> Facts:
    if isinstance(error, KeyboardInterrupt):
        return {"outcome": "interrupted"}
    status = getattr(error, "exit_code", None)  # a command that ends early, for a reason it told
    if isinstance(status, int):
        return {"outcome": _BY_STATUS.get(status, "failed")}
    name = type(error).__name__
    return {"outcome": "refused" if name == "RefusedError" else "failed", "error": name}


def _is_fact(fact: object) -> bool:
    match fact:
        case None | bool() | int() | float():
            return True
        case str():
            return _FACT.fullmatch(fact) is not None
        case list() | tuple():
            return all(map(_is_fact, fact))
        case Mapping():
            return all(map(_is_fact, fact)) and all(map(_is_fact, fact.values()))
        case _:
            return False


class _Lines(logging.Handler):
    """Writes the records of other libraries' loggers; their words only where they are harmless."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        log = structlog.get_logger()
        told: Facts = {"logger": record.name}
        if record.name in _SPEAKS_OF_ITSELF and record.exc_info is None:
            told["message"] = record.getMessage()
        else:
            told["at"] = [f"{record.filename}:{record.lineno}"]
        if record.exc_info and record.exc_info[1] is not None:
            told |= {"error": type(record.exc_info[1]).__name__, "at": places(record.exc_info[1])}
        write = log.error if record.levelno >= logging.ERROR else log.warning
        (write if record.levelno >= logging.WARNING else log.info)("library", **told)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write the kind and the place of a warning."""
    del message, file, line
    at = [f"{PurePath(filename).name}:{lineno}"]
    structlog.get_logger().warning("python_warning", kind=category.__name__, at=at)


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    """Write the kind and the place of an error that ended a thread."""
    error = failure.exc_value
    structlog.get_logger().error(
        "thread_failed",
        thread=failure.thread.name if failure.thread else None,
        error=failure.exc_type.__name__,
        at=places(error) if error else [],
    )


def _unraisable(failure: sys.UnraisableHookArgs) -> None:
    """Write the kind and the place of an error that had nowhere to go, in a finaliser say."""
    error = failure.exc_value
    structlog.get_logger().error(
        "unraisable", error=failure.exc_type.__name__, at=places(error) if error else []
    )
