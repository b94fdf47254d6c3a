"""
The unit-survival suite: whatever the format, a number, its unit and its sign come out as written.

Every parser is in the table below, with a function that builds a minimal file of its format
around a given text. A parser that is not in the table fails the first test.
"""

import hashlib
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import pytest

from ingest.documents import BlockKind, Document
from ingest.parsing import PARSERS, parse
from ingest.reading import Format, SourceFile

FILLER = "Care of people with the condition is described here in several plain sentences. " * 3

TEXTS = (
    "Platelets were 150 × 10⁹/L before and 4,523 cells were counted after.",
    "Give 75 mg/m² once weekly, not daily.",
    "Age ≥ 65 years and HbA1c ≤ 7.0% (53 mmol/mol).",
    "Start with 0.5 µg/kg, then 50 μg and not 50 mg.",
    "Weight fell by −2.4 ± 0.3 kg (95% CI −3.0 to −1.8; P < 0.001).",
    "Weight changed by -2.4 kg (range, -10.25 to +3).",
    "Low doses (1–4.5 mg) of examplin in 10-20 mL of H₂O.",
    "Store at 20–25 °C and never above 40°C.",
    "The odds ratio was 0·73, the clearance 30 to <60 mL/min/1.73 m².",
    "Specificity was 92.5 %, α = 0.05, χ² = 3.84, and CO₂ rose 10⁻³ fold.",
    "Infuse 1.25 × 10⁶ IU over ½ hour at 37.5 °C & stop.",
)
MARKED = (
    ("Platelets 150 × 10<sup>9</sup>/L.", "Platelets 150 × 10⁹/L."),
    ("Give 75 mg/m<sup>2</sup> of it.", "Give 75 mg/m² of it."),
    ("Drink H<sub>2</sub>O with it.", "Drink H₂O with it."),
    ("Keep HbA<sub>1c</sub> below 7.0%.", "Keep HbA1c below 7.0%."),
    ("A rate of 10<sup>−3</sup> per year.", "A rate of 10⁻³ per year."),
    ("Use 50&#160;&#181;g at 20&#8201;&#176;C.", "Use 50 µg at 20 °C."),
    ("If P&#160;&lt;&#160;0.05 or &#8805;&#160;3.", "If P < 0.05 or ≥ 3."),
)
CELLS = ("Neutrophils, × 10⁹/L", "−0.4 ± 1.2", "4,523 (12.5%)", "1–4.5 mg", "P ≤ 0.05")


@dataclass(frozen=True, slots=True)
class Sample:
    """How to write a minimal file of one format; ``marked`` and ``tabled`` where it can."""

    build: Callable[[str], bytes]
    marked: Callable[[str], bytes] | None = None
    tabled: Callable[[tuple[str, ...]], bytes] | None = None


def html_table(cells: tuple[str, ...]) -> str:
    """Return a table of one head and one body row."""
    heads = "".join(f"<th>Column {number}</th>" for number in range(len(cells)))
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{row}</tr></tbody></table>"


def markdown_table(cells: tuple[str, ...]) -> str:
    """Return the same table in Markdown."""
    heads = " | ".join(f"Column {number}" for number in range(len(cells)))
    return f"| {heads} |\n|{'---|' * len(cells)}\n| {' | '.join(cells)} |"


def pubmed(markup: str) -> bytes:
    """One PubMed record with an abstract."""
    return (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article>"
        "<ArticleTitle>A trial.</ArticleTitle><Abstract><AbstractText>"
        f"{markup}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
        "</PubmedArticleSet>"
    ).encode()


def medline(text: str) -> bytes:
    """One MEDLINE record, its abstract wrapped as PubMed wraps it."""
    lines = textwrap.wrap(
        text, 40, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False
    )
    return f"PMID- 1\nTI  - A trial.\nAB  - {chr(10).join(lines)}\n".encode()


def jats(content: str) -> bytes:
    """One JATS article with a results section."""
    return (
        '<article><front><article-meta><article-id pub-id-type="pmid">1</article-id>'
        "<title-group><article-title>A trial</article-title></title-group></article-meta></front>"
        f"<body><sec><title>Results</title>{content}</sec></body></article>"
    ).encode()


def spl(content: str) -> bytes:
    """One drug label with a warnings section."""
    return (
        '<document xmlns="urn:hl7-org:v3"><code code="34391-3"/><title>Examplin</title>'
        '<effectiveTime value="20191129"/><setId root="0a1b2c3d-0000-4000-8000-00000000abcd"/>'
        '<versionNumber value="1"/><component><structuredBody><component><section>'
        '<code code="48780-1"/><subject><manufacturedProduct><manufacturedProduct>'
        '<name>Brandex</name><ingredient classCode="ACTIM"><ingredientSubstance>'
        "<name>EXAMPLIN</name><activeMoiety><activeMoiety><name>EXAMPLIN</name></activeMoiety>"
        "</activeMoiety></ingredientSubstance></ingredient></manufacturedProduct>"
        "</manufacturedProduct></subject></section></component><component><section>"
        f'<code code="34071-1"/><title>WARNINGS</title><text>{content}</text></section>'
        "</component></structuredBody></component></document>"
    ).encode()


def openfda(text: str, **more: list[str]) -> bytes:
    """One openFDA label with a warnings field."""
    label = {
        "set_id": "0a1b2c3d-0000-4000-8000-00000000abcd",
        "id": "0a1b2c3d-0000-4000-8000-00000000abce",
        "version": "1",
        "effective_time": "20191129",
        "openfda": {"generic_name": ["EXAMPLIN"], "substance_name": ["EXAMPLIN"]},
        "warnings": [f"WARNINGS {text}"],
        **more,
    }
    return json.dumps({"results": [label]}).encode()


def markdown(text: str) -> bytes:
    """One guideline in Markdown with front matter."""
    head = '---\ntitle: "Colds"\npublisher: "Society"\nyear: 2021\nseries: soc-colds\n---\n\n'
    return f"{head}# Advice\n\n{text}\n".encode()


def web_page(content: str) -> bytes:
    """One guideline as a web page, long enough to be taken for one."""
    return (
        "<!DOCTYPE html><html><head><title>Colds</title></head><body><main><h1>Colds</h1>"
        f"<p>{FILLER}</p><h2>Advice</h2>{content}<p>{FILLER}</p></main></body></html>"
    ).encode()


def ngc_xml(content: str) -> bytes:
    """One National Guideline Clearinghouse summary in XML, HTML in its attributes."""
    return (
        '<Version><Section Name="General"><Field Name="Guideline Title" Type="text">'
        '<FieldValue Value="Colds"/></Field></Section><Section Name="Recommendations">'
        '<Field Name="Major Recommendations" Type="text">'
        f'<FieldValue Value="{escape(content)}"/></Field></Section></Version>'
    ).encode()


def ngc_markdown(text: str) -> bytes:
    """One National Guideline Clearinghouse summary in Markdown."""
    return (
        '---\ntitle: "Colds"\nid: 10403\n---\n\n# General\n\n## Guideline Title\n\nColds\n\n'
        f"# Recommendations\n\n## Major Recommendations\n\n{text}\n"
    ).encode()


def uspstf(markup: str) -> bytes:
    """One Prevention TaskForce answer: a topic with a rationale and one graded statement."""
    specific = {
        "id": 1, "title": "Colds: Screening -- Adults", "grade": "B", "gradeVer": 2,
        "ageRange": [18, 65], "sex": "men and women", "text": markup, "general": "7",
    }  # fmt: skip
    general = {
        "topicType": "Screening", "topicYear": 2021, "uspstfAlias": "colds-screening",
        "specific": [1], "title": "Colds: Screening", "rationale": f"<p>{markup}</p>",
        "clinical": f"<p>{markup}</p>",
    }  # fmt: skip
    answer = {
        "lastUpdated": "1", "specificRecommendations": [specific], "grades": {"B": ["Offer."] * 2},
        "generalRecommendations": {"7": general}, "tools": {}, "categories": {}, "risks": {},
    }  # fmt: skip
    return json.dumps(answer).encode()


def pages_json(text: str) -> bytes:
    """One harvested report: a web address and its page in Markdown."""
    page = f"# Colds\n\n{FILLER}\n\n## Advice\n\n{text}\n\n{FILLER}\n"
    return json.dumps({"https://www.cdc.gov/mmwr/preview/mmwrhtml/su1.htm": page}).encode()


def pdf(text: str) -> bytes:
    """A one-page PDF made by hand: each character is a code, and a table says which it is."""
    letters = sorted({*text, *FILLER, *"Colds"})
    codes = {letter: f"{number + 1:04X}" for number, letter in enumerate(letters)}
    lines = ["Colds", *textwrap.wrap(FILLER, 90), text, *textwrap.wrap(FILLER, 90)]
    shown = " ".join(f"<{''.join(codes[c] for c in line)}> Tj T*" for line in lines)
    content = f"BT /F1 9 Tf 14 TL 50 750 Td {shown} ET".encode()
    names = "\n".join(f"<{codes[c]}> <{ord(c):04X}>" for c in letters)
    unicode_map = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{names}\nendbfchar endcmap end end"
    ).encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /Example /Encoding /Identity-H "
            b"/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>"
        ),
        (
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Example /DW 500 /CIDSystemInfo "
            b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(unicode_map), unicode_map),
        (
            b"<< /Type /FontDescriptor /FontName /Example /Flags 4 /FontBBox [0 -200 1000 800] "
            b"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
        ),
    )
    data, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        starts.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (
        len(objects) + 1, table, len(objects) + 1,
    ) + b"startxref\n%d\n%%%%EOF\n" % len(data)  # fmt: skip


def around(write: Callable[[str], bytes], before: str = "<p>", after: str = "</p>") -> Sample:
    """Return the sample of a format whose content is HTML-like markup."""
    return Sample(
        build=lambda text: write(f"{before}{escape(text)}{after}"),
        marked=lambda markup: write(f"{before}{markup}{after}"),
        tabled=lambda cells: write(html_table(cells)),
    )


def in_markdown(write: Callable[[str], bytes]) -> Sample:
    """Return the sample of a format whose content is Markdown."""
    return Sample(build=write, tabled=lambda cells: write(markdown_table(cells)))


SAMPLES: dict[Format, Sample] = {
    Format.PUBMED: Sample(lambda text: pubmed(escape(text)), marked=pubmed),
    Format.MEDLINE: Sample(medline),
    Format.JATS: around(jats),
    Format.SPL: around(spl, "<paragraph>", "</paragraph>"),
    Format.OPENFDA: Sample(
        openfda, tabled=lambda cells: openfda("Care.", warnings_table=[html_table(cells)])
    ),
    Format.MARKDOWN: in_markdown(markdown),
    Format.HTML: around(web_page),
    Format.PDF: Sample(pdf),
    Format.NGC_XML: around(ngc_xml),
    Format.NGC_MARKDOWN: in_markdown(ngc_markdown),
    Format.USPSTF: Sample(lambda text: uspstf(escape(text)), marked=uspstf),
    Format.PAGES_JSON: in_markdown(pages_json),
}


def parsed(form: Format, data: bytes) -> Document:
    """Parse a file that must become one document."""
    (document,) = parse(SourceFile("sample/one", data, hashlib.sha256(data).hexdigest(), form))
    assert isinstance(document, Document)
    return document


def test_every_parser_takes_part() -> None:
    """A new format cannot come without a sample here."""
    assert set(SAMPLES) == set(PARSERS) == set(Format)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("form", SAMPLES, ids=str)
def test_a_sentence_comes_out_as_written(form: Format, text: str) -> None:
    """Superscripts, signs, separators, decimals and units of running text are kept."""
    document = parsed(form, SAMPLES[form].build(text))

    assert text in document.text


@pytest.mark.parametrize(("markup", "text"), MARKED)
@pytest.mark.parametrize("form", [form for form in SAMPLES if SAMPLES[form].marked], ids=str)
def test_mark_up_becomes_characters(form: Format, markup: str, text: str) -> None:
    """Raised and lowered digits, entities and hard spaces become what a reader sees."""
    build = SAMPLES[form].marked
    assert build is not None

    assert text in parsed(form, build(markup)).text


@pytest.mark.parametrize("form", [form for form in SAMPLES if SAMPLES[form].tabled], ids=str)
def test_table_cells_come_out_in_one_row(form: Format) -> None:
    """Each cell is whole, in order, in one block with its heads."""
    build = SAMPLES[form].tabled
    assert build is not None

    document = parsed(form, build(CELLS))

    rows = [b for s in document.sections for b in s.blocks if b.kind is BlockKind.ROW]
    assert [row.text for row in rows] == [" | ".join(CELLS)]
    assert "Column 0 | Column 1" in rows[0].lead


@pytest.mark.parametrize("form", [form for form in SAMPLES if SAMPLES[form].tabled], ids=str)
def test_equal_neighbouring_cells_are_both_kept(form: Format) -> None:
    """Two arms with the same figure are two figures."""
    build = SAMPLES[form].tabled
    assert build is not None

    document = parsed(form, build(("Rash", "5 (2%)", "5 (2%)")))

    assert "Rash | 5 (2%) | 5 (2%)" in document.text
