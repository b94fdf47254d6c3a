"""The hand-written verifier cases: balanced, true to their place, and in our own words."""

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from eval.sampling import copied
from eval.verifier.handwritten import Handwritten, load_handwritten
from ingest.chunking import chunk
from ingest.documents import Document
from ingest.embedding import default_embedder
from ingest.parsing import parse
from ingest.reading import SourceFile, read_sources

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FOLLOWUP_TEST_DATA", ROOT.parent / "shared" / "data"))
FALSE_KINDS = frozenset(
    "number unit frequency comparator negation direction drug population route section".split()
)
RUN = 8
"""Words in a row that a statement may not share with its document."""


@cache
def cases() -> tuple[Handwritten, ...]:
    """Return every case; a line with a field too many or too few is an error."""
    return load_handwritten(ROOT / "eval" / "verifier" / "handwritten.jsonl")


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of RUN words of *text*, case and punctuation apart."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def test_most_cases_are_honest_and_no_kind_of_error_is_rare() -> None:
    """Of 300 cases at least 210 are true paraphrases; every kind of error has seven or more."""
    kinds = Counter(case.kind for case in cases())

    assert len(cases()) == 300
    assert kinds.keys() == FALSE_KINDS | {"paraphrase"}
    assert kinds["paraphrase"] >= 210
    assert min(kinds[kind] for kind in FALSE_KINDS) >= 7


def test_a_paraphrase_must_pass_and_everything_else_must_not() -> None:
    """The kind of a case and what is expected of it agree."""
    expected = {case.kind: {"supported"} for case in cases() if case.kind == "paraphrase"}
    expected |= {kind: {"rejected"} for kind in FALSE_KINDS}
    found = defaultdict(set)
    for case in cases():
        found[case.kind].add(case.expect)

    assert found == expected


def test_ids_are_unique_and_in_order() -> None:
    """No id is given twice, and the file is sorted by id."""
    ids = [case.id for case in cases()]

    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"hand-\d{3}", case_id) for case_id in ids)


def test_the_parts_share_no_document_and_are_alike() -> None:
    """Tuning and final part halve the cases, with a like mix, and no document is in both."""
    parts = Counter(case.part.value for case in cases())
    honest = Counter(case.part.value for case in cases() if case.expect == "supported")
    tuning = {case.document for case in cases() if case.part == "tuning"}
    final = {case.document for case in cases() if case.part == "final"}

    assert parts.keys() == {"tuning", "final"}
    assert min(parts.values()) >= 0.45 * len(cases())
    assert abs(honest["tuning"] / parts["tuning"] - honest["final"] / parts["final"]) < 0.1
    assert not tuning & final
    assert len(tuning | final) >= 60


def test_the_cases_come_from_every_kind_of_source() -> None:
    """Labels, abstracts, full texts and guidelines each give cases to both parts."""
    for part in ("tuning", "final"):
        folders = {case.file.partition("/")[0] for case in cases() if case.part == part}

        assert folders == {
            "openfda_json",
            "spl_xml",
            "pubmed_xml",
            "pmc_jats",
            "guidelines_ngc_md",
            "guidelines_ngc_xml",
            "uspstf_api_2024",
            "cdc_mmwr_supplements",
        }


def test_statements_are_short_and_said_once() -> None:
    """No statement is longer than 400 characters or stands in the file twice."""
    texts = [case.text for case in cases()]

    assert max(map(len, texts)) <= 400
    assert min(map(len, texts)) >= 20
    assert len(set(texts)) == len(texts)


@pytest.mark.shared_data
def test_every_quote_stands_where_its_case_says(tmp_path: Path) -> None:
    """Each span lies in one chunk and has its digest; no statement copies eight words in a row."""
    folder = SHARED / "ingest"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    by_place: dict[tuple[str, str], list[Handwritten]] = defaultdict(list)
    for case in cases():
        by_place[case.file, case.document].append(case)
    copied(folder, sorted({file for file, _ in by_place}), tmp_path)
    embedder = default_embedder(threads=1)

    found = set()
    for file, document in documents(tmp_path):
        held = by_place.get((file, document.id), [])
        chunks = chunk(document, embedder).chunks if held else ()
        said = runs(document.text) if held else set()
        for case in held:
            quote = document.text[case.start : case.end]

            assert hashlib.sha256(quote.encode()).hexdigest()[:12] == case.quote_sha256, case.id
            assert any(c.start <= case.start and case.end <= c.end for c in chunks), case.id
            assert not runs(case.text) & said, case.id
            found.add(case.id)
    assert found == {case.id for case in cases()}


def documents(folder: Path) -> Iterator[tuple[str, Document]]:
    """Yield every document below *folder* with its file's name; an archive stands for its own."""
    for item in read_sources([folder]):
        assert isinstance(item, SourceFile), item
        for parsed in parse(item):
            if isinstance(parsed, Document):
                yield item.path.partition("!")[0], parsed
