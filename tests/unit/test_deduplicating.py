"""Every document ends as one thing: kept with its status, or a duplicate of one kept."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.deduplicating import resolve
from ingest.documents import (
    Block,
    BlockKind,
    Document,
    Facts,
    GuidelineFacts,
    LabelFacts,
    Notice,
    NoticeKind,
    Origin,
    Section,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.fingerprints import Resolution, fingerprint
from ingest.sketching import resemblance, sketch

TEXT = " ".join(f"Sentence {n} about the same medicine and its many uses." for n in range(60))


def document(
    facts: Facts,
    *,
    source_id: str,
    version: str = "1",
    text: str = TEXT,
    parser: str = "spl/1",
    kind: SourceKind = SourceKind.ORIGINAL,
) -> Document:
    """One document with one section."""
    types = {LabelFacts: SourceType.LABEL, StudyFacts: SourceType.STUDY}
    source = Source(
        source_id, types.get(type(facts), SourceType.GUIDELINE), source_id, facts, kind=kind
    )
    section = Section(("All",), (Block(BlockKind.PROSE, text),))
    origin = Origin(f"{source_id}.{parser[:3]}", "0" * 64, parser)
    return Document(f"{source_id}@{version}" if version else source_id, source, (section,), origin)


def resolved(*documents: Document) -> Resolution:
    """What becomes of *documents*."""
    return resolve([fingerprint(key, each) for key, each in enumerate(documents)])


def label(
    set_id: str,
    effective: str,
    *,
    routes: tuple[str, ...] = (),
    labeler: str | None = None,
    **changes: object,
) -> Document:
    """One label of naltrexone."""
    facts = LabelFacts(
        ("naltrexone",),
        set_id=set_id,
        version="1",
        effective=effective,
        routes=routes,
        labeler=labeler,
    )
    return document(facts, source_id=f"label:{set_id}", **changes)  # type: ignore[arg-type]


def test_the_same_label_from_another_labeler_is_a_sibling() -> None:
    """A repackager's copy differs in a line; the newest is kept and names the other."""
    old = label("a", "2019-01", text=TEXT + " Packed by A.")
    new = label("b", "2021-01", text=TEXT + " Packed by B.")

    result = resolved(old, new)

    assert [(k.document_id, k.siblings) for k in result.kept] == [("label:b@1", ("label:a@1",))]
    assert [(d.document_id, d.reason) for d in result.duplicates] == [
        ("label:a@1", "near duplicate")
    ]


def test_two_routes_of_one_drug_are_two_labels() -> None:
    """Tablets and the injection are never taken for one, however alike their words."""
    oral = label("a", "2019-01", text=TEXT + " A.", routes=("oral",))
    injection = label("b", "2019-01", text=TEXT + " B.", routes=("intramuscular",))

    assert len(resolved(oral, injection).kept) == 2


def test_an_older_version_is_superseded_by_the_newest() -> None:
    """One set id, two versions: both are kept, one is in force."""
    old = label("a", "2019-01", text="Old words entirely.")
    new = label("a", "2020-02", version="2", text="New words of another kind.")

    result = resolved(new, old)

    statuses = {k.document_id: (k.status, k.superseded_by) for k in result.kept}
    assert statuses == {
        "label:a@1": (Status.SUPERSEDED, "label:a@2"),
        "label:a@2": (Status.CURRENT, None),
    }


def test_of_two_versions_with_the_same_words_the_newer_is_kept() -> None:
    """A label re-issued unchanged is in force as its newest version, wherever the files lie."""
    old = label("a", "2019-01", version="1", parser="spl/1")
    new = label("a", "2020-02", version="2", parser="openfda/1")

    result = resolved(old, new)

    assert [(k.document_id, k.status) for k in result.kept] == [("label:a@2", Status.CURRENT)]
    assert result.duplicates[0].reason == "same text"


def test_of_two_labels_alike_the_makers_is_kept_before_the_repackagers() -> None:
    """With one date, the label of the maker stands for those that only pack it."""
    date = "2020-01"
    packed = label("a", date, text=TEXT + " A.", labeler="Example Repackaging Inc.")
    made = label("b", date, text=TEXT + " B.")

    assert [k.document_id for k in resolved(packed, made).kept] == ["label:b@1"]


def test_one_version_from_two_publishers_is_kept_once_as_the_richer() -> None:
    """DailyMed's XML and openFDA's JSON of one version are one label; the XML has structure."""
    spl = label("a", "2020-01", text=TEXT + " x.")
    openfda = label("a", "2020-01", text=TEXT + " y and more and more.", parser="openfda/1")

    result = resolved(openfda, spl)

    assert [k.key for k in result.kept] == [1]
    assert [(d.key, d.reason) for d in result.duplicates] == [(0, "same version")]


def test_full_text_and_abstract_of_one_study_unite_what_they_know() -> None:
    """The article is kept; the abstract's record adds its MeSH terms and its retraction."""
    article = document(
        StudyFacts(pmid="1", doi="10.1/X"), source_id="study:pmid:1", version="", parser="jats/1"
    )
    record = document(
        StudyFacts(doi="10.1/x", mesh=("Sleep",), retracted=True),
        source_id="study:doi:10.1/x",
        version="",
        text="Short.",
        parser="pubmed/1",
    )

    result = resolved(record, article)

    (kept,) = result.kept
    assert (kept.document_id, kept.status) == ("study:pmid:1", Status.RETRACTED)
    assert isinstance(kept.facts, StudyFacts)
    assert kept.facts.mesh == ("Sleep",)
    assert result.duplicates[0].reason == "same study"


def test_a_notice_of_retraction_retracts_the_study_it_names() -> None:
    """The notice's own record is enough, in whatever order the two are read."""
    study = document(StudyFacts(pmid="1"), source_id="study:pmid:1", version="")
    notice = document(
        StudyFacts(pmid="2", notices=(Notice(NoticeKind.RETRACTION_OF, pmid="1"),)),
        source_id="study:pmid:2",
        version="",
        text="Retraction.",
    )

    statuses = {k.document_id: k.status for k in resolved(notice, study).kept}

    assert statuses == {"study:pmid:1": Status.RETRACTED, "study:pmid:2": Status.CURRENT}


def test_two_notices_with_the_same_words_are_two_records() -> None:
    """The word "Erratum." under two PMIDs is not one document."""
    first, second = (
        document(StudyFacts(pmid=n), source_id=f"study:pmid:{n}", version="", text="Erratum.")
        for n in ("1", "2")
    )

    assert len(resolved(first, second).kept) == 2


def test_editions_of_a_guideline_supersede_by_year_or_by_name() -> None:
    """The newest of a series is current; a guideline that names its successor is believed."""
    old = document(
        GuidelineFacts(series="s", year=2015), source_id="guideline:s", version="2015", text="Old."
    )
    new = document(
        GuidelineFacts(series="s", year=2020), source_id="guideline:s", version="2020", text="New."
    )
    ended = document(
        GuidelineFacts(series="t", year=2016, superseded_by=("A later one, 2022",)),
        source_id="guideline:t",
        version="2016",
        text="Ended.",
    )

    statuses = {k.document_id: (k.status, k.superseded_by) for k in resolved(new, ended, old).kept}

    assert statuses == {
        "guideline:s@2015": (Status.SUPERSEDED, "guideline:s@2020"),
        "guideline:s@2020": (Status.CURRENT, None),
        "guideline:t@2016": (Status.SUPERSEDED, "A later one, 2022"),
    }


def test_a_summary_never_replaces_the_real_thing() -> None:
    """Our summary of a label and the label itself both stay."""
    real = label("a", "2020-01")
    summary = label("a", "2021-01", kind=SourceKind.SUMMARY)

    assert {k.status for k in resolved(real, summary).kept} == {Status.CURRENT}


POOL = [
    label("a", "2019-01", text=TEXT + " A."),
    label("b", "2021-01", text=TEXT + " B."),
    label("b", "2018-01", version="0", text="Something older."),
    label("c", "2020-01", text=TEXT + " B."),
    document(StudyFacts(pmid="1", doi="10.1/x"), source_id="study:pmid:1", version=""),
    document(StudyFacts(doi="10.1/x", pmcid="PMC9"), source_id="study:pmcid:PMC9", version=""),
    document(StudyFacts(pmcid="PMC9"), source_id="study:x", version="", text="Other."),
]


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(len(POOL))))
def test_the_order_of_reading_changes_nothing_and_nothing_is_lost(order: list[int]) -> None:
    """Any order gives the same result, and every document is in it once."""
    prints = [fingerprint(key, each) for key, each in enumerate(POOL)]

    result = resolve([prints[key] for key in order])

    assert result == resolve(prints)
    keys = [k.key for k in result.kept] + [d.key for d in result.duplicates]
    assert sorted(keys) == list(range(len(POOL)))


def test_resemblance_estimates_the_share_of_common_wording() -> None:
    """Equal texts 1, unlike texts 0, one sentence in twenty changed in between."""
    changed = TEXT.replace("Sentence 7 ", "A line that says something else of the eighth kind. ")

    assert resemblance(sketch(TEXT), sketch(TEXT)) == 1
    assert resemblance(sketch(TEXT), sketch("Nothing in common with it at all, no.")) == 0
    assert 0.85 < resemblance(sketch(TEXT), sketch(changed)) < 1
