"""``followup doctor`` on a sound installation, on damaged ones, and on an empty machine."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.activating import activate, current_id
from ingest.embedding import HashingEmbedder, Identity
from ingest.locking import build_lock
from ingest.snapshots import CHROMA, VECTORS, folder_of
from ingest.unfinished import Unfinished, note_unfinished
from service.cli import app
from service.doctor.examining import examine
from service.doctor.findings import Finding, Level, findings_lines, is_sound, ok
from service.doctor.weights import check_folder
from service.migrating import open_database
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction
from tests.sample_database import Fresh

IDENTITY = HashingEmbedder.identity


@pytest.fixture
def home(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound installation: two snapshots, a database, a table of retractions, dialogues."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    shutil.move(index, folder / "index")
    engine = open_database(f"sqlite:///{folder / 'followup.sqlite'}")
    RetractionTable(engine).load([Retraction(("99000002",), (), Nature.RETRACTION, "2025-01-01")])
    engine.dispose()
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def look(
    *,
    now: datetime | None = None,
    identity: Identity = IDENTITY,
    weights: Callable[[], Iterable[Finding]] = lambda: [ok("as expected")],
) -> list[Finding]:
    """Examine the installation that the environment names."""
    return examine({}, now=now, identity=identity, weights=weights)


def bad(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return what is not well, by check."""
    return {each.check: each for each in findings if each.level in (Level.WARNING, Level.FAILED)}


def digest(folder: Path) -> str:
    """Return a digest of every file below *folder*, its name and its mode."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        told.update(f"{path.relative_to(folder)} {path.stat().st_mode}".encode())
        told.update(path.read_bytes() if path.is_file() else b"")
    return told.hexdigest()


def live(home: Path) -> Path:
    """Return the live snapshot's folder."""
    return folder_of(home / "index", current_id(home / "index"))


def test_a_sound_installation_is_found_sound(home: Path) -> None:
    """Every check is made, and none of them finds anything."""
    before = digest(home)

    findings = look()

    assert [each for each in findings if each.level is not Level.OK] == []
    assert len({each.check for each in findings}) == 21
    assert digest(home) == before


def truncate_chroma(home: Path) -> None:
    """Cut one of Chroma's files in half."""
    path = max((live(home) / CHROMA).rglob("*.bin"), key=lambda each: each.stat().st_size)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(home: Path) -> None:
    """Turn one bit of one vector over."""
    path = live(home) / VECTORS
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def cut_the_manifest(home: Path) -> None:
    """Lose the end of the manifest."""
    path = live(home) / "manifest.json"
    path.write_bytes(path.read_bytes()[:-40])


def point_nowhere(home: Path) -> None:
    """Name a snapshot that is not there."""
    (home / "index" / "CURRENT").write_text("20200101T000000Z-deadbeef\n")


def lose_the_pointer(home: Path) -> None:
    """Remove the pointer; the snapshots stay."""
    (home / "index" / "CURRENT").unlink()


def damage_the_earlier(home: Path) -> None:
    """Damage the snapshot that a rollback would go back to."""
    (earlier,) = set((home / "index" / "snapshots").iterdir()) - {live(home)}
    (earlier / "words.txt").write_text("")


def leave_a_build(home: Path) -> None:
    """Leave what a killed build leaves."""
    (home / "index" / "building-20260101T000000").mkdir()
    note_unfinished(home / "index", Unfinished((home,), 0.2))


def leave_a_folder(home: Path) -> None:
    """Leave the folder of a build that nobody knows how to resume."""
    (home / "index" / "building-20260101T000000").mkdir()


def corrupt_the_database(home: Path) -> None:
    """Overwrite the pages after the first."""
    path = home / "followup.sqlite"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))


def replace_the_database(home: Path) -> None:
    """Put a text in the database's place."""
    (home / "followup.sqlite").write_text("no database at all, but a long enough text\n" * 400)


def migrate_too_far(home: Path) -> None:
    """Give the database the schema of a later version."""
    _sql(home, "UPDATE alembic_version SET version_num = '9999'")


def orphan_a_turn(home: Path) -> None:
    """Leave a turn without its conversation."""
    columns = _columns(home, "turns")
    values = ", ".join("1" if name != "conversation_id" else "'gone'" for name in columns)
    _sql(home, f"INSERT INTO turns ({', '.join(columns)}) VALUES ({values})")  # noqa: S608


def open_the_house(home: Path) -> None:
    """Let everybody write to HOME."""
    home.chmod(0o777)


def show_the_house(home: Path) -> None:
    """Let everybody read HOME."""
    home.chmod(0o755)


def show_the_questions(home: Path) -> None:
    """Let everybody read the database."""
    (home / "followup.sqlite").chmod(0o644)


def misspell_a_setting(home: Path) -> None:
    """Write a key that is no setting into the TOML file."""
    path = home / "followup.toml"
    path.write_text("min_similarty = 0.3\n")
    path.chmod(0o600)


def overdo_a_setting(home: Path) -> None:
    """Write a value out of range into the TOML file."""
    path = home / "followup.toml"
    path.write_text("passages = 5000\n")
    path.chmod(0o600)


def break_a_dialogue(home: Path) -> None:
    """Add a golden dialogue with an unknown key."""
    (home / "golden").mkdir()
    (home / "golden" / "own.jsonl").write_text('{"idd": "x"}\n')


def _sql(home: Path, statement: str) -> None:
    db = sqlite3.connect(home / "followup.sqlite")
    db.execute(statement)
    db.commit()
    db.close()


def _columns(home: Path, table: str) -> list[str]:
    db = sqlite3.connect(home / "followup.sqlite")
    names = [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]
    db.close()
    return names


F, W = Level.FAILED, Level.WARNING
DAMAGES = [
    (truncate_chroma, "index files", F, "chroma/", "followup index activate 20"),
    (flip_a_bit, "index files", F, "engine/vectors.f2", "followup index activate 20"),
    (cut_the_manifest, "index", F, "manifest.json is damaged", "followup index activate 20"),
    (point_nowhere, "index", F, "deadbeef", "followup index activate 20"),
    (lose_the_pointer, "index", F, "no snapshot is live", "followup index activate 20"),
    (damage_the_earlier, "way back", W, "words.txt", "rm -r "),
    (leave_a_build, "leftovers", W, "cut off", "followup ingest apply --resume"),
    (leave_a_folder, "leftovers", W, "building-2026", "rm -r "),
    (corrupt_the_database, "database", F, "followup.sqlite", "followup db restore"),
    (replace_the_database, "database", F, "not a database", "followup db restore"),
    (migrate_too_far, "database", F, "newer version", "followup db restore"),
    (orphan_a_turn, "database", F, "1 rows refer", "followup db restore"),
    (open_the_house, "home", F, "anybody", "chmod o-rwx "),
    (show_the_house, "home", W, "anybody", "chmod o-rwx "),
    (show_the_questions, "permissions", W, "followup.sqlite", "chmod 600 "),
    (misspell_a_setting, "settings", F, "did you mean min_similarity?", "sed -i "),
    (overdo_a_setting, "settings", F, "passages in ", "followup config show"),
    (break_a_dialogue, "golden dialogues", F, "own.jsonl, line 1", "$EDITOR "),
]


@pytest.mark.parametrize(
    ("damage", "check", "level", "words", "remedy"),
    DAMAGES,
    ids=[damage.__name__ for damage, *_ in DAMAGES],
)
def test_each_damage_is_found_where_it_is_with_its_remedy(
    home: Path, damage: Callable[[Path], None], check: str, level: Level, words: str, remedy: str
) -> None:
    """The one check is not well, in words that name the thing; the others go on, all unchanged."""
    damage(home)
    before = digest(home)

    findings = look()

    found = bad(findings)
    assert list(found) == [check]
    assert found[check].level is level
    assert words in found[check].said
    assert (found[check].remedy or "").startswith(remedy)
    assert is_sound(findings) is (level is W)
    assert not is_sound(findings, strict=True)
    assert digest(home) == before


def test_the_remedies_that_are_ours_are_commands_that_there_are(home: Path) -> None:
    """Whatever command of ours is named can be asked for its help."""
    remedies = {remedy for *_, remedy in DAMAGES if remedy.startswith("followup")}
    shutil.rmtree(home / "index")
    (home / "followup.sqlite").unlink()
    remedies |= {each.remedy or "" for each in look()}
    commands = {tuple(r.split()[1:3]) for r in remedies if r.startswith("followup ")}

    failed = {each for each in commands if CliRunner().invoke(app, [*each, "--help"]).exit_code}

    assert len(commands) >= 5
    assert failed == set()


def test_the_remedy_of_a_misspelt_variable_is_to_rename_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every unknown variable is found, and the index is looked at all the same."""
    del home
    monkeypatch.setenv("FOLLOWUP_QUEU", "3")
    monkeypatch.setenv("FOLLOWUP_XYZZY", "3")

    found = look()

    settings = {each.said: each.remedy for each in found if each.check == "settings"}
    assert settings == {
        "unknown setting FOLLOWUP_QUEU in the environment; did you mean FOLLOWUP_QUEUE?": (
            'export FOLLOWUP_QUEUE="$FOLLOWUP_QUEU"; unset FOLLOWUP_QUEU'
        ),
        "unknown setting FOLLOWUP_XYZZY in the environment": "unset FOLLOWUP_XYZZY",
    }
    assert list(bad(found)) == ["settings"]


def test_the_remedy_for_the_index_mends_it(home: Path) -> None:
    """After the activation that it names, the same examination finds the installation sound."""
    flip_a_bit(home)
    remedy = bad(look())["index files"].remedy or ""
    activate(home / "index", remedy.split()[-1])

    assert "index files" not in bad(look())


def test_without_another_sound_snapshot_a_new_one_is_to_be_built(home: Path) -> None:
    """An activation is named only where there is something to activate."""
    flip_a_bit(home)
    damage_the_earlier(home)

    found = bad(look())

    assert found["index files"].remedy == "followup ingest apply --source DIR"
    assert found["way back"].level is Level.WARNING


def test_another_embedder_is_found(home: Path) -> None:
    """An index of other vectors is named with both embedders and their dimensions."""
    del home
    other = Identity("another", 384, 256, "f" * 64)

    found = bad(look(identity=other))

    assert list(found) == ["index embedder"]
    assert "256 numbers" in found["index embedder"].said
    assert "384" in found["index embedder"].said


def test_a_clock_that_is_behind_what_happened_is_found(home: Path) -> None:
    """A snapshot from the future: it, or the clock, is wrong."""
    del home

    found = bad(look(now=datetime(2024, 1, 1, tzinfo=UTC)))

    assert found["clock"].level is Level.FAILED
    assert "in the future" in found["clock"].said
    assert set(found) == {"clock"}


def test_age_is_told(home: Path) -> None:
    """Three years on the table, the snapshot and the sources are old."""
    del home

    found = bad(look(now=datetime.now(UTC) + timedelta(days=3 * 365)))

    assert set(found) == {"retractions", "snapshot age", "corpus age"}
    assert {each.level for each in found.values()} == {Level.WARNING}


def test_a_lock_file_that_was_left_behind_locks_nothing(home: Path) -> None:
    """A dead writer's name in the file is no lock; a live writer is named."""
    owner = {"pid": 1, "host": "h", "user": "u", "command": "c", "since": "2020-01-01T00:00:00"}
    (home / "index" / "build.lock").write_text(json.dumps(owner))

    after_a_crash = look()
    with build_lock(home / "index"):
        (home / "index" / "building-1").mkdir()
        during_a_build = look()

    said = {each.check: each.said for each in during_a_build}
    assert bad(after_a_crash) == {}
    assert bad(during_a_build) == {}
    assert "held by process" in said["writer"]
    assert "under way" in said["leftovers"]


def test_wrong_weights_are_found(tmp_path: Path) -> None:
    """Missing or altered: failed, with the command that installs them again."""
    (missing,) = check_folder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"altered")
    (altered,) = check_folder(tmp_path)

    assert missing.level is altered.level is Level.FAILED
    assert "altered" in altered.said
    assert "--force-reinstall" in (altered.remedy or "")


def test_a_check_that_crashes_is_a_failed_one(home: Path) -> None:
    """Where it crashed is told, not its words, which may be anybody's; the rest go on."""
    del home

    def broken() -> Iterable[Finding]:
        raise RuntimeError("no\nway")

    findings = look(weights=broken)

    assert list(bad(findings)) == ["weights"]
    assert re.search(r"RuntimeError at .*test_doctor\.py:\d+$", bad(findings)["weights"].said)
    assert findings[-1].check == "golden dialogues"


def test_a_home_that_is_a_file_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither it nor a folder below it can be used, and no check crashes."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(home / "followup.sqlite"))
    itself = look()
    monkeypatch.setenv("FOLLOWUP_HOME", str(home / "followup.sqlite" / "below"))
    below = look()

    for findings in (itself, below):
        assert bad(findings)["home"].level is Level.FAILED
        assert not [each for each in findings if "could not be made" in each.said]


def test_a_folder_of_dialogues_that_was_named_must_be_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FOLLOWUP_GOLDEN is a promise, as in the quality gate."""
    monkeypatch.setenv("FOLLOWUP_GOLDEN", str(home / "absent"))

    found = bad(look())

    assert list(found) == ["golden dialogues"]
    assert "absent is not a folder" in found["golden dialogues"].said


def test_settings_that_cannot_be_read_leave_the_machine_to_look_at(home: Path) -> None:
    """Without HOME there is no index to look for, but Python and the weights can be seen."""
    (home / "followup.toml").write_text("passages = \n")

    findings = look()

    assert set(bad(findings)) == {"settings"}
    assert {"python", "weights", "home"} <= {each.check for each in findings}


def test_accounts_that_contradict_each_other_are_told(home: Path) -> None:
    """What the service would refuse to start with is found before, and nothing else is wrong."""
    (home / "followup.toml").write_text('oidc_audience = "followup"\n')

    findings = look()

    assert "settings" in bad(findings)
    assert any("FOLLOWUP_OIDC_ISSUER" in each.said for each in findings)


def test_an_empty_machine_is_told_what_to_run_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No index, no database, no HOME: nothing crashes, nothing is made."""
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path)

    found = bad(look())

    assert found["index"].remedy == "followup ingest apply --source DIR"
    assert found["retractions"].level is Level.WARNING
    assert set(found) == {"index", "retractions"}
    assert list(tmp_path.iterdir()) == []


def test_a_database_server_is_asked(
    home: Path, fresh_postgresql: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: set up, too new, and one that does not answer, its password kept secret."""
    del home
    url = fresh_postgresql()
    monkeypatch.setenv("FOLLOWUP_DATABASE", url)
    engine = open_database(url)
    sound = bad(look())
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    newer = bad(look())
    monkeypatch.setenv("FOLLOWUP_DATABASE", "postgresql://u:hunter2@127.0.0.1:9/none")
    silent = bad(look())
    monkeypatch.setenv("FOLLOWUP_DATABASE", "postgresql://u:hun@ter2@127.0.0.1:9/none")
    unescaped = bad(look())

    assert set(sound) == {"retractions"}
    assert "newer version" in newer["database"].said
    assert silent["database"].level is Level.FAILED
    assert silent["database"].said == "the database cannot be read now: OperationalError"
    assert "percent-encode the password" in unescaped["database"].said
    assert "ter2" not in "".join(findings_lines([*silent.values(), *unescaped.values()]))


def test_the_command_tells_by_its_status(home: Path) -> None:
    """0 where nothing failed, 1 where something did; --strict counts warnings too."""

    def run(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["doctor", *options])
        return result.exit_code, result.stdout

    # The index of the fixture was made by another embedder than the default one.
    status, text = run()
    quiet_status, quiet = run("-q")
    _, data = run("--json")

    assert status == quiet_status == 1
    assert "ok       python" in text
    assert "ok       python" not in quiet
    assert "index embedder" in quiet
    assert "-> followup ingest apply --source DIR" in quiet
    assert json.loads(data)["sound"] is False
    assert json.loads(data)["counts"]["failed"] == 1
    assert "\x1b" not in text
    assert live(home).is_dir()
