"""Known medicines beyond the index: what the data file gives, and what it may not do."""

from __future__ import annotations

import io
import pickle

import pytest

from service import medicines
from service.medicines import NO_MEDICINES, Medicines, ingredients_of, load_medicines
from service.spelling import Speller, edits, sound


@pytest.fixture(scope="module")
def known() -> Medicines:
    """Read the data file once."""
    return load_medicines()


def test_brands_and_combinations_resolve_to_ingredient_sets(known: Medicines) -> None:
    """Brand names of medicines in use are known, combinations as sets."""
    assert known.common["vivitrol"] == ("naltrexone",)
    assert known.common["contrave"] == ("bupropion", "naltrexone")


@pytest.mark.parametrize("word", ["cold", "water", "iron", "potassium", "zinc", "alcohol", "clear"])
def test_everyday_words_are_not_medicines(known: Medicines, word: str) -> None:
    """Elements, foods and plain words stay out, though the source lists some of them."""
    assert word not in known.common
    assert word not in known.rare


def test_without_the_package_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service still runs, with the indexed drugs alone."""
    monkeypatch.setattr(medicines, "PACKAGE", "no-such-distribution-here")

    assert load_medicines() is NO_MEDICINES


def test_the_data_file_cannot_name_code() -> None:
    """A pickle that asks for a class is refused: only plain containers are read."""
    hostile = pickle.dumps(pickle.Pickler)

    with pytest.raises(pickle.UnpicklingError, match="refused"):
        medicines._ContainersOnly(io.BytesIO(hostile)).load()


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("acetaminophen, butalbital, and caffeine", ("acetaminophen", "butalbital", "caffeine")),
        ("buprenorphine/naloxone", ("buprenorphine", "naloxone")),
        ("asenapine patch", ("asenapine",)),
        ("alemtuzumab (multiple sclerosis)", ("alemtuzumab",)),
    ],
)
def test_canonical_names_spell_ingredient_sets(canonical: str, expected: tuple[str, ...]) -> None:
    """Lists, slashes, dosage words and remarks in brackets are read."""
    assert ingredients_of(canonical) == expected


def test_words_that_sound_alike_are_nearer() -> None:
    """Two vowels exchanged cost less than two consonants."""
    speller = Speller(["naltrexone"])

    assert sound("neltraxone") == sound("naltrexone")
    assert speller.nearest("neltraxone")[0].score < 2


def test_short_words_are_never_corrected() -> None:
    """Four letters are near to too many names, and three edits are another name."""
    assert Speller(["zocor"]).nearest("zoco") == []
    assert edits("hydroxyzine", "hydralazine") == -1
