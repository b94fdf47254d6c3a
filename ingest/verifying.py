"""Is a published snapshot sound? Every digest is compared, then a fresh process searches it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.checking import check_in_fresh_process
from ingest.errors import IndexDamagedError
from ingest.locking import Lease
from ingest.reporting import Progress, Silent
from ingest.snapshots import MANIFEST, digest_file, file_names, folder_of, read_manifest


@dataclass(frozen=True, slots=True)
class Verified:
    """
    What was checked of a snapshot: files and their size in bytes, and what was measured.

    ``faults`` tells what is wrong with it; empty where it is sound.
    """

    snapshot: str
    files: int
    size: int
    measured: dict[str, float]
    faults: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it may be served."""
        return not self.faults


def verify(index: Path, snapshot_id: str, *, progress: Progress | None = None) -> Verified:
    """
    Check one snapshot as thoroughly as the build that made it.

    The fresh process is asked only where every digest agrees: damaged files can crash it. Raises
    IndexMissingError, IndexMismatchError, or IndexDamagedError for a manifest that cannot be read.
    """
    shown = progress or Silent()
    folder = folder_of(index, snapshot_id)
    with Lease(folder / MANIFEST):
        manifest = read_manifest(folder)
        faults: list[str] = []
        size = 0
        found = set(file_names(folder))
        for done, (name, digest) in enumerate(sorted(manifest.files.items()), start=1):
            if name not in found:
                faults.append(f"{name} is missing")
                continue
            size += (folder / name).stat().st_size
            if digest_file(folder / name) != digest:
                faults.append(f"{name} changed since it was built")
            shown.advance("digests", done, len(manifest.files))
        measured: dict[str, float] = {}
        if not faults:
            shown.advance("searches", 0, 1)
            try:
                measured = check_in_fresh_process(
                    folder, manifest.embedder.dimension, manifest.chunks
                )
            except IndexDamagedError as error:
                faults.append(str(error))
            shown.advance("searches", 1, 1)
    return Verified(snapshot_id, len(manifest.files), size, measured, tuple(faults))
