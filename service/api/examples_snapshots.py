"""Examples of kept snapshots for the OpenAPI document."""

from __future__ import annotations

from typing import Any

_LISTED = {
    "snapshot": "20261123T090000Z-1a2b3c4d",
    "live": True,
    "previous": False,
    "built": "2026-11-23T09:00:00Z",
    "corpus_date": "2026-11-20",
    "documents": 1,
    "passages": 1,
    "embedder": "all-MiniLM-L6-v2@53aa51172d14",
    "error": None,
}
_KEPT = {
    "snapshot": _LISTED["snapshot"],
    "live": True,
    "previous": False,
    "content": "9b1c" * 16,
    "built": _LISTED["built"],
    "corpus_date": _LISTED["corpus_date"],
    "embedder": {
        "name": "all-MiniLM-L6-v2",
        "dimension": 384,
        "max_tokens": 256,
        "weights_sha256": "53aa" * 16,
    },
    "splitter": "structure/1",
    "lexical": "tantivy/1",
    "parsers": {"spl": "1"},
    "documents": 1,
    "passages": {"guideline": 0, "label": 1, "study": 0},
    "activations": [{"at": "2026-11-23T09:05:00.000+00:00", "before": None, "move": "activate"}],
}
REPLIES: dict[str, Any] = {"listSnapshots": {"snapshots": [_LISTED]}, "readKeptSnapshot": _KEPT}
"""Examples of success, by operation id."""
