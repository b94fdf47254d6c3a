"""The starter corpus: every file is a summary of ours, readable, and shaped as it claims."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ingest.documents import (
    DeadLetter,
    Direction,
    Document,
    GuidelineFacts,
    LabelFacts,
    Recommendation,
    SourceKind,
    SourceType,
    StudyFacts,
)
from ingest.manifests import PROJECT_NOTE, Entry, load_manifest, with_entry
from ingest.parsing import parse
from ingest.parsing.loinc import FOR_PATIENTS
from ingest.reading import SourceFile, list_files, read_sources

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
PMID = re.compile(r"[1-9]\d{0,7}")
PMCID = re.compile(r"PMC[1-9]\d*")
DOI = re.compile(r"10\.\d{4,9}/\S+")


@cache
def files() -> tuple[SourceFile | DeadLetter, ...]:
    """Read the corpus as ingestion reads it."""
    return tuple(read_sources([CORPUS]))


@cache
def records(path: str) -> tuple[Document | DeadLetter, ...]:
    """Parse the file named *path*, and let its manifest entry speak, as ingestion does."""
    (file,) = (f for f in files() if isinstance(f, SourceFile) and f.path == path)
    return tuple(
        with_entry(item, file.entry) if isinstance(item, Document) else item for item in parse(file)
    )


def documents(type_: SourceType | None = None) -> list[Document]:
    """Return every document of the corpus, or those of one type."""
    return [
        item
        for file in files()
        for item in records(file.path)
        if isinstance(item, Document) and type_ in (None, item.source.type)
    ]


@cache
def entries() -> dict[str, Entry]:
    """Return the manifest's entries by path."""
    manifest = load_manifest(CORPUS)
    assert manifest is not None
    return manifest.entries


def label(path: str) -> Document:
    """Return the one document of the label file *path*."""
    (document,) = records(path)
    assert isinstance(document, Document)
    return document


def advice(path: str, word: str) -> list[Recommendation]:
    """Return the recommendations of guideline *path* whose own words begin with *word*."""
    return [
        block.recommendation
        for document in records(path)
        if isinstance(document, Document)
        for section in document.sections
        for block in section.blocks
        if block.recommendation is not None
        and block.text.rpartition("):")[2].strip().startswith(word)
    ]


PATHS = sorted(entries())


def test_the_manifest_lists_every_file_and_nothing_else() -> None:
    """No file of the corpus is unlisted, and no listed file is missing."""
    about_the_corpus = {"README.md", "manifest.toml"}
    files = {name for name in list_files(CORPUS) if not name.startswith("golden/")}

    assert files - about_the_corpus == set(entries())


@pytest.mark.parametrize("path", PATHS)
def test_every_entry_is_a_summary_that_names_its_source(path: str) -> None:
    """Each entry says kind, real source, licence of our text, and what it was checked against."""
    entry = entries()[path]

    assert entry.kind is SourceKind.SUMMARY
    assert entry.summary_of
    assert entry.type is not None
    assert entry.licence == "CC0-1.0"
    assert entry.checked_against


@pytest.mark.parametrize("path", PATHS)
def test_every_file_parses_without_a_dead_letter(path: str) -> None:
    """Each file gives at least one document, each of them with text and whole."""
    found = records(path)

    assert found
    for item in found:
        assert isinstance(item, Document), item
        assert item.sections
        assert not item.needs_review


@pytest.mark.parametrize("path", PATHS)
def test_every_file_says_that_it_is_a_project_summary(path: str) -> None:
    """A file read alone, without the manifest, still says whose words it holds."""
    text = " ".join((CORPUS / path).read_text(encoding="utf-8").split()).casefold()

    assert "summary" in text
    assert "followup project" in text
    assert "own words" in text or "project's own" in text


@pytest.mark.parametrize("path", PATHS)
def test_no_document_passes_for_the_real_source(path: str) -> None:
    """Parsed, each document is a summary with an identity apart from the real record's."""
    for item in records(path):
        assert isinstance(item, Document)
        assert item.source.kind is SourceKind.SUMMARY
        assert item.id.startswith("summary:")
        assert "summary" in item.source.title


@pytest.mark.parametrize("path", PATHS)
def test_what_a_file_says_about_itself_is_never_evidence(path: str) -> None:
    """The note that a text is ours is marked as a note, so that no answer cites it."""
    for item in records(path):
        assert isinstance(item, Document)
        about = [s for s in item.sections if "followup project" in s.text.casefold()]

        assert all(section.code == PROJECT_NOTE for section in about)


def test_the_corpus_has_its_size() -> None:
    """At least 30 labels, 15 guidelines (three in two editions) and 40 studies."""
    count = Counter(document.source.type for document in documents())
    editions = Counter(
        document.source.facts.series
        for document in documents(SourceType.GUIDELINE)
        if isinstance(document.source.facts, GuidelineFacts)
    )

    assert count[SourceType.LABEL] >= 30
    assert count[SourceType.GUIDELINE] >= 15
    assert count[SourceType.STUDY] >= 40
    assert sum(number >= 2 for number in editions.values()) >= 3


def test_identifiers_of_studies_have_their_shape() -> None:
    """PMID, PMCID and DOI look like such; no two documents share one."""
    facts = [d.source.facts for d in documents(SourceType.STUDY)]
    studies = [item for item in facts if isinstance(item, StudyFacts)]

    for pattern, values in (
        (PMID, [study.pmid for study in studies if study.pmid]),
        (PMCID, [study.pmcid for study in studies if study.pmcid]),
        (DOI, [study.doi for study in studies if study.doi]),
    ):
        assert values
        assert len(set(values)) == len(values)
        assert [value for value in values if not pattern.fullmatch(value)] == []


def test_a_study_and_its_manifest_entry_name_the_same_paper() -> None:
    """The PMID and the DOI of a study stand in its manifest entry too."""
    for document in documents(SourceType.STUDY):
        facts = document.source.facts
        assert isinstance(facts, StudyFacts)
        entry = entries()[document.origin.path]
        said = " ".join((entry.summary_of or "", *entry.checked_against)).casefold()

        assert facts.pmid is None or facts.pmid in said, document.id
        assert facts.doi is None or facts.doi.casefold() in said, document.id


def test_set_ids_of_labels_are_uuids() -> None:
    """A set id, where one is given, is a UUID; a version stands only beside a set id."""
    for document in documents(SourceType.LABEL):
        facts = document.source.facts
        assert isinstance(facts, LabelFacts)

        assert facts.ingredients, document.id
        assert facts.set_id is None or str(uuid.UUID(facts.set_id)) == facts.set_id
        assert facts.version is None or facts.set_id is not None, document.id


def test_identifiers_in_words_have_their_shape() -> None:
    """Wherever the manifest says PMID, PMCID or DOI before a value, the value is one."""
    text = (CORPUS / "manifest.toml").read_text(encoding="utf-8")

    assert all(map(PMID.fullmatch, re.findall(r"PMID (\d\S*?)[,:;)\"\s]", text)))
    assert all(map(PMCID.fullmatch, re.findall(r"PMCID (PMC\S*?)[,:;)\"\s]", text)))
    assert all(map(DOI.fullmatch, re.findall(r"DOI (\d\S+?)[,:;\"\s]", text)))


def test_no_study_is_marked_retracted() -> None:
    """No notice of retraction was read, so no real paper is called retracted."""
    for document in documents(SourceType.STUDY):
        assert isinstance(document.source.facts, StudyFacts)
        assert not document.source.facts.retracted


def test_methotrexate_is_weekly_and_never_daily() -> None:
    """The methotrexate label doses arthritis and psoriasis weekly, and warns of daily use."""
    dosage = " ".join(
        section.text
        for section in label("labels/methotrexate-tablets.xml").sections
        if section.code == "34068-7"
    )
    doses = [line for line in re.split(r"(?<=[.;])\s", dosage) if re.search(r"\d mg", line)]

    assert "never daily" in dosage
    assert re.search(r"daily use of methotrexate.*fatal", dosage)
    assert doses
    assert all("week" in line for line in doses)


def test_naltrexone_labels_report_insomnia() -> None:
    """The tablets' label gives insomnia its figure; the injection's label lists it."""
    tablets = label("labels/naltrexone-tablets.xml").text
    injection = label("labels/naltrexone-vivitrol-injection.xml").text

    assert "insomnia occurred in 3% of people taking naltrexone tablets" in tablets
    assert "Insomnia is among the adverse events of Vivitrol" in injection


@pytest.mark.parametrize(
    ("drug", "direction"),
    [
        ("Doxepin", Direction.FOR),
        ("Melatonin", Direction.AGAINST),
        ("Trazodone", Direction.AGAINST),
    ],
)
def test_the_insomnia_guideline_keeps_its_directions(drug: str, direction: Direction) -> None:
    """AASM 2017: doxepin is suggested; melatonin and trazodone are suggested against."""
    found = advice("guidelines/aasm-insomnia-pharmacologic-2017.md", drug)

    assert {(item.direction, item.strength) for item in found} == {(direction, "weak")}


def test_the_combination_and_the_look_alikes_are_there() -> None:
    """Contrave has two ingredients; hydroxyzine and hydralazine are labels of their own."""
    ingredients = {
        document.source.facts.ingredients
        for document in documents(SourceType.LABEL)
        if isinstance(document.source.facts, LabelFacts)
    }

    assert ("bupropion", "naltrexone") in ingredients
    assert {("hydroxyzine",), ("hydralazine",), ("naltrexone",)} <= ingredients


def test_every_recommendation_has_a_direction() -> None:
    """A recommendation of the corpus without for, against or neither would mislead."""
    found = [
        block.recommendation
        for document in documents(SourceType.GUIDELINE)
        for section in document.sections
        for block in section.blocks
        if block.recommendation is not None
    ]

    assert len(found) > 100
    assert all(item.direction is not None for item in found)


@pytest.mark.parametrize(
    ("path", "drug"),
    [
        ("labels/tramadol-ultram-tablets.xml", "tramadol"),
        ("labels/sertraline.xml", "sertraline"),
        ("labels/warfarin.xml", "warfarin"),
        ("labels/metoprolol.json", "metoprolol"),
    ],
)
def test_what_patients_are_told_names_the_drug_and_no_dose(path: str, drug: str) -> None:
    """Every sentence can be quoted alone, and how much to take is for the prescriber to say."""
    (section,) = (s for s in label(path).sections if s.code in FOR_PATIENTS)
    told = re.split(r"(?<=\.)\s+", section.text)

    assert len(told) >= 7
    assert [sentence for sentence in told if drug not in sentence.casefold()] == []
    assert re.findall(r"\d\s*(?:mg|mcg|tablets?)\b", section.text) == []
