"""Damage to a snapshot's files as disks do it: one bit flipped, or the end cut off."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAMED_BY_CHANCE = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{20,}")


def kinds(folder: Path) -> dict[str, list[Path]]:
    """Return the files of a snapshot that hold anything, by kind: their name without its ids."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size:
            name = _NAMED_BY_CHANCE.sub("*", path.relative_to(folder).as_posix())
            found.setdefault(name, []).append(path)
    return found


def flip(path: Path, chance: random.Random) -> int:
    """Flip one bit of a file; return which."""
    data = bytearray(path.read_bytes())
    bit = chance.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    return bit


def cut(path: Path, chance: random.Random) -> int:
    """Cut a file short; return the bytes that are left."""
    data = path.read_bytes()
    left = chance.randrange(len(data))
    path.write_bytes(data[:left])
    return left


@contextmanager
def restored(path: Path) -> Iterator[None]:
    """Put a file back as it was after the block."""
    sound = path.read_bytes()
    try:
        yield
    finally:
        path.write_bytes(sound)
