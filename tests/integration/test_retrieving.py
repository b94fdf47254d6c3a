"""Hybrid retrieval over a real snapshot: the drug is a hard filter, the standing another."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import LabelFacts, SourceKind, SourceType, Status
from ingest.embedding import HashingEmbedder
from ingest.pipeline import ingest
from ingest.snapshots import Snapshot, open_snapshot
from service.answers import Drug, Passage, Query, Topic
from service.fusing import fuse, with_exact
from service.retrieving import CANDIDATES, SPARE, HybridRetriever
from service.seeking import wordings
from tests import sample_corpus

ZORVAXONE = Drug("zorvaxone", ("zorvaxone",), indexed=True)
QUELLOMINE = Drug("quellomine", ("quellomine",), indexed=True)
TILZOR = Drug("Tilzor", ("tilimorex", "zorvaxone"), indexed=True)
LONGOL = Drug("longol", ("longol",), indexed=True)
MISSING = Drug("nowherol", ("nowherol",))
DRUGS = (ZORVAXONE, QUELLOMINE, TILZOR, LONGOL, MISSING)
LONG_SET = "0a0a0a0a-0000-4000-8000-000000000005"
SUMMARY_SET = "0a0a0a0a-0000-4000-8000-000000000006"


def longol(version: str, effective: str, text: str) -> str:
    """A label of longol with *text* as its dosage section."""
    return sample_corpus.spl(
        LONG_SET,
        version,
        effective,
        brand="Longex",
        moieties=("LONGOL",),
        form="TABLET",
        route="ORAL",
        sections={"34068-7": text},
    )


def contents() -> dict[str, str | bytes]:
    """The small corpus, a project summary of one of its labels, and a very long older label."""
    page = "</paragraph><paragraph>".join(
        f"The dose of longol in case {n} is decided by " + f"its dose dose longol {n} " * 30
        for n in range(CANDIDATES * SPARE + 40)
    )
    files = sample_corpus.files() | {
        "labels/summary.xml": sample_corpus.spl(
            SUMMARY_SET,
            "1",
            "20260101",
            brand="Zorvanex",
            moieties=("ZORVAXONE",),
            form="TABLET, FILM COATED",
            route="ORAL",
            sections={"34068-7": "In our words: take zorvaxone 50 mg at bedtime."},
        ),
        "labels/longol-1.xml": longol("1", "20200101", page),
        "labels/longol-2.xml": longol(
            "2", "20240101", "Longol is taken as told. Quellomine weakens it."
        ),
    }
    listed = "".join(f'[[files]]\npath = "{name}"\n' for name in files)
    summary = 'path = "labels/summary.xml"\nkind = "summary"\nsummary_of = "The Zorvanex label"\n'
    manifest = listed.replace('path = "labels/summary.xml"\n', summary)
    return files | {"manifest.toml": manifest}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """An opened snapshot of the corpus above."""
    home = tmp_path_factory.mktemp("retrieving")
    corpus = sample_corpus.write(home / "corpus", contents())
    report = ingest([corpus], home / "index", HashingEmbedder())
    opened = open_snapshot(home / "index", report.snapshot, HashingEmbedder(), check=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def retriever(snapshot: Snapshot) -> HybridRetriever:
    """Twelve passages of each source type."""
    return HybridRetriever(snapshot, HashingEmbedder(), 12)


def ask(
    retriever: HybridRetriever, text: str, *drugs: Drug, condition: str | None = None
) -> dict[SourceType, list[Passage]]:
    """What is retrieved for *text*."""
    query = Query(text=text, bare=text, drugs=drugs, condition=condition)
    return dict(retriever.retrieve(query, retriever.embed(query)))


def labels(retriever: HybridRetriever, text: str, *drugs: Drug) -> set[str]:
    """The labels that passages come from, by document id."""
    return {passage.chunk.document_id for passage in ask(retriever, text, *drugs)[SourceType.LABEL]}


def label_id(set_id: str, version: str) -> str:
    """A label's document id."""
    return f"label:{set_id}@{version}"


TABLETS, DEPOT = label_id(sample_corpus.TABLETS, "7"), label_id(sample_corpus.DEPOT, "2")


def test_label_passages_are_of_the_drug_asked_about_alone(retriever: HybridRetriever) -> None:
    """Another drug's label, the combination's and the older version stay out, however near."""
    found = labels(retriever, "Tilzor two tablets quellomine rash 75 mg dose", ZORVAXONE)

    assert found == {TABLETS, DEPOT}


def test_a_combination_is_a_drug_of_its_own(retriever: HybridRetriever) -> None:
    """Asked about both ingredients together, only the label of both answers."""
    assert labels(retriever, "zorvaxone dose", TILZOR) == {label_id(sample_corpus.COMBINATION, "1")}


@pytest.mark.parametrize(
    ("formulation", "expected"),
    [
        ("extended-release injection", {DEPOT}),
        ("injection", {DEPOT}),
        ("tablets", {TABLETS}),
        ("oral", {TABLETS}),
        ("patch", {TABLETS, DEPOT}),
    ],
)
def test_the_formulation_asked_about_is_respected(
    retriever: HybridRetriever, formulation: str, expected: set[str]
) -> None:
    """The tablets' dose is no answer about the injection; one that has no label leaves all."""
    drug = Drug("zorvaxone", ("zorvaxone",), formulation, indexed=True)

    assert labels(retriever, "recommended dose", drug) == expected


def test_a_drug_without_a_label_gets_no_other_label(retriever: HybridRetriever) -> None:
    """Nothing found is the honest answer about a drug that is not in the index."""
    assert labels(retriever, "dose of zorvaxone", MISSING) == set()


def test_of_two_drugs_each_has_its_share(retriever: HybridRetriever) -> None:
    """A question about two is not answered from the label whose words are nearer."""
    found = labels(retriever, "dose of zorvaxone by mouth at bedtime", ZORVAXONE, QUELLOMINE)

    assert found == {TABLETS, DEPOT, label_id(sample_corpus.OTHER, "4")}


def test_a_label_outranks_the_summary_of_it(retriever: HybridRetriever) -> None:
    """Where the label itself is in the index, our own words about it are not needed."""
    passages = ask(retriever, "In our words take zorvaxone", ZORVAXONE)[SourceType.LABEL]

    assert passages
    assert {passage.source.kind for passage in passages} == {SourceKind.ORIGINAL}


def test_a_drugs_older_label_does_not_crowd_out_the_one_in_force(
    retriever: HybridRetriever, snapshot: Snapshot
) -> None:
    """Hundreds of nearer passages of a superseded version leave the current one's to be found."""
    older = snapshot.documents.document_rows(label_id(LONG_SET, "1"))
    assert len(older) > CANDIDATES * SPARE

    found = labels(retriever, "dose of longol in case 7", LONGOL)

    assert found == {label_id(LONG_SET, "2")}


def test_superseded_and_retracted_passages_are_never_returned(retriever: HybridRetriever) -> None:
    """Their very words, asked for with the drug and without it, find what is in force."""
    lunch, withdrawn = "We advise against zorvaxone at lunch", "slept 90 minutes longer zorvaxone"
    for text in (lunch, withdrawn, "75 mg by mouth once daily at bedtime"):
        for drugs in ((), (ZORVAXONE,)):
            found = [p for each in ask(retriever, text, *drugs).values() for p in each]

            assert found
            assert not [p.chunk.text for p in found if "lunch" in p.chunk.text]
            assert not [p.chunk.text for p in found if "90 minutes" in p.chunk.text]
            assert not [p.chunk.text for p in found if "75 mg" in p.chunk.text]


def test_studies_and_guidelines_name_the_drug(retriever: HybridRetriever) -> None:
    """Asked about one drug, they are those that name it, by any of its names."""
    found = ask(retriever, "sleep", ZORVAXONE)

    assert {p.source.id for p in found[SourceType.STUDY]} == {
        f"study:pmid:{sample_corpus.TRIAL}",
        f"study:pmid:{sample_corpus.REVIEW}",
    }
    assert [p.chunk.text for p in found[SourceType.GUIDELINE]] == [
        f"Recommendation (against; weak): {sample_corpus.AGAINST}"
    ]


def test_beside_the_drug_stands_what_is_said_of_the_condition(retriever: HybridRetriever) -> None:
    """With a condition, passages that name the drug come first, then the condition's own."""
    found = ask(retriever, "zorvaxone for insomnia", ZORVAXONE, condition="insomnia")

    texts = [passage.chunk.text for passage in found[SourceType.GUIDELINE]]
    assert sample_corpus.AGAINST in texts[0]
    assert any("sleep training" in text for text in texts[1:])
    assert len(texts) == len(set(texts))


def test_without_a_drug_every_source_is_searched(retriever: HybridRetriever) -> None:
    """A question about a condition alone has no drug to filter by."""
    found = ask(retriever, "insomnia in adults", condition="insomnia")

    assert all(found[source_type] for source_type in SourceType)


def test_sections_are_fetched_by_their_code(retriever: HybridRetriever) -> None:
    """The safety block needs the boxed warning whether or not the question is like it."""
    found = retriever.label_passages(ZORVAXONE, {"34066-1", "34070-3"})

    assert [p.chunk.code for p in found] == ["34066-1", "34070-3"]
    assert {p.chunk.document_id for p in found} == {TABLETS}
    assert [(p.rank, p.similarity) for p in found] == [(1, 1.0), (2, 1.0)]
    assert retriever.label_passages(ZORVAXONE, ()) == []
    assert retriever.label_passages(MISSING, {"34066-1"}) == []


def test_the_vocabulary_knows_the_labels_in_force(retriever: HybridRetriever) -> None:
    """Each current label's facts, once; no superseded version's."""
    facts = retriever.labels()

    assert [each.version for each in facts if each.set_id == sample_corpus.TABLETS] == ["7"]
    assert [each.version for each in facts if each.set_id == LONG_SET] == ["2"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("zorvaxone dose rash sleep 75 lunch insomnia Tilzor mg".split())),
    st.lists(st.sampled_from(DRUGS), unique=True, max_size=3),
    st.sampled_from([None, "insomnia"]),
)
def test_the_filters_hold_for_every_question(
    retriever: HybridRetriever, words: list[str], drugs: list[Drug], condition: str | None
) -> None:
    """Type, drug, standing, rank and uniqueness are right whatever is asked; twice the same."""
    first = ask(retriever, " ".join(words), *drugs, condition=condition)

    for source_type, passages in first.items():
        assert [passage.rank for passage in passages] == list(range(1, len(passages) + 1))
        assert len({passage.id for passage in passages}) == len(passages)
        for passage in passages:
            assert (passage.chunk.type, passage.status) == (source_type, Status.CURRENT)
            facts = passage.source.facts
            if isinstance(facts, LabelFacts) and drugs:
                assert facts.ingredients in {drug.ingredients for drug in drugs}
    assert ask(retriever, " ".join(words), *drugs, condition=condition) == first


def test_fusion_adds_weighted_reciprocal_ranks() -> None:
    """By hand, k = 60: 7 has 2/61, 8 has 2/62 + 1/61, 9 has 1/62."""
    assert fuse([(2.0, [7, 8]), (1.0, [8, 9])]) == [8, 7, 9]
    # First in the heavier ranking is worth more than first and second in the lighter one.
    assert fuse([(2.0, [1]), (1.0, [2, 3])]) == [1, 2, 3]
    # 1/61 + 1/63 = 0.03227 loses to 2/61 = 0.03279, and wins over 2/62 = 0.03226.
    assert fuse([(2.0, [1, 3]), (1.0, [2]), (1.0, [8, 9, 2])])[:3] == [1, 2, 3]


def test_ties_in_fusion_go_to_the_lower_row() -> None:
    """Equal scores have one order, so that two processes answer the same."""
    assert fuse([(1.0, [5, 4]), (1.0, [3, 2])]) == [3, 5, 2, 4]
    assert fuse([]) == []


@given(st.lists(st.tuples(st.floats(0.1, 3), st.lists(st.integers(0, 30), unique=True))))
def test_fusion_keeps_every_row_once(rankings: list[tuple[float, list[int]]]) -> None:
    """Nothing is lost, nothing doubled, and what all rankings prefer stays ahead."""
    fused = fuse(rankings)

    assert sorted(fused) == sorted({row for _, ranking in rankings for row in ranking})
    if rankings and all(ranking[:1] == rankings[0][1][:1] for _, ranking in rankings):
        assert fused[:1] == rankings[0][1][:1]


def test_every_fourth_place_is_for_the_best_exact_match() -> None:
    """A rare word decides, and a vector hardly feels it; nothing is lost or shown twice."""
    fused = [1, 2, 3, 4, 5, 6, 7, 8]

    assert with_exact(fused, [8, 2]) == [1, 3, 4, 8, 5, 6, 7, 2]
    assert with_exact(fused, []) == fused


def test_sections_of_the_topic_asked_about_are_always_among_the_passages(
    retriever: HybridRetriever,
) -> None:
    """A question about the dose retrieves the dosage section, whatever else is nearer."""
    query = Query(text="zorvaxone", bare="zorvaxone", drugs=(ZORVAXONE,), topics=(Topic.DOSE,))
    narrow = HybridRetriever(retriever.index, retriever.embedder, 3)

    found = narrow.retrieve(query, narrow.embed(query))[SourceType.LABEL]

    assert "34068-7" in {passage.chunk.code for passage in found}
    assert len({passage.id for passage in found}) == len(found)
    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))


def test_a_drug_without_a_label_is_still_searched_in_studies_and_guidelines(
    retriever: HybridRetriever,
) -> None:
    """No row lists it, so nothing is filtered: the evidence gate asks for its name."""
    found = ask(retriever, "nowherol sleep", MISSING)

    assert found[SourceType.STUDY]
    assert found[SourceType.LABEL] == []


def test_what_one_drugs_label_says_of_the_other_is_looked_for_by_name(
    retriever: HybridRetriever,
) -> None:
    """Two drugs asked about together: the passage that names both is fetched, for a pair only."""
    text = "Is longol safe with quellomine?"
    pair = Query(text=text, bare=text, drugs=(LONGOL, QUELLOMINE))
    alone = Query(text=text, bare=text, drugs=(LONGOL,))
    vector = retriever.embed(pair)

    named = retriever._naming_others(pair, vector, LONGOL)

    assert [passage.chunk.document_id for passage in named] == [label_id(LONG_SET, "2")]
    assert "Quellomine" in named[0].chunk.text
    assert retriever._naming_others(alone, vector, LONGOL) == []


def test_a_follow_up_is_searched_by_its_own_words_too(retriever: HybridRetriever) -> None:
    """Both wordings have a vector; a question that carried nothing, or is itself, has one."""
    carried = Query("zorvaxone: sleep", "and sleep?", (ZORVAXONE,), carried=("drug: zorvaxone",))
    corrected = Query("zorvaxone dose", "zorvoxone dose", (ZORVAXONE,))
    reply = Query("zorvaxone: dose", "yes", (ZORVAXONE,), carried=("drug: zorvaxone",))

    assert wordings(carried) == ("zorvaxone: sleep", "and sleep?")
    assert retriever.embed(carried).shape == (2, HashingEmbedder().identity.dimension)
    assert wordings(corrected) == ("zorvaxone dose",)
    assert wordings(reply) == ("zorvaxone: dose",)
    assert retriever.embed(corrected).shape[0] == 1


def test_the_words_typed_lift_the_passages_that_hold_them(retriever: HybridRetriever) -> None:
    """What is carried over must not drown what is asked now."""
    text = "quellomine: zorvaxone zorvaxone zorvaxone"
    alone = Query(text, text, (ZORVAXONE,))
    typed = Query(text, "recommended dose", (ZORVAXONE,), carried=("drug: zorvaxone",))

    def rank(query: Query) -> int:
        found = retriever.retrieve(query, retriever.embed(query))[SourceType.LABEL]
        return next(passage.rank for passage in found if passage.chunk.code == "34068-7")

    assert rank(typed) < rank(alone)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DRUGS), st.sampled_from([None, "insomnia"]), st.randoms())
def test_cited_passages_stay_candidates_of_their_drug_alone(
    retriever: HybridRetriever, drug: Drug, condition: str | None, order: random.Random
) -> None:
    """All the turn before cited is looked at again, behind the ranking and behind the filters."""
    store = retriever.index.documents
    ids = [chunk.id for each in store.listing(limit=200) for chunk in store.chunks_of(each)]
    order.shuffle(ids)
    query = Query("sleep", "sleep", (drug,), condition)
    vectors = retriever.embed(query)

    alone = retriever.retrieve(query, vectors)
    found = retriever.retrieve(query, vectors, ids)

    for source_type, passages in found.items():
        assert [p.id for p in passages][: len(alone[source_type])] == [
            p.id for p in alone[source_type]
        ]
        assert all(p.status is Status.CURRENT for p in passages)
    for passage in found[SourceType.LABEL]:
        assert isinstance(passage.source.facts, LabelFacts)
        assert passage.source.facts.ingredients == drug.ingredients
    assert retriever.retrieve(query, vectors, sorted(ids)) == found


def test_a_cited_passage_beyond_the_ranking_is_looked_at_again(retriever: HybridRetriever) -> None:
    """The turn before rested on it, so that the next may, too; an unknown id is passed over."""
    narrow = HybridRetriever(retriever.index, retriever.embedder, 1)
    query = Query("rash", "rash", (ZORVAXONE,))
    vectors = narrow.embed(query)
    ranked = narrow.retrieve(query, vectors)[SourceType.LABEL]
    (dose,) = [p for p in narrow.label_passages(ZORVAXONE, {"34068-7"}) if "50 mg" in p.chunk.text]

    found = narrow.retrieve(query, vectors, (dose.id, "no such passage"))[SourceType.LABEL]

    assert dose.id not in {passage.id for passage in ranked}
    assert [passage.id for passage in found] == [*(p.id for p in ranked), dose.id]
    assert found[-1].similarity < 1.0
