"""Private copies in the temporary folder end with their owner, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ingest.private_copies import PREFIX, PrivateCopy


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to copy, and a temporary folder of its own to copy it to."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    folder = tmp_path / "chroma"
    folder.mkdir()
    (folder / "data").write_bytes(b"1234")
    return folder


def copies(original: Path) -> list[Path]:
    """The copies that there are."""
    return list((original.parent / "temporary").glob(f"{PREFIX}*"))


def test_a_copy_holds_what_the_folder_holds_until_it_is_cleaned_up(original: Path) -> None:
    """And no longer; cleaning up twice does no harm."""
    copy = PrivateCopy(original)
    held = (copy.folder / "data").read_bytes()

    copy.cleanup()
    copy.cleanup()

    assert held == b"1234"
    assert copies(original) == []


def test_the_copy_of_a_killed_process_is_removed_by_the_next(original: Path) -> None:
    """One that is in use stays; nothing waits for it."""
    script = (
        "import sys, tempfile, time; from pathlib import Path\n"
        "tempfile.tempdir = sys.argv[2]\n"
        "from ingest.private_copies import PrivateCopy\n"
        "copy = PrivateCopy(Path(sys.argv[1])); print('copied', flush=True); time.sleep(60)\n"
    )
    temporary = original.parent / "temporary"
    with subprocess.Popen(
        [sys.executable, "-c", script, original, temporary],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"copied\n"
        mine = PrivateCopy(original)
        beside = len(copies(original))
        reader.send_signal(signal.SIGKILL)
    mine.cleanup()
    left = len(copies(original))

    PrivateCopy(original).cleanup()

    assert (beside, left) == (2, 1)
    assert copies(original) == []


def test_a_copy_that_fails_leaves_nothing(original: Path) -> None:
    """What cannot be copied whole is removed again."""
    (original / "data").unlink()
    (original / "data").symlink_to(original / "nowhere")

    with pytest.raises(OSError, match="No such file"):
        PrivateCopy(original)

    assert copies(original) == []
