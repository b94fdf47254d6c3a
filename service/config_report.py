"""What the settings are, each with the place that gave it: for people and scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.origins import DEFAULT, origin_of, read_layers, shown
from service.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it holds: ``value`` fit to be printed, ``origin`` the place that gave it."""

    name: str
    value: Any
    origin: str


def list_settings(given: Mapping[str, object]) -> list[Setting]:
    """Return every setting as it holds with *given* flags. Raises SettingsError."""
    settings = read_settings(**given)
    layers = read_layers(Settings, given)
    return [
        Setting(name, shown(getattr(settings, name)), layer.origin if layer else DEFAULT)
        for name in Settings.model_fields
        for layer in [origin_of(name, layers)]
    ]


def settings_json(settings: list[Setting]) -> dict[str, Any]:
    """Return them by name, as plain dictionaries."""
    return {each.name: {"value": each.value, "origin": each.origin} for each in settings}


def settings_lines(settings: list[Setting]) -> Iterator[str]:
    """Yield a line for each, in columns."""
    texts = ["not set" if each.value in (None, "") else str(each.value) for each in settings]
    wide = max(len(each.name) for each in settings)
    long = max(map(len, texts))
    for each, text in zip(settings, texts, strict=True):
        yield f"{each.name:<{wide}}  {text:<{long}}  {each.origin}"
