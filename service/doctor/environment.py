"""Python, the packages beside it, and a folder for temporary files."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from service.doctor.findings import Finding, failed, ok, skipped

NAME = "followup"
_SHOWN = 3


def check_python() -> Iterator[Finding]:
    """Compare this Python with the one that the package asks for."""
    here = ".".join(map(str, sys.version_info[:3]))
    try:
        wanted = distribution(NAME).metadata["Requires-Python"]
    except PackageNotFoundError:
        yield skipped("the package is not installed, only lies here", "make setup")
        return
    yield judge_python(here, wanted)


def judge_python(here: str, wanted: str) -> Finding:
    """Tell whether Python *here* ("3.11.7") is one of *wanted* (">=3.11,<3.12")."""
    if here in SpecifierSet(wanted, prereleases=True):
        return ok(f"{here} ({wanted} is asked for)")
    return failed(f"{here}, but {wanted} is asked for", "make setup PYTHON=/path/to/python3.11")


def check_packages() -> Iterator[Finding]:
    """Compare the packages that are installed with those that ours requires."""
    try:
        wanted = distribution(NAME).requires or []
    except PackageNotFoundError:
        yield skipped("the package is not installed, only lies here", "make setup")
        return
    yield judge_packages(wanted, version)


def judge_packages(wanted: Sequence[str], found: Callable[[str], str]) -> Finding:
    """
    Tell which of the requirements *wanted* (PEP 508) are missing or of another version.

    *found* returns a package's version, or raises PackageNotFoundError.
    """
    requirements = [Requirement(each) for each in wanted]
    needed = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    wrong = []
    for each in needed:
        try:
            here = found(each.name)
        except PackageNotFoundError:
            wrong.append(f"{each.name} is missing")
            continue
        if not each.specifier.contains(here, prereleases=True):
            wrong.append(f"{each.name} is {here}, {each.specifier} is asked for")
    if not wrong:
        return ok(f"{len(needed)} packages as required")
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return failed(
        f"{'; '.join(wrong[:_SHOWN])}{more}",
        f"{sys.executable} -m pip install -r requirements.lock",
    )


def check_temporary() -> Iterator[Finding]:
    """Write one byte to a temporary file: a snapshot is opened by way of a private copy."""
    try:
        with tempfile.TemporaryFile() as stream:
            stream.write(b"x")
            stream.flush()
    except OSError as error:
        said = f"no temporary file can be written: {error.strerror or error}"
        yield failed(said, "export TMPDIR=/a/folder/with/space")
        return
    yield ok(f"temporary files go to {tempfile.gettempdir()}")
