"""
Build and activate a snapshot with the tests' embedder: ``python -m tests.soak.builder DIR INDEX``.

Tells "begun" when everything is imported, then the snapshot's id.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest

if __name__ == "__main__":
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    report = ingest([Path(sys.argv[1])], Path(sys.argv[2]), HashingEmbedder())
    sys.stdout.write(f"{report.snapshot}\n")
