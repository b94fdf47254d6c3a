"""Guideline pages in HTML: their own text, without what stands around it."""

import hashlib

import pytest

from ingest.documents import Block, BlockKind, Direction, Document, SourceKind
from ingest.errors import ParseError
from ingest.parsing import web_page
from ingest.reading import Format, SourceFile

OURS = """<html><head><title>x</title><meta name="title" content="Zinc for colds">
<meta name="publisher" content="Society of Colds"><meta name="year" content="2021">
<meta name="series" content="soc-colds"><meta name="scheme" content="GRADE">
<meta name="supersedes" content="2015"><meta name="supersedes" content="2009">
<meta name="kind" content="summary"><meta name="summary_of" content="The real one">{}</head>
<body>{}</body></html>"""


def parsed(text: str | bytes) -> Document:
    """Parse *text* as the one document of a page."""
    data = text.encode() if isinstance(text, str) else text
    digest = hashlib.sha256(data).hexdigest()
    (document,) = web_page.parse(SourceFile("g/zinc_page.html", data, digest, Format.HTML))
    assert isinstance(document, Document)
    return document


def blocks(document: Document) -> list[Block]:
    """Return the blocks of all sections."""
    return [block for section in document.sections for block in section.blocks]


def test_our_pages_carry_front_matter_in_meta_tags() -> None:
    """A corpus page says the same as Markdown front matter, lists as repeated tags."""
    document = parsed(OURS.format("", "<h1>Advice</h1><p>Rest.</p>"))

    assert document.id == "guideline:soc-colds@2021"
    assert document.source.kind is SourceKind.SUMMARY
    assert document.source.summary_of == "The real one"
    assert getattr(document.source.facts, "supersedes", None) == ("2015", "2009")


def test_marked_recommendations_are_read_and_guarded() -> None:
    """Attributes become data; a mark its sentence denies refuses the page."""
    item = "<ul><li><strong>Recommendation (against; weak):</strong> Zinc is {}.</li></ul>"

    (block,) = blocks(parsed(OURS.format("", item.format("suggested against"))))

    assert block.kind is BlockKind.RECOMMENDATION
    assert block.recommendation is not None
    assert block.recommendation.direction is Direction.AGAINST
    with pytest.raises(ParseError, match="otherwise"):
        parsed(OURS.format("", item.format("recommended")))


@pytest.mark.parametrize(
    ("meta", "named"),
    [
        ('<meta name="url" content="ftp://x">', "url"),
        ('<meta name="year" content="2022">', "year is given twice"),
    ],
)
def test_wrong_meta_tags_of_our_pages_are_named(meta: str, named: str) -> None:
    """Wrong values in a page of ours refuse it, and the reason names them."""
    with pytest.raises(ParseError, match=named):
        parsed(OURS.format(meta, "<p>Rest.</p>"))


def test_a_publishers_page_says_what_it_can() -> None:
    """Title, publisher, date and address come from common tags; unsound ones are ignored."""
    head = """<head><title>Zinc | Site</title><meta property="og:title" content="Zinc &amp; colds">
    <meta property="og:site_name" content="Society"><link rel="canonical" href="https://e.org/z">
    <meta name="citation_publication_date" content="2019/5/40"></head>"""

    source = parsed(f"<html>{head}<body><p>Rest.</p></body></html>").source

    assert (source.id, source.title) == ("guideline:zinc-colds", "Zinc & colds")
    assert (source.publisher, source.published) == ("Society", "2019-05")
    assert source.url == "https://e.org/z"


def test_a_bare_page_takes_its_title_from_its_heading_or_name() -> None:
    """Without tags, the first heading is the title, and without one the file's name."""
    headed = parsed("<html><body><h1>Zinc</h1><p>Rest.</p></body></html>")
    bare = parsed("<div><p>Rest.</p></div>")

    assert headed.source.title == "Zinc"
    assert bare.id == "guideline:zinc-page"


def test_navigation_and_hidden_text_are_left_out() -> None:
    """Only the page's own text is kept."""
    text = """<html><body><header>Logo</header><nav><ul><li>Home</li></ul></nav>
    <div class="breadcrumb">You are here</div><div role="main"><header><h1>Zinc</h1></header>
    <p>Rest.</p><aside>Buy</aside><p style="display: none">hidden</p><script>x()</script>
    <ul class="social"><li>Share</li></ul></div><footer>Contact</footer></body></html>"""

    document = parsed(text)

    assert [(s.headings, s.text) for s in document.sections] == [(("Zinc",), "Rest.")]


def test_lists_tables_and_units() -> None:
    """Items know their head, rows their columns; superscripts, signs and breaks survive."""
    text = """<body><h2>Dose</h2><p>Give by <b>age</b>:</p>
    <ol><li>adults: 10<sup>9</sup>/L, <p>≤ 5 µg</p><ul><li>daily</li></ul></li></ol>
    <table><caption>Doses</caption><tr><th>Drug</th><th>Dose</th></tr>
    <tr><td rowspan="2">zinc</td><td>1 mg</td></tr><tr><td>−2 mg</td></tr></table></body>"""

    found = blocks(parsed(text))

    assert [(b.kind, b.text, b.lead) for b in found[1:]] == [
        (BlockKind.ITEM, "adults: 10⁹/L,", "Give by age:"),
        (BlockKind.PROSE, "≤ 5 µg", "Give by age: adults: 10⁹/L,"),
        (BlockKind.ITEM, "daily", "Give by age: adults: 10⁹/L,"),
        (BlockKind.ROW, "zinc | 1 mg", "Doses Drug | Dose"),
        (BlockKind.ROW, "zinc | −2 mg", "Doses Drug | Dose"),
    ]


def test_bold_paragraphs_are_headings_on_publishers_pages() -> None:
    """A paragraph in bold throughout is a heading; a bold word is not."""
    text = "<body><p><b>Dose</b></p><p><b>Never</b> more.</p></body>"

    document = parsed(text)

    assert [(s.headings, s.text) for s in document.sections] == [(("Dose",), "Never more.")]


def test_unmarked_recommendations_are_found() -> None:
    """On publishers' pages, sentences that recommend are recommendations."""
    text = "<body><p>Colds are common.</p><p>We recommend that zinc not be used.</p></body>"

    found = blocks(parsed(text))

    assert [b.recommendation.direction if b.recommendation else None for b in found] == [
        None,
        Direction.AGAINST,
    ]


def test_boxes_around_text_are_no_tables() -> None:
    """A table of one cell with paragraphs in it is read as text."""
    text = "<body><table><tr><td><p>First.</p><p>Second.</p></td></tr></table></body>"

    assert [(b.kind, b.text) for b in blocks(parsed(text))] == [
        (BlockKind.PROSE, "First."),
        (BlockKind.PROSE, "Second."),
    ]


def test_the_named_encoding_is_used() -> None:
    """A page in another encoding keeps its letters; one that names a wrong one is refused."""
    page = (
        '<?xml version="1.0"?><html><head><meta charset="{}"></head><body><p>5 µg</p></body></html>'
    )

    assert blocks(parsed(page.format("latin-1").encode("latin-1")))[0].text == "5 µg"
    with pytest.raises(ParseError):
        parsed(page.format("utf-8").encode("latin-1"))


@pytest.mark.parametrize("text", ["", "<html><body></body></html>", "<body><h1>Zinc</h1></body>"])
def test_pages_without_text_are_refused(text: str) -> None:
    """An empty page, or one with headings alone, is a ParseError."""
    with pytest.raises(ParseError):
        parsed(text)
