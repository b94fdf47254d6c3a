"""Logs as one JSON object a line on standard error; standard output is for data."""

from __future__ import annotations

import sys

import structlog


def configure_log_lines() -> None:
    """Make every logger of the process write JSON lines; called once, by the shells."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
