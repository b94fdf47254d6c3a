"""
The command line as it is, with the tests' own embedder: ``python -m tests.soak.hashing_cli ...``.

It starts in half the time, and its vectors need no model. Everything else is what users run.
"""

from __future__ import annotations

from ingest import embedding


def _hashing(*, threads: int = 1) -> embedding.HashingEmbedder:
    del threads
    return embedding.HashingEmbedder()


if __name__ == "__main__":
    embedding.default_embedder = _hashing  # type: ignore[assignment]
    from service.cli import main

    main()
