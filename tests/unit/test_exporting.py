"""Exports: what a file holds, and that no text can forge a record in one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.documents import Status
from service.exporting.bibtex import ESCAPES, as_bibtex
from service.exporting.csl import as_csl_json, items
from service.exporting.exports import Export, works
from service.exporting.formats import WRITERS, ExportFormat, file_name
from service.exporting.ris import as_ris, written_name
from service.serialising import Json, as_json
from tests.sample_runtime import (
    QUESTION,
    a_clarification,
    a_declined,
    an_answer,
    an_answer_in_parts,
)

TEXTS = [ExportFormat.MARKDOWN, ExportFormat.PLAIN, ExportFormat.HTML]
LISTS = [ExportFormat.RIS, ExportFormat.BIBTEX, ExportFormat.CSL_JSON]
FORGERY = "Trial\r\nER  - \r\nTY  - BOOK\r\nTI  - Forged},\n}\n@book{forged, title={Forged}}"
words = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="\\{}&%_#$^~@\"',= \n\r\u2028\x85TYER-*<>[]", max_size=40),
)
references = st.fixed_dictionaries(
    {
        "source_type": st.sampled_from(["guideline", "label", "study"]),
        "status": st.sampled_from(["current", "superseded", "retracted"]),
        "title": words,
        "publisher": st.none() | words,
        "journal": st.none() | words,
        "authors": st.lists(words | st.sampled_from(["Example AB", "Sample C Jr"]), max_size=3),
        "year": st.none() | st.integers(1000, 9999),
        "effective": st.sampled_from([None, "2025", "2025-06", "2025-06-01"]),
        "version": st.none() | words,
        "doi": st.none() | words,
        "pmid": st.none() | words,
        "pmcid": st.none() | words,
        "url": st.none() | words,
        "set_id": st.none() | words,
        "summary_notice": st.none() | words,
        "superseded_by": st.lists(words, max_size=1),
        "badges": st.lists(words, max_size=2),
    }
)


def a_turn(answer: Json | None = None, question: str = QUESTION) -> Json:
    """Return a reply as it is served."""
    return {
        "answer_id": "a" * 32,
        "conversation_id": "c" * 32,
        "asked_at": "2026-11-24T10:00:00Z",
        "question": question,
        "answer": answer or as_json(an_answer(question)),
    }


def an_export(*listed: Json, question: str = QUESTION) -> Export:
    """Return an export of the sample answer, with these references where any are given."""
    turn = a_turn(question=question)
    if listed:
        base = turn["answer"]["references"][0]
        turn["answer"]["references"] = [
            {**base, **each, "marker": at, "document_id": f"document-{at}"}
            for at, each in enumerate(listed, start=1)
        ]
    return Export(question, (turn,))


@pytest.mark.parametrize("wanted", TEXTS)
@pytest.mark.parametrize("make", [an_answer, a_declined, a_clarification, an_answer_in_parts])
def test_a_text_says_what_it_is(wanted: ExportFormat, make: Any) -> None:  # noqa: ANN401
    """Question, date, snapshot, status and disclaimer are in it, whatever became of the answer."""
    turn = a_turn(as_json(make(QUESTION)))

    text = WRITERS[wanted].write(Export(QUESTION, (turn,)))

    answer = turn["answer"]
    shown = (answer["review"], answer["disclaimer"]["text"], answer["provenance"]["snapshot"])
    for told in (QUESTION, "2026-11-24", "2026-02-01", *shown):
        assert told in text


@pytest.mark.parametrize("wanted", TEXTS)
def test_a_text_holds_every_statement_with_its_markers_and_every_reference(
    wanted: ExportFormat,
) -> None:
    """Those that the page folds away as well; a summary's notice stays with its words."""
    turn = a_turn()
    text = WRITERS[wanted].write(Export(QUESTION, (turn,))).replace("\\", "")
    sections = turn["answer"]["sections"]

    for said in [one for held in sections for one in (*held["statements"], *held["more"])]:
        assert f"“{said['text']}” [{said['citations'][0]['marker']}]" in text
    for entry in turn["answer"]["references"]:
        assert entry["title"] in text
        assert (entry["url"] or entry["doi"]) in text
        assert " · ".join(entry["badges"]) in text
    assert turn["answer"]["references"][0]["summary_notice"] in text


@pytest.mark.parametrize("wanted", LISTS)
def test_a_reference_carries_what_it_was_cited_in(wanted: ExportFormat) -> None:
    """Every record has question, date, snapshot, status, disclaimer and whose words it holds."""
    export = an_export()
    answer = export.turns[0]["answer"]
    notes = [item["note"] for item in items(export)]

    text = WRITERS[wanted].write(export)

    shown = (answer["review"], answer["disclaimer"]["text"], answer["provenance"]["snapshot"])
    for told in (QUESTION, "2026-11-24", *shown):
        assert all(told in note for note in notes)
        assert text.count(told) >= len(notes)
    assert answer["references"][0]["summary_notice"] in text


@pytest.mark.parametrize("wanted", LISTS)
@pytest.mark.parametrize("status", [Status.RETRACTED, Status.SUPERSEDED])
def test_a_title_says_that_a_work_no_longer_stands(wanted: ExportFormat, status: Status) -> None:
    """A reference manager shows titles, so that is where it says "Retracted"."""
    answer = an_answer()
    listed = tuple(replace(each, status=status) for each in answer.references)
    turn = a_turn(as_json(replace(answer, references=listed)))

    text = WRITERS[wanted].write(Export(QUESTION, (turn,)))

    assert text.count(f"{status.value.title()}: Zorvanex for insomnia") == 1


def test_types_are_those_of_the_format() -> None:
    """A study is an article, guidelines and labels are reports that say of what kind."""
    ris = rispy.loads(as_ris(an_export()))
    entries = parse_string(as_bibtex(an_export())).entries

    assert [each["type_of_reference"] for each in ris] == ["RPRT", "RPRT", "JOUR"]
    assert [each.get("type_of_work") for each in ris][:2] == [
        "Clinical practice guideline",
        "Prescribing information",
    ]
    assert [each.entry_type for each in entries] == ["techreport", "techreport", "article"]
    assert ris[1]["date"] == "2025/06/01"
    assert ris[1]["edition"] == "7"
    assert ris[2]["authors"] == ["Example, A.", "Sample, B."]
    assert ris[2]["access_date"] == "2026/02/01"
    assert ris[2]["doi"] == "10.5555/zorvanex"


def test_a_work_that_two_answers_cite_is_listed_once() -> None:
    """Its note tells of both; in one answer two markers of a document are one record."""
    first = a_turn()
    first["answer"]["references"].append({**first["answer"]["references"][2], "marker": 9})
    second = a_turn(question="And in pregnancy?")
    export = Export(QUESTION, (first, second))

    notes = [item["note"] for item in items(export)]

    assert len(notes) == 3
    assert "Cited as [3][9] in the answer to “What is the role" in notes[2]
    assert "Cited as [3] in the answer to “And in pregnancy?”" in notes[2]


def test_keys_are_the_same_in_every_export_and_differ_by_document() -> None:
    """A library that imports twice finds its entries again; two versions stay apart."""
    entry = {"title": "Examplol", "year": 2024}
    keys = [work.key for work in works(an_export(entry, entry))]

    assert len(set(keys)) == 2
    assert keys == [work.key for work in works(an_export(entry, entry, question="Another?"))]
    assert all(re.fullmatch(r"[a-z0-9]+-2024-[0-9a-f]{12}", key) for key in keys)


def test_an_article_says_its_own_status() -> None:
    """The status given for the whole stands wherever an answer's own would."""
    export = replace(an_export(), review="Approved on 2026-11-20")

    for writer in WRITERS.values():
        text = writer.write(export)
        assert "Approved on 2026-11-20" in text
        assert "not reviewed by a human" not in text


def test_a_stored_answer_of_before_authors_were_served_is_exported() -> None:
    """Its references name none, and the file names none."""
    turn = a_turn()
    for entry in turn["answer"]["references"]:
        del entry["authors"]

    texts = [writer.write(Export(QUESTION, (turn,))) for writer in WRITERS.values()]

    assert all("Example A" not in text for text in texts)


@given(st.lists(references, min_size=1, max_size=4))
def test_ris_comes_back_as_it_was(listed: list[Json]) -> None:
    """One record per reference with the same values, whatever text they hold."""
    export = an_export(*listed)

    records = rispy.loads(as_ris(export))

    told = items(export)
    assert len(records) == len(told)
    for record, item in zip(records, told, strict=True):
        assert record["id"] == item["id"]
        for key, field in (
            ("title", "title"),
            ("secondary_title", "container-title"),
            ("publisher", "publisher"),
            ("edition", "version"),
            ("doi", "DOI"),
            ("accession_number", "PMID"),
            ("custom2", "PMCID"),
        ):
            assert record.get(key, "") == item.get(field, "").strip()
        told_urls = [item[key].replace(";", "%3B") for key in ["URL"] if key in item]
        assert record.get("urls", []) == told_urls
        assert record.get("notes", []) == [item["note"]]
        assert record.get("authors", []) == [written_name(one) for one in item.get("author", ())]


def unescaped(text: str) -> str:
    """Undo the escapes of BibTeX, the longest first."""
    back = {written: each for each, written in ESCAPES.items()}
    pattern = "|".join(re.escape(each) for each in sorted(back, key=len, reverse=True))
    return re.sub(pattern, lambda found: back[found.group()], text)


@given(st.lists(references, min_size=1, max_size=4))
def test_bibtex_comes_back_as_it_was(listed: list[Json]) -> None:
    """One entry per reference with the same values, and nothing that its reader cannot parse."""
    export = an_export(*listed)

    library = parse_string(as_bibtex(export), parse_stack=[])

    told = items(export)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == [item["id"] for item in told]
    for entry, item in zip(library.entries, told, strict=True):
        fields = {field.key: field.value[1:-1] for field in entry.fields}
        assert unescaped(fields["title"][1:-1]) == item["title"]
        assert unescaped(fields["note"]) == item["note"]
        assert unescaped(fields.get("number", "")) == item.get("version", "")
        assert unescaped(fields.get("journal", "")) == item.get("container-title", "")
        assert unescaped(fields.get("institution", fields.get("publisher", ""))) == item.get(
            "publisher", ""
        )
        assert not re.search(r"(?<!\\)[&%_#$~^]", fields["title"])


@given(st.lists(references, min_size=1, max_size=4))
def test_csl_json_is_a_list_of_items_of_the_schema(listed: list[Json]) -> None:
    """Names and kinds of every field are those of CSL 1.0.2, and values come back."""
    export = an_export(*listed)

    read = json.loads(as_csl_json(export))

    assert read == items(export)
    for item in read:
        assert item["type"] in {"article-journal", "report"}
        for field, value in item.items():
            if field in {"issued", "accessed"}:
                ((*parts,),) = value["date-parts"]
                assert 1 <= len(parts) <= 3
                assert all(isinstance(part, int) for part in parts)
            elif field == "author":
                assert all(one.keys() <= {"family", "given", "suffix", "literal"} for one in value)
            else:
                assert isinstance(value, str)


@given(st.lists(references, min_size=1, max_size=2), words)
def test_no_text_becomes_markup(listed: list[Json], question: str) -> None:
    """In Markdown and HTML: the same elements, whatever the words are."""
    export = an_export(*({**each, "url": None} for each in listed), question=question or "?")

    plain = an_export(*({**each, "url": None, "title": "T"} for each in listed), question="Q")
    markdown = MarkdownIt().parse(WRITERS[ExportFormat.MARKDOWN].write(export))
    kinds = {token.type for block in markdown for token in (block.children or [])}
    assert kinds <= {"text", "strong_open", "strong_close", "em_open", "em_close", "link_open"} | {
        "link_close",
        "text_special",
    }
    assert tags(export) == tags(plain)


class Tags(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ANN401, ARG002
        """Keep its name."""
        self.found.append(tag)


def tags(export: Export) -> set[str]:
    """Return the kinds of elements in the HTML of an export."""
    parser = Tags()
    parser.feed(WRITERS[ExportFormat.HTML].write(export))
    return set(parser.found)


def test_a_forged_record_is_one_title() -> None:
    """Line ends, end tags and closing braces in a title stay in the title."""
    export = an_export({"title": FORGERY, "source_type": "study", "badges": [FORGERY]})

    (record,) = rispy.loads(as_ris(export))
    library = parse_string(as_bibtex(export))

    assert record["type_of_reference"] == "JOUR"
    assert "Forged" in record["title"]
    assert len(library.entries) == 1
    assert not library.failed_blocks


@given(st.text(max_size=200))
def test_a_file_name_is_plain(title: str) -> None:
    """ASCII letters, digits and hyphens, never empty, never a path."""
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?\.ris", file_name(title, "ris"))
