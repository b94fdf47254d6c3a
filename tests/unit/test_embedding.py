"""The embedder is the one that was promised, and treats every question alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import (
    DEFAULT_IDENTITY,
    DEFAULT_WEIGHTS_SHA256,
    HashingEmbedder,
    check_weights,
    default_embedder,
)
from ingest.errors import EmbedderError


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    """A package may keep its name and change its bytes; the digest tells."""
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")

    with pytest.raises(EmbedderError, match="altered"):
        check_weights(tmp_path, DEFAULT_WEIGHTS_SHA256)


def test_missing_weights_name_the_remedy(tmp_path: Path) -> None:
    """The message says what to run."""
    with pytest.raises(EmbedderError, match="make setup"):
        check_weights(tmp_path, None)


def test_the_default_embedder_is_the_pinned_one() -> None:
    """384 dimensions, 256 tokens, the upstream file's digest; near texts are near."""
    embedder = default_embedder()

    passages = embedder.embed_passages(
        ["Naltrexone may cause liver injury.", "The library opens at nine.", "Hepatic toxicity."]
    )
    question = embedder.embed_question("Is naltrexone toxic to the liver?")

    assert (embedder.identity.dimension, embedder.identity.max_tokens) == (384, 256)
    assert embedder.identity.weights_sha256 == DEFAULT_WEIGHTS_SHA256
    assert embedder.identity == DEFAULT_IDENTITY
    similarities = (passages @ question[0]).tolist()
    assert similarities[0] > similarities[2] > similarities[1]
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert (embedder.embed_question("same words") == embedder.embed_question("same words")).all()
    assert embedder.tokens("10 mg") == [(0, 2), (3, 5)]
    assert len(embedder.tokens("word " * 400)) == 400


def test_words_shared_make_texts_near_for_the_test_embedder() -> None:
    """Tests of retrieval can rely on shared words."""
    vectors = HashingEmbedder().embed_passages(["liver injury seen", "liver injury", "blue sky"])

    assert vectors[0] @ vectors[1] > 0.6 > abs(vectors[0] @ vectors[2])
    assert HashingEmbedder().tokens("two  words") == [(0, 3), (5, 10)]
