"""Settings: which place wins, what is refused, and what is shown."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from typer.testing import CliRunner

from service.cli import app
from service.config_file import bounds, config_text, json_schema
from service.config_report import list_settings
from service.errors import SettingsError
from service.origins import shown
from service.settings import Settings, read_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, an empty working folder and no other FOLLOWUP_ variable."""
    for name in ("FOLLOWUP_CONFIG", "FOLLOWUP_TEST_DATA"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def test_each_place_yields_to_the_stronger(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Default < TOML file < .env < environment < flag, and each value names its place."""
    (home / "followup.toml").write_text("queue = 1\nthreads = 1\npassages = 4\npoll_seconds = 9\n")
    Path(".env").write_text("FOLLOWUP_QUEUE=2\nFOLLOWUP_THREADS=2\nFOLLOWUP_PASSAGES=5\n")
    monkeypatch.setenv("FOLLOWUP_QUEUE", "3")
    monkeypatch.setenv("FOLLOWUP_THREADS", "3")

    settings = read_settings(queue=4)
    found = {each.name: (each.value, each.origin) for each in list_settings({"queue": 4})}

    assert (settings.queue, settings.threads, settings.passages) == (4, 3, 5)
    assert found["queue"] == (4, "flag")
    assert found["threads"] == (3, "environment")
    assert found["passages"] == (5, ".env")
    assert found["poll_seconds"] == (9.0, str(home / "followup.toml"))
    assert found["min_similarity"] == (0.25, "default")


def test_the_file_is_found_through_the_home_that_any_place_names(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOME/followup.toml follows a home of .env or a flag; FOLLOWUP_CONFIG names another file."""
    monkeypatch.delenv("FOLLOWUP_HOME")
    other = tmp_path / "site.toml"
    other.write_text("queue = 7\n")
    (home / "followup.toml").write_text("queue = 5\n")
    Path(".env").write_text(f"FOLLOWUP_HOME={home}\n")

    assert read_settings().queue == 5
    assert read_settings(home=tmp_path).queue == 64
    monkeypatch.setenv("FOLLOWUP_CONFIG", str(other))
    assert read_settings().queue == 7


def test_an_empty_value_is_not_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files write FOLLOWUP_X= for what is not set: the next place counts."""
    (home / "followup.toml").write_text('queue = 5\nindex = ""\n')
    monkeypatch.setenv("FOLLOWUP_QUEUE", "")

    settings = read_settings()

    assert settings.queue == 5
    assert settings.index_folder == home / "index"


def test_a_file_of_other_programs_may_hold_their_keys(home: Path) -> None:
    """Of .env only the FOLLOWUP_ keys are ours."""
    del home
    Path(".env").write_text("COMPOSE_PROJECT_NAME=x\nFOLLOWUP_QUEUE=8\n")

    assert read_settings().queue == 8


@pytest.mark.parametrize(
    ("where", "text", "words"),
    [
        ("env", "min_similarty", ("FOLLOWUP_MIN_SIMILARTY", "the environment", "FOLLOWUP_MIN_SIM")),
        ("env", "frobnicate", ("FOLLOWUP_FROBNICATE", "the environment")),
        (".env", "FOLLOWUP_QUEU=3", ("FOLLOWUP_QUEU ", ".env", "did you mean FOLLOWUP_QUEUE?")),
        (".env", "FOLLOWUP_CONFIG=x", ("FOLLOWUP_CONFIG", ".env")),
        ("toml", "passage = 3", ("passage ", "followup.toml", "did you mean passages?")),
        ("toml", "[index]\nfolder = 3", ("index in", "followup.toml")),
        ("toml", "passages = 3000", ("passages in", "followup.toml", "50")),
        ("toml", "passages = ", ("followup.toml", "not readable TOML")),
        ("toml", 'queue = "many"', ("queue in", "followup.toml", "integer")),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, where: str, text: str, words: tuple[str, ...]
) -> None:
    """Unknown keys, values out of range and broken files: which, where, and what was meant."""
    if where == "env":
        monkeypatch.setenv(f"FOLLOWUP_{text.upper()}", "1")
    elif where == ".env":
        Path(".env").write_text(text)
    else:
        (home / "followup.toml").write_text(text)

    with pytest.raises(SettingsError) as raised:
        read_settings()

    assert all(word in str(raised.value) for word in words), raised.value
    assert "\n" not in str(raised.value)


def test_a_named_file_that_is_not_there_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FOLLOWUP_CONFIG is a promise; HOME/followup.toml may be absent."""
    assert read_settings().home == home
    monkeypatch.setenv("FOLLOWUP_CONFIG", str(home / "absent.toml"))

    with pytest.raises(SettingsError, match=r"FOLLOWUP_CONFIG names .*absent\.toml"):
        read_settings()


def test_text_that_is_not_utf8_is_told(home: Path) -> None:
    """A file in another encoding is named, and no traceback is shown."""
    (home / "followup.toml").write_bytes(b'index = "\xff"\n')

    with pytest.raises(SettingsError, match=r"followup\.toml is not UTF-8"):
        read_settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ops:hunter2@db.example/followup",
        "postgresql+psycopg://ops:hun/ter2@hunter2@db.example:5432/followup?sslmode=require",
        "postgresql+psycopg://db.example/followup?user=ops&password=hunter2",
        "https://api.example/?api_key=hunter2&db=pubmed",
        "https://hunter2@api.example/path",
        "HTTP://hunter2:x-oauth-basic@api.example",
        "https://hunter2:@api.example:8443/",
    ],
)
def test_the_password_of_a_url_is_hidden(url: str) -> None:
    """Wherever in the URL it stands; the host stays readable."""
    text = shown(url)

    assert "hunter2" not in text
    assert "ter2" not in text
    assert ".example" in text


@given(password=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=8))
def test_no_password_is_shown(password: str) -> None:
    """Whatever the password, stars stand in its place."""
    url = shown(f"postgresql+psycopg://u:{password}@h/d")

    assert re.fullmatch(r"postgresql\+psycopg://u:\*+@h/d", url)


@pytest.mark.parametrize(
    "url", ["https://api.example/@scope/x@1", "postgresql+psycopg://ops@db.example/followup"]
)
def test_what_is_no_secret_is_shown(url: str) -> None:
    """A path, and the user of a database."""
    assert shown(url) == url


def test_a_secret_is_hidden() -> None:
    """A SecretStr shows nothing of itself, not even its length."""
    assert shown(SecretStr("hunter2")) == shown(SecretStr("correct horse battery staple"))


def test_the_written_file_sets_the_defaults() -> None:
    """As written it sets nothing; with every line taken in it sets each default."""
    text = config_text()
    uncommented = re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE)

    values = tomllib.loads(uncommented)

    assert tomllib.loads(text) == {}
    assert list(values) == list(Settings.model_fields)
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    read = Settings(_env_file=None, **values)  # type: ignore[call-arg]
    assert {name: getattr(read, name) for name in defaults} == defaults


def test_the_written_file_explains_every_setting() -> None:
    """Its meaning, and its range or choices."""
    text = config_text()

    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description in text
        allowed = bounds(json_schema()["properties"][name])
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert allowed, f"{name} is not bounded"
        assert allowed[1:] in text


def test_the_commands_show_write_and_refuse(home: Path) -> None:
    """Show, schema and init, by their exit statuses."""
    run = CliRunner().invoke

    written = run(app, ["config", "init"])
    again = run(app, ["config", "init"])
    forced = run(app, ["config", "init", "--force", "--json"])
    found = run(app, ["config", "show", "--json", "--index", "/elsewhere"])
    lines = run(app, ["config", "show"])
    schema = run(app, ["config", "schema"])

    path = home / "followup.toml"
    assert (written.exit_code, again.exit_code, forced.exit_code) == (0, 4, 0)
    assert "--force" in again.stderr
    assert json.loads(forced.stdout) == {"file": str(path)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(found.stdout)["index"] == {"value": "/elsewhere", "origin": "flag"}
    assert json.loads(found.stdout)["home"] == {"value": str(home), "origin": "environment"}
    assert re.search(r"^index +not set +default$", lines.stdout, re.MULTILINE)
    assert set(json.loads(schema.stdout)["properties"]) == set(Settings.model_fields)
    assert json.loads(schema.stdout)["additionalProperties"] is False


def test_a_wrong_setting_ends_a_command_with_status_2(home: Path) -> None:
    """The one line names the file."""
    (home / "followup.toml").write_text("queeu = 1\n")

    result = CliRunner().invoke(app, ["config", "show"])

    assert result.exit_code == 2
    assert result.stderr.startswith("followup: unknown setting queeu in ")
    assert "did you mean queue?" in result.stderr
