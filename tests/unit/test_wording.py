"""Our own sentences in the register of each audience, and back."""

from __future__ import annotations

import string
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answers import Audience
from service.topics import TOPICS
from service.wording import reworded, wording, wording_keys

EVERYBODY: tuple[Audience | None, ...] = (None, *Audience)
WORDED = sorted(
    {(audience, key) for audience in Audience for key in wording_keys(audience)},
    key=lambda held: (held[0].value, held[1]),
)
SUBJECT = st.sampled_from(["naltrexone (insomnia)", "doxepin", "amlodipine and atorvastatin"])


def fields_of(text: str) -> set[str]:
    """Return the names of the braces of a sentence."""
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("audience", EVERYBODY)
def test_every_sentence_can_be_filled_in(audience: Audience | None) -> None:
    """For everybody and for each audience."""
    data = tomllib.loads((resources.files("prompts") / "wording.toml").read_text("utf-8"))
    groups = data if audience is None else data["audience"].get(audience.value, {})
    sentences = [
        (f"{group}.{name}", text)
        for group, held in groups.items()
        if group != "audience" and isinstance(held, dict)
        for name, text in held.items()
    ]

    assert audience not in {None, Audience.PATIENT} or sentences
    for key, text in sentences:
        assert wording(key, audience, **dict.fromkeys(fields_of(text), "x"))


@pytest.mark.parametrize(("audience", "key"), WORDED)
def test_another_register_says_the_same_things(audience: Audience, key: str) -> None:
    """A sentence worded for an audience is one of everybody's, and is filled with the same."""
    if key == "view.note":  # stands alone: what only that audience is told
        return
    marks = {name: f"<{name}>" for name in string.ascii_lowercase}
    names = (
        *("subject", "searched", "condition", "found", "heard", "first", "others"),
        *("answered", "asked", "drug"),
    )
    filled = marks | {name: f"<{name}>" for name in names}

    theirs, ours = wording(key, audience, **filled), wording(key, **filled)

    assert {name for name in filled if f"<{name}>" in theirs} == {
        name for name in filled if f"<{name}>" in ours
    }


@pytest.mark.parametrize(("audience", "key"), WORDED)
@given(subject=SUBJECT)
def test_a_sentence_is_told_from_its_words(audience: Audience, key: str, subject: str) -> None:
    """There and back again, whoever read it first, with the same thing filled in."""
    if key == "view.note":
        return
    names = ("subject", "searched", "condition", "heard", "first", "drug", "answered", "asked")
    filled = dict.fromkeys(names, subject) | {"found": wording("heading.label")}
    ours = wording(key, **filled)
    theirs = wording(key, audience, **filled | {"found": wording("heading.label", audience)})

    assert reworded(ours, audience) == theirs
    assert reworded(theirs, audience) == theirs
    assert reworded(theirs, Audience.PHYSICIAN) == ours


@given(st.text(max_size=80), st.sampled_from(Audience))
def test_what_is_not_ours_stays_as_it_is(text: str, audience: Audience) -> None:
    """Any other text comes back untouched."""
    assert reworded(f"Source words: {text}", audience) == f"Source words: {text}"


def test_follow_ups_are_asked_in_the_readers_words() -> None:
    """A patient is offered no "hepatic impairment"."""
    asked = TOPICS[next(t for t in TOPICS if t.value == "hepatic")].question

    assert reworded(asked.format(drug="doxepin"), Audience.PATIENT) == (
        "Can people with liver problems take doxepin?"
    )
