"""``followup index``, as operators and scripts run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.activating import current_id
from ingest.locking import locked
from ingest.snapshots import VECTORS, folder_of, list_snapshots
from service.sole_server import sole_server
from tests.sample_index import Twice, republish

ROOT = Path(__file__).parents[2]


def followup(index: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``followup index`` on *index* in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", "index", *arguments],
        cwd=ROOT,
        env={
            "FOLLOWUP_HOME": str(index.parent),
            "HF_HUB_OFFLINE": "1",
            "PATH": "/usr/bin:/bin",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_an_operators_round(index: Path, twice: Twice, tmp_path: Path) -> None:
    """List, show, go back, make live again, compare, carry away and back in, collect."""
    first, second = twice.first.snapshot, twice.second.snapshot

    rows = json.loads(followup(index, "list", "--json").stdout)
    assert [(row["snapshot"], row["live"], row["previous"]) for row in rows] == [
        (second, True, False),
        (first, False, True),
    ]
    assert f"live      {second}" in followup(index, "list").stdout

    shown = json.loads(followup(index, "show", "--json").stdout)
    assert shown["snapshot"] == shown["manifest"]["id"] == second
    assert [each["move"] for each in shown["activations"]] == ["activate"]
    assert "embedder" in followup(index, "show", "previous").stdout

    gone_back = json.loads(followup(index, "rollback", "--json").stdout)
    assert gone_back == {"snapshot": first, "before": second}
    assert current_id(index) == first
    again = followup(index, "rollback")
    assert (again.returncode, current_id(index)) == (4, first)

    forced = followup(index, "activate", second, "--force", "--json")
    assert (forced.returncode, json.loads(forced.stdout)["forced"]) == (0, True)
    assert "NOT" in forced.stderr
    assert current_id(index) == second

    compared = json.loads(followup(index, "diff", "previous", "live", "--json").stdout)
    assert (compared["old"], compared["new"], compared["totals"]["added"]) == (first, second, 1)
    assert compared["documents"]
    assert "1 added" in followup(index, "diff", first, second).stdout
    assert "the same documents" in followup(index, "diff", "live", "live").stdout

    file = tmp_path / "snapshot.tar"
    assert followup(index, "export", "live", str(file)).returncode == 0
    refused = followup(index, "export", "live", str(file))
    assert (refused.returncode, "--force" in refused.stderr) == (4, True)
    elsewhere = tmp_path / "elsewhere" / "index"
    taken = followup(elsewhere, "import", str(file), "--json")
    assert json.loads(taken.stdout)["snapshot"] == second
    assert list_snapshots(elsewhere) == [second]
    assert followup(elsewhere, "import", str(file)).returncode == 4

    republish(index, first, "20200101T000000Z-0")
    dry = json.loads(followup(index, "gc", "--keep", "1", "--dry-run", "--json").stdout)
    assert dry["removed"] == ["20200101T000000Z-0"]
    unasked = followup(index, "gc", "--keep", "1")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert len(list_snapshots(index)) == 3
    assert followup(index, "gc", "--keep", "1", "--yes").returncode == 0
    assert list_snapshots(index) == [second, first]
    assert followup(index, "gc", "--keep", "1").returncode == 0  # nothing is lost: nothing to ask


@pytest.mark.parametrize("pointer", [b"\xff\xfe20", b"two words", b""])
def test_a_damaged_pointer_is_mended_by_activating(
    index: Path, twice: Twice, pointer: bytes
) -> None:
    """Whatever bytes it holds: the mending command succeeds and leaves its line."""
    (index / "CURRENT").write_bytes(pointer)

    told = followup(index, "activate", twice.first.snapshot, "--force")

    assert told.returncode == 0, told.stderr
    assert current_id(index) == twice.first.snapshot
    (line,) = [json.loads(each) for each in told.stderr.splitlines() if each.startswith("{")]
    assert (line["event"], line["outcome"]) == ("index activate", "done")
    assert followup(index, "rollback").returncode in (0, 4)


def test_verify_tells_a_sound_snapshot_from_a_damaged_one(index: Path, twice: Twice) -> None:
    """Status 0 with what was measured, or 1 with what is wrong and what mends it."""
    sound = followup(index, "verify", "--json")
    assert sound.returncode == 0, sound.stderr
    told = json.loads(sound.stdout)
    assert (told["sound"], told["measured"]["self_found"]) == (True, 1.0)

    words = folder_of(index, twice.second.snapshot) / "words.txt"
    words.write_text("other words")
    (folder_of(index, twice.second.snapshot) / VECTORS).unlink()
    damaged = followup(index, "verify", "live")

    assert damaged.returncode == 1
    assert "words.txt changed since it was built" in damaged.stdout
    assert "engine/vectors.f2 is missing" in damaged.stdout
    assert "followup index rollback" in damaged.stderr
    assert followup(index, "activate", "live", "--force").returncode == 3


def test_verify_finds_what_digests_cannot(index: Path, twice: Twice) -> None:
    """Files that are as they were written, and were written wrong: the fresh process says so."""
    script = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from ingest.snapshots import digest_files, read_manifest, write_manifest\n"
        "folder = Path(sys.argv[1]); path = folder / 'engine' / 'vectors.f2'\n"
        "data = path.read_bytes()\n"
        "path.write_bytes(bytes(768) + data[768:])\n"
        "write_manifest(folder, replace(read_manifest(folder), files=digest_files(folder)))\n"
    )
    folder = folder_of(index, twice.second.snapshot)
    subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, check=True)

    told = followup(index, "verify")

    assert told.returncode == 1
    assert "vectors" in told.stdout


def test_a_snapshot_of_another_embedder_is_not_made_live(index: Path, twice: Twice) -> None:
    """The service's embedder did not build it; the message names both, the pointer stays."""
    told = followup(index, "activate", twice.first.snapshot)

    assert told.returncode == 3, told.stderr
    assert "was built with hashing@" in told.stderr
    assert current_id(index) == twice.second.snapshot


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("show", "nothing"), 3, "followup index list"),
        (("show", "20"), 4, "several"),
        (("activate", "nothing", "--force"), 3, "followup index list"),
        (("import", "/nowhere/at/all.tar"), 2, "/nowhere/at/all.tar"),
        (("export", "live", "/nowhere/at/all.tar"), 2, "/nowhere/at/all.tar"),
        (("diff", "live"), 2, "Missing argument"),
        (("gc", "--keep", "0"), 2, "keep"),
    ],
)
def test_an_error_is_one_line_with_its_exit_status(
    twice: Twice, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """Errors name the remedy and never show a traceback."""
    told = followup(twice.index, *arguments)

    assert told.returncode == status, told.stderr
    assert words in told.stderr
    assert "Traceback" not in told.stderr


def test_without_an_index_every_command_says_what_builds_one(tmp_path: Path) -> None:
    """On an empty machine nothing is listed, and nothing can be shown."""
    assert "followup ingest apply" in followup(tmp_path / "index", "list").stdout
    told = followup(tmp_path / "index", "show")
    assert (told.returncode, "followup ingest apply" in told.stderr) == (3, True)


def test_a_second_writer_and_a_second_server_are_refused_by_name(index: Path) -> None:
    """Who holds the lock, since when, and running what."""
    with locked(index / "build.lock", "held"):
        told = followup(index, "gc", "--yes")
    assert told.returncode == 3
    assert f"is being written by process {os.getpid()} of " in told.stderr
    assert " UTC, 0:00:" in told.stderr

    with locked(index.parent / "serve.lock", "held"):
        served = subprocess.run(
            [sys.executable, "-m", "service.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env={"FOLLOWUP_HOME": str(index.parent), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert served.returncode == 3
    assert f"is being served by process {os.getpid()} of " in served.stderr


def test_two_homes_with_one_database_have_one_server(tmp_path: Path) -> None:
    """A SQLite file has its own lock beside it, by whichever path it is named."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with sole_server(tmp_path / "one", f"sqlite:///{tmp_path}/real/followup.sqlite"):
        served = subprocess.run(
            [sys.executable, "-m", "service.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env={
                "FOLLOWUP_HOME": str(tmp_path / "two"),
                "FOLLOWUP_DATABASE": f"sqlite:///{tmp_path}/link/followup.sqlite",
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    assert served.returncode == 3
    assert "real/followup.sqlite is being served by process" in served.stderr


GATED = """
import sys
from pathlib import Path
from ingest import embedding
embedding.default_embedder = lambda *, threads: embedding.HashingEmbedder()
from service.cli import main
sys.argv = ["followup", *sys.argv[1:]]
main()
"""


def gated(index: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``followup index`` with the embedder of the tests in the default one's place."""
    return subprocess.run(
        [sys.executable, "-c", GATED, "index", *arguments],
        cwd=ROOT,
        env={
            "FOLLOWUP_HOME": str(index.parent),
            "FOLLOWUP_GOLDEN": str(ROOT / "tests" / "golden"),
            "FOLLOWUP_MIN_SIMILARITY": "0",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_failed_gate_leaves_the_live_snapshot_and_says_why(index: Path, twice: Twice) -> None:
    """Status 4 with the turn that did better on the live one; --force overrides it, loudly."""
    first, second = twice.first.snapshot, twice.second.snapshot

    better = gated(index, "activate", "previous", "--json")
    assert better.returncode == 0, better.stderr
    admission = json.loads(better.stdout)["admission"]
    assert (admission["passes"], admission["measured"], admission["held"]) == (True, 2, 2)
    assert current_id(index) == first

    worse = gated(index, "activate", second, "--json")
    assert worse.returncode == 4
    assert json.loads(worse.stdout)["regressions"][0]["dialogue"] == "label-in-force"
    assert "50 mg" in worse.stderr
    assert f"activate {second} --force" in worse.stderr
    assert '"regressions": 1' in worse.stderr
    assert current_id(index) == first

    forced = gated(index, "activate", second, "--force")
    assert (forced.returncode, "NOT run" in forced.stderr) == (0, True)
    assert current_id(index) == second
