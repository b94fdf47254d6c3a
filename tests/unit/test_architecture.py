"""Rules that the layout promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingest", "service", "eval", "prompts")
FORBIDDEN = (
    "utils helpers common base constants types interfaces manager factory models core domain "
    "schemas crud routers repositories"
).split()


def modules(*folders: str) -> list[Path]:
    """Every module below *folders*."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_eval_is_never_bound_as_a_name() -> None:
    """``import eval`` would hide the builtin; ``from eval.x import y`` does not."""
    offenders = [
        f"{path}:{node.lineno}"
        for path in modules(*PACKAGES, "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        and any((alias.asname or alias.name).split(".")[0] == "eval" for alias in node.names)
    ]

    assert not offenders


def test_no_dependency_owns_our_package_names() -> None:
    """No installed distribution ships a top-level package of one of our names."""
    owners = packages_distributions()

    assert {name: set(owners.get(name, [])) - {"followup"} for name in PACKAGES} == {
        name: set() for name in PACKAGES
    }


def test_no_module_has_a_name_that_says_nothing_or_hides_the_standard_library() -> None:
    """A name tells what a module is; ``logging.py`` beside ``import logging`` misleads."""
    offenders = [
        str(path.relative_to(ROOT))
        for path in modules(*PACKAGES)
        if path.stem in FORBIDDEN or path.stem in sys.stdlib_module_names
    ]

    assert not offenders


def test_modules_stay_small() -> None:
    """A module of more than 340 lines holds more than one idea."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules(*PACKAGES)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 340
    }

    assert not long


def test_every_test_states_a_fact() -> None:
    """Every test function has a docstring."""
    silent = [
        f"{path.name}::{node.name}"
        for path in modules("tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]

    assert not silent


@pytest.mark.parametrize("module", ["ingest.pipeline", "service.bootstrap", "service.api"])
def test_importing_opens_nothing_and_loads_no_model(module: str) -> None:
    """Importing a shell's parts writes no file, reaches for no network, and loads no torch."""
    script = (
        "import sys\n"
        "def audit(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "    if event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+'):\n"
        "        if '__pycache__' not in str(args[0]):\n"
        "            raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(audit)\n"
        f"import {module}\n"
        "assert 'torch' not in sys.modules, 'torch was loaded'\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_project_speaks_of_itself_alone() -> None:
    """No file names a machine's paths."""
    texts = [*modules(*PACKAGES, "tests"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    offenders = [
        str(path.relative_to(ROOT))
        for path in texts
        if path.name != "test_architecture.py"
        and any(word in path.read_text(encoding="utf-8") for word in ("/work/", "/root/"))
    ]

    assert not offenders
