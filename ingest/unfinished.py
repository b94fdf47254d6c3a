"""The build under way, so that one that was interrupted can be resumed without its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.errors import CorpusError

_NAME = "unfinished.json"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a build was asked for."""

    sources: tuple[Path, ...]
    max_shrink: float


_UNFINISHED = TypeAdapter(Unfinished)


def note_unfinished(index: Path, sources: Sequence[Path], max_shrink: float) -> None:
    """Write down what is being built below *index*."""
    (index / "cache").mkdir(parents=True, exist_ok=True)
    asked = Unfinished(tuple(folder.resolve() for folder in sources), max_shrink)
    (index / "cache" / _NAME).write_bytes(_UNFINISHED.dump_json(asked))


def read_unfinished(index: Path) -> Unfinished:
    """Return what the last build was asked for. Raises CorpusError where it was finished."""
    path = index / "cache" / _NAME
    try:
        return _UNFINISHED.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise CorpusError(
            "there is no build to resume; begin one with `followup ingest apply --source DIR`"
        ) from None
    except ValidationError as error:
        raise CorpusError(
            f"{path} cannot be read: {error.errors()[0]['msg']}; name the sources with --source"
        ) from error


def finished(index: Path) -> None:
    """Forget the build: it stands."""
    (index / "cache" / _NAME).unlink(missing_ok=True)
