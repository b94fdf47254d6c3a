"""Which drugs a chunk is about, or names: the table behind the filter by drug."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Chunk, LabelFacts, SourceType
from ingest.mentioning import Mentions

TABLETS = LabelFacts(
    ("zorvaxone",), brands=("Zorvanex", "Zo-Rex XR"), generics=("zorvaxone hydrochloride",)
)
COMBINATION = LabelFacts(
    ("tilimorex", "zorvaxone"), brands=("Tilzor",), generics=("tilimorex and zorvaxone",)
)
MENTIONS = Mentions([TABLETS, COMBINATION])


def chunk(text: str, source_type: SourceType, header: str = "Sleep") -> Chunk:
    """One chunk of a document."""
    return Chunk("c", "d", source_type, ("Results",), None, header, "", text, 0, len(text))


def test_a_label_belongs_to_its_own_ingredients_alone() -> None:
    """A label that warns of another drug is not that drug's label."""
    warning = chunk("Do not take with Tilzor.", SourceType.LABEL)

    assert MENTIONS.of(warning, TABLETS) == {"zorvaxone"}
    assert MENTIONS.of(warning, COMBINATION) == {"tilimorex+zorvaxone"}


def test_a_label_without_ingredients_belongs_to_no_drug() -> None:
    """What a label is about is never guessed from its text."""
    assert MENTIONS.of(chunk("Zorvanex", SourceType.LABEL), LabelFacts(())) == set()


def test_other_sources_belong_to_every_drug_they_name() -> None:
    """Brand, generic with its salt, and ingredient all name the same drug; case does not matter."""
    for name in ("zorvaxone", "ZORVANEX", "zorvaxone hydrochloride", "zo-rex xr"):
        text = f"Adults took {name}, then nothing."

        assert MENTIONS.of(chunk(text, SourceType.STUDY), None) == {"zorvaxone"}, name


def test_a_combination_is_named_by_its_brand_or_its_whole_name() -> None:
    """The brand means both ingredients at once; one ingredient's name means that one alone."""
    assert MENTIONS.find("Tilzor in the morning") == {"tilimorex+zorvaxone"}
    assert MENTIONS.find("tilimorex in the morning") == {"tilimorex"}
    assert "tilimorex+zorvaxone" in MENTIONS.find("tilimorex and zorvaxone in the morning")


def test_the_header_counts_as_the_text() -> None:
    """A passage below the heading "Zorvaxone" is about it, whether or not it says so again."""
    passage = chunk("Adults slept longer.", SourceType.GUIDELINE, "Advice > Zorvaxone > 2024")

    assert MENTIONS.of(passage, None) == {"zorvaxone"}


def test_a_name_inside_a_longer_word_is_no_mention() -> None:
    """Names match whole words only."""
    assert MENTIONS.find("prezorvaxone zorvaxones zorvaxone-like") == set()


def test_names_of_three_letters_are_no_names() -> None:
    """A brand such as "Act" stands in every text."""
    assert Mentions([LabelFacts(("zorvaxone",), brands=("Act",))]).find("They act at once") == set()


@given(st.lists(st.sampled_from(["zorvaxone", "Tilzor", "slept", "and", "2", "tilimorex"])))
def test_what_is_found_depends_on_each_name_being_there(words: list[str]) -> None:
    """A longer text names at least what each of its parts names."""
    found = MENTIONS.find(" ".join(words))

    assert found >= set().union(*(MENTIONS.find(word) for word in words))
