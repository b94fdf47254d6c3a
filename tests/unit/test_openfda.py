"""Facts about reading openFDA label JSON: nothing lost, nothing twice, everything in its place."""

import hashlib
import json
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Block, BlockKind, DeadLetter, Document, LabelFacts
from ingest.errors import ParseError
from ingest.parsing import openfda
from ingest.parsing.nesting import Text, nest
from ingest.parsing.titling import find_title, find_warning_title
from ingest.parsing.unflattening import headed_parts, numbered_parts, run_blocks
from ingest.reading import Format, SourceFile

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
SET_ID = "0a1b2c3d-0000-4000-8000-00000000abcd"
NAMES = {
    "brand_name": ["BRANDEX"],
    "generic_name": ["EXAMPLIN HYDROCHLORIDE"],
    "substance_name": ["EXAMPLIN HYDROCHLORIDE"],
    "manufacturer_name": ["Acme Labs"],
    "application_number": ["ANDA000001"],
    "route": ["ORAL"],
}


def result(**fields: object) -> dict[str, object]:
    """Return one label result with *fields*; a text may be given without its list."""
    texts = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return {
        "set_id": SET_ID,
        "id": "x",
        "version": "7",
        "effective_time": "20191129",
        "openfda": NAMES,
    } | texts


def parse(*results: object, path: str = "labels/x.json") -> list[Document | DeadLetter]:
    """Parse an API answer of *results*."""
    data = json.dumps({"meta": {}, "results": list(results)}).encode()
    file = SourceFile(path, data, hashlib.sha256(data).hexdigest(), Format.OPENFDA)
    return list(openfda.parse(file))


def only(**fields: object) -> Document:
    """Parse one result and return its document."""
    (document,) = parse(result(**fields))
    assert isinstance(document, Document)
    return document


def outline(document: Document) -> list[tuple[str | None, tuple[str, ...], str]]:
    """Return each section as (code, headings, text)."""
    return [(part.code, part.headings, part.text) for part in document.sections]


def test_the_record_and_its_openfda_block_become_facts() -> None:
    """Names, ingredients, labeler, category and route are read from the openfda block."""
    document = only(indications_and_usage="1 INDICATIONS AND USAGE Brandex is indicated for pain.")

    assert document.id == f"label:{SET_ID}@7"
    assert document.source.title == "Brandex (examplin hydrochloride) – FDA label"
    assert document.source.licence == "CC0-1.0"
    assert document.source.facts == LabelFacts(
        ingredients=("examplin",),
        brands=("Brandex",),
        generics=("examplin hydrochloride",),
        set_id=SET_ID,
        version="7",
        effective="2019-11-29",
        labeler="Acme Labs",
        marketing_category="ANDA",
        routes=("oral",),
    )


def test_a_field_becomes_a_section_with_its_code_and_printed_title() -> None:
    """The title is taken out of the text and heads the section."""
    document = only(indications_and_usage="1 INDICATIONS AND USAGE Brandex is indicated for pain.")

    assert outline(document) == [
        ("34067-9", ("1 INDICATIONS AND USAGE",), "Brandex is indicated for pain.")
    ]


def test_an_unknown_field_is_kept_without_a_code() -> None:
    """A field that openFDA invents tomorrow is a section named by its own words."""
    document = only(some_new_field="Words.")

    assert outline(document) == [(None, ("Some new field",), "Words.")]


def test_sections_follow_the_order_of_a_label() -> None:
    """JSON has no order; a label has: warnings in a box first, studies after doses."""
    document = only(
        clinical_studies="14 CLINICAL STUDIES One trial was run.",
        dosage_and_administration="2 DOSAGE AND ADMINISTRATION Take one.",
        boxed_warning="WARNING: LIVER FAILURE Brandex can cause liver failure.",
    )

    assert [part.code for part in document.sections] == ["34066-1", "34068-7", "34092-7"]


def test_a_nested_section_is_kept_once_below_its_parent() -> None:
    """The API repeats subsections in their parent; the sentence stays in the specific one."""
    mechanism = "12.1 Mechanism of Action Brandex blocks a receptor that nobody has seen yet."
    document = only(
        clinical_pharmacology=f"12 CLINICAL PHARMACOLOGY {mechanism} 12.2 Smoking No effect.",
        mechanism_of_action=mechanism,
    )

    assert outline(document) == [
        (
            "43679-0",
            ("12 CLINICAL PHARMACOLOGY", "12.1 Mechanism of Action"),
            "Brandex blocks a receptor that nobody has seen yet.",
        ),
        ("34090-1", ("12 CLINICAL PHARMACOLOGY", "12.2 Smoking"), "No effect."),
    ]


def test_numbered_subsections_are_told_apart() -> None:
    """A run of text is cut at its numbers; references to sections and doses are no numbers."""
    document = only(
        drug_interactions=(
            "7 DRUG INTERACTIONS See also (7.2) and Section 7.2 Avoid 7.1 mg. 7.1 Strong CYP2D6"
            " Inhibitors In vitro studies show 2.5 mg is enough. 7.2 Alcohol The risk is higher."
        )
    )

    assert [(headings[-1], text) for _, headings, text in outline(document)] == [
        ("7 DRUG INTERACTIONS", "See also (7.2) and Section 7.2 Avoid 7.1 mg."),
        ("7.1 Strong CYP2D6 Inhibitors", "In vitro studies show 2.5 mg is enough."),
        ("7.2 Alcohol", "The risk is higher."),
    ]


def test_a_population_subsection_has_its_own_code() -> None:
    """What the label says of renal impairment can be found as such; a dose for it stays a dose."""
    document = only(
        use_in_specific_populations=(
            "8 USE IN SPECIFIC POPULATIONS 8.6 Renal Impairment No change. 8.7 Smokers Halve it."
        ),
        dosage_and_administration=(
            "2 DOSAGE AND ADMINISTRATION 2.1 Renal Impairment Halve the dose."
        ),
    )

    assert [(code, headings[-1]) for code, headings, _ in outline(document)] == [
        ("34068-7", "2.1 Renal Impairment"),
        ("88828-9", "8.6 Renal Impairment"),
        ("43684-0", "8.7 Smokers"),
    ]


def test_the_printed_number_corrects_a_misfiled_section() -> None:
    """Labelers file lactation under nursing mothers and trials under laboratory tests."""
    document = only(
        nursing_mothers="8.2 Lactation There are no data.",
        laboratory_tests="6.1 Clinical Trials Experience Rash was seen.",
    )

    assert {headings[-1]: code for code, headings, _ in outline(document)} == {
        "8.2 Lactation": "77290-5",
        "6.1 Clinical Trials Experience": "90374-0",
    }


def test_bullets_become_items_with_their_lead() -> None:
    """A list in a run of text is a list again."""
    document = only(
        contraindications=(
            "4 CONTRAINDICATIONS Do not use in: • asthma • liver disease: ○ severe ○ mild"
        )
    )
    (part,) = document.sections

    assert part.blocks == (
        Block(BlockKind.PROSE, "Do not use in:"),
        Block(BlockKind.ITEM, "asthma", lead="Do not use in:"),
        Block(BlockKind.ITEM, "liver disease:", lead="Do not use in:"),
        Block(BlockKind.ITEM, "severe", lead="liver disease:"),
        Block(BlockKind.ITEM, "mild", lead="liver disease:"),
    )


def test_the_dot_of_a_formula_is_no_bullet() -> None:
    """C20H24N2O2 • HCl is one substance."""
    (block,) = run_blocks("The formula is C20H24N2O2 • HCl and C2H6 • 2 H2O.")

    assert block.kind is BlockKind.PROSE


def test_what_is_run_into_the_end_of_an_item_is_cut_off() -> None:
    """The head of the next list is not part of the last item of the list before."""
    blocks = list(run_blocks("Use: • one. • two. Do not use in: • three."))

    assert [(b.kind.value, b.lead, b.text) for b in blocks] == [
        ("prose", "", "Use:"),
        ("item", "Use:", "one."),
        ("item", "Use:", "two."),
        ("prose", "", "Do not use in:"),
        ("item", "Do not use in:", "three."),
    ]


def test_a_table_becomes_rows_and_its_flattened_copy_goes() -> None:
    """Cells are kept once, as rows with heads and units, where the text had them."""
    table = (
        "<table><caption>Table 1</caption><thead><tr><th>Event</th><th>Drug</th></tr></thead>"
        "<tbody><tr><td>Rash per 10<sup>9</sup></td><td>5</td></tr></tbody></table>"
    )
    document = only(
        adverse_reactions="6 ADVERSE REACTIONS Seen: Table 1 Event Drug Rash per 10 9 5 Fever too.",
        adverse_reactions_table=table,
    )
    (part,) = document.sections

    assert part.blocks == (
        Block(BlockKind.PROSE, "Seen:"),
        Block(BlockKind.ROW, "Rash per 10⁹ | 5", lead="Table 1 Event | Drug"),
        Block(BlockKind.PROSE, "Fever too."),
    )


def test_a_table_named_by_parent_and_child_is_kept_once() -> None:
    """The same table comes with both fields; its rows come once."""
    table = "<table><tr><td>alpha</td><td>beta gamma</td></tr></table>"
    inner = "12.3 Pharmacokinetics Shown here in a table of the usual kind: alpha beta gamma End."
    document = only(
        clinical_pharmacology=f"12 CLINICAL PHARMACOLOGY {inner}",
        pharmacokinetics=inner,
        clinical_pharmacology_table=table,
        pharmacokinetics_table=table,
    )

    assert document.text.count("alpha | beta gamma") == 1
    assert document.text.count("alpha") == 1


def test_a_table_without_its_text_is_still_kept() -> None:
    """Rows that stand nowhere in the prose are a section of their own."""
    document = only(
        how_supplied="16 HOW SUPPLIED Bottles.",
        how_supplied_table="<table><tr><td>50 mg tablets</td><td>NDC 1</td></tr></table>",
    )

    assert [text for _, _, text in outline(document)] == ["Bottles.", "50 mg tablets | NDC 1"]


@pytest.mark.parametrize("markup", ["", " ", "<", "<table><tr><td>a", "\x00 odd", "<!-- -->"])
def test_odd_table_markup_costs_no_label(markup: str) -> None:
    """A table that cannot be read is kept as text, and the label with it."""
    document = only(warnings="Do not stop it.", warnings_table=markup)

    assert "Do not stop it." in document.text


def test_the_highlights_copy_of_a_boxed_warning_is_not_the_warning() -> None:
    """The box is found under its code once and whole; its short copy is kept under none."""
    document = only(
        boxed_warning=(
            "WARNING: LIVER FAILURE Brandex can cause liver failure, which can be fatal."
            " Stop it at once when the eyes or the skin turn yellow, and never start it again."
            " WARNING: LIVER FAILURE See full prescribing information for"
            " complete boxed warning. Stop it. (5.1)"
        )
    )

    assert [(code, headings) for code, headings, _ in outline(document)] == [
        ("34066-1", ("WARNING: LIVER FAILURE",)),
        (None, ("WARNING: LIVER FAILURE", "Highlights")),
    ]


def test_a_sentence_said_again_by_the_highlights_is_said_once() -> None:
    """A section and its highlight are run together: "None. None. (4)" says None once."""
    document = only(contraindications="4 CONTRAINDICATIONS None. None. ( 4 )")

    assert outline(document) == [("34070-3", ("4 CONTRAINDICATIONS",), "None.")]


@pytest.mark.parametrize(
    ("text", "heading", "rest"),
    [
        ("5.2 Serotonin Syndrome Serotonin syndrome may", "5.2 Serotonin Syndrome", "Serotonin s"),
        ("5.1 Liver Injury In Patients In a trial of 20", "5.1 Liver Injury In Patients", "In a t"),
        ("14.1 Epilepsy The efficacy of Brandex was", "14.1 Epilepsy", "The efficacy"),
        ("2.3 Renal Impairment Brandex is cleared", "2.3 Renal Impairment", "Brandex is"),
        ("Nursing Mothers It is not known", "Nursing Mothers", "It is"),
        ("Pregnancy Category C. Animal studies", None, None),
    ],
)
def test_a_title_ends_where_the_sentence_after_it_begins(
    text: str, heading: str | None, rest: str | None
) -> None:
    """Titles are cut off where their end is certain, and never take a sentence's first words."""
    title = find_title(text, ["Brandex"])

    assert (title.heading if title else None) == heading
    assert rest is None or (title is not None and title.rest.startswith(rest))


def test_a_boxed_warnings_title_stops_at_its_subject() -> None:
    """Capitals end the title, but a drug's name in capitals begins the sentence."""
    title = find_warning_title("WARNING: QT PROLONGATION BRANDEX has been shown to", ["Brandex"])

    assert title is not None
    assert (title.words, title.rest) == (
        "WARNING: QT PROLONGATION",
        "BRANDEX has been shown to",
    )


@pytest.mark.parametrize(
    ("data", "ingredients"),
    [
        ("Brandex examplin EXAMPLIN HYDROCHLORIDE EXAMPLIN LACTOSE STARCH", ("examplin",)),
        ("Brandex LACTOSE STARCH WATER", ()),
        ("", ()),
    ],
)
def test_ingredients_are_read_from_product_data_only_where_unmistakable(
    data: str, ingredients: tuple[str, ...]
) -> None:
    """A record without names has the ingredients that its product data name, or none."""
    record = result(spl_product_data_elements=data, description="Text.") | {"openfda": {}}
    (document,) = parse(record)

    assert isinstance(document, Document)
    assert isinstance(document.source.facts, LabelFacts)
    assert document.source.facts.ingredients == ingredients


@pytest.mark.parametrize(
    "bad", [7, {"openfda": {}}, result(warnings=[1]), result(warnings={"a": "b"})]
)
def test_a_malformed_result_is_a_dead_letter_and_the_others_go_on(bad: object) -> None:
    """One broken record costs that record only."""
    letter, document = parse(bad, result(warnings="Stop."))

    assert isinstance(letter, DeadLetter)
    assert letter.record is not None
    assert isinstance(document, Document)
    assert document.origin.record == SET_ID


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"results": []}', b'{"results": 3}'])
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    """Broken JSON and empty answers are ParseErrors for the pipeline to report."""
    with pytest.raises(ParseError):
        list(openfda.parse(SourceFile("x.json", data, "0" * 64, Format.OPENFDA)))


def test_one_result_object_is_read_as_an_answer_of_one() -> None:
    """A result saved on its own is a label too; without a set id its file names it."""
    data = json.dumps({"openfda": {}, "warnings": ["Stop."]}).encode()
    (document,) = openfda.parse(SourceFile("a/My Label.json", data, "0" * 64, Format.OPENFDA))

    assert isinstance(document, Document)
    assert document.id == "label:my-label"


words = st.lists(st.text(alphabet="abcdefgh", min_size=3, max_size=8), min_size=1, max_size=30)


@given(words, words, words, words)
def test_nesting_keeps_every_word_once(
    before: list[str], inner: list[str], after: list[str], other: list[str]
) -> None:
    """Whatever stands in what: the tree's texts together have the outermost texts' words."""
    child = " ".join(["8.1", *inner])
    parent = " ".join([*before, child, *after])
    texts = [Text("a", parent), Text("b", child), Text("c", " ".join(other))]

    def said(text: Text) -> Counter[str]:
        total: Counter[str] = Counter()
        for segment in text.segments():
            total += Counter(segment.split()) if isinstance(segment, str) else said(segment)  # type: ignore[arg-type]
        return total

    roots = nest(texts, [], apart=frozenset())
    told = sum((said(root) for root in roots), Counter[str]())

    assert set(told) == set(parent.split()) | set(other)
    assert told["8.1"] == 1


@given(st.text(alphabet="ab A.1•:(7 2\n", max_size=80))
def test_unflattening_loses_no_visible_character(text: str) -> None:
    """Cutting by numbers, sub-headings and bullets drops bullets and white space only."""
    cut = "".join(
        block.text
        for part, _ in numbered_parts(text, "7")
        for title, run in headed_parts(part)
        for block in [*([Block(BlockKind.PROSE, title)] if title else []), *run_blocks(run)]
    )

    assert "".join(cut.replace("•", "").split()) == "".join(text.replace("•", "").split())


@pytest.mark.shared_data
def test_every_real_record_is_read_without_loss_in_seconds() -> None:
    """235 real records: no dead letter, no word lost, every boxed warning under its code."""
    folders = [SHARED / "ingest" / name for name in ("openfda_json", "openfda_json_older_revision")]
    if not all(folder.is_dir() for folder in folders):
        pytest.skip(f"no shared data at {SHARED}")
    started = time.process_time()
    boxed = lost = total = 0
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        data = path.read_bytes()
        (record,) = json.loads(data)["results"]
        (document,) = openfda.parse(SourceFile(path.name, data, "0" * 64, Format.OPENFDA))
        assert isinstance(document, Document)
        assert isinstance(document.source.facts, LabelFacts)
        assert document.source.facts.ingredients
        has_box = any(part.code == "34066-1" for part in document.sections)
        assert has_box == ("boxed_warning" in record)
        boxed += has_box
        told = " ".join(
            word
            for part in document.sections
            for word in (*part.headings, *(f"{b.lead} {b.text}" for b in part.blocks))
        )
        heard = {
            word
            for name, texts in record.items()
            if isinstance(texts, list) and not name.endswith("_table")
            for text in texts
            for word in re.findall(r"[a-zA-Z]{4,}", text)
        }
        total += len(heard)
        lost += len(heard - set(re.findall(r"[a-zA-Z]{4,}", told)))

    assert boxed == 95
    # What differs was run together by flattening: "adultsmaintenance", a cell and its footnote.
    assert lost < 0.002 * total
    assert time.process_time() - started < 30
