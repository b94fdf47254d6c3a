"""Reading finds every file's format from its content, and refuses what is unsafe."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ingest.documents import DeadLetter
from ingest.errors import CorpusError, ParseError, RefusedError
from ingest.reading import Format, SourceFile, detect_format, read_sources

SPL = (
    b'<?xml version="1.0"?>\n<!-- made by x -->\n<document xmlns="urn:hl7-org:v3"><id/></document>'
)


def zipped(**members: bytes) -> bytes:
    """A zip archive of *members*."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def read(folder: Path, **files: bytes) -> list[SourceFile | DeadLetter]:
    """What reading makes of a folder holding *files*."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return list(read_sources([folder]))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SPL, Format.SPL),
        (SPL.decode().encode("utf-16"), Format.SPL),
        (b"<!DOCTYPE PubmedArticleSet SYSTEM 'x.dtd'><PubmedArticleSet/>", Format.PUBMED),
        (b"<article article-type='research-article'><front/></article>", Format.JATS),
        (b"<Version><xmlSource/></Version>", Format.NGC_XML),
        (b"<!doctype html><html><body>x</body></html>", Format.HTML),
        (b"%PDF-1.7 x", Format.PDF),
        (b"\nPMID- 12345\nOWN - NLM\n", Format.MEDLINE),
        (b'{"results": [{"set_id": "a", "openfda": {}}]}', Format.OPENFDA),
        (b'{"specificRecommendations": []}', Format.USPSTF),
        (b'{"https://example.org/a": "text"}', Format.PAGES_JSON),
        (b"---\ntitle: x\n---\n\n# Advice\n", Format.MARKDOWN),
        (b"---\ntitle: x\n---\n\n# General\n\n## Guideline Title\n", Format.NGC_MARKDOWN),
    ],
)
def test_the_format_is_known_from_content(data: bytes, expected: Format) -> None:
    """The suffix is not asked: publishers and people rename files."""
    assert detect_format("some.file", data) is expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"just words", "plain text"),
        (b'{"a": 1}', "JSON"),
        (b'{"a": ', "not readable JSON"),
        (b"<rss></rss>", "<rss>"),
    ],
)
def test_an_unknown_format_says_what_it_looks_like(data: bytes, reason: str) -> None:
    """The reason helps whoever put the file there."""
    with pytest.raises(ParseError, match=reason):
        detect_format("x.bin", data)


def test_archives_are_read_member_by_member(tmp_path: Path) -> None:
    """A zip in a zip (a DailyMed release) and gzip are opened; each member has its own name."""
    inner = zipped(**{"label.xml": SPL})

    items = read(
        tmp_path, **{"release.zip": zipped(**{"a.zip": inner}), "b.xml.gz": gzip.compress(SPL)}
    )

    assert [item.path for item in items] == ["b.xml", "release.zip!a.zip!label.xml"]
    assert all(isinstance(item, SourceFile) for item in items)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("bomb.gz", gzip.compress(b"0" * 60_000_000), "bomb"),
        ("bomb.zip", zipped(**{"x.xml": b"0" * 60_000_000}), "bomb"),
        ("path.zip", zipped(**{"../../etc/x.xml": SPL}), "leads out"),
        ("deep.zip", zipped(a=zipped(b=zipped(c=SPL))), "nested"),
        ("deep.gz", gzip.compress(gzip.compress(gzip.compress(gzip.compress(SPL)))), "nested"),
        ("broken.zip", b"PK\x03\x04 not a zip", "damaged"),
        ("broken.gz", b"\x1f\x8b\x08 not gzip", "damaged"),
    ],
)
def test_unsafe_archives_are_dead_letters(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    """Bombs, paths that lead out, and damage are refused with their reason; nothing crashes."""
    items = read(tmp_path, **{name: data})

    assert len(items) == 1
    assert isinstance(items[0], DeadLetter)
    assert reason in items[0].reason


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """What lies outside the source folder is not its content."""
    (tmp_path / "secret").write_bytes(SPL)
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "x.xml").symlink_to(tmp_path / "secret")

    items = list(read_sources([folder]))

    assert isinstance(items[0], DeadLetter)
    assert "leads out" in items[0].reason


def test_a_folder_that_is_not_walked_is_named(tmp_path: Path) -> None:
    """A link to a folder, or one that cannot be listed, is a dead letter, not a silent loss."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.xml").write_bytes(SPL)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").symlink_to(tmp_path / "real" / "x.xml")

    items = list(read_sources([tmp_path]))

    assert [(item.path, isinstance(item, DeadLetter)) for item in items] == [
        ("file", False),
        ("link", True),
        ("real/x.xml", False),
    ]


def test_a_manifest_names_what_is_read(tmp_path: Path) -> None:
    """Listed files are read with their entry; unlisted and missing ones are dead letters."""
    manifest = (
        b'exclude = ["README.md"]\n'
        b'[[files]]\npath = "a.xml"\nkind = "summary"\nsummary_of = "The label of A"\n'
        b'[[files]]\npath = "gone.xml"\n'
    )

    items = read(
        tmp_path, **{"manifest.toml": manifest, "a.xml": SPL, "b.xml": SPL, "README.md": b"# x"}
    )

    read_file = items[0]
    assert isinstance(read_file, SourceFile)
    assert read_file.entry is not None
    assert read_file.entry.summary_of == "The label of A"
    reasons = {item.path: item.reason for item in items[1:] if isinstance(item, DeadLetter)}
    assert set(reasons) == {"b.xml", "gone.xml"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[files]]\npath = "a.xml"\nkind = "summary"\n', "summary_of"),
        ('[[files]]\npath = "../a.xml"\n', "below the manifest"),
        ('[[files]]\npath = "a.xml"\ncolour = "red"\n', "colour"),
        ('[[files]]\npath = "a.xml"\n[[files]]\npath = "a.xml"\n', "twice"),
        ("[[files", "TOML"),
    ],
)
def test_a_wrong_manifest_stops_the_run(tmp_path: Path, text: str, reason: str) -> None:
    """A manifest is a promise; a broken one is not guessed at."""
    with pytest.raises(CorpusError, match=reason):
        read(tmp_path, **{"manifest.toml": text.encode(), "a.xml": SPL})


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    """An unmounted disk must not look like a corpus without documents."""
    with pytest.raises(CorpusError, match="does not exist"):
        list(read_sources([tmp_path / "absent"]))
    with pytest.raises(RefusedError, match="empty"):
        list(read_sources([tmp_path]))


def test_the_same_name_in_two_folders_stays_apart(tmp_path: Path) -> None:
    """Each path begins with its folder's name when there are several."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.xml").write_bytes(SPL)

    items = list(read_sources([tmp_path / "one", tmp_path / "two"]))

    assert [item.path for item in items] == ["one/x.xml", "two/x.xml"]


def test_two_folders_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Where folders are called the same, the second and later ones carry a number."""
    folders = [tmp_path / parent / "labels" for parent in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "x.xml").write_bytes(SPL)

    items = list(read_sources(folders))

    assert [item.path for item in items] == ["labels/x.xml", "labels~2/x.xml", "labels~3/x.xml"]
