"""MMWR supplements: one document a page, whatever its generation, without its furniture."""

import hashlib
import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from ingest.documents import BlockKind, DeadLetter, Direction, Document
from ingest.errors import ParseError
from ingest.parsing import mmwr_pages
from ingest.reading import Format, SourceFile

NEW = """[Skip directly to site content](#content)

# Zinc for Colds — 2024 #

_Supplements_ / October 10, 2024 / 73(4);50–58

[Print](#print)

Ann Author, PhD^1^; Bo Writer, MD^2^

##### Altmetric: #####

On This Page

* [Methods](#methods)

## _Abstract_ ##

CDC recommends zinc for adults. Counts were ≤5×10^9^/L.[Top](#)

Close

### Acknowledgments ###

The nurses.

## References ##

1. Author A. A paper about colds. Colds 2001;1:1–2.

##### __TABLE 1. Doses__[Return to your place in the text](#T1_up) #####

| Drug | Dose |
| --- | --- |
| zinc | 5 mg |

Suggested citation for this article: Author A.

* [MMWR](/mmwr/index.html)
"""

MIDDLE = """[CDC Home](https://www.cdc.gov/)

# Foreword #

Ann Author, MD

{prose}

And colds go.

Use of trade names and commercial sources is for identification only.

### [_MMWR_ Home](/mmwr/) ###
"""

OLD = """|  |
| --- |
| spacer |

|  |  |
| --- | --- |
|  | For assistance, please send e-mail. Type 508 Accommodation and the title of the report in the \
subject line of e-mail. Guidelines for Colds  SUGGESTED CITATION  Centers for Disease Control. \
Guidelines for Colds. MMWR 1988;37(suppl no. S-1):1. 1. Introduction  Colds are    common in \
winter.  __Treatment__ Zinc is not recommended. (Nor is copper.)  * rest * fluids  Use of trade \
names and commercial sources is for identification only. Page converted: 08/05/98 |  |
| [HOME](/mmwr/index.html) |
"""


def parsed(pages: object) -> list[Document | DeadLetter]:
    """Parse *pages* as the JSON of a file."""
    return list(mmwr_pages.parse(as_file(json.dumps(pages).encode())))


def as_file(data: bytes) -> SourceFile:
    """Return *data* as the member of an archive."""
    return SourceFile("a.zip!b.json", data, hashlib.sha256(data).hexdigest(), Format.PAGES_JSON)


def page(name: str, text: str) -> Document:
    """Parse one page."""
    (document,) = parsed({f"https://www.cdc.gov/mmwr/{name}": text})
    assert isinstance(document, Document)
    return document


def test_a_new_page_keeps_text_and_tables_only() -> None:
    """Navigation, authors, acknowledgments, references and citation lines are left out."""
    document = page("volumes/73/su/su7304a6.htm", NEW)

    assert document.id == "guideline:mmwr-su7304a6@2024"
    assert document.source.title == "Zinc for Colds — 2024"
    assert document.source.published == "2024-10-10"
    assert [(s.headings, s.text) for s in document.sections] == [
        (("Abstract",), "CDC recommends zinc for adults. Counts were ≤5×10⁹/L."),
        (("TABLE 1. Doses",), "zinc | 5 mg"),
    ]


def test_recommendations_in_reports_are_found() -> None:
    """A sentence in which somebody recommends is a recommendation with its direction."""
    block = page("x/su7304a6.htm", NEW).sections[0].blocks[0]

    assert block.kind is BlockKind.RECOMMENDATION
    assert block.recommendation is not None
    assert block.recommendation.direction is Direction.FOR


def test_a_foreword_without_headings_is_kept_from_its_first_paragraph() -> None:
    """Short names above are dropped, the text stays; the volume gives the year."""
    prose = "Colds are common in all seasons. " * 12

    document = page("preview/su6203a1.htm", MIDDLE.format(prose=prose))

    assert document.id == "guideline:mmwr-su6203a1@2013"
    assert [b.text for b in document.sections[0].blocks] == [prose.strip(), "And colds go."]


def test_an_old_page_is_read_out_of_its_one_cell() -> None:
    """Double spaces end paragraphs, bold openings are headings, the citation gives the year."""
    document = page("preview/00026330.htm", OLD)

    assert document.id == "guideline:mmwr-00026330@1988"
    assert document.source.title == "Guidelines for Colds"
    treatment = document.sections[-1]
    assert treatment.headings == ("Treatment",)
    assert [b.text for b in treatment.blocks] == [
        "Zinc is not recommended. (Nor is copper.)",
        "rest",
        "fluids",
    ]
    assert "Colds are common in winter." in document.text


def test_pages_that_cannot_be_kept_are_reported() -> None:
    """A page without text, or that is no text, is a dead letter named by its address."""
    found = parsed({"https://e.org/a": "# Only a title #\n", "https://e.org/b": 3})

    assert [item.record for item in found if isinstance(item, DeadLetter)] == [
        "https://e.org/a",
        "https://e.org/b",
    ]


@pytest.mark.parametrize("data", [b"[", b"[]", b"{}"])
def test_other_json_is_refused(data: bytes) -> None:
    """A file that is no object of pages is a ParseError."""
    with pytest.raises(ParseError):
        list(mmwr_pages.parse(as_file(data)))


DATA = Path(os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.shared_data
def test_256_supplements_in_under_half_a_minute() -> None:
    """Every page becomes a document with an id of its own, in less than 30 s of processor time."""
    path = DATA / "ingest" / "cdc_mmwr_supplements" / "mmsu_art_en_md_json.zip"
    if not path.is_file():
        pytest.skip(f"no shared data at {path}")
    with zipfile.ZipFile(path) as archive:
        data = archive.read(archive.namelist()[0])
    before = time.process_time()

    found = list(mmwr_pages.parse(as_file(data)))

    documents = [item for item in found if isinstance(item, Document)]
    assert len(found) == len(documents) == 256
    assert len({document.id for document in documents}) == 256
    assert time.process_time() - before < 30
    assert not any("spacer" in document.text for document in documents)
