"""What an article's next version keeps after one change to one statement."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.editing import Kept
from service.errors import NotFoundError
from service.rearranging import Act, kept_after
from service.serialising import Json, as_json
from service.showing import keyed
from service.streaming import SAFETY
from tests.sample_runtime import an_answer

ANSWER: Json = json.loads(json.dumps(as_json(an_answer())))
KEYS = [key for key, section, *_ in keyed(ANSWER) if section != SAFETY]
UNTOUCHED = kept_after(ANSWER, KEYS[0], Act.UP)


def test_a_statement_moves_among_those_shown_like_it() -> None:
    """Down and up again is as before; it never leaves its section, or what is shown at once."""
    down = kept_after(ANSWER, KEYS[0], Act.DOWN)

    assert [kept.key for kept in down] == [KEYS[1], KEYS[0], *KEYS[2:]]
    assert kept_after(ANSWER, KEYS[1], Act.UP) == down
    for ends in (KEYS[1], KEYS[2], KEYS[3]):
        assert kept_after(ANSWER, ends, Act.DOWN) == UNTOUCHED


def test_a_statement_is_reworded_folded_or_left_out() -> None:
    """Only that one is different."""
    assert kept_after(ANSWER, KEYS[2], Act.REWORD, "new")[2] == Kept(KEYS[2], "new")
    assert kept_after(ANSWER, KEYS[2], Act.FOLD)[2] == Kept(KEYS[2], more=True)
    assert kept_after(ANSWER, KEYS[4], Act.UNFOLD)[4] == Kept(KEYS[4], more=False)
    assert [kept.key for kept in kept_after(ANSWER, KEYS[2], Act.REMOVE)] == [
        *KEYS[:2],
        *KEYS[3:],
    ]


@pytest.mark.parametrize("key", ["", "0" * 16, next(keyed(ANSWER))[0]])
def test_what_is_no_statement_of_a_section_cannot_be_edited(key: str) -> None:
    """An unknown key, and one of the safety block."""
    with pytest.raises(NotFoundError):
        kept_after(ANSWER, key, Act.REMOVE)


@given(st.sampled_from(KEYS), st.sampled_from(Act))
def test_nothing_comes_twice_and_only_what_is_left_out_goes(key: str, act: Act) -> None:
    """Whatever is done: the same statements, each once, but for the one left out."""
    kept = [one.key for one in kept_after(ANSWER, key, act, "text")]

    assert sorted(kept) == sorted(each for each in KEYS if act is not Act.REMOVE or each != key)
