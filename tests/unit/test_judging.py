"""What the doctor makes of facts: rooms, packages, modes, clocks and ages, without a machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ingest.locking import Owner
from service.cli.telling import painted
from service.doctor.environment import judge_packages, judge_python
from service.doctor.findings import Level, failed, findings_lines, is_sound, ok, skipped, warning
from service.doctor.index import judge_writer
from service.doctor.places import Room, judge_home_mode, judge_private, judge_room, nearest
from service.doctor.stored import judge_schema, sqlite_file
from service.doctor.timing import judge_clock, judge_corpus_age, judge_retractions
from service.migrating import HEAD, Schema, State

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HERE = Path("/srv/followup")


@pytest.mark.parametrize(
    ("free", "inodes", "level"),
    [
        (3_000, None, Level.OK),
        (1_999, 10**6, Level.WARNING),
        (1_000, 10**6, Level.WARNING),
        (999, 10**6, Level.FAILED),
        (0, None, Level.FAILED),
        (3_000, 12, Level.FAILED),
    ],
)
def test_a_disk_is_judged_by_what_the_next_build_needs(
    free: int, inodes: int | None, level: Level
) -> None:
    """Under the need: failed; under twice of it: warned of. Files count as bytes do."""
    assert judge_room(Room(HERE, free, inodes), 1_000, "the next build").level is level


def test_the_disk_of_a_folder_that_is_not_there_is_that_above_it(tmp_path: Path) -> None:
    """Room is measured where the folder will be."""
    assert nearest(tmp_path / "a" / "b") == tmp_path
    assert Room.at(tmp_path / "a" / "b").free > 0


def test_packages_are_held_against_what_is_required() -> None:
    """Missing ones and other versions fail; what an extra or another platform needs does not."""
    versions = {"one": "1.5", "two": "3.0"}

    def found(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    fine = judge_packages(["one>=1,<2", "tool>=1; extra == 'dev'"], found)
    wrong = judge_packages(["one>=2", "two<4", "three"], found)

    assert fine.level is Level.OK
    assert fine.said == "1 packages as required"
    assert wrong.level is Level.FAILED
    assert wrong.said == "one is 1.5, >=2 is asked for; three is missing"


def test_python_is_held_against_what_is_required() -> None:
    """3.11 it is."""
    assert judge_python("3.11.7", ">=3.11,<3.12").level is Level.OK
    assert judge_python("3.12.0", ">=3.11,<3.12").level is Level.FAILED


def test_modes_are_judged_by_who_else_may() -> None:
    """Everybody writing is failed, everybody reading a warning; a group is the owner's affair."""
    assert judge_home_mode(HERE, 0o40777).level is Level.FAILED
    assert judge_home_mode(HERE, 0o40755).level is Level.WARNING
    assert judge_home_mode(HERE, 0o40750).level is Level.OK
    assert judge_private({HERE / "a b": 0o100640}).remedy == "chmod 600 '/srv/followup/a b'"
    assert judge_private({HERE: 0o100600}).level is Level.OK


def test_the_latest_thing_ahead_of_the_clock_is_named() -> None:
    """A few minutes are forgiven: other machines' clocks write here too."""
    near, far = NOW + timedelta(minutes=4), NOW + timedelta(days=40)

    fine = judge_clock(NOW, {"the live snapshot": near, "the database": NOW - timedelta(days=9)})
    wrong = judge_clock(NOW, {"the live snapshot": near, "the last activation": far})

    assert fine.level is Level.OK
    assert wrong.level is Level.FAILED
    assert wrong.said.startswith("the last activation is of 2026-07-25 12:00:00 UTC")


def test_the_time_zone_of_a_moment_does_not_matter() -> None:
    """Noon in UTC is no future for a machine whose wall shows seven in the morning."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only here

    local = NOW.astimezone(ZoneInfo("America/New_York"))

    assert judge_clock(local, {"the live snapshot": NOW}).level is Level.OK
    assert judge_clock(NOW, {"the live snapshot": local}).level is Level.OK


@pytest.mark.parametrize(
    ("loaded_at", "level"),
    [
        (None, Level.WARNING),
        (NOW - timedelta(days=31), Level.WARNING),
        (NOW - timedelta(days=30), Level.OK),
        (NOW, Level.OK),
    ],
)
def test_the_table_of_retractions_has_a_month(loaded_at: datetime | None, level: Level) -> None:
    """Never loaded, or older than 30 days: warned of."""
    assert judge_retractions(loaded_at, 3, NOW).level is level


@pytest.mark.parametrize(
    ("newest", "level"),
    [
        ("2026-05", Level.OK),
        ("2025", Level.OK),
        ("2024-06-20", Level.OK),
        ("2024-05", Level.WARNING),
        ("2019", Level.WARNING),
        (None, Level.SKIPPED),
    ],
)
def test_the_newest_source_has_two_years(newest: str | None, level: Level) -> None:
    """Dates are as precise as the source's own; a bare year counts to its end."""
    assert judge_corpus_age("1998", newest, NOW).level is level


def test_a_writer_has_a_day() -> None:
    """Then one is told how to stop it."""
    fresh = Owner(77, "elsewhere", "ops", "followup", (NOW - timedelta(hours=3)).isoformat())
    stuck = Owner(77, "elsewhere", "ops", "followup", (NOW - timedelta(hours=30)).isoformat())

    assert judge_writer(None, NOW).level is judge_writer(fresh, NOW).level is Level.OK
    assert judge_writer(stuck, NOW).remedy == "ssh elsewhere kill 77"


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (State.CURRENT, Level.OK),
        (State.BEHIND, Level.WARNING),
        (State.NEWER, Level.FAILED),
        (State.EMPTY, Level.SKIPPED),
    ],
)
def test_a_schema_is_judged_by_what_has_to_be_done(state: State, level: Level) -> None:
    """Older: migrate. Newer: another version, or a backup."""
    assert judge_schema(Schema(HEAD, state)).level is level


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/a%20b.sqlite", Path("/srv/a b.sqlite")),
        ("sqlite:///here.sqlite?timeout=3", Path("here.sqlite")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://db/followup", None),
    ],
)
def test_the_file_of_a_database_is_in_its_url(url: str, path: Path | None) -> None:
    """Other databases have none to look into."""
    assert sqlite_file(url) == path


def test_quiet_tells_what_is_not_well() -> None:
    """And its remedy; without it everything is told, and counted."""
    findings = [
        ok("fine").of("a"),
        warning("old", "mend it").of("b"),
        skipped("none").of("c"),
        failed("gone", "bring it").of("d"),
    ]

    assert list(findings_lines(findings, quiet=True)) == [
        "warning  b  old",
        "            -> mend it",
        "failed   d  gone",
        "            -> bring it",
    ]
    assert list(findings_lines(findings))[-1] == "1 ok, 1 warning, 1 failed, 1 skipped"
    assert not is_sound(findings)
    assert is_sound(findings[:3])
    assert not is_sound(findings[:3], strict=True)


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR turns it off, whatever its value; a pipe never sees any."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    piped = painted("failed   index")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown = painted("failed   index")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = painted("failed   index")

    assert piped == plain == "failed   index"
    assert "\x1b[" in shown
