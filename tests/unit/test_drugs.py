"""Drug names in questions: exact, brand, misspelled, mistaken for each other, unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import LabelFacts
from service.answers import CorrectionKind, Drug, Query
from service.asked import Line, asked
from service.drugs import Vocabulary, called, merged
from service.medicines import Medicines

LABELS = (
    LabelFacts(("naltrexone",), (), ("naltrexone hydrochloride",), "a", routes=("ORAL",)),
    LabelFacts(
        ("naltrexone",),
        ("Vivitrol",),
        ("naltrexone for extended-release injectable suspension",),
        "b",
        routes=("INTRAMUSCULAR",),
        forms=("KIT",),
    ),
    LabelFacts(
        ("bupropion", "naltrexone"),
        ("Contrave",),
        ("naltrexone hydrochloride and bupropion hydrochloride",),
        "c",
        routes=("ORAL",),
        forms=("TABLET, EXTENDED RELEASE",),
    ),
    LabelFacts(("hydroxyzine",), (), ("hydroxyzine hydrochloride",), "d"),
    LabelFacts(("hydralazine",), (), ("hydralazine hydrochloride",), "e"),
    LabelFacts(("thioguanine",), ("Tabloid",), ("thioguanine",), "f"),
    LabelFacts(("isosorbide dinitrate",), ("Dilatrate SR",), ("isosorbide dinitrate",), "g"),
    LabelFacts(("isosorbide mononitrate",), (), ("isosorbide mononitrate",), "h"),
    LabelFacts(("zolpidem",), ("Ambien",), ("zolpidem tartrate",), "i"),
    LabelFacts(("iron",), ("Iron",), ("iron",), "j"),
)
MEDICINES = Medicines(
    common={
        "apixaban": ("apixaban",),
        "eliquis": ("apixaban",),
        "paracetamol": ("acetaminophen",),
        "naltrexon": ("naltrexone",),
        "depade": ("naltrexone",),
    },
    rare={"nalmexone": ("nalmexone",)},
)
ENGLISH = frozenset("tabloid dose and the cold water take for of is what safe liver".split())

VOCABULARY = Vocabulary.of(LABELS, medicines=MEDICINES, english=ENGLISH, corpus={"naltrexol"})


def only(text: str) -> Drug:
    """Return the one settled drug of a text."""
    (mention,) = VOCABULARY.find(text).mentions
    assert mention.settled, mention
    return mention.drugs[0]


def test_a_generic_name_is_an_indexed_drug_without_correction() -> None:
    """The drug's own name needs no correction; salts beside it are part of the name."""
    (mention,) = VOCABULARY.find("dose of naltrexone hydrochloride").mentions

    assert mention.heard == "naltrexone hydrochloride"
    assert mention.drugs == (Drug("naltrexone", ("naltrexone",), None, indexed=True),)
    assert mention.correction is None


def test_a_brand_fixes_the_formulation_and_shows_it() -> None:
    """Vivitrol is naltrexone as an extended-release injection, and the reading is shown."""
    (mention,) = VOCABULARY.find("Is Vivitrol safe?").mentions

    assert mention.drugs[0].formulation == "extended-release injection"
    assert mention.correction is not None
    assert mention.correction.kind is CorrectionKind.BRAND
    assert mention.correction.meant == "naltrexone, extended-release injection"


@pytest.mark.parametrize("text", ["Contrave", "naltrexone/bupropion", "bupropion and naltrexone"])
def test_a_combination_product_is_its_own_drug(text: str) -> None:
    """A combination, by brand or by its ingredients in any order, is a set of two."""
    assert only(text).ingredients == ("bupropion", "naltrexone")


def test_two_drugs_taken_together_are_not_the_combination_product() -> None:
    """The words "naltrexone and bupropion together" name two drugs."""
    found = VOCABULARY.find("naltrexone and bupropion together").mentions

    assert found[0].drugs[0].ingredients == ("naltrexone",)


@pytest.mark.parametrize("heard", ["Neltraxone", "naltrexome", "nalterxone", "naltrexon"])
def test_a_misspelling_is_read_as_the_nearest_drug_and_shown(heard: str) -> None:
    """A clear misspelling resolves, and the correction says so."""
    (mention,) = VOCABULARY.find(f"What is the dose of {heard}?").mentions

    assert mention.drugs[0].name == "naltrexone"
    assert mention.correction is not None
    assert mention.correction.heard == heard
    assert mention.correction.kind is CorrectionKind.MISSPELLING


def test_a_misspelled_look_alike_is_a_choice() -> None:
    """Hydroxizine is nearest to hydroxyzine, but the pair is never decided for the person."""
    (mention,) = VOCABULARY.find("hydroxizine dose").mentions

    assert [drug.name for drug in mention.drugs] == ["hydroxyzine", "hydralazine"]
    assert mention.correction is None


def test_a_look_alike_spelled_right_is_settled() -> None:
    """The pair only matters where the spelling leaves room for doubt."""
    assert only("hydroxyzine").name == "hydroxyzine"


def test_a_shared_short_name_is_a_choice() -> None:
    """Plain "isosorbide" may be the dinitrate or the mononitrate."""
    (mention,) = VOCABULARY.find("isosorbide dose").mentions

    assert {drug.name for drug in mention.drugs} == {
        "isosorbide dinitrate",
        "isosorbide mononitrate",
    }


def test_the_first_word_of_a_brand_is_enough() -> None:
    """Plain "Dilatrate" names the label of Dilatrate SR."""
    assert only("Dilatrate").ingredients == ("isosorbide dinitrate",)


def test_known_drugs_without_a_label_are_not_indexed() -> None:
    """Eliquis is apixaban, of which no label is indexed."""
    drug = only("Eliquis")

    assert (drug.name, drug.indexed) == ("apixaban", False)


def test_a_known_brand_of_an_indexed_drug_is_indexed() -> None:
    """A brand that only the medicines list knows leads to the indexed ingredient."""
    assert only("Depade") == Drug("naltrexone", ("naltrexone",), None, indexed=True)


def test_an_international_name_is_a_synonym() -> None:
    """Paracetamol is acetaminophen, and the reading is shown as a synonym."""
    (mention,) = VOCABULARY.find("paracetamol").mentions

    assert mention.correction is not None
    assert mention.correction.kind is CorrectionKind.SYNONYM


@pytest.mark.parametrize(
    "text", ["iron and water for a cold", "the tabloid said so", "naltrexol levels", "is the dose"]
)
def test_ordinary_words_are_no_drugs(text: str) -> None:
    """English words, words of the corpus and everyday substances never become drugs."""
    assert VOCABULARY.find(text).mentions == ()


def test_a_brand_that_is_an_english_word_needs_its_capital() -> None:
    """Tabloid, with its capital, is the brand of thioguanine."""
    assert only("What is Tabloid for?").name == "thioguanine"


def test_a_word_built_like_a_drug_is_reported_as_unknown() -> None:
    """The word "zorbinib" ends as kinase inhibitors do, and nobody knows it."""
    assert VOCABULARY.find("dose of zorbinib").unknown == ("zorbinib",)


def test_near_ties_are_choices() -> None:
    """Where two drugs are equally near, neither is chosen."""
    twins = Vocabulary.of(
        [LabelFacts(("abcdefgan",)), LabelFacts(("abcdefgon",))], english=frozenset()
    )

    (mention,) = twins.find("abcdefgun").mentions

    assert len(mention.drugs) == 2


def test_a_passage_names_a_drug_by_any_of_its_names() -> None:
    """Brand and generic count as one; a combination needs all its ingredients."""
    naltrexone, contrave = only("naltrexone"), only("Contrave")

    def named(drug: Drug, text: str) -> bool:
        (held,) = asked(Query(text, text, drugs=(drug,)), VOCABULARY).drugs
        return held.named_in(Line.of(text))

    assert named(naltrexone, "Vivitrol was given monthly.")
    assert named(contrave, "Naltrexone with bupropion was compared with placebo.")
    assert not named(contrave, "Naltrexone was compared with placebo.")


def test_drugs_are_merged_by_ingredients() -> None:
    """Brand and generic in one question are one drug, its formulation kept."""
    pair = (only("naltrexone"), only("Vivitrol"))

    assert [called(drug) for drug in merged(pair)] == ["naltrexone, extended-release injection"]


@given(st.text(max_size=80))
def test_every_mention_quotes_the_text(text: str) -> None:
    """Offsets count into the text as it was typed, whatever is in it."""
    for mention in VOCABULARY.find(text).mentions:
        assert text[mention.start : mention.end] == mention.heard
        assert mention.drugs
