"""A full disk, whoever notices it first, told as one error that names the remedy."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import DiskFullError, RefusedError

_FULL = 4 * 1024 * 1024
"""Bytes free below which a failed write is put down to the disk: SQLite, Chroma and tantivy each
have an error of their own for it, and not all of them say why."""
_NUMBERS = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def told_full_disk(folder: Path) -> Iterator[None]:
    """Raise DiskFullError for any failure inside that comes of a full disk at *folder*."""
    try:
        yield
    except (DiskFullError, RefusedError):
        raise
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in _NUMBERS
        if full or "disk is full" in str(error) or _is_full(folder):
            raise DiskFullError(
                f"the disk that holds {folder} is full; the live index is untouched. Free some "
                "space (`followup index gc`), then `followup ingest apply --resume`"
            ) from error
        raise


def _is_full(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free < _FULL
