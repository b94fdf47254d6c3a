"""What made a build besides its sources: our own code, and the libraries that read files for it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

READERS = (
    "blingfire",
    "langchain-text-splitters",
    "lxml",
    "markdown-it-py",
    "pypdf",
    "python-frontmatter",
    "pyyaml",
    "tokenizers",
)
"""Libraries whose next release may read or cut the same file otherwise."""


@cache
def code_digest() -> str:
    """
    Return a digest of this package's source and of its readers' versions, 16 hexadecimal digits.

    What was parsed under another digest is parsed anew: nobody has to remember to count a version
    up when a parser changes.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    for name in READERS:
        digest.update(f"{name}=={version(name)}\0".encode())
    return digest.hexdigest()[:16]
