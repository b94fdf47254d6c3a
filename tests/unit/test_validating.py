"""Validation of source folders: what is wrong, what is lacking, and how the command tells it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.documents import (
    Block,
    BlockKind,
    Document,
    GuidelineFacts,
    LabelFacts,
    Origin,
    Section,
    Source,
    SourceType,
    StudyFacts,
)
from ingest.errors import CorpusError
from ingest.validating import Fault, Grade, Kind, inspect, validate
from service.cli import app
from service.corpus_report import validation_lines
from tests import sample_corpus

TODAY = date(2026, 6, 15)
SOUND = Document(
    "guideline:x",
    Source(
        "guideline:x",
        SourceType.GUIDELINE,
        "X",
        GuidelineFacts(),
        published="2026-06",
        url="https://x.example/",
        licence="CC0-1.0",
    ),
    (Section(("Advice",), (Block(BlockKind.PROSE, "Sleep well."),)),),
    Origin("x.md", "0" * 64, "x/1"),
)


def kinds(document: Document) -> list[Kind]:
    """Return what is the matter with a document."""
    return [fault.kind for fault in inspect(document, "x.md", TODAY)]


def run(folder: Path, files: Mapping[str, str | bytes]) -> Counter[Kind]:
    """Return the faults of a folder of *files*, by kind."""
    sample_corpus.write(folder, files)
    return Counter(fault.kind for fault in validate([folder], TODAY).faults)


def test_a_complete_document_has_no_fault() -> None:
    """All is stated, and nothing lies in the future."""
    assert kinds(SOUND) == []


@pytest.mark.parametrize(
    ("published", "future"),
    [
        ("2026", False),
        ("2026-06", False),
        ("2026-06-15", False),
        ("2026-06-16", True),
        ("2026-07", True),
        ("2027", True),
    ],
)
def test_a_date_is_in_the_future_by_what_is_known_of_it(published: str, *, future: bool) -> None:
    """The present month and year are no future."""
    document = replace(SOUND, source=replace(SOUND.source, published=published))

    assert kinds(document) == [Kind.FUTURE] * future


def test_what_is_lacking_is_told_by_kind() -> None:
    """A study's PMID, a label's set id, an address, a licence, a section's text."""
    blank = Section(("Empty",), (Block(BlockKind.PROSE, " "),))
    study = replace(SOUND.source, type=SourceType.STUDY, facts=StudyFacts(doi="10.1/x"))
    label = replace(SOUND.source, type=SourceType.LABEL, facts=LabelFacts(("zorvaxone",)))

    assert kinds(replace(SOUND, source=study)) == [Kind.NO_PMID]
    assert kinds(replace(SOUND, source=label)) == [Kind.NO_SET_ID]
    assert kinds(replace(SOUND, source=replace(SOUND.source, url=None))) == [Kind.NO_URL]
    assert kinds(replace(SOUND, source=replace(SOUND.source, licence=None))) == [Kind.NO_LICENCE]
    assert kinds(replace(SOUND, sections=(*SOUND.sections, blank))) == [Kind.EMPTY_SECTION]
    assert kinds(replace(SOUND, sections=(blank,))) == [Kind.NO_TEXT]
    assert kinds(replace(SOUND, sections=())) == [Kind.NO_TEXT]


def test_every_file_of_the_small_corpus_is_accounted_for(tmp_path: Path) -> None:
    """As in ingestion: the same dead letters, and each copy of a document is told."""
    folder = sample_corpus.write(tmp_path / "corpus", sample_corpus.files())

    found = validate([folder], TODAY)

    dead = [fault.path for fault in found.faults if fault.kind is Kind.DEAD_LETTER]
    assert len(found.files) == len(sample_corpus.files())
    assert dead == [f"{folder}/notes/broken.xml", f"{folder}/notes/picture.png"]
    assert sum(fault.kind is Kind.DUPLICATE for fault in found.faults) == 1
    assert found.documents == 14
    assert not found.is_fit()


def test_a_manifest_is_held_against_the_folder(tmp_path: Path) -> None:
    """A file that is not listed, one that is not there; and a manifest that cannot be read."""
    listed = '[[files]]\npath = "a.md"\nlicence = "CC0-1.0"\n[[files]]\npath = "gone.md"\n'
    advice = sample_corpus.guideline(2024, "We advise against zorvaxone.")

    unlisted = run(
        tmp_path / "a", {"manifest.toml": listed, "a.md": advice, "b.md": advice, "c.md": advice}
    )
    broken = run(tmp_path / "b", {"manifest.toml": "[[files]]\npth = 'a.md'\n", "a.md": advice})

    assert unlisted[Kind.DEAD_LETTER] == 3
    assert unlisted[Kind.NO_LICENCE] == 0
    assert broken == {Kind.MANIFEST: 1}


def test_the_other_folders_are_read_after_a_broken_manifest(tmp_path: Path) -> None:
    """One mistake hides no other; a folder that is not there is a mistake of the caller."""
    sample_corpus.write(tmp_path / "a", {"manifest.toml": "[[files"})
    sample_corpus.write(tmp_path / "b", {"x.bin": b"\x00"})

    found = validate([tmp_path / "a", tmp_path / "b"], TODAY)

    assert [fault.kind for fault in found.faults] == [Kind.MANIFEST, Kind.DEAD_LETTER]
    with pytest.raises(CorpusError, match="does not exist"):
        validate([tmp_path / "a", tmp_path / "c"], TODAY)


def test_an_empty_folder_is_a_fault_and_no_refusal(tmp_path: Path) -> None:
    """Nothing would be indexed here, so nothing is refused: the folder is named with the others."""
    sample_corpus.write(tmp_path / "full", {"a.xml": sample_corpus.tablets()})
    (tmp_path / "empty").mkdir()

    found = validate([tmp_path / "empty", tmp_path / "full"], date(2026, 1, 1))

    wrong = [fault for fault in found.faults if fault.grade is Grade.WRONG]
    assert [(fault.kind, fault.path) for fault in wrong] == [
        (Kind.MANIFEST, str(tmp_path / "empty"))
    ]
    assert found.documents == 1


def test_text_that_no_file_can_hold_is_a_dead_letter(tmp_path: Path) -> None:
    """JSON can spell half a character."""
    label = sample_corpus.openfda().replace("Take quellomine", "Take \\ud83d quellomine")

    assert run(tmp_path, {"label.json": label})[Kind.DEAD_LETTER] == 1


def test_people_see_the_first_of_many_faults(tmp_path: Path) -> None:
    """Ten of a kind, and how many more; quiet shows faults alone."""
    found = validate([sample_corpus.write(tmp_path, {"x.bin": b"\x00"})], TODAY)
    found.faults = [Fault(Kind.NO_URL, "x", str(number)) for number in range(13)]

    lines = list(validation_lines(found))
    quiet = list(validation_lines(found, quiet=True))

    assert "  and 3 more; --json lists them all" in lines
    assert quiet[0] == "lacking: no url: 13"
    assert len(quiet) == 12
    assert lines[-1] == "0 wrong, 13 lacking"
    assert {fault.grade for fault in found.faults} == {Grade.LACKING}


def test_the_command_tells_by_its_status(tmp_path: Path) -> None:
    """0 where nothing is wrong, 1 where something is, 2 for a folder that is not there."""
    advice = {"advice.md": sample_corpus.guideline(2024, "We advise against zorvaxone.")}
    lacking = str(sample_corpus.write(tmp_path / "lacking", advice))
    wrong = str(sample_corpus.write(tmp_path / "wrong", {**advice, "x.bin": b"\x00"}))
    invoke = CliRunner().invoke

    fine = invoke(app, ["corpus", "validate", lacking, "--json"])
    strict = invoke(app, ["corpus", "validate", lacking, "--strict", "-q"])
    bad = invoke(app, ["corpus", "validate", wrong])
    absent = invoke(app, ["corpus", "validate", str(tmp_path / "absent")])

    assert (fine.exit_code, strict.exit_code, bad.exit_code, absent.exit_code) == (0, 1, 1, 2)
    assert json.loads(fine.stdout)["files"] == [
        {"path": f"{lacking}/advice.md", "format": "markdown", "records": 1, "documents": 1}
    ]
    assert "wrong: dead letter: 1" in bad.stdout
    assert "does not exist" in absent.stderr
