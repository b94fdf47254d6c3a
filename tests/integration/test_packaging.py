"""What is installed is all that runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ("prompts", "service/web")


def test_prompts_templates_and_static_files_ship_with_the_package(tmp_path: Path) -> None:
    """A wheel holds every module, prompt, template and static file, and no test or corpus."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree)
    for name in ("service", "ingest", "prompts"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))

    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *(
                "--no-build-isolation",
                "--disable-pip-version-check",
                "-w",
                str(tmp_path),
                str(tree),
            ),
        ],
        check=True,
        capture_output=True,
    )

    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in ("service", "ingest", "prompts")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and (path.suffix == ".py" or path.relative_to(ROOT).as_posix().startswith(SHIPPED))
        and "__pycache__" not in path.parts
    }
    assert wanted <= packed
    assert not any(name.startswith(("tests/", "corpus/", "eval/")) for name in packed)
