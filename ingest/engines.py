"""
The seam to grow through: what any engine of vectors must do to serve an index.

One engine holds the records of one snapshot. Chroma in the process, with exact search beside it,
implements it in ``ingest.embedded``; what another must keep to stands here, and is tested by
``tests/integration/test_engines.py``, which runs against any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ingest.embedding import Vectors
from ingest.filters import EVERYTHING, Fields, Filter


@dataclass(frozen=True, slots=True)
class Records:
    """
    Records in columns: as many keys, vectors and fields as there are records.

    A key is a whole number from 0 to 2**63 - 1, chosen by the writer; a vector has length 1.
    """

    keys: tuple[int, ...]
    vectors: Vectors
    fields: tuple[Fields, ...]


class Hit(NamedTuple):
    """One record found, and the cosine of its vector to the one searched for, to 4 decimals."""

    key: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """
    What an engine promises beyond the Protocol; the contract tests hold it to its word.

    ``dimension`` is the length of its vectors; ``recall`` the least mean recall@20 against exact
    search, whatever the filter (1.0: always exact); ``durable`` that what was published is there
    when the engine is opened anew.
    """

    dimension: int
    recall: float
    durable: bool


class IndexEngine(Protocol):
    """
    **Protocol:** an index of vectors that is written by one and read by many.

    What is written goes to a draft that no reader sees, and becomes the state that all read in
    one step. Reading is safe from any thread, while a draft is written and published too. Keeping
    a second writer away is the caller's (``ingest.snapshots.build_lock``).
    """

    def begin(self) -> None:
        """Start a draft with what is published, at first nothing; forget one that was not ended."""

    def upsert(self, records: Records) -> None:
        """
        Write *records* to the draft, in place of those with the same keys.

        Raises IndexMismatchError when a vector has another dimension or a record no single type.
        """

    def delete(self, keys: Sequence[int]) -> None:
        """Take records out of the draft; keys that are not there are passed over."""

    def publish(self) -> None:
        """Make the draft, whole, what every search from now on reads."""

    def rollback(self) -> None:
        """Forget the draft; what is published stays as it is."""

    def search(self, vectors: Vectors, where: Filter, *, limit: int) -> list[list[Hit]]:
        """
        Return, for each vector, the *limit* nearest records for which *where* holds, best first.

        *vectors* has shape (n, dimension). Fewer hits than *limit* mean that no more records
        match. A vector's hits do not depend on the vectors beside it; the order is total.
        """

    def get(self, keys: Sequence[int]) -> Records:
        """Return the records of *keys* that are there, in that order, to half precision."""

    def count(self, where: Filter = EVERYTHING) -> int:
        """Return how many records match."""

    def health(self) -> list[str]:
        """Return what is wrong with what is published, a sentence each; empty when it is sound."""

    def capabilities(self) -> Capabilities:
        """Return what this engine promises."""

    def close(self) -> None:
        """Let go of files, memory and connections; a draft under way is forgotten."""
