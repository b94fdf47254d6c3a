"""How soon an answer begins, measured on a real server over the sample runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from eval.promptness import Asked, ask, ask_all, summed_up
from service.api import create_app
from service.golden import Dialogue, Expectation, GoldenTurn
from tests.sample_runtime import a_runtime
from tests.sample_server import serving


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A server whose answers are known."""
    runtime, _ = a_runtime(tmp_path)
    with serving(create_app(runtime)) as served:
        where = urlsplit(served)
        assert where.hostname
        assert where.port
        yield where.hostname, where.port
    runtime.close()


def dialogue(*questions: str) -> Dialogue:
    """Return a dialogue that expects nothing."""
    turns = tuple(GoldenTurn(question, Expectation()) for question in questions)
    return Dialogue("d", "about", turns)


def asked(first: float, searching: float, *, any_: float = 1.0) -> Asked:
    """Return a question timed so."""
    return Asked("q", alone=True, first_any=any_, first=first, done=first + 5, searching=searching)


def test_the_first_statement_is_one_of_evidence(address: tuple[str, int]) -> None:
    """A warning comes before it, and the whole answer after."""
    timed, reply = ask(address, {"question": "What is the role of zorvanex for insomnia?"})

    assert timed is not None
    assert 0 < timed.first_any <= timed.first <= timed.done
    spent = reply["answer"]["timings"]
    assert timed.searching == spent["embedding"] + spent["retrieving"]


def test_what_states_nothing_is_not_timed(address: tuple[str, int]) -> None:
    """A declined question has no first statement, and an answer all the same."""
    timed, reply = ask(address, {"question": "of nothing"})

    assert timed is None
    assert reply["answer"]["outcome"] == "declined"


def test_a_dialogue_and_what_it_suggests_are_asked_once_each(address: tuple[str, int]) -> None:
    """Its turns in one conversation, then each suggestion alone."""
    told: list[str] = []

    timed = ask_all(address, [dialogue("zebra?", "and the liver?")], told.append)

    assert [one.question for one in timed[:2]] == ["zebra?", "and the liver?"]
    assert [one.alone for one in timed] == [True, False, *[True] * (len(timed) - 2)]
    assert len(timed) == len({one.question for one in timed}) > 2
    assert told == [f"d: {len(timed)} answered so far"]


def test_where_nothing_is_answered_there_is_no_figure(address: tuple[str, int]) -> None:
    """An index without the sources of the dialogues would look fast."""
    with pytest.raises(RuntimeError, match="nothing was answered"):
        ask_all(address, [dialogue("of nothing")], print)


def test_the_bar_is_on_the_medians() -> None:
    """Three times embedding plus retrieving; one slow question does not decide it."""
    reached = summed_up([asked(30, 10), asked(20, 10), asked(900, 10)], [40.0, 60.0])
    missed = summed_up([asked(31, 10)])

    assert (reached.ratio, reached.reached, reached.slowest) == (3.0, True, 900)
    assert (reached.paint, reached.painted) == (50.0, 2)
    assert (missed.ratio, missed.reached, missed.paint) == (3.1, False, None)
    assert "x 3.10 (target 3.0: NOT reached)" in "\n".join(missed.lines())
    assert "painted" in "\n".join(reached.lines())
    assert reached.as_json()["questions"] == 3
