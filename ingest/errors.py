"""
Everything that can go wrong while building or opening an index.

* IngestError
  x CorpusError         - a source folder or its manifest cannot be used
  x ParseError          - one source file cannot be read as documents (a dead letter, not a crash)
  x EmbedderError       - the embedder's weights are missing or not the ones expected
  x IndexMissingError   - nothing has been ingested yet
  x IndexMismatchError  - the index was built with another embedder or format
  x IndexDamagedError   - a snapshot's files are not the ones its manifest names
  x IndexLockedError    - another process writes to the same index, or serves the same data
  x FetchError          - a service does not give what was asked of it
  x DiskFullError       - no space is left for the index
  x RefusedError        - a safety rule forbids it; --force overrides
"""


class IngestError(Exception):
    """Base class; its message is safe to show to an operator."""


class CorpusError(IngestError):
    """A source folder or its manifest cannot be used."""


class ParseError(IngestError):
    """One source file, or one record of it, cannot be read as a document."""


class EmbedderError(IngestError):
    """The embedder's weights are missing or not the ones expected."""


class IndexMissingError(IngestError):
    """Nothing has been ingested yet."""


class IndexMismatchError(IngestError):
    """The index was built with another embedder or format."""


class IndexDamagedError(IngestError):
    """A snapshot's files are not the ones its manifest names."""


class IndexLockedError(IngestError):
    """Another process holds the lock that this one needs; the message names it."""


class FetchError(IngestError):
    """A service does not give what was asked of it; the message says what, and how to go on."""


class DiskFullError(IngestError):
    """No space is left on the disk that holds the index."""


class RefusedError(IngestError):
    """A safety rule forbids what was asked; the message names the rule and what overrides it."""
