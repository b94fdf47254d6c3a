"""
Where a setting comes from: a flag, the environment, ``.env``, a TOML file, or its default.

The values themselves are merged by pydantic-settings; here is said which place gave which, and
which keys no setting answers to. Nothing here knows the settings by name, but for HOME.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    TomlConfigSettingsSource,
)

from service.errors import SettingsError

PREFIX = "FOLLOWUP_"
CONFIG = "FOLLOWUP_CONFIG"
FILE = "followup.toml"
DEFAULT = "default"
ELSEWHERE = frozenset({CONFIG, "FOLLOWUP_TEST_DATA"})
"""Variables that are no settings: which file to read, and where the tests find their data."""
_SECRET = "********"  # noqa: S105 - stands in a secret's place
_USER_PASSWORD = re.compile(r"(?<=://)([^:/?@]*):.*@")
_WEB_USER = re.compile(r"\b(https?://)[^/?#]*@", re.IGNORECASE)
"""All of it: in a web address the user may be the secret, a token."""
_QUERY_SECRET = re.compile(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place gives, by the settings' names."""

    origin: str
    values: Mapping[str, Any]
    is_file: bool = False

    @property
    def place(self) -> str:
        """Where it is, as an error says it."""
        return f"the {self.origin}" if self.origin == "environment" else self.origin

    def spelled(self, name: str) -> str:
        """Return the key under which this place has *name*."""
        if self.origin == "flag":
            return f"--{name.replace('_', '-')}"
        return name if self.is_file else PREFIX + name.upper()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A key that no setting answers to, where it stands, and the setting it may have meant."""

    key: str
    place: str
    nearest: str | None

    def __str__(self) -> str:
        """Write it as an error says it."""
        meant = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"unknown setting {self.key} in {self.place}{meant}"


def settings_file(home: Path) -> Path:
    """
    Return the TOML file of settings: the one that FOLLOWUP_CONFIG names, or HOME/followup.toml.

    Raises SettingsError where FOLLOWUP_CONFIG names a file that is not there.
    """
    named = os.environ.get(CONFIG)
    if not named:
        return home.expanduser() / FILE
    path = Path(named).expanduser()
    with _told(path):
        if path.is_file():
            return path
    raise SettingsError(
        f"{CONFIG} names {path}, which is no file; `followup config init` writes one there"
    )


def file_to_write(kind: type[BaseSettings]) -> Path:
    """Return where the TOML file of settings is looked for, whether it is there or not."""
    if named := os.environ.get(CONFIG):
        return Path(named).expanduser()
    with _told(".env"):
        return home_of(kind, [_environment(kind), DotEnvSettingsSource(kind)()]).expanduser() / FILE


def read_layers(kind: type[BaseSettings], given: Mapping[str, Any]) -> list[Layer]:
    """
    Read every place that can give a setting of *kind*, the strongest first.

    Raises SettingsError, naming the place, where one cannot be read.
    """
    with _told(".env"):
        dotenv = Layer(".env", DotEnvSettingsSource(kind)())
    layers = [Layer("flag", given), Layer("environment", _environment(kind)), dotenv]
    path = settings_file(home_of(kind, [layer.values for layer in layers]))
    with _told(path):
        file = Layer(str(path), TomlConfigSettingsSource(kind, toml_file=path)(), is_file=True)
    return [*layers, file]


def home_of(kind: type[BaseSettings], values: Sequence[Mapping[str, Any]]) -> Path:
    """Return the home folder that the first of *values* with one names, or the default."""
    named = [each["home"] for each in values if "home" in each]
    return Path(named[0] if named else kind.model_fields["home"].default)


def find_unknown(kind: type[BaseSettings], layers: Sequence[Layer]) -> list[Unknown]:
    """Return every key of *layers* that is no field of *kind*."""
    known = list(kind.model_fields)
    return [
        Unknown(layer.spelled(name), layer.place, near and layer.spelled(near))
        for layer in layers
        for name in layer.values
        if name not in known
        for near in [next(iter(difflib.get_close_matches(name, known, n=1)), None)]
    ]


def origin_of(name: str, layers: Sequence[Layer]) -> Layer | None:
    """Return the first layer that gives *name*; None where it keeps its default."""
    return next((layer for layer in layers if name in layer.values), None)


def shown(value: object) -> Any:  # noqa: ANN401 - what JSON can write
    """Return *value* as it may be printed: no secret, and no password of a URL."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(each) for each in value]
    if hasattr(value, "get_secret_value"):
        return _SECRET
    text = _WEB_USER.sub(rf"\1{_SECRET}@", str(value))
    text = _USER_PASSWORD.sub(rf"\1:{_SECRET}@", text)
    return _QUERY_SECRET.sub(rf"\1{_SECRET}", text)


def _environment(kind: type[BaseSettings]) -> dict[str, Any]:
    """Return the settings of the environment, and whatever else has their prefix."""
    unknown = {
        name[len(PREFIX) :].lower(): value
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX) and value and name.upper() not in ELSEWHERE
    }
    return {**unknown, **EnvSettingsSource(kind)()}


@contextmanager
def _told(path: Path | str) -> Iterator[None]:
    try:
        yield
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not readable TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
