"""The settings: can they be read, is each one known, and which are not at their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.accounts import contradictions
from service.doctor.findings import Finding, failed, ok
from service.errors import SettingsError
from service.origins import Layer, Unknown, find_unknown, home_of, origin_of, read_layers
from service.settings import Settings, read_settings

_DECIDING = ("home", "index", "database")


@dataclass(frozen=True, slots=True)
class Configured:
    """
    The settings as far as they can be read, and what is wrong with them.

    ``settings`` is None where not even HOME could be made out. Where something is wrong it holds
    the places (home, index, database) and no more, so that these can be looked at all the same.
    """

    settings: Settings | None
    layers: Sequence[Layer] = ()
    unknown: Sequence[Unknown] = ()
    wrong: str | None = None


def configure(flags: Mapping[str, object]) -> Configured:
    """Read the settings as every command does, but go on where they are wrong."""
    try:
        layers = read_layers(Settings, flags)
    except SettingsError as error:
        return Configured(None, wrong=str(error))
    unknown = find_unknown(Settings, layers)
    try:
        return Configured(read_settings(**flags), layers)
    except SettingsError as error:
        return Configured(_places(layers), layers, unknown, None if unknown else str(error))


def _places(layers: Sequence[Layer]) -> Settings:
    given = {name: origin_of(name, layers) for name in _DECIDING}
    values = {name: layer.values[name] for name, layer in given.items() if layer is not None}
    index, database = values.get("index"), values.get("database")
    return Settings.model_construct(
        home=home_of(Settings, [layer.values for layer in layers]),
        index=Path(str(index)) if index else None,
        database=str(database) if database else None,
    )


def check_settings(configured: Configured) -> Iterator[Finding]:
    """Tell what is wrong with the settings, or which are not at their defaults."""
    for each in configured.unknown:
        yield failed(str(each), _mend(each))
    if configured.wrong is not None:
        yield failed(configured.wrong, "followup config show  # once that place is corrected")
    if not configured.unknown and configured.wrong is None:
        yield judge_origins(configured.layers)
        if configured.settings is not None:
            yield from judge_accounts(configured.settings)


def judge_accounts(settings: Settings) -> Iterator[Finding]:
    """Tell what in the settings of accounts cannot be meant together; the service refuses it."""
    for said in contradictions(settings):
        yield failed(said, "followup config show  # then correct it; docs/operations.md, Accounts")


def judge_origins(layers: Sequence[Layer]) -> Finding:
    """Tell which settings are not at their defaults, and where they come from."""
    told = [
        f"{name} ({layer.origin})"
        for name in Settings.model_fields
        for layer in [origin_of(name, layers)]
        if layer is not None
    ]
    if not told:
        return ok(f"{len(Settings.model_fields)} settings, all at their defaults")
    return ok(f"{len(Settings.model_fields)} settings; not the default: {', '.join(told)}")


def _mend(unknown: Unknown) -> str:
    if unknown.place == "the environment":
        renamed = f'export {unknown.nearest}="${unknown.key}"; ' if unknown.nearest else ""
        return f"{renamed}unset {unknown.key}"
    if unknown.nearest:
        return f"sed -i 's/^ *{unknown.key} *=/{unknown.nearest} =/' {unknown.place}"
    return f"sed -i '/^ *{unknown.key} *=/d' {unknown.place}"


def secret_files(configured: Configured) -> Iterator[Path]:
    """Yield the settings files, which may hold an API key or a database's password."""
    for layer in configured.layers:
        if layer.is_file or layer.origin == ".env":
            yield Path(layer.origin)
