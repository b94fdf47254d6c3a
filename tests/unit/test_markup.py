"""Facts about reading XML and HTML: units survive, tables keep their meaning, bombs are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest.documents import BlockKind
from ingest.errors import ParseError
from ingest.markup import (
    flatten,
    local_name,
    lowered,
    parse_html,
    parse_xml,
    raised,
    squeeze,
    table_blocks,
)
from ingest.tables import Cell, Table, rows_as_blocks


def read(xml: str) -> etree._Element:
    """Parse a short XML text."""
    return parse_xml(xml.encode())


def rows(xml: str) -> list[tuple[str, str]]:
    """Return each block of a table as (lead, text)."""
    return [(block.lead, block.text) for block in table_blocks(read(xml))]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<p>5 x 10<sup>9</sup>/L</p>", "5 x 10⁹/L"),
        ("<p>30 mg/m<sup>2</sup></p>", "30 mg/m²"),
        ("<p>s<sup>-1</sup>, Ca<sup>2+</sup></p>", "s⁻¹, Ca²⁺"),
        ("<p>H<sub>2</sub>O, HbA<sub>1c</sub>, C<sub>max</sub></p>", "H₂O, HbA1c, Cmax"),
        ("<p>≤ 5 µg ± 0.5, −3 °C</p>", "≤ 5 µg ± 0.5, −3 °C"),
        ("<p>20<sup>o</sup>C, Brand<sup>®</sup>, 5<sup>th</sup></p>", "20ºC, Brand®, 5th"),
        ("<p>12%<sup>a</sup></p>", "12%^a"),
        ('<p>10<content styleCode="Superscript">6</content> cells</p>', "10⁶ cells"),
    ],
)
def test_units_survive(xml: str, text: str) -> None:
    """Superscripts, subscripts, signs and marks are still there, as characters."""
    element = read(xml)

    assert flatten(element) == text


def test_raised_and_lowered_never_glue_digits_to_a_number() -> None:
    """A raised or lowered digit never becomes a digit on the line: 10⁹ is not 109."""
    assert "9" not in raised("9")
    assert "2" not in lowered("2")
    assert raised("a,b") == "^(a,b)"


def test_a_styled_phrase_keeps_its_distance_but_tall_man_letters_stay_one_word() -> None:
    """Lost spaces come back around styled phrases; hydrOXYzine is not torn apart."""
    phrase = read("<p>against<content>H. pylori</content>and <content>Dose:</content>5 mg</p>")
    word = read('<p>hydr<content styleCode="bold">OXY</content>zine</p>')

    assert flatten(phrase) == "against H. pylori and Dose: 5 mg"
    assert flatten(word) == "hydrOXYzine"


def test_links_add_no_space_inside_brackets() -> None:
    """A cross-reference reads as it is printed."""
    element = read('<p>[see Warnings (<linkHtml href="#a">5.4</linkHtml>)]</p>')

    assert flatten(element) == "[see Warnings (5.4)]"


def test_skipped_elements_leave_the_text_after_them() -> None:
    """What *skip* names goes, its tail stays."""
    element = read("<p>before <x>gone</x>after</p>")

    assert flatten(element, skip=lambda e: local_name(e) == "x") == "before after"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cf"])))
def test_plain_text_is_kept_but_for_white_space(text: str) -> None:
    """Flattening text without markup is squeezing it: no visible character is lost."""
    element = etree.Element("p")
    element.text = text

    assert flatten(element) == squeeze(text)
    assert squeeze(text).split() == text.split()


@pytest.mark.parametrize(
    "data",
    [
        b"<a><b></a>",
        b"",
        b'<!DOCTYPE a [<!ENTITY x "boo">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_unsafe_or_broken_xml_is_refused(data: bytes) -> None:
    """Malformed, entity-declaring and too deeply nested XML is a ParseError, never a crash."""
    with pytest.raises(ParseError):
        parse_xml(data)


def test_html_loses_its_scripts_and_empty_html_is_refused() -> None:
    """Scripts and styles are not text; nothing at all is a ParseError."""
    page = parse_html("<p>5 mg<script>alert(1)</script> daily</p>")

    assert flatten(page) == "5 mg daily"
    with pytest.raises(ParseError):
        parse_html("  ")


def test_a_row_carries_caption_and_stacked_heads() -> None:
    """Heads over several columns and rows are joined column by column."""
    table = """<table><caption>Table 1. Reactions</caption>
      <thead><tr><th rowspan="2">Reaction</th><th colspan="2">Drug (N=80)</th></tr>
      <tr><th>n</th><th>%</th></tr></thead>
      <tbody><tr><td>Nausea</td><td>8</td><td>10</td></tr></tbody></table>"""

    assert rows(table) == [
        ("Table 1. Reactions Reaction | Drug (N=80) n | Drug (N=80) %", "Nausea | 8 | 10")
    ]


def test_equal_neighbours_are_kept_and_a_spanning_cell_is_written_once() -> None:
    """5 | 5 is two results; a cell over two columns is one."""
    table = """<table><tr><td>Edema</td><td>5</td><td>5</td></tr>
      <tr><td>Rash</td><td colspan="2">none</td></tr></table>"""

    assert [text for _, text in rows(table)] == ["Edema | 5 | 5", "Rash | none"]


def test_a_row_span_repeats_its_cell_in_every_row() -> None:
    """A row says everything it says on paper."""
    table = """<table><tr><td rowspan="2">Adults</td><td>mild</td><td>5 mg</td></tr>
      <tr><td>severe</td><td>10 mg</td></tr></table>"""

    assert [text for _, text in rows(table)] == ["Adults | mild | 5 mg", "Adults | severe | 10 mg"]


def test_a_group_is_named_in_the_rows_below_it() -> None:
    """Rows under "Men only" are not read as if they were about everybody."""
    bold = '<content styleCode="bold">{}</content>'
    table = f"""<table><tbody>
      <tr><td/><td>{bold.format("Drug")}</td><td>{bold.format("Placebo")}</td></tr>
      <tr><td>{bold.format("Men only")}</td><td>{bold.format("(N=8)")}</td>
          <td>{bold.format("(N=9)")}</td></tr>
      <tr><td>Rash</td><td>8%</td><td>1%</td></tr>
      <tr><td>{bold.format("Women only")}</td><td>{bold.format("(N=7)")}</td>
          <td>{bold.format("(N=6)")}</td></tr>
      <tr><td>Rash</td><td>7%</td><td>2%</td></tr></tbody></table>"""

    assert rows(table) == [
        ("| Drug | Placebo (below: Men only | (N=8) | (N=9))", "Men only | (N=8) | (N=9)"),
        ("| Drug | Placebo (below: Men only | (N=8) | (N=9))", "Rash | 8% | 1%"),
        ("| Drug | Placebo (below: Women only | (N=7) | (N=6))", "Women only | (N=7) | (N=6)"),
        ("| Drug | Placebo (below: Women only | (N=7) | (N=6))", "Rash | 7% | 2%"),
    ]


def test_a_blank_first_cell_leans_on_the_last_one_above() -> None:
    """A dose line whose infection stands one row higher keeps its infection."""
    table = """<table><thead><tr><th>Infection</th><th>Severity</th><th>Dose</th></tr></thead>
      <tbody><tr><td>Ear</td><td>mild</td><td>500 mg</td></tr>
      <tr><td/><td>severe</td><td>875 mg</td></tr></tbody></table>"""

    assert rows(table)[1] == ("Infection | Severity | Dose (below: Ear)", "| severe | 875 mg")


def test_an_unmarked_head_is_known_by_the_figures_below_it() -> None:
    """FDA tables often mark no head; a row of words over columns of figures is one."""
    table = """<table><tr><td>Reaction</td><td>Drug (%)</td></tr>
      <tr><td>Fatigue</td><td>4.5</td></tr><tr><td>Nausea</td><td>&lt;0.1</td></tr></table>"""

    assert rows(table) == [
        ("Reaction | Drug (%)", "Fatigue | 4.5"),
        ("Reaction | Drug (%)", "Nausea | <0.1"),
    ]


def test_notes_follow_the_rows_although_the_source_writes_them_first() -> None:
    """A tfoot before its tbody, as SPL orders them, is prose after the rows."""
    table = """<table><tfoot><tr><td colspan="2">* p &lt; 0.05</td></tr></tfoot>
      <tbody><tr><td>A</td><td>1*</td></tr></tbody></table>"""
    blocks = table_blocks(read(table))

    assert [(b.kind, b.text) for b in blocks] == [
        (BlockKind.ROW, "A | 1*"),
        (BlockKind.PROSE, "* p < 0.05"),
    ]


def test_a_table_inside_a_cell_is_part_of_that_cell_only() -> None:
    """Nested rows are not read twice, nor are captions of list items taken for the table's."""
    table = """<table><tr><td>a<table><tr><td>inner</td></tr></table></td>
      <td><list><item><caption>•</caption>one</item><item>two</item></list></td></tr></table>"""

    assert rows(table) == [("", "a inner | • one • two")]


def test_an_absurd_span_is_cut() -> None:
    """A table 10 million columns wide is a bomb, not a table."""
    table = '<table><tr><td colspan="10000000">x</td></tr></table>'

    assert len(table_blocks(read(table))) == 1


words = st.text(alphabet="abcxyz019.%", min_size=1, max_size=6)
cells = st.builds(Cell, st.one_of(st.just(""), words), bold=st.booleans(), head=st.booleans())
grids = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6)
)


@given(grids, grids)
def test_no_cell_is_lost(head: list[list[Cell]], body: list[list[Cell]]) -> None:
    """Whatever is taken for head, group or note: every cell's text is in some block or its lead."""
    blocks = rows_as_blocks(Table("", head, [*body, [Cell("last")]]))
    said = " ".join(f"{block.lead} {block.text}" for block in blocks)

    assert all(cell.text in said for row in (*head, *body) for cell in row)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), words), min_size=1, max_size=8))
def test_spans_lose_no_text(spans: list[tuple[int, int, str]]) -> None:
    """However cells span rows and columns, each one's text is read."""
    body = "".join(
        f'<tr><td rowspan="{down}" colspan="{right}">{text}</td></tr>'
        for down, right, text in spans
    )
    blocks = table_blocks(read(f"<table>{body}</table>"))
    said = " ".join(f"{block.lead} {block.text}" for block in blocks)

    assert all(text in said for _, _, text in spans)
