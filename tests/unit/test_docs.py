"""Documentation that cannot rot: it is compared with what it documents."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main
from typer.cli import get_docs_for_click

from service.cli import app
from service.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_command_reference_is_what_help_says() -> None:
    """docs/cli.md is generated; `make docs` writes it anew."""
    command = typer.main.get_command(app)
    context = typer.Context(command)

    generated = get_docs_for_click(obj=command, ctx=context, name="followup")

    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written.strip() == generated.strip()


def test_every_setting_is_documented_with_its_default() -> None:
    """docs/settings.md has a line for each field, and no other."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `FOLLOWUP_([A-Z_]+)`", text, re.MULTILINE))

    assert documented == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int | float):
            assert re.search(rf"`FOLLOWUP_{name.upper()}` \| {field.default:g} \|", text)


def test_every_direct_dependency_has_its_reason() -> None:
    """docs/dependencies.md names each requirement of pyproject.toml."""
    import tomllib  # noqa: PLC0415 - only here

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")

    missing = [name for each in wanted if (name := re.split(r"[\[<>=]", each)[0]) not in text]
    assert not missing


def test_every_make_target_of_the_readme_exists() -> None:
    """A command that the README shows is a target of the Makefile."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"make ([a-z-]+)", readme)) <= targets


def test_every_file_the_readme_links_to_exists() -> None:
    """No link of the README or of docs/ leads nowhere."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_operation_and_every_problem_is_documented() -> None:
    """docs/api.md names each operation id and each problem with its status."""
    from service.api import problem_kinds  # noqa: PLC0415 - FastAPI
    from service.api.app import ROUTES  # noqa: PLC0415

    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    operations = [
        route.operation_id
        for module in ROUTES
        for route in module.router.routes
        if getattr(route, "operation_id", None) and getattr(route, "include_in_schema", False)
    ]
    kinds = [each for each in vars(problem_kinds).values() if isinstance(each, problem_kinds.Kind)]

    assert [name for name in operations if f"`{name}`" not in text] == []
    assert kinds
    for kind in kinds:
        assert f"| `/problems/{kind.slug}` | {kind.status:d} |" in text
