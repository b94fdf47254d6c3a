"""Whatever a file holds, reading it ends in documents or a dead letter; test_bombs measures it."""

from __future__ import annotations

import gzip
import json
import os
import random
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import parsing
from ingest.deadlines import deadline
from ingest.documents import DeadLetter, Document
from ingest.errors import ParseError
from ingest.reading import Format, SourceFile, read_sources
from tests import hostile
from tests.mutating import mutated
from tests.sample_formats import SAMPLES, as_file
from tests.swallowing import swallow, unpacked

FOREIGN = b"".join(SAMPLES.values())


def outcome(name: str, data: bytes) -> tuple[int, list[str]]:
    """Read *data* as the pipeline does: how many documents, and the reasons of dead letters."""
    documents, reasons = 0, []
    for item in unpacked(name, data):
        if isinstance(item, DeadLetter):
            reasons.append(item.reason)
            continue
        try:
            found, letters = swallow(item)
        except ParseError as error:
            reasons.append(str(error))
        else:
            documents += found
            reasons += ["a record"] * letters
    return documents, reasons


@pytest.mark.parametrize("form", Format)
def test_every_sample_is_read_by_its_own_parser(form: Format) -> None:
    """What mutations and fuzzing start from is sound."""
    (item,) = unpacked("sample.md", SAMPLES[form])

    assert isinstance(item, SourceFile)
    assert item.format is form
    assert swallow(item)[0] >= 1


@pytest.mark.parametrize("form", Format)
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_a_damaged_file_is_documents_or_a_parse_error(form: Format, seed: int) -> None:
    """Torn, doubled, moved, cut: no parser lets anything but a ParseError out."""
    data = mutated(SAMPLES[form], random.Random(seed), FOREIGN)  # noqa: S311 - no secret

    with suppress(ParseError):
        swallow(as_file(form, data))


@pytest.mark.parametrize("form", [Format.OPENFDA, Format.USPSTF, Format.PAGES_JSON])
def test_half_characters_are_no_fault_of_a_parser(form: Format) -> None:
    """JSON can spell half a character anywhere, in tables and sentences too."""
    halved = _halved(json.loads(SAMPLES[form]))

    documents, letters = swallow(as_file(form, json.dumps(halved).encode()))

    assert documents + letters >= 1


def _halved(value: object) -> object:
    if isinstance(value, dict):
        return {key: _halved(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_halved(each) for each in value]
    return value.replace(" ", " \ud800") if isinstance(value, str) else value


@given(st.binary(max_size=300), st.sampled_from(["x.md", "x.txt", "a.zip!b.xml"]))
def test_any_bytes_are_read_to_an_end(data: bytes, name: str) -> None:
    """Nothing is lost in silence: a file is a source file or a dead letter, and both parse."""
    documents, reasons = outcome(name, data)

    assert documents + len(reasons) >= 1


@pytest.mark.parametrize("name", sorted(hostile.encodings() | hostile.cut(4)))
def test_wrong_encodings_and_cut_files_are_accounted_for(name: str) -> None:
    """UTF-16 without its mark, Latin-1 as UTF-8, both mixed, NULs, files that break off."""
    documents, reasons = outcome(name, (hostile.encodings() | hostile.cut(4))[name])

    assert documents + len(reasons) >= 1


@pytest.mark.parametrize(
    ("name", "data"),
    sorted(hostile.entities("http://127.0.0.1:9", "/etc/hostname").items()),
    ids=str,
)
def test_entities_are_refused(name: str, data: bytes) -> None:
    """Billion laughs, quadratic blow-up, files and hosts behind entities: no document."""
    documents, reasons = outcome(name, data)

    assert documents == 0
    assert len(reasons) == 1


QUICK = {
    name: data
    for name, data in (hostile.odd_archives() | hostile.pdfs(scale=100)).items()
    if name
    not in (
        "drive.zip",
        "nameless.zip",
        "sizes.zip",
        "count.pdf",
        "form.pdf",
        "size.pdf",
        "pages.pdf",
        "words.pdf",
    )
}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("zeros.gz", gzip.compress(b" " * 30_000_000)),
        ("zeros.zip", hostile.zipped(("x.xml", b" " * 30_000_000))),
        (
            "zips.zip",
            hostile.zipped(*((f"{n}", hostile.zipped(("x", b" " * 9_999_999))) for n in range(3))),
        ),
    ],
    ids=["gz", "zip", "zips"],
)
def test_archives_that_grow_are_refused(name: str, data: bytes) -> None:
    """More than 200 times their size is a bomb, whether in one piece or in several."""
    documents, reasons = outcome(name, data)

    assert documents == 0
    assert "refused" in reasons[-1]


@pytest.mark.parametrize("name", sorted(QUICK))
def test_bombs_are_refused(name: str) -> None:
    """Archives that grow, nest, escape or lie, and PDF files that loop, are dead letters."""
    documents, reasons = outcome(name, QUICK[name])

    assert documents == 0
    assert reasons


def test_what_an_archive_unpacks_to_is_bounded_over_all_its_members() -> None:
    """A directory that names one member's bytes two thousand times does not unpack them all."""
    _, reasons = outcome("many.zip", hostile.overlapping(b"x" * 3_000_000, 2_000))

    assert len(reasons) < 20
    assert "200 times its size" in reasons[-1]


def test_a_table_that_unfolds_is_refused() -> None:
    """Spans of 200 by 200 in a few kilobytes are sixteen million cells."""
    cells = '<td rowspan="200" colspan="200">x</td>' * 40
    rows = f"<table>{f'<tr>{cells}</tr>' * 40}</table>"
    page = f"<!doctype html><html><body><h1>T</h1>{rows}</body></html>"

    documents, reasons = outcome("x.html", page.encode())

    assert documents == 0
    assert "spans unfold" in reasons[0]


def test_text_repeated_in_every_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caption is the lead of each row of its table: a long one over many rows is a bomb."""
    monkeypatch.setattr(parsing, "MAX_TEXT", 10_000)
    table = f"<table><caption>{'word ' * 200}</caption>{'<tr><td>x</td><td>1</td></tr>' * 20}"
    data = SAMPLES[Format.SPL].replace(b"<table>", f"{table}</table><table>".encode(), 1)

    (letter,) = parsing.parse(as_file(Format.SPL, data))

    assert isinstance(letter, DeadLetter)
    assert "unfolds to more than" in letter.reason


# Where the deadline falls into a callback of the garbage collector it is told and comes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_record_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page named ten thousand times would be read for hours; the deadline ends it."""
    monkeypatch.setattr(parsing, "RECORD_SECONDS", 0.2)

    with pytest.raises(ParseError, match=r"more than 0\.2 s of computing time"):
        list(parsing.parse(as_file(Format.PDF, hostile.pdfs(scale=10)["pages.pdf"])))

    (document,) = parsing.parse(as_file(Format.SPL, SAMPLES[Format.SPL]))
    assert isinstance(document, Document)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_deadline_passes_through_code_that_catches_exceptions() -> None:
    """Libraries that swallow every Exception do not swallow it; another one can be set after."""

    def stubborn() -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:  # noqa: BLE001, S112 - what some libraries do
                continue

    with pytest.raises(ParseError, match="computing time"), deadline(0.05):
        stubborn()

    with deadline(60):
        assert sum(range(10)) == 45


def test_off_the_main_thread_there_is_no_deadline() -> None:
    """Signals reach the main thread only; elsewhere the block runs to its end."""
    done: list[int] = []

    def work() -> None:
        with deadline(0.001):
            done.append(sum(range(1_000_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert len(done) == 1


def test_odd_entries_of_a_source_folder_are_dead_letters(tmp_path: Path) -> None:
    """A pipe would be waited for without end, links in a circle and odd names end a run."""
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "a.xml").symlink_to(tmp_path / "b.xml")
    (tmp_path / "b.xml").symlink_to(tmp_path / "a.xml")
    (tmp_path / "gone.xml").symlink_to(tmp_path / "nowhere.xml")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.xml"))).write_bytes(SAMPLES[Format.SPL])

    items = list(read_sources([tmp_path]))

    reasons = {item.path: item.reason for item in items if isinstance(item, DeadLetter)}
    assert len(reasons) == len(items) == 5
    assert "neither a file nor a folder" in reasons["pipe.xml"]
    assert "itself" in reasons["a.xml"]
    assert "No such file" in reasons["gone.xml"]
    assert "not UTF-8" in reasons["caf\\xe9.xml"]
    assert all(path.encode() for path in reasons)
