"""Every indexed drug, misspelled by seed: read right and shown, asked back, or left unknown."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ingest.documents import Document, LabelFacts
from ingest.parsing import openfda, parse
from ingest.reading import Format, SourceFile, read_sources
from service.drugs import Vocabulary
from service.medicines import load_medicines
from service.spelling import english_words

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FOLLOWUP_TEST_DATA", ROOT.parent / "shared" / "data"))
SEED = 20261124
NEIGHBOURS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "wa qes wrd etf ryg tuh yij uok ipl ol qsz awdx sefc drgv fthb gyjn hukm jil kop asx zsdc"
        " xdfv cfgb vghn bhjm njk".split(),
        strict=True,
    )
)
SOUNDS = (("ph", "f"), ("f", "ph"), ("y", "i"), ("i", "y"), ("x", "ks"), ("c", "k"), ("z", "s"))


def drop(word: str, chance: random.Random) -> str:
    """Leave one letter out."""
    at = chance.randrange(len(word))
    return word[:at] + word[at + 1 :]


def double(word: str, chance: random.Random) -> str:
    """Strike one letter twice."""
    at = chance.randrange(len(word))
    return word[: at + 1] + word[at:]


def swap(word: str, chance: random.Random) -> str:
    """Exchange two letters that stand together."""
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def slip(word: str, chance: random.Random) -> str:
    """Strike the key beside the one meant."""
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(NEIGHBOURS[word[at]]) + word[at + 1 :]


def hear(word: str, chance: random.Random) -> str:
    """Write a sound in another way, where the word has one of these."""
    fitting = [pair for pair in SOUNDS if pair[0] in word]
    return word.replace(*chance.choice(fitting), 1) if fitting else word


SLIPS: tuple[Callable[[str, random.Random], str], ...] = (drop, double, swap, slip, hear)


def counted(labels: Iterable[LabelFacts], times: int) -> Counter[str]:
    """Misspell every one-word name of *labels* and count how it is read."""
    facts = list(labels)
    vocabulary = Vocabulary.of(facts, medicines=load_medicines(), english=english_words())
    names = {(label.ingredients[0], label.ingredients) for label in facts}
    names |= {(brand.lower(), label.ingredients) for label in facts for brand in label.brands}
    chance = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    found: Counter[str] = Counter()
    for name, ingredients in sorted(names):
        meant = vocabulary.drug(name)
        plain = name.isascii() and name.isalpha() and len(name) >= 5
        if not plain or meant is None or meant.ingredients != ingredients:
            continue
        for slipping in SLIPS * times:
            word = slipping(name, chance)
            if vocabulary.drug(word) is None:
                found[read_as(vocabulary, word, ingredients)] += 1
    return found


def read_as(vocabulary: Vocabulary, word: str, ingredients: tuple[str, ...]) -> str:
    """Tell how a misspelled name of the drug of *ingredients* is read in a question."""
    mentions = vocabulary.find(f"What is the dose of {word}?").mentions
    if not mentions:
        return "unknown"
    (mention,) = mentions
    among = ingredients in {drug.ingredients for drug in mention.drugs}
    if not mention.settled:
        return "asked" if among else "asked of others"
    if mention.correction is None or mention.correction.heard != word:
        return "unshown"
    return "right" if among else "wrong"


def hold(found: Counter[str]) -> None:
    """Check that no drug was ever taken for another, and that most are found."""
    total = found.total()
    assert found["wrong"] == 0, found
    assert found["unshown"] == 0, found
    assert found["asked of others"] <= 0.005 * total, found
    assert found["right"] + found["asked"] >= 0.9 * total, found


def test_no_misspelling_of_an_indexed_drug_is_read_as_another() -> None:
    """Two thousand slips of the starter corpus's names: read right and shown, or asked back."""
    labels = [
        item.source.facts
        for file in read_sources([ROOT / "corpus" / "labels"])
        if isinstance(file, SourceFile)
        for item in parse(file)
        if isinstance(item, Document) and isinstance(item.source.facts, LabelFacts)
    ]

    found = counted(labels, 12)

    assert found.total() >= 2_000
    hold(found)


@pytest.mark.shared_data
def test_no_misspelling_among_many_labels_is_read_as_another() -> None:
    """Where two hundred real labels share the alphabet, the margin keeps them apart."""
    folder = SHARED / "ingest" / "openfda_json"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {SHARED}")
    labels = [
        item.source.facts
        for path in sorted(folder.glob("*.json"))
        for item in openfda.parse(
            SourceFile(path.name, path.read_bytes(), "0" * 64, Format.OPENFDA)
        )
        if isinstance(item, Document) and isinstance(item.source.facts, LabelFacts)
    ]

    found = counted(labels, 6)

    assert found.total() >= 2_000
    hold(found)
