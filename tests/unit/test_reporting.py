"""What a run reports adds up, and every stage's time is its own."""

import time
from dataclasses import replace

import pytest

from ingest.documents import DeadLetter
from ingest.reporting import Duplicate, Report, Silent, Stopwatch

REPORT = Report(
    snapshot="s",
    files=3,
    records=5,
    documents=3,
    superseded=1,
    retracted=0,
    duplicates=(Duplicate("a.xml", None, "label:a@1", "label:b@1", "same text"),),
    dead_letters=(DeadLetter("b.xml", "the file is empty"),),
    needs_review=0,
    chunks=9,
    embedded=9,
    overlong=0,
    shortened_leads=0,
    verified={},
    seconds={},
)


def test_a_report_adds_up_when_every_record_is_something() -> None:
    """A record is a document, a duplicate or a dead letter; a missing one shows."""
    assert REPORT.adds_up
    assert not replace(REPORT, records=6).adds_up
    assert not replace(REPORT, duplicates=()).adds_up


def test_stages_that_take_turns_are_added_up() -> None:
    """Time goes to the stage it was spent in, also when that stage fails."""
    watch = Stopwatch()

    for _ in range(2):
        with watch.time("reading"):
            time.sleep(0.01)
    with pytest.raises(ValueError, match="odd"), watch.time("parsing"):
        raise ValueError("odd")

    assert watch.seconds["reading"] >= 0.02
    assert set(watch.rounded()) == {"reading", "parsing"}


def test_progress_may_be_silent() -> None:
    """A script that shows nothing needs no terminal."""
    Silent().advance("files", 1, None)
