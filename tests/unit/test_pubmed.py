"""Facts about reading PubMed XML: every record becomes one study, or a reason why not."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.documents import DeadLetter, Document, NoticeKind, SourceType, StudyFacts
from ingest.errors import ParseError
from ingest.parsing import pubmed
from ingest.reading import Format, SourceFile

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
ABSTRACT = "<Abstract><AbstractText>Sleep improved.</AbstractText></Abstract>"
PUB_DATE = "<PubDate><Year>2019</Year><Month>Nov</Month><Day>9</Day></PubDate>"


def source_file(xml: str, path: str = "studies/batch 1.xml") -> SourceFile:
    """Return *xml* as a file that was read."""
    data = xml.encode()
    return SourceFile(path, data, hashlib.sha256(data).hexdigest(), Format.PUBMED)


def article(
    *,
    pmid: str = "<PMID>1</PMID>",
    title: str = "<ArticleTitle>A trial of examplin.</ArticleTitle>",
    abstract: str = ABSTRACT,
    inside: str = "",
    citation: str = "",
    date: str = PUB_DATE,
    data: str = "",
) -> str:
    """Return one PubmedArticle."""
    return (
        f"<PubmedArticle><MedlineCitation>{pmid}<Article><Journal><JournalIssue>{date}"
        f"</JournalIssue><Title>Journal of Examples</Title></Journal>{title}{abstract}{inside}"
        f"</Article>{citation}</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"
    )


def records(*items: str) -> list[Document | DeadLetter]:
    """Parse the records of one set."""
    xml = f"<PubmedArticleSet>{''.join(items)}</PubmedArticleSet>"
    return list(pubmed.parse(source_file(xml)))


def only(item: str) -> tuple[Document, StudyFacts]:
    """Parse one record that must become a document."""
    (document,) = records(item)
    assert isinstance(document, Document)
    assert isinstance(document.source.facts, StudyFacts)
    return document, document.source.facts


def test_a_record_becomes_a_study_with_its_identity() -> None:
    """Ids, journal, date, address and origin come from the record."""
    ids = (
        '<ArticleIdList><ArticleId IdType="doi">10.1000/x.1</ArticleId>'
        '<ArticleId IdType="pmc">PMC77</ArticleId></ArticleIdList><ReferenceList><Reference>'
        '<ArticleIdList><ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList>'
        "</Reference></ReferenceList>"
    )

    document, facts = only(article(data=ids))

    assert document.id == document.source.id == "study:pmid:1"
    assert document.source.type is SourceType.STUDY
    assert document.source.title == "A trial of examplin"
    assert document.source.publisher == facts.journal == "Journal of Examples"
    assert document.source.published == "2019-11-09"
    assert document.source.url == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert (facts.pmid, facts.pmcid, facts.doi, facts.year) == ("1", "PMC77", "10.1000/x.1", 2019)
    assert (document.origin.parser, document.origin.record) == ("pubmed/1", "1")


def test_the_title_is_a_section_of_its_own() -> None:
    """A title can be searched and quoted, full stop included."""
    document, _ = only(article())

    assert document.sections[0].headings == ("Title",)
    assert document.sections[0].text == "A trial of examplin."


def test_a_structured_abstract_keeps_its_parts() -> None:
    """Each label is a heading; the code is NLM's category, or comes from the label."""
    parts = (
        '<AbstractText Label="MAIN OUTCOME MEASURES" NlmCategory="METHODS">Sleep.</AbstractText>'
        '<AbstractText Label="FINDINGS">Less of it.</AbstractText>'
        '<AbstractText Label="Key lesson" NlmCategory="UNASSIGNED">None.</AbstractText>'
    )

    document, _ = only(article(abstract=f"<Abstract>{parts}</Abstract>"))

    assert [(section.headings, section.code) for section in document.sections[1:]] == [
        (("Abstract", "Main outcome measures"), "methods"),
        (("Abstract", "Findings"), "results"),
        (("Abstract", "Key lesson"), "key lesson"),
    ]


def test_labels_in_running_text_part_an_abstract() -> None:
    """A label in capitals inside one unlabelled text is a heading; a gene name is not."""
    text = "<AbstractText>AIMS: To see. RESULTS: It fell. BRCA: no change.</AbstractText>"

    document, _ = only(article(abstract=f"<Abstract>{text}</Abstract>"))

    assert [(s.headings[1:], s.text) for s in document.sections[1:]] == [
        (("Aims",), "To see."),
        (("Results",), "It fell. BRCA: no change."),
    ]


def test_superscripts_and_formulas_survive() -> None:
    """Mark-up inside an abstract becomes characters, MathML too."""
    math = (
        '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>p</mml:mi>'
        "<mml:mo>≤</mml:mo><mml:mn>0.05</mml:mn></mml:math>"
    )
    text = f"<AbstractText>4 × 10<sup>9</sup>/L, H<sub>2</sub>O, {math}.</AbstractText>"

    document, _ = only(article(abstract=f"<Abstract>{text}</Abstract>"))

    assert document.sections[1].text == "4 × 10⁹/L, H₂O, p ≤ 0.05."


def test_authors_are_people_and_groups() -> None:
    """A collective author stands beside persons; a name marked invalid is left out."""
    authors = (
        "<AuthorList><Author><LastName>Doe</LastName><ForeName>Jane A</ForeName>"
        "<Initials>JA</Initials><Suffix>Jr</Suffix></Author>"
        "<Author><CollectiveName>Example Study Group</CollectiveName></Author>"
        '<Author ValidYN="N"><LastName>Dow</LastName></Author></AuthorList>'
    )

    _, facts = only(article(inside=authors))

    assert facts.authors == ("Doe JA Jr", "Example Study Group")


def test_types_headings_and_language_are_kept() -> None:
    """MeSH headings are paired with each qualifier."""
    citation = (
        "<MeshHeadingList><MeshHeading><DescriptorName>Sleep</DescriptorName>"
        "<QualifierName>physiology</QualifierName><QualifierName>drug effects</QualifierName>"
        "</MeshHeading><MeshHeading><DescriptorName>Humans</DescriptorName></MeshHeading>"
        "</MeshHeadingList>"
    )
    inside = (
        "<Language>ger</Language><PublicationTypeList><PublicationType>Randomized Controlled "
        "Trial</PublicationType></PublicationTypeList>"
    )

    _, facts = only(article(inside=inside, citation=citation))

    assert facts.mesh == ("Sleep/physiology", "Sleep/drug effects", "Humans")
    assert facts.publication_types == ("Randomized Controlled Trial",)
    assert facts.language == "ger"
    assert (facts.design, facts.evidence_level) == ("randomised controlled trial", 2)


@pytest.mark.parametrize(
    ("term", "kind"),
    [
        ("RetractionIn", NoticeKind.RETRACTION_IN),
        ("RetractionOf", NoticeKind.RETRACTION_OF),
        ("ErratumIn", NoticeKind.ERRATUM_IN),
        ("ErratumFor", NoticeKind.ERRATUM_FOR),
        ("UpdateIn", NoticeKind.UPDATE_IN),
        ("UpdateOf", NoticeKind.UPDATE_OF),
        ("ExpressionOfConcernIn", NoticeKind.CONCERN_IN),
        ("ExpressionOfConcernFor", NoticeKind.CONCERN_FOR),
        ("CommentIn", NoticeKind.COMMENT_IN),
        ("CommentOn", NoticeKind.COMMENT_ON),
        ("PartialRetractionIn", NoticeKind.OTHER),
    ],
)
def test_links_are_kept_in_both_directions(term: str, kind: NoticeKind) -> None:
    """A notice has its kind, the other record's id, its DOI, and the words of the record."""
    link = (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{term}"><RefSource>J Ex. '
        "2020;1:2. doi: 10.1000/y.2.</RefSource><PMID>2</PMID></CommentsCorrections>"
        '<CommentsCorrections RefType="Cites"><RefSource>Other</RefSource><PMID>3</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )

    _, facts = only(article(citation=link))

    (notice,) = facts.notices
    assert (notice.kind, notice.pmid, notice.doi) == (kind, "2", "10.1000/y.2")
    assert notice.text is not None
    assert notice.text.startswith(
        "PartialRetractionIn: J Ex." if kind is NoticeKind.OTHER else "J Ex."
    )
    assert facts.retracted is (kind is NoticeKind.RETRACTION_IN)


def test_a_retracted_publication_is_retracted() -> None:
    """The publication type alone says so, as does a title that begins with RETRACTED."""
    kind = "<PublicationTypeList><PublicationType>Retracted Publication</PublicationType>"
    title = "<ArticleTitle>RETRACTED: A trial of examplin.</ArticleTitle>"

    assert only(article(inside=f"{kind}</PublicationTypeList>"))[1].retracted
    assert only(article(title=title))[1].retracted
    assert not only(article())[1].retracted


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("<PubDate><Year>2004</Year></PubDate>", "2004"),
        ("<PubDate><Year>2004</Year><Month>02</Month></PubDate>", "2004-02"),
        ("<PubDate><Year>2004</Year><Season>Winter</Season></PubDate>", "2004"),
        ("<PubDate><Year>2004</Year><Month>Jul-Aug</Month></PubDate>", "2004"),
        ("<PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate>", "1998"),
        ("<PubDate><MedlineDate>2000 Spring-Summer</MedlineDate></PubDate>", "2000"),
        ("<PubDate><MedlineDate>2012 Nov 2-8</MedlineDate></PubDate>", "2012"),
        ("<PubDate><MedlineDate>no date</MedlineDate></PubDate>", None),
    ],
)
def test_odd_dates_are_never_made_more_precise(date: str, published: str | None) -> None:
    """A span of dates gives the year that it begins in."""
    document, facts = only(article(date=date))

    assert document.source.published == published
    assert facts.year == (int(published[:4]) if published else None)


def test_a_record_without_an_abstract_is_its_title() -> None:
    """A title alone is a document with one section."""
    document, _ = only(article(abstract=""))

    assert [section.headings for section in document.sections] == [("Title",)]


def test_a_record_without_any_text_is_a_dead_letter() -> None:
    """Nothing to search is nothing to store, and is said."""
    (letter,) = records(article(title="<ArticleTitle/>", abstract=""))

    assert letter == DeadLetter(
        "studies/batch 1.xml", "the record has neither a title nor an abstract", "1"
    )


def test_a_title_in_its_own_language_is_kept() -> None:
    """The vernacular title stands beside the translated one, or for one that is not there."""
    own = "<VernacularTitle>Eine Studie.</VernacularTitle>"
    without = "<ArticleTitle>[Not Available].</ArticleTitle>"

    both, _ = only(article(inside=own))
    alone, _ = only(article(title=without, inside=own))

    assert both.sections[0].text == "A trial of examplin.\nEine Studie."
    assert alone.source.title == "Eine Studie"


def test_other_abstracts_say_whose_they_are() -> None:
    """An abstract in another language is not mixed with the first."""
    other = (
        '<OtherAbstract Type="Publisher" Language="spa"><AbstractText Label="RESULTADOS">'
        "Mejor.</AbstractText></OtherAbstract>"
        '<OtherAbstract Type="plain-language-summary" Language="eng"><AbstractText>People slept'
        " more.</AbstractText></OtherAbstract>"
    )

    document, _ = only(article(citation=other))

    assert [section.headings for section in document.sections[2:]] == [
        ("Abstract (Publisher, spa)", "Resultados"),
        ("Plain language summary",),
    ]


def test_deleted_citations_are_dead_letters() -> None:
    """Each deleted id is reported beside the records that stay."""
    deleted = "<DeleteCitation><PMID>8</PMID><PMID>9</PMID></DeleteCitation>"

    found = records(article(), deleted)

    assert isinstance(found[0], Document)
    reason = "deleted by the National Library of Medicine"
    assert found[1:] == [DeadLetter("studies/batch 1.xml", reason, pmid) for pmid in ("8", "9")]


def test_one_bad_record_does_not_take_the_others_along() -> None:
    """A record without its article is a dead letter; its neighbours are documents."""
    bad = "<PubmedArticle><MedlineCitation><PMID>5</PMID></MedlineCitation></PubmedArticle>"

    first, letter, stranger, last = records(article(), bad, "<Leaflet/>", article())

    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert isinstance(letter, DeadLetter)
    assert letter.record == "5"
    assert isinstance(stranger, DeadLetter)
    assert "leaflet" in stranger.reason


def test_records_without_ids_do_not_share_one() -> None:
    """A record that names no id is known by its file and its place in it."""
    first, second = records(article(pmid=""), article(pmid=""))

    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.id, second.id) == ("study:batch-1-1", "study:batch-1-2")


def test_a_book_chapter_is_a_document() -> None:
    """PubmedBookArticle has its own layout: book, publisher, contribution date."""
    book = (
        "<PubmedBookArticle><BookDocument><PMID>7</PMID><ArticleIdList>"
        '<ArticleId IdType="bookaccession">NBK1</ArticleId></ArticleIdList><Book><Publisher>'
        "<PublisherName>A Press</PublisherName></Publisher><BookTitle>Examplin Reviews</BookTitle>"
        "<PubDate><Year>2001</Year></PubDate></Book><ArticleTitle>Examplin</ArticleTitle>"
        "<Abstract><AbstractText>It is one.</AbstractText></Abstract><ContributionDate>"
        "<Year>2003</Year><Month>5</Month></ContributionDate></BookDocument></PubmedBookArticle>"
    )

    document, facts = only(book)

    assert (document.id, facts.journal) == ("study:pmid:7", "Examplin Reviews")
    assert document.source.published == "2003-05"
    assert document.source.url == "https://www.ncbi.nlm.nih.gov/books/NBK1/"


@pytest.mark.parametrize("xml", ["<PubmedArticleSet>", "<PubmedArticleSet></PubmedArticleSet>"])
def test_a_file_without_records_is_refused(xml: str) -> None:
    """A broken file and an empty set say so."""
    with pytest.raises(ParseError):
        list(pubmed.parse(source_file(xml)))


@pytest.mark.shared_data
def test_every_shared_record_is_accounted_for() -> None:
    """Each of the shared files gives its one record; the one empty set is refused."""
    folder = SHARED / "ingest" / "pubmed_xml"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    documents, empty = 0, []
    for path in sorted(folder.glob("*.xml")):
        data = path.read_bytes()
        file = SourceFile(path.name, data, hashlib.sha256(data).hexdigest(), Format.PUBMED)
        try:
            found = list(pubmed.parse(file))
        except ParseError:
            empty.append(path)
            continue
        assert len(found) == data.count(b"<PubmedArticle>")
        documents += sum(isinstance(item, Document) for item in found)

    assert documents == len(list(folder.glob("*.xml"))) - len(empty) + _extra(folder)
    assert all(b"<PubmedArticle>" not in path.read_bytes() for path in empty)


def _extra(folder: Path) -> int:
    """Return how many records stand in files beyond the first of each."""
    counts = [path.read_bytes().count(b"<PubmedArticle>") for path in folder.glob("*.xml")]
    return sum(count - 1 for count in counts if count)
