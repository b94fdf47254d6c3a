"""Facts about entering what was fetched into a folder's manifest."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import DeadLetter
from ingest.errors import CorpusError
from ingest.fetching import provenance, unpacking
from ingest.fetching.items import Fate
from ingest.fetching.keeping import check_name
from ingest.fetching.ledger import NAME as LEDGER
from ingest.fetching.ledger import Ledger, Record, read_records
from ingest.fetching.pacing import Pace
from ingest.fetching.runs import open_run
from ingest.manifests import NAME, load_manifest
from ingest.reading import read_sources

PAGE = "https://example.org/a"


def record(path: str, *, licence: str | None = "CC BY", page: str | None = PAGE) -> Record:
    """Return the record of a kept guideline."""
    return Record(
        path=path,
        url=f"https://example.org/{path}",
        service="example",
        fetched="2026-11-24T08:00:00.000000+00:00",
        fate=Fate.FETCHED,
        terms="https://example.org/terms",
        licence=licence,
        page=page,
        type="guideline",
    )


def fetched(folder: Path, *names: str) -> list[Record]:
    """Put files into *folder* and return their records."""
    for name in names:
        (folder / name).write_text("# Hiccups\n\nWait.\n", encoding="utf-8")
    return [record(name) for name in names]


def test_what_was_fetched_is_listed_with_its_licence_and_address(tmp_path: Path) -> None:
    """Ingest finds each file, its type, where it came from and under which licence."""
    assert provenance.enter(tmp_path, fetched(tmp_path, "a.md", "b.md"))

    manifest = load_manifest(tmp_path)
    assert manifest is not None
    assert list(manifest.entries) == ["a.md", "b.md"]
    assert manifest.entries["a.md"].licence == "CC BY"
    assert manifest.entries["a.md"].url == PAGE
    assert not [each for each in read_sources([tmp_path]) if isinstance(each, DeadLetter)]


def test_entering_the_same_changes_nothing(tmp_path: Path) -> None:
    """The manifest of an unchanged folder keeps its bytes and its time."""
    records = fetched(tmp_path, "a.md")
    provenance.enter(tmp_path, records)
    before = (tmp_path / NAME).stat()

    assert not provenance.enter(tmp_path, records)
    assert (tmp_path / NAME).stat().st_mtime_ns == before.st_mtime_ns


def test_the_hand_written_part_stays_as_it_is(tmp_path: Path) -> None:
    """Comments, order and entries above the marker are kept; they win over ours."""
    own = '# ours\nabout = "x"\n\n[[files]]\npath = "a.md"   # checked\nlicence = "by letter"\n'
    (tmp_path / NAME).write_text(own)

    provenance.enter(tmp_path, fetched(tmp_path, "a.md", "b.md"))
    provenance.enter(tmp_path, fetched(tmp_path, "a.md", "b.md", "c.md"))

    text = (tmp_path / NAME).read_text()
    assert text.startswith(own)
    manifest = load_manifest(tmp_path)
    assert manifest is not None
    assert sorted(manifest.entries) == ["a.md", "b.md", "c.md"]
    assert manifest.entries["a.md"].licence == "by letter"


def test_files_that_lay_there_before_stay_readable(tmp_path: Path) -> None:
    """A manifest hides what it does not list, so a first one lists what was there."""
    (tmp_path / "own.md").write_text("# Own\n\nText.\n")

    provenance.enter(tmp_path, fetched(tmp_path, "a.md"))

    assert {each.path for each in read_sources([tmp_path])} == {"own.md", "a.md"}


def test_a_manifest_that_cannot_take_entries_is_left_and_told(tmp_path: Path) -> None:
    """An inline list of files cannot be added to; the manifest stays as it was."""
    own = 'files = [{path = "a.md"}]\n'
    (tmp_path / NAME).write_text(own)

    with pytest.raises(CorpusError, match="cannot take what was fetched"):
        provenance.enter(tmp_path, fetched(tmp_path, "a.md", "b.md"))
    assert (tmp_path / NAME).read_text() == own
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".manifest")]


def test_a_file_that_is_no_longer_there_is_not_listed(tmp_path: Path) -> None:
    """What was deleted here is no dead letter of the next ingest."""
    records = fetched(tmp_path, "a.md", "b.md")
    (tmp_path / "b.md").unlink()

    provenance.enter(tmp_path, records)

    assert (tmp_path / NAME).read_text().count("[[files]]") == 1


@given(licence=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_of_a_licence_survives(
    licence: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever a licence is called, the manifest says it unaltered."""
    folder = tmp_path_factory.mktemp("any")
    fetched(folder, "a.md")

    provenance.enter(folder, [record("a.md", licence=licence)])

    manifest = load_manifest(folder)
    assert manifest is not None
    assert manifest.entries["a.md"].licence == licence


def test_a_line_that_a_crash_cut_short_costs_that_line(tmp_path: Path) -> None:
    """The ledger goes on after a torn line, and what was whole stays."""
    ledger = Ledger(tmp_path)
    ledger.add(record("a.md"))
    with (tmp_path / LEDGER).open("a") as stream:
        stream.write('{"path": "b.md", "url"')

    again = Ledger(tmp_path)
    again.tidy()
    again.add(record("c.md"))

    assert [each.path for each in read_records(tmp_path)] == ["a.md", "c.md"]


def test_an_unfinished_run_is_found_by_what_it_asked(tmp_path: Path) -> None:
    """The same question goes on; another one, a finished or a garbled one begins anew."""
    first = open_run(tmp_path, {"drug": "examplin"})
    first.begin()
    first.advance("page 2")

    again = open_run(tmp_path, {"drug": "examplin"})
    other = open_run(tmp_path, {"drug": "otherin"})

    assert (again.resumed, again.since, again.cursor) == (True, first.since, "page 2")
    assert not other.resumed
    (tmp_path / ".fetching.json").write_text("{")
    assert not open_run(tmp_path, {"drug": "examplin"}).resumed
    first.finish()
    assert not open_run(tmp_path, {"drug": "examplin"}).resumed


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../a.xml",
        "a/../../b",
        ".hidden",
        "a/.b",
        ".archives/../x",
        "a\\b",
        "a\0",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """A service's name for a file never leaves the folder, nor hides in it."""
    with pytest.raises(CorpusError, match="refused"):
        check_name(name)


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), max_size=12),
    st.integers(1, 40),
    st.sampled_from([None, 1, "\t"]),
)
def test_a_list_read_in_pieces_is_the_list(
    records: list[dict[str, object]], piece: int, indent: int | str | None
) -> None:
    """However the text of a JSON list is cut, its records come out as they went in."""
    text = io.StringIO(json.dumps(records, indent=indent).removeprefix("["))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "_PIECE", piece)

        assert list(unpacking._records(text, "")) == records


@given(st.lists(st.binary(max_size=90), max_size=30), st.integers(150, 400))
def test_parts_hold_every_record_once(said: list[bytes], size: int) -> None:
    """However large the parts, together they are the records of the whole, in order."""
    records = [b"<PubmedArticle>%s</PubmedArticle>" % each.hex().encode()[:90] for each in said]
    whole = b"<PubmedArticleSet>\n" + b"\n".join(records) + b"\n</PubmedArticleSet>"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "_PART", size)

        parts = list(unpacking._parts_of(io.BytesIO(whole)))

    found = [each for part in parts for each in re.findall(rb"<PubmedArticle>.*?</Pub\w+>", part)]
    assert found == records
    assert all(part.endswith(b"</PubmedArticleSet>") for part in map(bytes.strip, parts))


@given(st.lists(st.floats(0, 2), max_size=40), st.floats(0.5, 20))
def test_a_pace_is_never_exceeded(pauses: list[float], rate: float) -> None:
    """However requests come, any two in turn are a full interval apart."""
    now = [0.0]
    sent: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(rate, clock=lambda: now[0], sleep=sleep)
    for pause in pauses:
        now[0] += pause
        pace.wait()
        sent.append(now[0])

    assert all(later - earlier >= 1 / rate for earlier, later in pairwise(sent))
