"""USPSTF topics: grades become directions, every recommendation is accounted for."""

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from ingest.documents import BlockKind, DeadLetter, Direction, Document, GuidelineFacts
from ingest.errors import ParseError
from ingest.parsing import uspstf
from ingest.reading import Format, SourceFile
from ingest.recommending import read


def specific(**changes: object) -> dict[str, object]:
    """Return one graded recommendation of topic 7, with *changes*."""
    return {
        "id": 1,
        "title": "Colds: Screening -- Adults 18 years or older",
        "grade": "B",
        "gradeVer": 1,
        "text": "The USPSTF recommends screening for colds.<br><br>See &ldquo;Practice&rdquo;.",
        "servFreq": "<p>Every 2 years</p>",
        "riskText": "",
        "general": "7",
        **changes,
    }


TOPIC = {
    "title": "Colds: Screening",
    "topicYear": 2021,
    "uspstfAlias": "colds-screening",
    "specific": [1],
    "rationale": "<h2>Rationale</h2><h3>Importance</h3><p>Above 10<sup>9</sup>/L.</p>",
    "clinical": "<h2>Practice Considerations</h2><p>Tests:</p><ul><li>count</li></ul>",
    "other": "<h2>Recommendations of Others</h2><p>The Board recommends against it.</p>",
    "pubDate": "2021-03-09",
    "tool": ["3"],
}


def parsed(*specifics: object, topics: object = None) -> list[Document | DeadLetter]:
    """Parse an API answer with these recommendations."""
    answer = {
        "generalRecommendations": {"7": TOPIC} if topics is None else topics,
        "specificRecommendations": list(specifics),
    }
    return list(uspstf.parse(as_file(json.dumps(answer).encode())))


def as_file(data: bytes) -> SourceFile:
    """Return *data* as a source file."""
    return SourceFile("api.json", data, hashlib.sha256(data).hexdigest(), Format.USPSTF)


def test_a_topic_is_one_document() -> None:
    """Id, year, publisher, date and address come from the topic's fields."""
    (document,) = parsed(specific())

    assert isinstance(document, Document)
    assert document.id == "guideline:uspstf-colds-screening@2021"
    assert document.source.facts == GuidelineFacts(
        series="uspstf-colds-screening", year=2021, scheme="USPSTF"
    )
    assert document.source.published == "2021-03-09"
    assert document.source.url is not None
    assert document.source.url.endswith("/recommendation/colds-screening")
    assert document.origin.record == "topic 7"


def test_a_recommendation_carries_its_grade_in_its_text() -> None:
    """Words and grade are one block, and reading that block gives the same data again."""
    (document,) = parsed(specific())

    assert isinstance(document, Document)
    (block,) = document.sections[0].blocks
    assert block.kind is BlockKind.RECOMMENDATION
    assert block.text == "The USPSTF recommends screening for colds. See “Practice”. (Grade: B)"
    found = block.recommendation
    assert found is not None
    assert (found.direction, found.strength, found.scheme) == (Direction.FOR, "B", "USPSTF")
    assert found.population == "Adults 18 years or older"
    again = read(block.text)
    assert again is not None
    assert (again.direction, again.strength) == (found.direction, found.strength)


@pytest.mark.parametrize(
    ("grade", "text", "way"),
    [
        ("A", "The USPSTF recommends it.", Direction.FOR),
        ("C", "The USPSTF recommends that clinicians selectively offer it.", Direction.FOR),
        ("D", "The USPSTF recommends against it.", Direction.AGAINST),
        ("I", "The current evidence is insufficient to assess it.", Direction.NEITHER),
    ],
)
def test_letters_are_directions(grade: str, text: str, way: Direction) -> None:
    """A and C are for, D is against, I is neither."""
    (document,) = parsed(specific(grade=grade, text=text))

    assert isinstance(document, Document)
    found = document.sections[0].blocks[0].recommendation
    assert found is not None
    assert found.direction is way


def test_what_others_recommend_is_prose() -> None:
    """Another organisation's recommendation is never graded as the task force's."""
    (document,) = parsed(specific())

    assert isinstance(document, Document)
    others = [s for s in document.sections if s.headings == ("Recommendations of Others",)]
    assert [block.kind for block in others[0].blocks] == [BlockKind.PROSE]


def test_parts_become_sections() -> None:
    """Rationale and considerations keep their headings, lists and superscripts."""
    (document,) = parsed(specific())

    assert isinstance(document, Document)
    texts = {section.headings: section.text for section in document.sections}
    assert texts["Frequency of Service", "Adults 18 years or older"] == "Every 2 years"
    assert texts["Rationale", "Importance"] == "Above 10⁹/L."
    considerations = document.sections[-2]
    assert considerations.blocks[1].lead == "Tests:"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (specific(grade="Z"), "grade"),
        (specific(general="8"), "topic 8"),
        (specific(grade="D"), "deny"),
        ("text", "dictionary"),
    ],
)
def test_a_recommendation_that_cannot_be_kept_is_reported(raw: object, reason: str) -> None:
    """An unknown grade, a missing topic or contradicting words: a dead letter, the rest stays."""
    found = parsed(specific(), raw)

    letters = [item for item in found if isinstance(item, DeadLetter)]
    assert len(found) == 2
    assert reason in letters[0].reason


def test_topics_without_recommendations_are_reported() -> None:
    """A topic that nothing belongs to, or that is no topic, is a dead letter too."""
    found = parsed(specific(), topics={"7": TOPIC, "8": TOPIC, "9": {"title": ""}})

    assert [item.record for item in found if isinstance(item, DeadLetter)] == [
        "topic 8",
        "topic 9",
    ]


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"specificRecommendations": []}'])
def test_other_json_is_refused(data: bytes) -> None:
    """A file that is no answer of the API is a ParseError."""
    with pytest.raises(ParseError):
        list(uspstf.parse(as_file(data)))


DATA = Path(os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.shared_data
def test_all_143_recommendations_have_direction_and_strength() -> None:
    """90 topics, 143 graded recommendations, no dead letter, none without a population."""
    path = DATA / "ingest" / "uspstf_api_2024" / "sample.json"
    if not path.is_file():
        pytest.skip(f"no shared data at {path}")

    documents = list(uspstf.parse(as_file(path.read_bytes())))

    found = [
        block.recommendation
        for document in documents
        if isinstance(document, Document)
        for section in document.sections
        for block in section.blocks
        if block.recommendation is not None
    ]
    assert len(documents) == 90
    assert all(isinstance(document, Document) for document in documents)
    assert Counter(f"{r.strength} {r.direction}" for r in found) == {
        "I neither": 58,
        "B for": 40,
        "D against": 23,
        "A for": 14,
        "C for": 8,
    }
    assert all(r.population for r in found)
