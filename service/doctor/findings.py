"""What an examination found: one line each, and the command that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is; ``SKIPPED``: there was nothing to look at, or no way to."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One check's result: ``said`` in one line, ``remedy`` the command (or step) that mends it.

    Whatever is a warning or failed has a remedy.
    """

    level: Level
    said: str
    remedy: str | None = None
    check: str = ""

    def of(self, check: str) -> Finding:
        """Return it as the result of *check*, on one line whatever the words came from."""
        return replace(self, check=check, said=" ".join(self.said.split()))


def ok(said: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.OK, said)


def warning(said: str, remedy: str) -> Finding:
    """Return a finding that does not keep the service from working."""
    return Finding(Level.WARNING, said, remedy)


def failed(said: str, remedy: str) -> Finding:
    """Return a finding that does."""
    return Finding(Level.FAILED, said, remedy)


def skipped(said: str, remedy: str | None = None) -> Finding:
    """Return a finding that nothing could be said."""
    return Finding(Level.SKIPPED, said, remedy)


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many there are of each level."""
    found = Counter(each.level for each in findings)
    return {level.value: found[level] for level in Level}


def is_sound(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Tell whether nothing failed; with *strict*, whether nothing was warned of either."""
    bad = {Level.FAILED, Level.WARNING} if strict else {Level.FAILED}
    return not any(each.level in bad for each in findings)


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as plain dictionaries."""
    return {
        "sound": is_sound(findings),
        "counts": counts(findings),
        "findings": [asdict(each) for each in findings],
    }


def findings_lines(findings: Sequence[Finding], *, quiet: bool = False) -> Iterator[str]:
    """Yield the findings as a person reads them; *quiet* leaves out what is well or skipped."""
    wide = max((len(each.check) for each in findings), default=0)
    for each in findings:
        if quiet and each.level in (Level.OK, Level.SKIPPED):
            continue
        yield f"{each.level:<8} {each.check:<{wide}}  {each.said}"
        if each.remedy:
            yield f"{'':<8} {'':<{wide}}  -> {each.remedy}"
    if not quiet:
        yield ", ".join(f"{number} {level}" for level, number in counts(findings).items())
