"""What differs between two texts, and between two versions of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from service.differing import Fate, Group, Run, compared_answers, compared_words
from service.serialising import Json

WORDS = st.lists(st.sampled_from("a b c 5 mg mg\n not".split(" ")), max_size=12).map(" ".join)
TEXTS = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=5, unique=True)


def an_answer(*statements: str, more: Sequence[str] = (), safety: Sequence[str] = ()) -> Json:
    """Return as much of an answer as is compared."""
    return {
        "safety": [{"text": text} for text in safety],
        "sections": [
            {
                "heading": "From the Research",
                "statements": [{"text": text} for text in statements],
                "more": [{"text": text} for text in more],
            }
        ],
    }


def only(groups: tuple[Group, ...]) -> Group:
    """Return the one group there is."""
    (group,) = groups
    return group


def test_the_words_that_changed_are_marked_on_both_sides() -> None:
    """A dose that was changed stands out; the words around it are the same."""
    before, after = compared_words("Take 50 mg once daily.", "Take 25 mg once daily.")

    same = Run(Fate.SAME, "mg once daily.")
    assert before == (Run(Fate.SAME, "Take "), Run(Fate.REMOVED, "50 "), same)
    assert after == (Run(Fate.SAME, "Take "), Run(Fate.ADDED, "25 "), same)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_whole(old: str, new: str) -> None:
    """Each side joined is its text; what is the same is the same on both, blanks apart."""
    before, after = compared_words(old, new)

    assert "".join(run.text for run in before) == old
    assert "".join(run.text for run in after) == new
    kept = [
        "".join(run.text for run in side if run.fate is Fate.SAME).split()
        for side in (before, after)
    ]
    assert kept[0] == kept[1]
    assert (old.split() == new.split()) == all(r.fate is Fate.SAME for r in (*before, *after))


def test_a_version_is_compared_statement_by_statement() -> None:
    """Reworded, left out, added: each is a row; what stays is counted."""
    group = only(
        compared_answers(
            an_answer("Sleep is better in adults.", "Nausea was seen.", "It is safe."),
            an_answer("Sleep is no better in adults.", "It is safe.", more=["One study is old."]),
        )
    )

    assert group.heading == "From the Research"
    assert group.same == 1
    fates = [row.fate for row in group.rows]
    assert fates == [Fate.CHANGED, Fate.ADDED, Fate.REMOVED]
    assert group.rows[0].after[1] == Run(Fate.ADDED, "no ")


def test_a_statement_that_moved_is_neither_new_nor_gone() -> None:
    """The order alone is different: one row says so; reworded on its way, it is the same one."""
    group = only(compared_answers(an_answer("one", "two"), an_answer("two", "one")))
    reworded = only(compared_answers(an_answer("a b c", "two"), an_answer("two", "a b d")))

    assert [row.fate for row in group.rows] == [Fate.MOVED]
    assert [row.fate for row in reworded.rows] == [Fate.CHANGED]


def test_the_safety_block_is_compared_too() -> None:
    """A boxed warning that came is a group of its own, before the sections."""
    groups = compared_answers(an_answer("one"), an_answer("one", safety=["Boxed."]))

    assert [(group.heading, len(group.rows), group.same) for group in groups] == [
        ("Safety first", 1, 0),
        ("From the Research", 0, 1),
    ]


@given(TEXTS, TEXTS)
def test_every_statement_is_counted_once_on_each_side(old: list[str], new: list[str]) -> None:
    """Same, changed, moved, removed and added together are all there are."""
    group = only(compared_answers(an_answer(*old), an_answer(*new)))

    fates = [row.fate for row in group.rows]
    kept = group.same + fates.count(Fate.CHANGED) + fates.count(Fate.MOVED)
    assert kept + fates.count(Fate.REMOVED) == len(old)
    assert kept + fates.count(Fate.ADDED) == len(new)
