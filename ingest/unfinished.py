"""The build under way, so that one that was interrupted can be resumed without its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.durability import replace_text
from ingest.errors import CorpusError
from ingest.planning import Plan

_NAME = "unfinished.json"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a build was asked for; ``expected`` is the plan that it carries out, if one."""

    sources: tuple[Path, ...]
    max_shrink: float
    expected: Plan | None = None


_UNFINISHED = TypeAdapter(Unfinished)


def note_unfinished(index: Path, asked: Unfinished) -> None:
    """Write down what is being built below *index*."""
    (index / "cache").mkdir(parents=True, exist_ok=True)
    replace_text(index / "cache" / _NAME, _UNFINISHED.dump_json(asked).decode())


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
