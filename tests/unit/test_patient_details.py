"""Details that could identify a patient are pointed out, and clinical numbers are not."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.golden import read_dialogues
from service.patient_details import identifiers

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("FOLLOWUP_TEST_DATA", ROOT.parent / "shared" / "data")) / "eval"
QUESTION = re.compile(r"<Question[^>]*>(.*?)</Question>", re.DOTALL)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("MRN: 0012345 needs naltrexone", "a record number"),
        ("hospital no. AB-123456", "a record number"),
        ("his medical record number is 55-12-345", "a record number"),
        ("NHS number 943 476 5919", "a record number"),
        ("born 4 March 1961", "a date of birth"),
        ("date of birth is 1961-03-04", "a date of birth"),
        ("my patient John Smith takes lithium", "a name"),
        ("patient's name is Ada Jones", "a name"),
        ("phone 0207 946 0958", "a telephone number"),
        ("lives at 12 Long Acre Road", "a street address"),
        ("SSN 123456789", "a social security number"),
        ("DOB 03/04/1961, on lithium", "a date of birth"),
        ("born on March 4, 1961", "a date of birth"),
        ("Mrs Jones takes lithium", "a name"),
        ("call 555-123-4567", "a telephone number"),
        ("mail a.b@example.org", "an email address"),
        ("SSN 123-45-6789", "a social security number"),
        ("ssn is 123 45 6789", "a social security number"),
        ("+44 20 7946 0958 is her number", "a telephone number"),
        ("Medicare 1EG4-TE5-MK73", "a record number"),
        ("Miss Jones takes lithium", "a name"),
    ],
)
def test_patient_details_are_recognised(question: str, kind: str) -> None:
    """By kind, so that the notice need not repeat them."""
    assert kind in identifiers(question)


@pytest.mark.parametrize(
    "question",
    [
        "naltrexone 50 mg daily",
        "Will We Miss Cancers Following Updated Guidelines?",
        "CD4+ 200 350 500 cells, Na+ 135-145 mmol/L",
        "HLA-B*5701, rs1799971 and 1A2-3A4 in vitro",
        "the 2017 guideline",
        "4,523 patients",
        "aged 65 years or older",
        "Study NCT01234567 of doxepin",
        "PMID 28762378 and DOI 10.5664/jcsm.6470",
        "cohorts born in 1990 or later",
        "patients born between 1946 and 1964",
        "infants born on lithium",
        "Is MS treated with Ocrevus or Rituxan?",
        "MS. Ocrevus dose",
        "Patient Health Questionnaire scores",
        "Is the patient on Vivitrol or Suboxone at risk?",
        "patient is Hispanic",
        "NDC 0093-5200-01, set id 45f59e6f-1794-40a4-8f8b-3a9415924468",
        "95% CI 0.52 to 0.98, n = 120 000",
        "lithium 600 900 1200 mg",
    ],
)
def test_clinical_numbers_are_no_identifiers(question: str) -> None:
    """Doses, years and counts pass."""
    assert identifiers(question) == ()


def questions_of(data: Path) -> Iterator[str]:
    """Yield the medical questions of the shared sets, each as often as it is there."""
    for name, key in (("evidence_inference.jsonl", "question"), ("bioasq_7B-10B.jsonl", "body")):
        for line in (data / name).read_text("utf-8").rstrip("\n").split("\n"):
            yield json.loads(line)[key]
    for held in json.loads((data / "pubmedqa_dev500.json").read_text("utf-8")).values():
        yield held["QUESTION"]
    for file in sorted(data.glob("medquad/*/*.xml")):
        for found in QUESTION.findall(file.read_text("utf-8")):
            yield html.unescape(found)


@pytest.mark.shared_data
def test_real_questions_give_no_false_alarm() -> None:
    """Of over five thousand medical questions of four public sets, none names a patient."""
    questions = set(questions_of(DATA))

    assert len(questions) > 5_000
    assert [question for question in questions if identifiers(question)] == []


def test_our_own_questions_give_no_false_alarm() -> None:
    """The golden dialogues and the set for declining name nobody; what does is a case for it."""
    lines = (ROOT / "eval" / "declining" / "cases.jsonl").read_text("utf-8").splitlines()
    dialogues = read_dialogues(ROOT / "corpus" / "golden")
    questions = [turn.ask for dialogue in dialogues for turn in dialogue.turns]
    questions += [json.loads(line)["question"] for line in lines]

    assert len(questions) > 600
    assert [question for question in questions if identifiers(question)] == []
