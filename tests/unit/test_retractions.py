"""What notices come to, and how the published table of them is read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import GuidelineFacts, Source, Status, StudyFacts
from ingest.errors import CorpusError
from service.noticing import Notices, Refused, day_of, dois_in, notices_in, pmids_in, read_notices
from service.retraction_report import SHOWN, report_json, report_lines
from service.retraction_table import TableFacts
from service.retractions import NO_RETRACTIONS, Nature, Retraction, Retractions
from tests.sample_evidence import TABLETS, source

HEADER = (
    "Record ID,Title,RetractionDate,RetractionDOI,OriginalPaperDOI,OriginalPaperPubMedID,"
    "RetractionNature,Reason"
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def study(pmid: str | None = "99000001", doi: str | None = None) -> Source:
    """A study by its identifiers."""
    return source(StudyFacts(pmid=pmid, doi=doi), "A trial")


def notice(nature: Nature, date: str = "2026-01-01", pmid: str = "99000001") -> Retraction:
    """A notice on the study above."""
    return Retraction((pmid,), (), nature, date)


def table(*rows: str) -> str:
    """A file of *rows* below the usual header."""
    return "\n".join((HEADER, *rows)) + "\n"


def test_a_retracted_study_is_known_by_either_identifier() -> None:
    """A DOI in any case; another study, a label and a guideline are left alone."""
    held = Retractions.of([Retraction(("99000001",), ("10.5555/a",), Nature.RETRACTION)])

    assert held.status(study(), Status.CURRENT) is Status.RETRACTED
    assert held.status(study(None, "10.5555/A"), Status.CURRENT) is Status.RETRACTED
    assert held.status(study("99000002", "10.5555/b"), Status.CURRENT) is Status.CURRENT
    assert held.status(study(None, None), Status.CURRENT) is Status.CURRENT
    for other in (source(TABLETS, "A label"), source(GuidelineFacts(), "A guideline")):
        assert held.status(other, Status.SUPERSEDED) is Status.SUPERSEDED


def test_the_index_stays_right_where_the_table_is_silent() -> None:
    """What was retracted when it was indexed stays so."""
    assert NO_RETRACTIONS.status(study(), Status.RETRACTED) is Status.RETRACTED


@pytest.mark.parametrize(
    ("notices", "retracted", "concern"),
    [
        ([notice(Nature.CONCERN)], False, True),
        ([notice(Nature.CONCERN, "2025-01-01"), notice(Nature.RETRACTION)], True, True),
        ([notice(Nature.RETRACTION, "2025-01-01"), notice(Nature.REINSTATEMENT)], False, False),
        ([notice(Nature.REINSTATEMENT, "2025-01-01"), notice(Nature.RETRACTION)], True, False),
        ([notice(Nature.RETRACTION), notice(Nature.REINSTATEMENT)], False, False),
        ([notice(Nature.RETRACTION), notice(Nature.REINSTATEMENT, "")], True, False),
        ([notice(Nature.RETRACTION, ""), notice(Nature.REINSTATEMENT)], False, False),
        ([notice(Nature.CORRECTION)], False, False),
    ],
)
def test_notices_count_in_the_order_of_their_dates(
    notices: list[Retraction], *, retracted: bool, concern: bool
) -> None:
    """A reinstatement undoes what came before it; without a date it undoes nothing dated."""
    standing = Retractions.of(reversed(notices)).standing(study())

    assert (standing.retracted, standing.concern) == (retracted, concern)


NOTICES = st.lists(
    st.builds(
        notice,
        st.sampled_from(Nature),
        st.sampled_from(["", "2025-01-01", "2026-01-01"]),
        st.sampled_from(["99000001", "99000002"]),
    ),
    max_size=6,
)


@given(NOTICES, st.randoms())
def test_the_order_of_the_rows_does_not_matter(notices: list[Retraction], random: object) -> None:
    """The same notices give the same digest and the same standing, repeated or shuffled."""
    shuffled = [*notices, *notices[:1]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = Retractions.of(notices), Retractions.of(shuffled)

    assert one.digest == other.digest
    assert one.standing(study()) == other.standing(study())
    assert (one.digest is None) is not bool(notices)


def test_another_notice_is_another_digest() -> None:
    """Every field of a notice counts."""
    digests = {
        Retractions.of(held).digest
        for held in (
            [notice(Nature.RETRACTION)],
            [notice(Nature.CONCERN)],
            [notice(Nature.RETRACTION, "2026-01-02")],
            [notice(Nature.RETRACTION), notice(Nature.CONCERN)],
        )
    }

    assert len(digests) == 4


def test_a_row_is_read_whole() -> None:
    """Month-first dates, a reason with its plus signs, the notice's own DOI."""
    read = notices_in(
        table('7,A trial,1/31/2026 0:00,10.5555/N,10.5555/A,99000001,Retraction,"+One;+Two;"')
    )

    assert read.retractions == (
        Retraction(
            ("99000001",),
            ("10.5555/a",),
            Nature.RETRACTION,
            "2026-01-31",
            "One; Two",
            "A trial",
            "10.5555/n",
        ),
    )
    assert read == Notices(1, read.retractions, ())


def test_rows_that_cannot_be_used_are_told_by_line() -> None:
    """No identifier, an unknown nature, a missing one; the date alone costs nothing."""
    read = notices_in(
        "\ufeff"
        + table(
            "1,A,1/1/2026,,unavailable,0,Retraction,",
            "2,B,1/1/2026,,10.5555/b,0,Vanished,",
            "3,C,1/1/2026,,10.5555/c,0,,",
            "4,D,some day,,Unavailable,99000004,Expression of concern,",
            '5,"E,\nin two lines",1/1/2026,,10.5555/e,,Reinstatement,',
            "6,F",
        )
    )

    assert read.rows == 6
    assert read.refused == (
        Refused(2, "no PMID and no DOI"),
        Refused(3, "unknown nature 'vanished'"),
        Refused(4, "no nature"),
        Refused(8, "no nature"),
    )
    assert [each.nature for each in read.retractions] == [Nature.CONCERN, Nature.REINSTATEMENT]
    assert read.undated == 1


@given(
    st.lists(
        st.tuples(
            st.text(max_size=8), st.text(max_size=8), st.sampled_from(["Retraction", "", "x"])
        ),
        max_size=5,
    )
)
def test_no_row_is_lost(rows: list[tuple[str, str, str]]) -> None:
    """Every row is a retraction or refused, whatever its cells hold."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("OriginalPaperPubMedID", "OriginalPaperDOI", "RetractionNature"))
    writer.writerows(rows)

    read = notices_in(stream.getvalue())

    assert read.rows == len(rows) == len(read.retractions) + len(read.refused)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("10.5555/A", ("10.5555/a",)),
        ("https://doi.org/10.5555/a", ("10.5555/a",)),
        ("10.5555/a; 10.5555/b", ("10.5555/a", "10.5555/b")),
        ("10.5555/a,10.5555/b 10.5555/a", ("10.5555/a", "10.5555/b")),
        ("doi:10.5555/a.", ("10.5555/a",)),
        ("10.1002/1(19991)1:1<1::AID-X1>3.0.CO;2-U", ("10.1002/1(19991)1:1<1::aid-x1>3.0.co;2-u",)),
        ("unavailable", ()),
        ("0", ()),
        ("", ()),
    ],
)
def test_several_dois_stand_in_one_cell(cell: str, found: tuple[str, ...]) -> None:
    """In lower case, without their resolver; words are none."""
    assert dois_in(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("99000001", ("99000001",)),
        ("99000001; 99000002", ("99000001", "99000002")),
        ("99000001.0", ("99000001",)),
        ("0", ()),
        ("0; 0", ()),
        ("unavailable", ()),
    ],
)
def test_zero_is_no_pmid(cell: str, found: tuple[str, ...]) -> None:
    """The published table writes 0 where there is none."""
    assert pmids_in(cell) == found


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1/31/2026 0:00", "2026-01-31"),
        ("12/01/2020", "2020-12-01"),
        ("2026-01-31", "2026-01-31"),
        ("31/1/2026", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_a_day_that_cannot_be_read_is_none(cell: str, day: str) -> None:
    """It is never made up."""
    assert day_of(cell) == day


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "RetractionNature\nRetraction\n", f"{HEADER}\n\x00\n1,\r2"]
)
def test_another_file_is_no_table(text: str) -> None:
    """Without its columns nothing is read, and the error says what is missing."""
    if text.startswith(HEADER):
        assert notices_in(text).retractions == ()
    else:
        with pytest.raises(CorpusError, match="RetractionNature"):
            notices_in(text)


def test_a_file_in_another_encoding_keeps_its_rows(tmp_path: Path) -> None:
    """Identifiers are plain; a byte of a title that is not UTF-8 costs nothing."""
    path = tmp_path / "table.csv"
    path.write_bytes(table("1,Caf\xe9,1/1/2026,,10.5555/a,0,Retraction,").encode("latin-1"))

    assert read_notices(path).retractions[0].dois == ("10.5555/a",)
    with pytest.raises(CorpusError, match="cannot read"):
        read_notices(tmp_path)


def test_the_report_says_what_the_table_is_worth() -> None:
    """Rows used and refused, size, digest and age; the long list of refusals is for scripts."""
    refused = tuple(Refused(n, "no nature") for n in range(SHOWN + 5))
    read = Notices(len(refused) + 1, (notice(Nature.RETRACTION),), refused)
    facts = TableFacts(1, {"retraction": 1}, "abc", NOW - timedelta(days=40), "2026-01-01")

    lines = "\n".join(report_lines(read, facts, NOW))
    written = report_json(read, facts, NOW)

    assert "1 used" in lines
    assert "digest abc" in lines
    assert "loaded 40 days ago" in lines
    assert "5 more" in lines
    assert len(written["file"]["refused"]) == SHOWN + 5
    assert written["table"]["age_days"] == 40


def test_an_empty_table_says_so() -> None:
    """It has no digest and no age."""
    facts = TableFacts(0, {}, None, None, None)

    assert next(iter(report_lines(None, facts, NOW))).startswith("table: empty")
    assert report_json(None, facts, NOW) == {
        "file": None,
        "table": {
            "notices": 0,
            "natures": {},
            "digest": None,
            "loaded_at": None,
            "age_days": None,
            "newest": None,
        },
    }
