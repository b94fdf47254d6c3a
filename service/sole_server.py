"""One server at a time: on a home, and on a SQLite database, which several homes may name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from ingest.locking import locked
from service.database import file_of

SERVE_LOCK = "serve.lock"


@contextmanager
def sole_server(home: Path, database_url: str) -> Iterator[None]:
    """
    Be the one server of *home* and of the SQLite file that *database_url* may name.

    Raises IndexLockedError, naming the other, where there is one; ConversationError for a URL that
    is none.
    """
    home = home.expanduser()
    file = file_of(database_url)
    beside = nullcontext() if file is None else _held(file.resolve())
    with locked(home / SERVE_LOCK, f"{home} is being served by"), beside:
        yield


def _held(file: Path) -> AbstractContextManager[None]:
    lock = file.with_name(f"{file.name}.{SERVE_LOCK}")
    return locked(lock, f"the database {file} is being served by")
