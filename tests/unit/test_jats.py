"""Facts about reading JATS full text: a paper's parts stay in place, whole and readable."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.documents import BlockKind, DeadLetter, Document, NoticeKind, Section, StudyFacts
from ingest.errors import ParseError
from ingest.parsing import jats
from ingest.reading import Format, SourceFile

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
IDS = (
    '<article-id pub-id-type="pmid">21</article-id><article-id pub-id-type="pmc">22</article-id>'
    '<article-id pub-id-type="doi">10.1000/j.1</article-id>'
)
TITLE = "<title-group><article-title>Examplin and sleep</article-title></title-group>"
DATES = (
    '<pub-date pub-type="collection"><year>2005</year></pub-date>'
    '<pub-date pub-type="epub"><day>7</day><month>1</month><year>2005</year></pub-date>'
)


def source_file(xml: str) -> SourceFile:
    """Return *xml* as a file that was read."""
    data = xml.encode()
    return SourceFile("papers/One.nxml", data, hashlib.sha256(data).hexdigest(), Format.JATS)


def paper(
    body: str = "",
    *,
    meta: str = "",
    ids: str = IDS,
    title: str = TITLE,
    dates: str = DATES,
    back: str = "",
    more: str = "",
) -> str:
    """Return one article."""
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:mml="http://www.w3.org/1998/Math/MathML" article-type="research-article" '
        'xml:lang="en"><front><journal-meta><journal-title>J Examples</journal-title>'
        f"</journal-meta><article-meta>{ids}{title}{dates}{meta}</article-meta></front>"
        f"<body>{body}</body><back>{back}</back>{more}</article>"
    )


def parsed(xml: str) -> Document:
    """Parse one article that must become a document."""
    (document,) = jats.parse(source_file(xml))
    assert isinstance(document, Document)
    return document


def facts_of(xml: str) -> StudyFacts:
    """Return the facts of one article."""
    facts = parsed(xml).source.facts
    assert isinstance(facts, StudyFacts)
    return facts


def body(text: str) -> tuple[Section, ...]:
    """Return the sections of a body, without the title's."""
    return parsed(paper(text)).sections[1:]


def prose(text: str) -> str:
    """Return the text of one paragraph, as it is stored."""
    return body(f"<p>{text}</p>")[0].text


def test_front_matter_becomes_the_source() -> None:
    """Ids, journal, date, licence and address come from the article's own front matter."""
    meta = (
        '<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>'
        "Jane A.</given-names></name></contrib><contrib contrib-type='author'><collab>the Example"
        " Group<contrib-group><contrib><name><surname>Dow</surname></name></contrib>"
        "</contrib-group></collab></contrib><contrib contrib-type='editor'><name><surname>Ed"
        "</surname></name></contrib></contrib-group><permissions><license><license-p>Free under "
        '<ext-link xlink:href="https://creativecommons.org/licenses/by-nc/4.0/">this</ext-link>'
        "</license-p></license></permissions>"
    )

    document = parsed(paper(meta=meta))
    facts = facts_of(paper(meta=meta))

    assert document.id == "study:pmid:21"
    assert document.source.url == "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC22/"
    assert document.source.published == "2005-01-07"
    assert (
        document.source.licence == "CC BY-NC 4.0 (https://creativecommons.org/licenses/by-nc/4.0)"
    )
    assert (facts.pmcid, facts.doi, facts.language) == ("PMC22", "10.1000/j.1", "eng")
    assert facts.authors == ("Doe JA", "the Example Group")
    assert facts.publication_types == ("research-article",)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ('<article-id pub-id-type="pmc">PMC22</article-id>', "study:pmcid:PMC22"),
        ('<article-id pub-id-type="doi">10.1000/j.1</article-id>', "study:doi:10.1000/j.1"),
        ("", "study:one"),
    ],
)
def test_identity_falls_back_step_by_step(ids: str, expected: str) -> None:
    """Without a PMID the PMCID names the study, then the DOI, then the file."""
    assert parsed(paper(ids=ids)).id == expected


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ('<pub-date pub-type="epub"><month>12</month><year>2004</year></pub-date>', "2004-12"),
        (
            (
                '<pub-date pub-type="epub"><month>12</month><year>2004</year></pub-date>'
                '<pub-date pub-type="ppub"><year>2005</year></pub-date>'
            ),
            "2005",
        ),
        (
            (
                '<pub-date pub-type="pmc-release"><year>2009</year></pub-date>'
                '<pub-date pub-type="ppub"><month>3</month><year>2008</year></pub-date>'
            ),
            "2008-03",
        ),
        ("", None),
    ],
)
def test_the_year_is_that_of_the_issue(dates: str, expected: str | None) -> None:
    """A paper is cited by its issue's year, not by when it was first shown or archived."""
    assert parsed(paper(dates=dates)).source.published == expected


@pytest.mark.parametrize(
    ("term", "kind"),
    [
        ("retraction-forward", NoticeKind.RETRACTION_IN),
        ("retracted-article", NoticeKind.RETRACTION_OF),
        ("corrected-article", NoticeKind.ERRATUM_FOR),
        ("companion", NoticeKind.OTHER),
    ],
)
def test_related_articles_become_notices(term: str, kind: NoticeKind) -> None:
    """A link keeps its kind and id; a retraction's retracts the paper that carries it."""
    meta = f'<related-article related-article-type="{term}" ext-link-type="pubmed" xlink:href="9"/>'

    facts = facts_of(paper(meta=meta))

    assert [(notice.kind, notice.pmid) for notice in facts.notices] == [(kind, "9")]
    assert facts.retracted is (term == "retraction-forward")


def test_a_printed_heading_may_name_the_design_and_a_keyword_may_not() -> None:
    """A paper filed under "Randomized Controlled Trials" by topic may be about such trials."""
    group = (
        '<article-categories><subj-group subj-group-type="{}"><subject>Randomized Controlled '
        "Trial</subject></subj-group></article-categories>"
    )

    found = [facts_of(paper(meta=group.format(kind))).design for kind in ("heading", "topic")]

    assert found == ["randomised controlled trial", None]


def test_abstract_parts_have_headings_and_codes() -> None:
    """Sections, bold lead-ins and plain text all become parts of the abstract."""
    meta = (
        "<abstract><sec><title>RESULTS</title><p>Less.</p></sec></abstract>"
        "<abstract abstract-type='summary'><title>Author summary</title><p>Short.</p></abstract>"
        "<abstract><p><bold>Background:</bold> Long. <bold>Methods:</bold> Some.</p></abstract>"
        "<abstract abstract-type='graphical'><p>A picture.</p></abstract>"
    )

    found = parsed(paper(meta=meta)).sections[1:]

    assert [(section.headings, section.code, section.text) for section in found] == [
        (("Abstract", "Results"), "results", "Less."),
        (("Author summary",), "abstract", "Short."),
        (("Abstract", "Background"), "background", "Long."),
        (("Abstract", "Methods"), "methods", "Some."),
    ]


def test_body_sections_keep_their_path_and_order() -> None:
    """Nested sections carry the whole path, and the code of the part they stand in."""
    text = (
        "<sec><title>2. Materials and methods</title><p>First.</p><sec><title>Dosing</title>"
        "<p>4.5 mg.</p></sec></sec><sec sec-type='results'><title>Results</title><p>Last.</p></sec>"
    )

    found = body(text)

    assert [(section.headings, section.code, section.text) for section in found] == [
        (("Materials and methods",), "methods", "First."),
        (("Materials and methods", "Dosing"), "methods", "4.5 mg."),
        (("Results",), "results", "Last."),
    ]


def test_statements_about_the_paper_are_not_stored() -> None:
    """Interests, contributions, references and thanks say nothing about the subject."""
    text = (
        "<sec><title>Results</title><p>Kept.</p></sec><sec><title>Competing interests</title>"
        "<p>None.</p></sec><sec><title>Authors’ contributions</title><p>All.</p></sec>"
    )
    back = (
        "<ack><p>Thanks.</p></ack><ref-list><ref><mixed-citation>Doe 2001</mixed-citation></ref>"
        "</ref-list><app-group><app><title>Appendix 1</title><p>Kept too.</p></app></app-group>"
    )

    found = parsed(paper(text, back=back)).sections[1:]

    assert [section.text for section in found] == ["Kept.", "Kept too."]


XREF = '<xref ref-type="bibr" rid="B1">{}</xref>'


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (f"improved [{XREF.format(1)}].", "improved."),
        (f"improved [{XREF.format(1)}, {XREF.format(2)}–{XREF.format(5)}].", "improved."),
        (f"improved.<sup>{XREF.format(1)},{XREF.format(2)}</sup> It", "improved. It"),
        (f"improved{XREF.format('<sup>1</sup>')}, and", "improved, and"),
        (f"improved.{XREF.format('[1]')} It", "improved. It"),
        (f"as Doe et al. [{XREF.format(1)}].", "as Doe et al."),
        (f"According to [{XREF.format(1)}], it", "According to [1], it"),
        (f"improved (see {XREF.format(1)}).", "improved."),
        (f"improved [{XREF.format(1)}, unpublished].", "improved [unpublished]."),
        (f"improved ({XREF.format('Doe, 2001')}; {XREF.format('Dow, 2002')}).", "improved."),
        (f"{XREF.format('Doe (2001)')} found", "Doe (2001) found"),
        (f"Doe ({XREF.format('2001')}) found", "Doe found"),
        (f"10<sup>9</sup>/L [{XREF.format(1)}]", "10⁹/L"),
        ("in <xref ref-type='table' rid='T1'>Table 1</xref>.", "in Table 1."),
    ],
)
def test_citations_go_and_their_brackets_with_them(written: str, stored: str) -> None:
    """What only points to the reference list is dropped; sentences stay whole."""
    assert prose(written) == stored


def test_a_note_mark_never_becomes_a_digit_of_its_number() -> None:
    """5.2 with note 1 is 5.2¹, not 5.21."""
    table = (
        "<table-wrap><label>Table 1</label><caption><p>Doses</p></caption><table><thead><tr>"
        "<th>Drug</th><th>mg</th></tr></thead><tbody><tr><td>Examplin</td>"
        "<td>5.2<xref ref-type='table-fn' rid='n1'>1</xref></td></tr></tbody></table>"
        "<table-wrap-foot><fn id='n1'><label>1</label><p>Twice daily.</p></fn></table-wrap-foot>"
        "</table-wrap>"
    )

    (section,) = body(f"<sec><title>Results</title>{table}</sec>")

    row, note = section.blocks
    assert (row.kind, row.text) == (BlockKind.ROW, "Examplin | 5.2¹")
    assert row.lead == "Table 1. Doses. Drug | mg"
    assert (note.kind, note.text, note.lead) == (BlockKind.PROSE, "1 Twice daily.", "Table 1.")


def test_a_table_inside_a_paragraph_does_not_cut_its_sentence() -> None:
    """The sentence is closed up, the table follows it."""
    table = "<table-wrap><table><tr><td>a</td><td>1</td></tr></table></table-wrap>"

    (section,) = body(f"<p>Before {table}after. <italic>More</italic> text.</p>")

    assert [(block.kind, block.text) for block in section.blocks] == [
        (BlockKind.PROSE, "Before after. More text."),
        (BlockKind.ROW, "a | 1"),
    ]


def test_gathered_tables_go_to_where_they_are_first_named() -> None:
    """Tables printed at the end belong to the section that speaks of them, in its order."""
    text = (
        "<sec><title>Results</title><p>See <xref ref-type='table' rid='T1'>Table 1</xref> and "
        "<xref ref-type='fig' rid='F1'>Figure 1</xref>.</p><p>End.</p></sec>"
    )
    floats = (
        "<floats-group><fig id='F1'><label>Figure 1</label><caption><p>Sleep</p></caption></fig>"
        "<table-wrap id='T1'><table><tr><td>a</td><td>1</td></tr></table></table-wrap>"
        "<fig id='F2'><label>Figure 2</label><caption><p>Unnamed</p></caption></fig>"
        "</floats-group>"
    )

    results, rest = parsed(paper(text, more=floats)).sections[1:]

    assert [block.text for block in results.blocks] == [
        "See Table 1 and Figure 1.",
        "a | 1",
        "Figure 1. Sleep.",
        "End.",
    ]
    assert (rest.headings, rest.text) == (("Tables and figures",), "Figure 2. Unnamed.")


def test_list_items_know_what_they_hang_from() -> None:
    """The sentence before a list is its items' lead, a nested list hangs from its item."""
    nested = "<list><list-item><p>Rash</p></list-item></list>"
    text = (
        "<p>We excluded:<list><list-item><p>Allergy, such as</p>"
        f"{nested}</list-item><list-item><p>Pregnancy</p></list-item></list>and nobody else.</p>"
    )

    (section,) = body(text)

    assert [(block.kind, block.text, block.lead) for block in section.blocks] == [
        (BlockKind.PROSE, "We excluded:", ""),
        (BlockKind.ITEM, "Allergy, such as", "We excluded:"),
        (BlockKind.ITEM, "Rash", "Allergy, such as"),
        (BlockKind.ITEM, "Pregnancy", "We excluded:"),
        (BlockKind.PROSE, "and nobody else.", ""),
    ]


@pytest.mark.parametrize(
    ("formula", "stored"),
    [
        ("<mml:math><mml:mo>±</mml:mo></mml:math>", "x ± y"),
        (
            (
                "<mml:math><mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mn>1</mml:mn>"
                "</mml:mrow><mml:mi>b</mml:mi></mml:mfrac></mml:math>"
            ),
            "x (a + 1)/b y",
        ),
        (
            (
                "<mml:math><mml:msup><mml:mn>10</mml:mn><mml:mrow><mml:mo>−</mml:mo><mml:mn>3</mml:mn>"
                "</mml:mrow></mml:msup></mml:math>"
            ),
            "x 10⁻³ y",
        ),
        (
            (
                "<mml:math><mml:msub><mml:mrow><mml:mover><mml:mi>V</mml:mi><mml:mo>˙</mml:mo>"
                "</mml:mover><mml:mi>O</mml:mi></mml:mrow><mml:mn>2</mml:mn></mml:msub></mml:math>"
            ),
            "x V̇O₂ y",
        ),
        (
            (
                "<mml:math><mml:msqrt><mml:mfenced><mml:mi>n</mml:mi></mml:mfenced></mml:msqrt>"
                "</mml:math>"
            ),
            "x √((n)) y",
        ),
        (
            (
                r"<tex-math>\documentclass{minimal} \begin{document}$$p \leq 10^{-3} \times "
                r"\frac{1}{\mathrm{n}}$$\end{document}</tex-math>"
            ),
            "x p ≤ 10⁻³ × 1/n y",
        ),
        (
            (
                "<alternatives><tex-math>a</tex-math><mml:math><mml:mi>b</mml:mi></mml:math>"
                "<inline-graphic/></alternatives>"
            ),
            "x b y",
        ),
        ("<inline-graphic xlink:href='f.gif'/>", "x [image] y"),
    ],
)
def test_formulas_are_read_as_text(formula: str, stored: str) -> None:
    """MathML and TeX become one line; a formula that is only a picture leaves a visible gap."""
    assert prose(f"x <inline-formula>{formula}</inline-formula> y") == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("12 kcal·kg<sup>− 1</sup>", "12 kcal·kg⁻¹"),
        ("Brandex<sup>® </sup>with food", "Brandex® with food"),
        ("F<sub>(1, 21)</sub> = 24.80", "F_(1, 21) = 24.80"),
        ("5<sup>th</sup> week<sup>a</sup>", "5th week^a"),
        ("p<sub>trend</sub> &lt; 0.05", "p_(trend) < 0.05"),
    ],
)
def test_raised_and_lowered_text_reads_as_in_print(written: str, stored: str) -> None:
    """Signs stay with their number, words with their spaces, letters are told from digits."""
    assert prose(written) == stored


def test_a_link_without_words_shows_its_address() -> None:
    """An empty link would leave a hole in its sentence."""
    assert prose('at <ext-link xlink:href="http://x.org"/>.') == "at http://x.org."


def test_a_boxed_text_is_a_section() -> None:
    """A box has its own heading, below that of where it stands."""
    text = (
        "<sec><title>Discussion</title><boxed-text><caption><title>Key messages</title></caption>"
        "<p>Sleep.</p></boxed-text></sec>"
    )

    (section,) = body(text)

    assert (section.headings, section.text) == (("Discussion", "Key messages"), "Sleep.")


def test_texts_inside_an_article_are_reported() -> None:
    """Reviews and translations are other texts: not stored, not silent."""
    more = (
        '<sub-article article-type="reviewer-report" id="r1"><body><p>Good.</p></body>'
        "</sub-article>"
    )

    document, letter = jats.parse(source_file(paper("<p>x</p>", more=more)))

    assert isinstance(document, Document)
    assert "Good." not in document.text
    assert isinstance(letter, DeadLetter)
    assert (letter.record, "reviewer-report" in letter.reason) == ("r1", True)


def test_a_set_of_articles_gives_each_of_them() -> None:
    """One article without front matter is a dead letter, its neighbour a document."""
    xml = f"<pmc-articleset>{paper('<p>x</p>')}<article/></pmc-articleset>"

    document, letter = jats.parse(source_file(xml))

    assert isinstance(document, Document)
    assert isinstance(letter, DeadLetter)
    assert letter.record == "2"


def test_an_article_without_any_text_is_a_dead_letter() -> None:
    """No title, no abstract, no body: nothing to store."""
    (letter,) = jats.parse(source_file(paper(title="")))

    assert isinstance(letter, DeadLetter)


@pytest.mark.parametrize("xml", ["<article", "<pmc-articleset/>"])
def test_a_file_without_articles_is_refused(xml: str) -> None:
    """Broken XML and an empty set say so."""
    with pytest.raises(ParseError):
        list(jats.parse(source_file(xml)))


@pytest.mark.shared_data
def test_every_shared_paper_is_a_document() -> None:
    """All full texts parse, each with a results table row or text, none with a stray mark."""
    folder = SHARED / "ingest" / "pmc_jats"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    for path in sorted(folder.glob("*.nxml")):
        data = path.read_bytes()
        file = SourceFile(path.name, data, hashlib.sha256(data).hexdigest(), Format.JATS)
        (document,) = jats.parse(file)

        assert isinstance(document, Document), path
        assert len(document.sections) > 1, path
        assert not any("\ufdd0" <= letter <= "\ufdef" for letter in document.text), path
