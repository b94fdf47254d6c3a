"""Facts about reading DailyMed SPL: what a label says is kept, in its place, with its units."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.documents import BlockKind, DeadLetter, Document, LabelFacts, Section, SourceType
from ingest.errors import ParseError
from ingest.parsing import spl
from ingest.reading import Format, SourceFile

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
SET_ID = "0a1b2c3d-0000-4000-8000-00000000abcd"
PRODUCT = """
<component><section><code code="48780-1"/><subject><manufacturedProduct><manufacturedProduct>
  <name>{brand}</name><formCode displayName="TABLET, FILM COATED"/>
  <asEntityWithGeneric><genericMedicine><name>EXAMPLIN HYDROCHLORIDE</name></genericMedicine>
  </asEntityWithGeneric>
  <ingredient classCode="IACT"><ingredientSubstance><name>LACTOSE</name></ingredientSubstance>
  </ingredient>
  <ingredient classCode="ACTIM"><ingredientSubstance><name>EXAMPLIN HYDROCHLORIDE</name>
    <activeMoiety><activeMoiety><name>EXAMPLIN</name></activeMoiety></activeMoiety>
  </ingredientSubstance></ingredient></manufacturedProduct>
  <subjectOf><approval><code displayName="ANDA"/></approval></subjectOf>
  <consumedIn><substanceAdministration><routeCode displayName="ORAL"/>
  </substanceAdministration></consumedIn></manufacturedProduct></subject></section></component>
"""


def source_file(xml: str, path: str = "labels/Brandex 2019.xml") -> SourceFile:
    """Return *xml* as a file that was read."""
    data = xml.encode()
    return SourceFile(path, data, hashlib.sha256(data).hexdigest(), Format.SPL)


def label(*sections: str, header: str | None = None, brand: str = "BRANDEX") -> str:
    """Return a whole label made of *sections*."""
    header = header or (
        f'<effectiveTime value="20191129"/><setId root="{SET_ID.upper()}"/>'
        '<versionNumber value="7"/>'
    )
    body = "".join(f"<component>{section}</component>" for section in sections)
    return (
        '<document xmlns="urn:hl7-org:v3"><code code="34391-3"/>'
        f"<title>These highlights do not include everything</title>{header}"
        "<author><assignedEntity><representedOrganization><name>Acme Labs</name>"
        "</representedOrganization></assignedEntity></author>"
        f"<component><structuredBody>{PRODUCT.format(brand=brand)}{body}"
        "</structuredBody></component></document>"
    )


def section(text: str, *, code: str = "34071-1", title: str = "WARNINGS", inner: str = "") -> str:
    """Return one SPL section."""
    head = f"<title>{title}</title>" if title else ""
    coded = f'<code code="{code}"/>' if code else ""
    return f"<section>{coded}{head}<text>{text}</text>{inner}</section>"


def only(xml: str, path: str = "labels/Brandex 2019.xml") -> Document:
    """Parse a file that holds one label."""
    (document,) = spl.parse(source_file(xml, path))
    assert isinstance(document, Document)
    return document


def sections(*texts: str) -> tuple[Section, ...]:
    """Return the sections of a label made of *texts*."""
    return only(label(*texts)).sections


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Return the blocks of one section's text as (kind, lead, text)."""
    return [
        (block.kind.value, block.lead, block.text)
        for part in sections(section(text))
        for block in part.blocks
    ]


def test_the_header_and_the_product_data_become_facts() -> None:
    """Set id, version, date, names, active moiety, labeler, category, route and form are read."""
    facts = only(label(section("<paragraph>Text.</paragraph>"))).source.facts

    assert facts == LabelFacts(
        ingredients=("examplin",),
        brands=("Brandex",),
        generics=("examplin hydrochloride",),
        set_id=SET_ID,
        version="7",
        effective="2019-11-29",
        labeler="Acme Labs",
        marketing_category="ANDA",
        routes=("oral",),
        forms=("tablet, film coated",),
    )


def test_a_label_is_named_by_set_id_and_version_and_titled_for_people() -> None:
    """Ids say which version; the title is brand and generic, not the long SPL title."""
    document = only(label(section("<paragraph>Text.</paragraph>")))

    assert document.id == f"label:{SET_ID}@7"
    assert document.source.id == f"label:{SET_ID}"
    assert document.source.type is SourceType.LABEL
    assert document.source.title == "Brandex (examplin hydrochloride) – FDA label"
    assert document.source.publisher == "Acme Labs"
    assert document.source.url == (
        f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SET_ID}"
    )
    assert document.origin.parser == spl.VERSION


def test_a_generic_product_has_no_brand() -> None:
    """A product called by its substance is titled by it."""
    source = only(
        label(section("<paragraph>T.</paragraph>"), brand="Examplin Hydrochloride")
    ).source

    assert source.title == "Examplin hydrochloride – FDA label"


def test_only_the_precision_given_is_kept_and_a_missing_set_id_is_replaced_by_the_file() -> None:
    """A month stays a month; without set id and version the file and the date name the label."""
    document = only(
        label(section("<paragraph>T.</paragraph>"), header='<effectiveTime value="201911"/>')
    )

    assert document.id == "label:brandex-2019@2019-11"
    assert document.source.published == "2019-11"
    assert document.source.url is None


def test_nested_sections_keep_their_path_and_inherit_a_code() -> None:
    """A numbered subsection without a code of its own speaks for the section above it."""
    inner = (
        "<component>"
        + section("<paragraph>Stop.</paragraph>", code="42229-5", title="5.1 Liver")
        + "</component><component>"
        + section("<paragraph>Not known.</paragraph>", code="34081-0", title="")
        + "</component>"
    )
    read = sections(section("", code="43685-7", title="5 WARNINGS AND PRECAUTIONS", inner=inner))

    assert [(part.code, part.headings) for part in read] == [
        ("43685-7", ("5 WARNINGS AND PRECAUTIONS", "5.1 Liver")),
        ("34081-0", ("5 WARNINGS AND PRECAUTIONS", "Pediatric use")),
    ]


def test_highlights_and_pictures_are_left_out() -> None:
    """What only repeats the section, or has no words, is not text."""
    inner = "<excerpt><highlight><text><paragraph>Again.</paragraph></text></highlight></excerpt>"
    text = '<paragraph>Once.</paragraph><renderMultiMedia referencedObject="M1"/>'

    assert [part.text for part in sections(section(text, inner=inner))] == ["Once."]


def test_a_boxed_warning_is_known_by_its_code() -> None:
    """The code that the safety block looks for survives."""
    (part,) = sections(section("<paragraph>Deaths.</paragraph>", code="34066-1", title=""))

    assert (part.code, part.headings) == ("34066-1", ("Boxed warning",))


def test_units_survive() -> None:
    """Powers, micrograms, comparisons, minus signs and decimals are what they were."""
    text = (
        "<paragraph>≥ 0.5 × 10<sup>9</sup>/L, ≤30 mg/m<sup>2</sup>, 5 µg, −2.5 °C ± 0.1</paragraph>"
    )

    assert blocks(text) == [("prose", "", "≥ 0.5 × 10⁹/L, ≤30 mg/m², 5 µg, −2.5 °C ± 0.1")]


def test_list_items_hang_from_the_sentence_before_them() -> None:
    """An item knows its list's sentence; an inner item the item above it."""
    text = """<paragraph>General. Do not use in patients with:</paragraph><list>
      <item><caption>•</caption>asthma</item>
      <item>liver disease:<list><item>severe</item></list></item></list>"""

    assert blocks(text) == [
        ("prose", "", "General. Do not use in patients with:"),
        ("item", "Do not use in patients with:", "asthma"),
        ("item", "Do not use in patients with:", "liver disease:"),
        ("item", "liver disease:", "severe"),
    ]


def test_bullets_drawn_by_hand_are_items_too() -> None:
    """Lines that begin with bullets are items; a wrapped line goes on with its item."""
    text = """<paragraph>Indicated:<br/>• to lower risk of:<br/>o stroke in adults with<br/>
      several risk factors<br/>• as an adjunct to diet.<br/>Then more.</paragraph>"""

    assert blocks(text) == [
        ("prose", "", "Indicated:"),
        ("item", "Indicated:", "to lower risk of:"),
        ("item", "to lower risk of:", "stroke in adults with several risk factors"),
        ("item", "Indicated:", "as an adjunct to diet."),
        ("prose", "", "Then more."),
    ]


def test_an_emphasised_line_heads_what_follows_it() -> None:
    """A line such as "Adults" above its dose becomes a heading; a last line alone stays text."""
    text = """<paragraph><content styleCode="underline">Adults</content></paragraph>
      <paragraph>20 mg daily.</paragraph>
      <paragraph><content styleCode="underline">Children:<br/></content>5 mg daily.</paragraph>
      <paragraph><content styleCode="underline">Rx only</content></paragraph>"""

    assert [(part.headings, part.text) for part in sections(section(text))] == [
        (("WARNINGS", "Adults"), "20 mg daily."),
        (("WARNINGS", "Children"), "5 mg daily.\nRx only"),
    ]


def test_a_package_panel_keeps_its_lines_as_text() -> None:
    """On a package every line is emphasised; none is a heading."""
    text = """<paragraph><content styleCode="bold">BRANDEX</content></paragraph>
      <paragraph>50 mg</paragraph>"""
    (part,) = sections(section(text, code="51945-4", title="PANEL"))

    assert part.text == "BRANDEX\n50 mg"


def test_table_rows_carry_their_heads_and_footnotes_follow() -> None:
    """A footnote is called by a mark in its cell and told below, not inside the figure."""
    text = """<table><caption>Table 1</caption><thead><tr><th>Event</th><th>Drug</th></tr></thead>
      <tbody><tr><td>Rash<footnote ID="f">In two trials.</footnote></td><td>12%</td></tr>
      <tr><td>Fever<footnoteRef IDREF="f"/></td><td>3%</td></tr></tbody></table>"""

    assert blocks(text) == [
        ("row", "Table 1 Event | Drug", "Rash* | 12%"),
        ("row", "Table 1 Event | Drug", "Fever* | 3%"),
        ("prose", "Table 1", "* In two trials."),
    ]


def test_a_table_that_only_draws_a_box_is_text() -> None:
    """A one-cell table's paragraphs and lists are paragraphs and lists."""
    text = """<table><tbody><tr><td><paragraph>Call a doctor for:</paragraph>
      <list><item>rash</item></list></td></tr>
      <tr><td>•</td><td>fever</td></tr></tbody></table>"""

    assert blocks(text) == [
        ("prose", "", "Call a doctor for:"),
        ("item", "Call a doctor for:", "rash"),
        ("item", "Call a doctor for:", "fever"),
    ]


def test_a_figure_table_title_set_above_the_table_leads_its_rows() -> None:
    """A caption written as a paragraph still says what the rows are about."""
    text = """<paragraph>Table 3: Doses</paragraph><table><tbody>
      <tr><td>mild</td><td>5 mg</td></tr><tr><td>severe</td><td>10 mg</td></tr></tbody></table>"""

    assert [lead for kind, lead, _ in blocks(text) if kind == BlockKind.ROW] == [
        "Table 3: Doses"
    ] * 2


def test_an_index_file_is_a_dead_letter_with_its_kind() -> None:
    """SPL that is no label is reported, by the name it gives itself."""
    xml = (
        '<document xmlns="urn:hl7-org:v3">'
        '<code code="60685-5" displayName="Indexing - Pharmacologic Class"/></document>'
    )
    (letter,) = spl.parse(source_file(xml))

    assert isinstance(letter, DeadLetter)
    assert "Indexing - Pharmacologic Class" in letter.reason


def test_a_label_without_text_is_a_dead_letter() -> None:
    """A label whose sections are all empty has nothing to cite."""
    (letter,) = spl.parse(source_file(label(section(""))))

    assert isinstance(letter, DeadLetter)


@pytest.mark.parametrize("xml", ["<document", "<html/>"])
def test_what_is_not_spl_is_refused(xml: str) -> None:
    """Broken XML and other XML are ParseErrors for the pipeline to report."""
    with pytest.raises(ParseError):
        list(spl.parse(source_file(xml)))


@pytest.mark.shared_data
def test_every_real_label_is_read() -> None:
    """The twenty real SPL files are nineteen labels and one index file; each label has a drug."""
    folder = SHARED / "ingest" / "spl_xml"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    read = [
        item
        for path in sorted(folder.glob("*.xml"))
        for item in spl.parse(source_file(path.read_text(encoding="utf-8"), path.name))
    ]
    labels = [item for item in read if isinstance(item, Document)]
    letters = [item for item in read if isinstance(item, DeadLetter)]

    assert (len(labels), len(letters)) == (19, 1)
    assert "Pharmacologic Class" in letters[0].reason
    for document in labels:
        facts = document.source.facts
        assert isinstance(facts, LabelFacts)
        assert facts.ingredients and facts.set_id and facts.labeler  # noqa: PT018
        assert any(part.code == "34067-9" for part in document.sections)
        assert "\ue000" not in document.text
