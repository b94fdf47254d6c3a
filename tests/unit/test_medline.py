"""Facts about reading MEDLINE text: tags, continuation lines, records."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.documents import DeadLetter, Document, NoticeKind, StudyFacts
from ingest.errors import ParseError
from ingest.parsing import medline
from ingest.reading import Format, SourceFile

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
RECORD = """
PMID- 11
OWN - NLM
DP  - 2006 Mar 1
TI  - A trial of examplin in people with
      long sleep.
AB  - BACKGROUND: It is long. METHODS: We randomised 120 adults to examplin or
      placebo. RESULTS: Sleep fell by 1.5 hours (95% CI 0.5-2.5; P<.001).
FAU - Doe, Jane A
AU  - Doe JA
CN  - Example Study Group
LA  - eng
PT  - Randomized Controlled Trial
JT  - Journal of examples
TA  - J Ex
MH  - *Sleep/drug effects/*physiology
MH  - Humans
PMC - PMC12
AID - S1 [pii]
AID - 10.1000/z.3 [doi]
CI  - (c) 2006 The Authors
EIN - J Ex. 2007;2:3. PMID: 12
RIN - J Ex. 2008;3:4. doi: 10.1000/z.4. PMID: 13
XYZ - a tag of another day
SO  - J Ex. 2006 Mar 1;1(1):1-2.
"""


def source_file(text: str) -> SourceFile:
    """Return *text* as a file that was read."""
    data = text.encode()
    return SourceFile("studies/set.txt", data, hashlib.sha256(data).hexdigest(), Format.MEDLINE)


def parsed(text: str) -> list[Document | DeadLetter]:
    """Parse a whole file."""
    return list(medline.parse(source_file(text)))


def only(text: str) -> tuple[Document, StudyFacts]:
    """Parse one record that must become a document."""
    (document,) = parsed(text)
    assert isinstance(document, Document)
    assert isinstance(document.source.facts, StudyFacts)
    return document, document.source.facts


def test_a_record_becomes_a_study() -> None:
    """Tagged fields, unknown ones among them, give the study and its facts."""
    document, facts = only(RECORD)

    assert document.id == "study:pmid:11"
    assert document.source.title == "A trial of examplin in people with long sleep"
    assert document.source.published == "2006-03-01"
    assert document.source.licence == "(c) 2006 The Authors"
    assert (facts.doi, facts.pmcid, facts.journal) == (
        "10.1000/z.3",
        "PMC12",
        "Journal of examples",
    )
    assert facts.authors == ("Doe JA", "Example Study Group")
    assert facts.mesh == ("Sleep/drug effects", "Sleep/physiology", "Humans")
    assert (facts.design, facts.participants) == ("randomised controlled trial", 120)


def test_abstract_labels_become_sections() -> None:
    """The labels in capitals are headings, continuation lines are joined."""
    document, _ = only(RECORD)

    assert [(section.headings[1:], section.code) for section in document.sections[1:]] == [
        (("Background",), "background"),
        (("Methods",), "methods"),
        (("Results",), "results"),
    ]
    assert document.sections[3].text == "Sleep fell by 1.5 hours (95% CI 0.5-2.5; P<.001)."


def test_links_to_other_records_are_read() -> None:
    """A retraction notice names the other record and retracts this one."""
    _, facts = only(RECORD)

    assert [(notice.kind, notice.pmid, notice.doi) for notice in facts.notices] == [
        (NoticeKind.RETRACTION_IN, "13", "10.1000/z.4"),
        (NoticeKind.ERRATUM_IN, "12", None),
    ]
    assert facts.retracted


def test_several_records_stand_in_one_file() -> None:
    """A PMID begins a record, with or without a blank line before it."""
    text = "PMID- 1\nTI  - One.\nPMID- 2\nTI  - Two.\n\nPMID- 3\nTI  - Three.\n"

    found = parsed(text)

    assert [item.id for item in found if isinstance(item, Document)] == [
        "study:pmid:1",
        "study:pmid:2",
        "study:pmid:3",
    ]


def test_a_record_without_a_pmid_is_known_by_its_file() -> None:
    """A blank line and a second title part records that carry no id."""
    found = parsed("OWN - X\nTI  - One.\n\nOWN - X\nTI  - Two.\n")

    assert [item.id for item in found if isinstance(item, Document)] == [
        "study:set-1",
        "study:set-2",
    ]


def test_a_stray_line_makes_its_record_a_dead_letter() -> None:
    """Text that is no field may belong anywhere, so the record is not trusted; others go on."""
    letter, document = parsed("PMID- 1\nTI  - One.\nstray words\nPMID- 2\nTI  - Two.\n")

    assert letter == DeadLetter("studies/set.txt", "a line that is no field: 'stray words'", "1")
    assert isinstance(document, Document)


def test_a_record_without_text_is_a_dead_letter() -> None:
    """A PMID alone is reported."""
    assert parsed("PMID- 1\nDP  - 2001\n") == [
        DeadLetter("studies/set.txt", "the record has neither a title nor an abstract", "1")
    ]


def test_other_abstracts_are_kept_apart() -> None:
    """OAB and OABL name the hand and the language."""
    text = "PMID- 1\nTI  - One.\nOAB - Publisher: Mejor.\nOABL- spa\n"

    document, _ = only(text)

    assert document.sections[1].headings == ("Abstract (Publisher, spa)",)
    assert document.sections[1].text == "Mejor."


@pytest.mark.parametrize("data", [b"plain words\n", b"", b"PMID- 1\nTI  - \xff\xfe\n"])
def test_what_is_not_medline_is_refused(data: bytes) -> None:
    """Neither other text nor broken bytes are read as records."""
    with pytest.raises(ParseError):
        list(medline.parse(SourceFile("x.txt", data, "0" * 64, Format.MEDLINE)))


@pytest.mark.shared_data
def test_every_shared_record_is_accounted_for() -> None:
    """Each PMID of the shared files is a document."""
    folder = SHARED / "ingest" / "medline_txt"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        pmids = [line[6:] for line in text.splitlines() if line.startswith("PMID- ")]
        found = parsed(text)

        assert [item.id for item in found if isinstance(item, Document)] == [
            f"study:pmid:{pmid}" for pmid in pmids
        ]
