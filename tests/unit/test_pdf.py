"""PDF guidelines and labels: headings, superscripts, running heads, tables; always for review."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from ingest.documents import Block, BlockKind, Direction, Document, LabelFacts
from ingest.errors import ParseError
from ingest.parsing import pdf
from ingest.parsing.pdf_lines import page_lines
from ingest.parsing.pdf_runs import Run
from ingest.reading import Format, SourceFile
from tests.sample_pdf import Text, made


def parsed(data: bytes, path: str = "g/zinc.pdf") -> Document:
    """Parse *data* as a file of one document."""
    digest = hashlib.sha256(data).hexdigest()
    (document,) = pdf.parse(SourceFile(path, data, digest, Format.PDF))
    assert isinstance(document, Document)
    return document


def blocks(document: Document) -> list[Block]:
    """Return the blocks of all sections."""
    return [block for section in document.sections for block in section.blocks]


COLDS = (
    "Colds are common in all seasons and in all ages, so that most people"
    " have some of them every year (counts of 10⁹/L are usual)."
)
ADVICE = (
    "1. We recommend that clinicians not use zinc in children with a cold"
    " (strong recommendation, low-quality evidence)."
)
LOOP = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>\nendobj\ntrailer\n"
    b"<< /Root 1 0 R >>\n"
)


def guideline_page(number: int = 1) -> list[Text]:
    """Return a page with a running head, a title, headings and text."""
    return [
        (72, 770, 8, "F1", "Society of Colds - draft"),
        (300, 30, 8, "F1", f"{number}"),
        (72, 740, 16, "F2", "Zinc for Colds, 2021"),
        (72, 700, 10, "F2", "Treatment"),
        (72, 680, 10, "F1", "Colds are common in all seasons and in all ages, so that most people"),
        (72, 668, 10, "F1", "have some of them every year (counts of 10"),
        (324, 672, 6, "F1", "9"),
        (328, 668, 10, "F1", "/L are usual)."),
        (72, 640, 10, "F1", "Zinc comes as:"),
        (84, 626, 10, "F1", "• lozenges of 5 mg, to be dissolved in the mouth slowly, every"),
        (96, 614, 10, "F1", "two hours while awake"),
        (84, 600, 10, "F1", "• syrup"),
        (72, 570, 10, "F2", "Advice"),
        (72, 550, 10, "F1", "1. We recommend that clinicians not use zinc in children with a cold"),
        (72, 538, 10, "F1", "(strong recommendation, low-quality evidence)."),
    ]


def test_a_guideline_is_read_by_its_looks() -> None:
    """Headings, paragraphs, items with their head and graded recommendations are told apart."""
    document = parsed(made([guideline_page()]))

    assert document.needs_review
    assert document.id == "guideline:zinc-for-colds-2021@2021"
    assert document.source.title == "Zinc for Colds, 2021"
    found = [(s.headings, b.kind, b.text, b.lead) for s in document.sections for b in s.blocks]
    treatment, advice = ("Treatment",), ("Advice",)
    assert [each for each in found if each[0]] == [
        (
            treatment,
            BlockKind.PROSE,
            COLDS,
            "",
        ),
        (treatment, BlockKind.PROSE, "Zinc comes as:", ""),
        (
            treatment,
            BlockKind.ITEM,
            "lozenges of 5 mg, to be dissolved in the mouth slowly, every two hours while awake",
            "Zinc comes as:",
        ),
        (treatment, BlockKind.ITEM, "syrup", "Zinc comes as:"),
        (
            advice,
            BlockKind.RECOMMENDATION,
            ADVICE,
            "",
        ),
    ]
    given = blocks(document)[-1].recommendation
    assert given is not None
    assert (given.direction, given.strength) == (Direction.AGAINST, "strong")


def test_running_heads_and_page_numbers_are_left_out() -> None:
    """What stands at the edge of every page is no text."""
    pages = [
        [
            *guideline_page(n)[:2],
            (72, 600, 10, "F1", f"Paragraph {n} says something about colds, number {n} of four."),
            (72, 500, 10, "F1", f"Another {'x' * n} ends the page with words of its own to say."),
        ]
        for n in range(1, 5)
    ]

    text = parsed(made(pages)).text

    assert "draft" not in text
    assert text.count("Paragraph") == 4


def test_line_numbers_of_drafts_are_left_out() -> None:
    """Numbers that count the lines in the margin do not get into sentences."""
    lines = [
        (72.0, 700.0 - 14 * n, 10.0, "F1", f"line of prose that is long enough, {'abcdefgh'[n]}")
        for n in range(8)
    ]
    numbers = [(40.0, y, 10.0, "F1", str(n)) for n, (_, y, *_) in enumerate(lines, 1)]

    text = parsed(made([[*lines, *numbers]])).text

    assert not any(char.isdigit() for char in text)


def test_the_files_own_title_wins_unless_it_is_a_file_name() -> None:
    """A title in the file's data is the title; "x.docx" is none."""
    named = parsed(made([guideline_page()], title="Cold guideline"))
    unnamed = parsed(made([guideline_page()], title="final_v3.docx"))

    assert named.source.title == "Cold guideline"
    assert unnamed.source.title == "Zinc for Colds, 2021"


def runs(*given: tuple[str, float, float, float]) -> list[Run]:
    """Return runs (text, x, y, size), each character half a size wide."""
    return [Run(text, x, y, size, len(text) * size / 2) for text, x, y, size in given]


def test_scripts_go_back_to_their_place_wherever_they_are_drawn() -> None:
    """Superscripts above and subscripts below the line, drawn last, are put in."""
    drawn = runs(
        ("eGFR 30 mL/min/1.73 m", 10, 100, 10),
        (" and B", 120, 100, 10),
        (" levels", 160, 100, 10),
        ("2", 115, 104, 7),
        ("12", 150, 98, 7),
    )

    assert [line.text for line in page_lines(drawn)] == ["eGFR 30 mL/min/1.73 m² and B₁₂ levels"]


def test_gaps_are_spaces_and_wide_gaps_are_cells() -> None:
    """Words drawn apart get a space, a word drawn in two does not, columns become cells."""
    drawn = runs(
        ("pa", 10, 100, 10), ("in", 20, 100, 10), ("care", 33, 100, 10), ("5 mg", 90, 100, 10)
    )

    (line,) = page_lines(drawn)

    assert line.cells == ("pain care", "5 mg")


def test_two_columns_are_read_one_after_the_other() -> None:
    """Left before right, where most lines have a gap at one place near the middle."""
    drawn = [
        run
        for n in range(14)
        for run in runs(
            (f"left line {n} abc", 10, 400 - 12 * n, 10),
            (f"right line {n} abc", 110, 400 - 12 * n, 10),
        )
    ]

    texts = [line.text for line in page_lines(drawn)]

    assert texts[0].startswith("left")
    assert all(text.startswith("left") for text in texts[:14])
    assert all(text.startswith("right") for text in texts[14:])


def label_page() -> list[Text]:
    """Return a label in the format of 21 CFR 201.57, all on one page."""
    return [
        (72, 760, 10, "F2", "HIGHLIGHTS OF PRESCRIBING INFORMATION"),
        (72, 748, 10, "F2", "needed to use ZINCOL TABLETS safely and effectively."),
        (72, 730, 10, "F2", "INDICATIONS AND USAGE"),
        (72, 718, 10, "F1", "Zincol tablets are for colds. (1)"),
        (400, 700, 10, "F2", "Revised: 3/2024"),
        (72, 680, 10, "F2", "FULL PRESCRIBING INFORMATION: CONTENTS*"),
        (72, 668, 10, "F2", "1 INDICATIONS AND USAGE"),
        (72, 640, 10, "F2", "FULL PRESCRIBING INFORMATION"),
        (72, 620, 10, "F2", "WARNING: NAUSEA"),
        (72, 600, 10, "F1", "Zincol may cause nausea that lasts for days in some of the people."),
        (72, 570, 10, "F2", "1 INDICATIONS AND USAGE"),
        (
            72,
            550,
            10,
            "F1",
            "Zincol is indicated for the treatment of colds in adults of all ages.",
        ),
        (72, 520, 10, "F2", "2 DOSAGE AND ADMINISTRATION"),
        (72, 500, 10, "F2", "2.1 Adult Dosage"),
        (72, 480, 10, "F1", "The dose is 5 mg twice a day for at most seven days, with some food."),
        (72, 450, 10, "F2", "8 USE IN SPECIFIC POPULATIONS"),
        (72, 430, 10, "F2", "8.6 Renal Impairment"),
        (72, 410, 10, "F1", "No dose adjustment is needed in people whose kidneys work less well."),
    ]


def test_a_label_is_read_by_its_numbers() -> None:
    """Only the full prescribing information is kept, each section under its LOINC code."""
    document = parsed(made([label_page()]), "labels/zincol.pdf")

    facts = document.source.facts
    assert isinstance(facts, LabelFacts)
    assert (facts.ingredients, facts.effective) == (("zincol",), "2024-03")
    assert document.id == "label:zincol@2024-03"
    assert document.needs_review
    assert [(s.headings[-1], s.code) for s in document.sections] == [
        ("WARNING: NAUSEA", "34066-1"),
        ("1 INDICATIONS AND USAGE", "34067-9"),
        ("2.1 Adult Dosage", "34068-7"),
        ("8.6 Renal Impairment", "88828-9"),
    ]


def test_an_over_the_counter_label_is_read_by_its_panel() -> None:
    """A "Drug Facts" panel becomes sections with their codes."""
    page: list[Text] = [
        (72, 760, 12, "F2", "Drug Facts"),
        (72, 740, 10, "F2", "Active ingredient (in each tablet)"),
        (72, 728, 10, "F1", "Ibuprofen 200 mg (NSAID)"),
        (72, 700, 10, "F2", "Uses"),
        (72, 688, 10, "F1", "for the relief of the symptoms of a cold in adults and in children"),
        (72, 660, 10, "F2", "Warnings"),
        (72, 648, 10, "F1", "Nausea may occur in some of those who take it on an empty stomach."),
        (72, 620, 10, "F2", "Keep out of reach of children"),
        (72, 608, 10, "F1", "In case of overdose, get medical help right away."),
    ]

    document = parsed(made([page]), "labels/otc.pdf")

    facts = document.source.facts
    assert isinstance(facts, LabelFacts)
    assert facts.ingredients == ("ibuprofen",)
    assert [section.code for section in document.sections] == [
        "55106-9",
        "34067-9",
        "34071-1",
        "50565-1",
    ]


def table_page(*rows: tuple[str, ...]) -> list[Text]:
    """Return a page with a captioned table of *rows*."""
    cells = [
        (72.0 + 180 * column, 600.0 - 14 * at, 10.0, "F1", cell)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell
    ]
    return [*guideline_page()[:8], (72, 620, 10, "F2", "Table 1. Doses of zinc"), *cells]


def test_a_regular_table_becomes_rows_with_its_caption() -> None:
    """Lines of as many cells each are rows; the caption is their lead."""
    found = blocks(parsed(made([table_page(("adults", "5 mg"), ("children", "2 mg"))])))

    rows = [(b.text, b.lead) for b in found if b.kind is BlockKind.ROW]
    assert rows == [
        ("adults | 5 mg", "Table 1. Doses of zinc"),
        ("children | 2 mg", "Table 1. Doses of zinc"),
    ]


def test_a_table_whose_cells_cannot_be_told_apart_makes_no_rows() -> None:
    """A wrong row is worse than none: an irregular table stays one paragraph."""
    table = table_page(("", "5 mg", "0.1"), ("adults", "2 mg"), ("", "1 mg", "0.2"))

    found = blocks(parsed(made([table])))

    assert not [b for b in found if b.kind is BlockKind.ROW]
    assert any("adults 2 mg" in block.text for block in found)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4 nothing more",
        made([[]]),
        made([guideline_page()])[:900],
        LOOP,
    ],
    ids=["no objects", "no text", "cut off", "loop"],
)
def test_damaged_and_empty_files_are_refused(data: bytes) -> None:
    """A broken, cut-off or scanned PDF is a ParseError, never another exception."""
    with pytest.raises(ParseError):
        parsed(data)


DATA = Path(os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


def shared(name: str) -> Document:
    """Parse a shared PDF."""
    path = DATA / "ingest" / name
    if not path.is_file():
        pytest.skip(f"no shared data at {path}")
    return parsed(path.read_bytes(), path.name)


@pytest.mark.shared_data
def test_the_211_page_draft_guideline() -> None:
    """Twelve graded recommendations, twice; no line numbers; under 60 s of processor time."""
    before = time.process_time()

    document = shared("guideline_pdf/CDC-2022-0024-0002_content.pdf")

    assert time.process_time() - before < 60
    assert document.source.facts == document.source.facts
    assert document.id.endswith("@2022")
    graded = [
        block
        for block in blocks(document)
        if block.recommendation is not None and block.recommendation.certainty is not None
    ]
    numbers = [block.text.partition(".")[0] for block in graded]
    assert numbers == [str(n) for n in range(1, 13)] * 2
    assert {b.recommendation.strength for b in graded if b.recommendation} == {"A", "B"}
    caution = [b.recommendation for b in graded if "use extreme caution" in b.text]
    assert {found.direction for found in caution if found} == {Direction.NEITHER}
    assert "≥50 MME/day" in document.text


@pytest.mark.shared_data
def test_the_shared_labels() -> None:
    """Both labels are told as such; units survive; every main section has its code."""
    metformin = shared("label_pdf/fda_metformin_highlights_2026.pdf")
    ibuprofen = shared("label_pdf/fda_ibuprofen_label_2024.pdf")

    assert getattr(metformin.source.facts, "ingredients", None) == ("metformin",)
    assert getattr(ibuprofen.source.facts, "ingredients", None) == ("ibuprofen",)
    codes = {section.code for section in metformin.sections}
    assert {"34066-1", "34067-9", "34068-7", "34070-3", "43685-7", "34084-4", "34073-7"} <= codes
    assert metformin.sections[0].code == "34066-1"
    contraindicated = [s.text for s in metformin.sections if s.code == "34070-3"]
    assert "below 30 mL/min/1.73 m²" in contraindicated[0]
    assert "vitamin B₁₂" in metformin.text
    assert "654 ± 358 L" in metformin.text
    assert {"50570-1", "34067-9", "55106-9"} <= {s.code for s in ibuprofen.sections}
