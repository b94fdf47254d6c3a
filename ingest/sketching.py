"""How alike two texts are, from 256 numbers each: bottom-k sketches of word shingles. Pure."""

from __future__ import annotations

import hashlib
import heapq
import re

K = 256
"""Standard error of the estimate is about sqrt(J(1-J)/K): 0.02 near J = 0.85."""
SHINGLE = 4
_WORD = re.compile(r"\w+")

Sketch = tuple[int, ...]


def sketch(text: str) -> Sketch:
    """
    Return the K smallest hashes of the text's shingles of four words, case and marks aside.

    Broder 1997, "On the resemblance and containment of documents".
    """
    words = _WORD.findall(text.lower())
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
    hashes = (
        int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest(), "big")
        for shingle in shingles
    )
    return tuple(heapq.nsmallest(K, hashes))


def resemblance(first: Sketch, second: Sketch) -> float:
    """Estimate the Jaccard similarity, 0 to 1, of the two texts' shingles."""
    union = heapq.nsmallest(K, set(first) | set(second))
    if not union:
        return 1.0
    both = set(first) & set(second)
    return sum(value in both for value in union) / len(union)
