"""National Guideline Clearinghouse summaries: one guideline, two formats, the same facts."""

import hashlib
import html
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.documents import Block, BlockKind, Direction, Document, GuidelineFacts
from ingest.errors import ParseError
from ingest.parsing import ngc
from ingest.reading import Format, SourceFile

MAJOR_HTML = """
<div><p><strong>Note</strong>: strengths are defined at the end of the "Major Recommendations".</p>
<p><strong><span style="text-decoration: underline;">Treatment</span></strong></p>
<p><strong>Lozenges</strong></p>
<ol><li>The Work Group recommends offering one of: <ul><li>zinc</li><li>rest</li></ul>
(<strong>Strong For; Reviewed, New-added</strong>) </li>
<li>The Work Group suggests <em>against</em> zinc above 25 mg/m<sup>2</sup>.
(<strong>Weak Against</strong>)</li>
<li>Patients should be asked about colds.</li></ol>
<p><strong>Definitions</strong>:</p>
<ul><li><strong>Strong for</strong> (or "The Work Group recommends offering this")</li></ul></div>
"""

MAJOR_MARKDOWN = """
**Note** : strengths are defined at the end of the "Major Recommendations".


###  Treatment

####  Lozenges

  1. The Work Group recommends offering one of:
    * zinc
    * rest

( **Strong For; Reviewed, New-added** )
  2. The Work Group suggests _**against** _ zinc above 25 mg/m  2  . ( **Weak Against** )
  3. Patients should be asked about colds.


###  Definitions:

  * **Strong for** (or "The Work Group recommends offering this")
"""

OTHERS = {
    "Guideline Title": "Zinc for colds.",
    "Guideline Status": "This guideline updates a previous version: Zinc for colds. 2009. 3 p.",
    "Target Population": "Adults with a cold",
    "Potential Harms": "Nausea",
    "Date Released": "2009 May (revised 2014 Feb 3)",
    "Copyright Statement": "No copyright restrictions apply.",
    "Financial Disclosures/Conflicts of Interest": "Not stated",
}


def xml_file(name: str = "ngc-10001.xml", major: str = MAJOR_HTML) -> SourceFile:
    """Return an NGC XML file with the fields above."""
    fields = {**{key: f"<p>{value}</p>" for key, value in OTHERS.items()}}
    fields["Major Recommendations"] = major
    fields["Guideline Availability"] = '<p>From the <a href="http://e.org/z">site</a>.</p>'
    written = "".join(
        f'<Field Name="{key}" Type="text"><FieldValue Value="{html.escape(value)}"/></Field>'
        for key, value in fields.items()
    )
    developers = (
        '<Field Name="Guideline Developer(s)" Type="orglist">'
        '<FieldValue Value="Society of Colds - Medical Specialty Society"/>'
        '<FieldValue Value="Zinc Board - State/Local Government Agency [U.S.]"/></Field>'
    )
    text = f'<Version><Section Name="General">{written}{developers}</Section></Version>'
    return _file(name, text, Format.NGC_XML)


def markdown_file(name: str = "ngc-10001.md") -> SourceFile:
    """Return the same guideline as Markdown."""
    parts = ["---\ntitle: Zinc for colds\nid: 10001\npermalink: /x\n---\n\n# General\n"]
    parts += [f"## {key}\n\n{value}\n" for key, value in OTHERS.items()]
    parts += [f"## Major Recommendations\n\n{MAJOR_MARKDOWN}\n"]
    parts += ["## Guideline Availability\n\nFrom the [site](http://e.org/z).\n"]
    parts += ["## Guideline Developer(s)\n\n- Society of Colds - Medical Specialty Society"]
    parts += ["- Zinc Board - State/Local Government Agency [U.S.]"]
    return _file(name, "\n".join(parts), Format.NGC_MARKDOWN)


def _file(name: str, text: str, form: Format) -> SourceFile:
    data = text.encode()
    return SourceFile(name, data, hashlib.sha256(data).hexdigest(), form)


def only(file: SourceFile) -> Document:
    """Parse a file that holds one guideline."""
    (document,) = ngc.parse(file)
    assert isinstance(document, Document)
    return document


def recommendations(document: Document) -> list[Block]:
    """Return the blocks that are recommendations, in order."""
    return [b for s in document.sections for b in s.blocks if b.recommendation is not None]


@pytest.mark.parametrize("file", [xml_file(), markdown_file()], ids=["xml", "markdown"])
def test_fields_become_the_source(file: SourceFile) -> None:
    """Both formats give the same id, title, publisher, date, address and earlier edition."""
    document = only(file)

    source = document.source
    assert document.id == "guideline:ngc-10001@2014"
    assert (source.title, source.published) == ("Zinc for colds", "2014-02-03")
    assert source.publisher == "Society of Colds; Zinc Board"
    assert source.url == "http://e.org/z"
    assert source.licence == "No copyright restrictions apply."
    assert source.facts == GuidelineFacts(
        series="ngc-10001",
        year=2014,
        scheme="GRADE",
        population="Adults with a cold",
        supersedes=("Zinc for colds. 2009. 3 p.",),
    )


@pytest.mark.parametrize("file", [xml_file(), markdown_file()], ids=["xml", "markdown"])
def test_recommendations_keep_list_strength_and_direction(file: SourceFile) -> None:
    """A recommendation is one block with its list and grade; definitions are none."""
    found = recommendations(only(file))

    assert [
        (b.recommendation.direction, b.recommendation.strength) for b in found if b.recommendation
    ] == [
        (Direction.FOR, "strong"),
        (Direction.AGAINST, "weak"),
        (Direction.FOR, None),
    ]
    assert found[0].text == (
        "The Work Group recommends offering one of: • zinc • rest (Strong For; Reviewed, New-added)"
    )
    assert found[1].text == ("The Work Group suggests against zinc above 25 mg/m². (Weak Against)")


@pytest.mark.parametrize("file", [xml_file(), markdown_file()], ids=["xml", "markdown"])
def test_administrative_fields_are_left_out(file: SourceFile) -> None:
    """What is said about care is kept, disclosures are not."""
    document = only(file)

    kept = {section.headings[0] for section in document.sections}
    assert kept == {"Major Recommendations", "Potential Harms", "Target Population"}
    paths = [section.headings for section in document.sections]
    assert ("Major Recommendations", "Treatment", "Lozenges") in paths


def test_letters_follow_the_guidelines_own_definition() -> None:
    """Grade C is for where it means "selectively offer", unsaid where it once meant nothing."""
    major = "<p>Zinc in adults with a cold. [C]</p><p><strong>Grades</strong></p><p>{}</p>"
    now = major.format("Grade C: recommends selectively offering the service.")
    old = major.format("Grade C: No recommendation for or against the routine provision.")

    ways = [recommendations(only(xml_file(major=text)))[0].recommendation for text in (now, old)]

    assert [way.direction if way else None for way in ways] == [Direction.FOR, None]


def test_a_table_of_graded_rows_takes_its_direction_from_its_heading() -> None:
    """Rows under "Recommendations When Zinc Is Not Indicated" are recommendations against."""
    table = (
        "<table><thead><tr><th>Illness</th><th>Strength of Recommendation</th></tr></thead>"
        "<tbody><tr><td>Cold</td><td>Weak</td></tr></tbody></table>"
    )
    heading = "<p><strong>Recommendations When Zinc Is {}Indicated</strong></p>"
    texts = [heading.format("Not ") + table, heading.format("") + table]

    ways = [recommendations(only(xml_file(major=text)))[0].recommendation for text in texts]

    assert [way.direction if way else None for way in ways] == [Direction.AGAINST, Direction.FOR]


def test_a_file_without_recommendations_is_refused() -> None:
    """XML that has not the fields of a guideline is a ParseError, not an empty document."""
    file = _file("x.xml", "<Version><Section/></Version>", Format.NGC_XML)

    with pytest.raises(ParseError, match="major recommendations"):
        list(ngc.parse(file))


DATA = Path(os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


def shared(folder: str, form: Format, pattern: str = "*") -> Iterator[Document]:
    """Parse the files of a shared folder that match *pattern*."""
    path = DATA / "ingest" / folder
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}")
    for name in sorted(path.glob(pattern)):
        data = name.read_bytes()
        yield only(SourceFile(name.name, data, hashlib.sha256(data).hexdigest(), form))


@pytest.mark.shared_data
def test_both_formats_of_26_guidelines_agree() -> None:
    """The same ids and, in the same order, the same directions and strengths."""
    in_xml = {d.id: d for d in shared("guidelines_ngc_xml", Format.NGC_XML)}
    in_markdown = {d.id: d for d in shared("guidelines_ngc_md", Format.NGC_MARKDOWN)}

    assert len(in_xml) == 26
    assert in_xml.keys() == in_markdown.keys()
    for key, document in in_xml.items():
        pair = [
            [
                (b.recommendation.direction, b.recommendation.strength)
                for b in recommendations(d)
                if b.recommendation
            ]
            for d in (document, in_markdown[key])
        ]
        assert pair[0] == pair[1], key


@pytest.mark.shared_data
def test_shared_recommendations_have_directions() -> None:
    """More than 95 of 100 recommendations of the 26 guidelines have a direction."""
    found = [b for d in shared("guidelines_ngc_xml", Format.NGC_XML) for b in recommendations(d)]

    known = [b for b in found if b.recommendation and b.recommendation.direction is not None]
    assert all(b.kind is BlockKind.RECOMMENDATION for b in found)
    assert len(found) > 700
    assert len(known) > 0.95 * len(found)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("series", "words", "way"),
    [
        ("ngc-10885", "to recommend for or against oral naltrexone", Direction.NEITHER),
        ("ngc-10885", "Naltrexone- oral or extended release", Direction.FOR),
        ("ngc-10885", "against withdrawal management alone", Direction.AGAINST),
        ("ngc-10536", "should not prescribe chondroitin", Direction.AGAINST),
        ("ngc-10531", "do not use meperidine", Direction.AGAINST),
        ("ngc-10403", "coitally-timed", Direction.AGAINST),
        ("ngc-10534", "Priapism |", Direction.AGAINST),
        ("ngc-11178", "against the concurrent use of benzodiazepines", Direction.AGAINST),
        ("ngc-11178", "tapering to reduced dose", Direction.FOR),
    ],
)  # fmt: skip
def test_directions_a_clinician_would_check(series: str, words: str, way: Direction) -> None:
    """Recommendations read by eye in the source have the direction that was read there."""
    (document,) = shared("guidelines_ngc_xml", Format.NGC_XML, f"{series}.xml")

    ways = [b.recommendation for b in recommendations(document) if words in b.text]

    assert [found.direction for found in ways if found] == [way]
