"""The corpus format: front matter, marked recommendations, lists and tables."""

import hashlib
from pathlib import Path

import pytest

from ingest.documents import BlockKind, Direction, Document, GuidelineFacts, SourceKind
from ingest.errors import ParseError
from ingest.parsing import guideline_markdown
from ingest.reading import Format, SourceFile

HEAD = """---
title: "Zinc for colds"
publisher: "Society of Colds"
year: 2021
version: "2.10"
published: 2021-03
series: soc-colds
scheme: GRADE
population: "adults with a cold"
supersedes: ["Zinc for colds, 2015"]
superseded_by: "Zinc for colds, 2030"
---

"""


def parsed(text: str, path: str = "guidelines/zinc.md") -> Document:
    """Parse *text* as the one document of a file."""
    data = text.encode()
    file = SourceFile(path, data, hashlib.sha256(data).hexdigest(), Format.MARKDOWN)
    (document,) = guideline_markdown.parse(file)
    assert isinstance(document, Document)
    return document


def test_front_matter_becomes_the_source() -> None:
    """Every front matter key is on the source, values as they are written."""
    document = parsed(HEAD + "# Advice\n\nRest.")

    source = document.source
    assert document.id == "guideline:soc-colds@2.10"
    assert (source.id, source.title, source.publisher) == (
        "guideline:soc-colds",
        "Zinc for colds",
        "Society of Colds",
    )
    assert source.published == "2021-03"
    assert source.facts == GuidelineFacts(
        series="soc-colds",
        year=2021,
        version="2.10",
        scheme="GRADE",
        population="adults with a cold",
        supersedes=("Zinc for colds, 2015",),
        superseded_by=("Zinc for colds, 2030",),
    )


def test_a_file_without_front_matter_is_read() -> None:
    """Plain Markdown takes its title from the first heading, and its id from the title."""
    document = parsed("# Zinc & colds\n\nRest.\n")
    untitled = parsed("Rest.\n", path="a/cold_rules.md")

    assert (document.id, document.source.title) == ("guideline:zinc-colds", "Zinc & colds")
    assert untitled.id == "guideline:cold-rules"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("colour: blue", "colour"),
        ("year: soon", "year"),
        ("kind: summary", "summary_of"),
        ("published: March", "published"),
        ("url: javascript:alert(1)", "url"),
        ("title: [unclosed", "YAML"),
        (f"title: {'[' * 5000}", "nested too deeply"),
    ],
)
def test_wrong_front_matter_names_the_key(line: str, named: str) -> None:
    """An unknown key or a wrong value refuses the file, and the reason names it."""
    text = f"---\ntitle: Zinc\n{line}\n---\n\nRest.\n"

    with pytest.raises(ParseError, match=named):
        parsed(text)


def test_a_summary_says_so() -> None:
    """A summary carries its kind and whose words it is not."""
    head = HEAD.replace("series:", "kind: summary\nsummary_of: The real one\nseries:")

    source = parsed(head + "Rest.").source

    assert source.kind is SourceKind.SUMMARY
    assert source.summary_of == "The real one"


def test_a_marked_recommendation_is_one_block_with_its_strength() -> None:
    """Attributes become data and stay in the block's text."""
    text = "Clinicians are advised that zinc 10 mg/m² not be used. It may harm."
    mark = "**Recommendation (against; weak; certainty very low; population children):**"

    (block,) = parsed(f"{HEAD}# Advice\n\n- {mark} {text}\n").sections[0].blocks

    assert block.kind is BlockKind.RECOMMENDATION
    assert block.text == f"{mark.strip('*')} {text}"
    given = block.recommendation
    assert given is not None
    assert given.direction is Direction.AGAINST
    assert (given.strength, given.certainty) == ("weak", "very low")
    assert (given.scheme, given.population) == ("GRADE", "children")


def test_a_mark_without_attributes_is_read_from_its_sentence() -> None:
    """A bare mark takes direction and strength from the words, the population from the file."""
    text = "**Recommendation** We suggest that clinicians not use zinc.\n"

    (block,) = parsed(HEAD + text).sections[0].blocks

    assert block.recommendation is not None
    assert block.recommendation.direction is Direction.AGAINST
    assert block.recommendation.strength == "weak"
    assert block.recommendation.population == "adults with a cold"


@pytest.mark.parametrize(
    "text",
    [
        "**Recommendation (for; weak):** We suggest that clinicians not use zinc.",
        "**Recommendation (against):** Zinc should be offered to all adults.",
        "**Recommendation (for; class 3 harm):** Zinc in adults.",
        "**Recommendation (for; against):** Zinc in adults.",
        "**Recommendation (for; weak; strong):** Zinc in adults.",
        "**Recommendation (agianst; weak):** Zinc in adults.",
    ],
)
def test_a_contradicted_mark_refuses_the_file(text: str) -> None:
    """A mark that its sentence denies, or that is misspelt, is never stored either way."""
    with pytest.raises(ParseError):
        parsed(HEAD + text)


def test_only_marks_count_where_there_are_marks() -> None:
    """In a marked file, a sentence about an older edition is not taken for a recommendation."""
    text = "**Recommendation (for):** Zinc for colds.\n\nIn 2015 zinc was not recommended.\n"

    blocks = parsed(HEAD + text).sections[0].blocks

    assert [block.kind for block in blocks] == [BlockKind.RECOMMENDATION, BlockKind.PROSE]


def test_unmarked_files_are_read_for_recommendations() -> None:
    """Sentences and notations that recommend are found where nothing is marked."""
    text = "Colds are common.\n\nWe recommend against zinc.\n\n1. Give fluids. (Weak For)\n"

    blocks = parsed(HEAD + text).sections[0].blocks

    assert [b.recommendation.direction if b.recommendation else None for b in blocks] == [
        None,
        Direction.AGAINST,
        Direction.FOR,
    ]


def test_items_lean_on_their_head_and_rows_on_theirs() -> None:
    """A list item's lead is the sentence it hangs from; a row's are its column heads."""
    text = """# Doses

Zinc is sold. Doses for adults are:

- lozenge, 10 mg
  - for 5 days

| Drug | Dose |
| --- | --- |
| zinc | ≤ 10 mg/m<sup>2</sup> |
"""
    blocks = parsed(HEAD + text).sections[0].blocks

    assert [(b.kind, b.text, b.lead) for b in blocks[1:]] == [
        (BlockKind.ITEM, "lozenge, 10 mg", "Doses for adults are:"),
        (BlockKind.ITEM, "for 5 days", "Doses for adults are: lozenge, 10 mg"),
        (BlockKind.ROW, "zinc | ≤ 10 mg/m²", "Drug | Dose"),
    ]


def test_rows_with_a_direction_column_are_recommendations() -> None:
    """A table of recommendations keeps each row's direction and strength."""
    text = "| Drug | Direction | Strength |\n|---|---|---|\n| zinc | against | weak |\n"

    (block,) = parsed(HEAD + text).sections[0].blocks

    assert block.kind is BlockKind.RECOMMENDATION
    assert block.recommendation is not None
    assert block.recommendation.direction is Direction.AGAINST
    assert block.recommendation.strength == "weak"


def test_a_tablet_strength_is_no_strength_of_recommendation() -> None:
    """A column "Strength" with milligrams in it makes no recommendations."""
    text = "| Drug | Strength |\n|---|---|\n| zinc | 5 mg |\n"

    (block,) = parsed(HEAD + text).sections[0].blocks

    assert block.kind is BlockKind.ROW


def test_a_recommendation_takes_its_list_and_the_strength_below() -> None:
    """What is recommended, and how strongly, stand in one block even around a list."""
    text = "We recommend one of:\n\n- zinc\n- rest\n\n(Strong For; Reviewed)\n\nColds end.\n"

    first, second = parsed(HEAD + text).sections[0].blocks

    assert first.text == "We recommend one of: • zinc • rest (Strong For; Reviewed)"
    assert first.recommendation is not None
    assert first.recommendation.strength == "strong"
    assert second.kind is BlockKind.PROSE


def test_units_survive_and_marks_go() -> None:
    """Units and signs stay, emphasis marks, links' targets and images go."""
    text = "Give **10 µg/kg** ±0.5 if count ≥1.5×10<sup>9</sup>/L ([see](https://e.org)) ![x](y).\n"

    (block,) = parsed(HEAD + text).sections[0].blocks

    assert block.text == "Give 10 µg/kg ±0.5 if count ≥1.5×10⁹/L (see) ."


def test_headings_make_the_path() -> None:
    """A section's headings are the path from the top."""
    text = "# A\n\n## B\n\nb\n\n## C\n\nc\n\n# D\n\nd\n"

    paths = [section.headings for section in parsed(HEAD + text).sections]

    assert paths == [("A", "B"), ("A", "C"), ("D",)]


def test_an_html_table_with_blank_lines_stays_one_table() -> None:
    """CommonMark would end the table at the blank line; its rows must not be lost."""
    text = """<table>
<tr><th>Drug</th>

<th>Dose</th></tr>

<tr><td>zinc</td><td>1 mg</td></tr>
</table>
"""

    (block,) = parsed(HEAD + text).sections[0].blocks

    assert (block.text, block.lead) == ("zinc | 1 mg", "Drug | Dose")


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"---\ntitle: Zinc\n---\n", b"# Only a heading\n"]
)
def test_files_without_text_are_refused(data: bytes) -> None:
    """Bytes that are no UTF-8 text, and files without a paragraph, are reported."""
    file = SourceFile("x.md", data, hashlib.sha256(data).hexdigest(), Format.MARKDOWN)

    with pytest.raises(ParseError):
        list(guideline_markdown.parse(file))


def test_the_starter_corpus_is_read() -> None:
    """Every guideline of the corpus is a summary whose recommendations all have a direction."""
    folder = Path(__file__).parents[2] / "corpus" / "guidelines"
    documents = [parsed(p.read_text(), p.name) for p in sorted(folder.glob("*.md"))]

    marked = [
        block
        for document in documents
        for section in document.sections
        for block in section.blocks
        if block.text.startswith("Recommendation (")
    ]
    assert all(document.source.kind is SourceKind.SUMMARY for document in documents)
    assert all(block.kind is BlockKind.RECOMMENDATION for block in marked)
    assert all(b.recommendation and b.recommendation.direction for b in marked)
    assert len({document.id for document in documents}) == len(documents)


def test_brackets_without_end_are_read_in_reasonable_time() -> None:
    """Thousands of open brackets are text, not links to be looked for."""
    (block,) = parsed(f"# A\n\n{'[ ' * 5000}\n").sections[0].blocks

    assert block.text.count("[") == 5000
