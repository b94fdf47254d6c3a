"""A corpus large enough for a build of some seconds, with one number in it that can change."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

from ingest.snapshots import DOCUMENTS, VECTORS, check_files, digest_file, folder_of, read_manifest
from tests import sample_corpus

LABELS = 24


def corpus(folder: Path, dose: str) -> Path:
    """Write a corpus whose labels all name *dose*."""
    files = dict(sample_corpus.files())
    for number in range(LABELS):
        label = sample_corpus.spl(
            f"0a0a0a0a-0000-4000-8000-0000000001{number:02}",
            "1",
            "20250601",
            brand=f"Brand{number}",
            moieties=(f"SUBSTANCE{number}",),
            form="TABLET",
            route="ORAL",
            sections={
                code: f"Part {part} of brand {number}: {dose} once daily. " * 6
                for part, code in enumerate(("34066-1", "34067-9", "34068-7", "34070-3", "34084-4"))
            },
        )
        files[f"labels/{number}.xml"] = label
    return sample_corpus.write(folder, files)


def said(index: Path, snapshot_id: str) -> tuple[str, str, str]:
    """Return digests of what a snapshot was built of, of all its chunks, of all its vectors."""
    folder = folder_of(index, snapshot_id)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    db = sqlite3.connect(f"{(folder / DOCUMENTS).as_uri()}?mode=ro&immutable=1", uri=True)
    rows = db.execute("SELECT row, id, document_id, header, lead, text FROM chunks ORDER BY row")
    chunks = hashlib.sha256(json.dumps(rows.fetchall()).encode()).hexdigest()
    db.close()
    return manifest.content, chunks, digest_file(folder / VECTORS)
