"""
Short source files in every native format, about medicines that do not exist.

The names are invented so that no sentence here can be mistaken for a fact about a medicine, and
the PubMed numbers lie far above any that was given out.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

TABLETS = "0a0a0a0a-0000-4000-8000-000000000001"
DEPOT = "0a0a0a0a-0000-4000-8000-000000000002"
COMBINATION = "0a0a0a0a-0000-4000-8000-000000000003"
OTHER = "0a0a0a0a-0000-4000-8000-000000000004"
TRIAL, WITHDRAWN, REVIEW, FULL_TEXT = "99000001", "99000002", "99000003", "99000004"


def spl(  # noqa: PLR0913 - a label has so many parts
    set_id: str,
    version: str,
    effective: str,
    *,
    brand: str,
    moieties: tuple[str, ...],
    form: str,
    route: str,
    sections: dict[str, str],
) -> str:
    """Return a drug label in SPL; *sections* maps a LOINC code to its paragraph."""
    ingredients = "".join(
        f'<ingredient classCode="ACTIM"><ingredientSubstance><name>{name}</name><activeMoiety>'
        f"<activeMoiety><name>{name}</name></activeMoiety></activeMoiety></ingredientSubstance>"
        "</ingredient>"
        for name in moieties
    )
    body = "".join(
        f'<component><section><code code="{code}"/><text><paragraph>{text}</paragraph></text>'
        "</section></component>"
        for code, text in sections.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3">'
        f'<code code="34391-3"/><effectiveTime value="{effective}"/><setId root="{set_id}"/>'
        f'<versionNumber value="{version}"/><author><assignedEntity><representedOrganization>'
        "<name>Example Laboratories</name></representedOrganization></assignedEntity></author>"
        '<component><structuredBody><component><section><code code="48780-1"/><subject>'
        f"<manufacturedProduct><manufacturedProduct><name>{brand}</name>"
        f'<formCode displayName="{form}"/><asEntityWithGeneric><genericMedicine>'
        f"<name>{' and '.join(moieties)}</name></genericMedicine></asEntityWithGeneric>"
        f"{ingredients}</manufacturedProduct><consumedIn><substanceAdministration>"
        f'<routeCode displayName="{route}"/></substanceAdministration></consumedIn>'
        "</manufacturedProduct></subject></section></component>"
        f"{body}</structuredBody></component></document>"
    )


def tablets(version: str = "7", effective: str = "20250601", dose: str = "50 mg") -> str:
    """Return the label of zorvaxone tablets."""
    return spl(
        TABLETS,
        version,
        effective,
        brand="Zorvanex",
        moieties=("ZORVAXONE",),
        form="TABLET, FILM COATED",
        route="ORAL",
        sections={
            "34066-1": "WARNING: DEEP SLEEP. Patients could not be woken for hours.",
            "34067-9": "Zorvanex tablets are indicated for insomnia in adults.",
            "34068-7": f"The recommended dose is {dose} by mouth once daily at bedtime.",
            "34070-3": "Zorvanex is contraindicated in severe hepatic impairment.",
            "34084-4": "Headache occurred in 12% of patients. Insomnia occurred in 3%.",
        },
    )


def depot() -> str:
    """Return the label of zorvaxone as a long-acting injection."""
    return spl(
        DEPOT,
        "2",
        "20240301",
        brand="Zorvadepot",
        moieties=("ZORVAXONE",),
        form="INJECTION, SUSPENSION, EXTENDED RELEASE",
        route="INTRAMUSCULAR",
        sections={
            "34068-7": "The recommended dose is 300 mg as one injection every month.",
            "34084-4": "Pain where the needle went in was reported by 9% of patients.",
        },
    )


def combination() -> str:
    """Return the label of tilimorex with zorvaxone: a medicine of its own."""
    return spl(
        COMBINATION,
        "1",
        "20230110",
        brand="Tilzor",
        moieties=("TILIMOREX", "ZORVAXONE"),
        form="TABLET",
        route="ORAL",
        sections={
            "34068-7": "The recommended dose of Tilzor is two tablets in the morning with food.",
            "34084-4": "Dry mouth was reported by 22% of patients taking the two together.",
        },
    )


def openfda() -> str:
    """Return the label of quellomine as openFDA serves it."""
    label = {
        "set_id": OTHER,
        "version": "4",
        "effective_time": "20220815",
        "dosage_and_administration": [
            "DOSAGE AND ADMINISTRATION Take quellomine 5 mg twice daily."
        ],
        "adverse_reactions": ["ADVERSE REACTIONS Rash was seen in 2% of patients on quellomine."],
        "openfda": {
            "brand_name": ["Quellor"],
            "generic_name": ["QUELLOMINE"],
            "substance_name": ["QUELLOMINE"],
            "manufacturer_name": ["Example Laboratories"],
            "route": ["ORAL"],
        },
    }
    return json.dumps({"results": [label]})


def pubmed(pmid: str, title: str, abstract: str, *, kind: str = "Journal Article") -> str:
    """Return one study as PubMed XML."""
    return (
        f"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><Journal>"
        "<JournalIssue><PubDate><Year>2012</Year></PubDate></JournalIssue>"
        f"<Title>Journal of Examples</Title></Journal><ArticleTitle>{title}</ArticleTitle>"
        f'<Abstract><AbstractText Label="RESULTS" NlmCategory="RESULTS">{abstract}</AbstractText>'
        f"</Abstract><PublicationTypeList><PublicationType>{kind}</PublicationType>"
        "</PublicationTypeList></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )


def medline() -> str:
    """Return one study as MEDLINE text."""
    return (
        f"PMID- {REVIEW}\nDP  - 2018 Jan\nTI  - A review of sleep and its medicines.\n"
        "AB  - RESULTS: Seven small trials of zorvaxone were found; none lasted a year.\n"
        "PT  - Review\nJT  - Journal of Examples\nLA  - eng\n\n"
    )


def jats() -> str:
    """Return one study as JATS full text."""
    return (
        '<article article-type="research-article" xml:lang="en"><front><journal-meta>'
        "<journal-title>J Examples</journal-title></journal-meta><article-meta>"
        f'<article-id pub-id-type="pmid">{FULL_TEXT}</article-id><title-group>'
        "<article-title>Quellomine and skin</article-title></title-group>"
        '<pub-date pub-type="epub"><year>2019</year></pub-date></article-meta></front><body>'
        "<sec><title>Methods</title><p>Volunteers took quellomine for ten days.</p></sec>"
        "<sec><title>Results</title><p>Two of ninety volunteers had a rash.</p></sec>"
        "</body></article>"
    )


def guideline(year: int, advice: str, *, series: str = "example-insomnia") -> str:
    """Return an edition of a guideline in Markdown."""
    return (
        f"---\ntitle: Insomnia in adults {year}\nyear: {year}\nseries: {series}\nscheme: GRADE\n"
        "publisher: Example College of Sleep\n---\n\n# Recommendations\n\n"
        f"- **Recommendation (against; weak):** {advice}\n"
        "- **Recommendation (for; strong):** We recommend sleep training for every adult with "
        "insomnia.\n\n# Background\n\nInsomnia is common, and most adults with it are not asked.\n"
    )


def page() -> str:
    """Return a guideline as a web page."""
    return (
        '<!doctype html><html lang="en"><head><title>Rash advice</title>'
        '<meta property="og:title" content="Rash from medicines"></head><body><main>'
        "<h1>Rash from medicines</h1><p>Stop quellomine when a rash spreads, and see it again "
        "in a week.</p></main></body></html>"
    )


def ngc() -> str:
    """Return a guideline as the National Guideline Clearinghouse wrote its XML."""
    fields = {
        "Guideline Title": "Waking after sleep medicines.",
        "Date Released": "2014 Feb 3",
        "Major Recommendations": "The Work Group recommends asking about driving. (Strong For)",
    }
    written = "".join(
        f'<Field Name="{name}" Type="text"><FieldValue Value="&lt;p&gt;{text}&lt;/p&gt;"/></Field>'
        for name, text in fields.items()
    )
    return f'<Version><Section Name="General">{written}</Section></Version>'


def zipped(**members: str) -> bytes:
    """Return an archive of *members*."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


AGAINST = "We suggest that clinicians not use zorvaxone for insomnia in adults."


def files() -> dict[str, str | bytes]:
    """Return a small corpus by file name: every format, and each thing that can be the matter."""
    return {
        "labels/zorvanex.xml": tablets(),
        "labels/zorvanex-older.xml": tablets("3", "20190101", dose="75 mg"),
        "labels/zorvanex-copy.xml": tablets(),
        "labels/zorvadepot.xml": depot(),
        "labels/quellor.json": openfda(),
        "release.zip": zipped(**{"tilzor.xml": combination()}),
        "studies/trial.xml": pubmed(
            TRIAL,
            "Zorvaxone for insomnia: a trial.",
            "Adults slept 9 minutes longer with zorvaxone than with placebo.",
            kind="Randomized Controlled Trial",
        ),
        "studies/withdrawn.xml": pubmed(
            WITHDRAWN,
            "Zorvaxone for insomnia in a week.",
            "Adults slept 90 minutes longer with zorvaxone than with placebo.",
            kind="Retracted Publication",
        ),
        "studies/review.txt": medline(),
        "studies/skin.nxml": jats(),
        "guidelines/insomnia-2024.md": guideline(2024, AGAINST),
        "guidelines/insomnia-2015.md": guideline(2015, "We advise against zorvaxone at lunch."),
        "guidelines/rash.html": page(),
        "guidelines/ngc-90001.xml": ngc(),
        "notes/picture.png": b"\x89PNG\r\n\x1a\n\x00\x00",
        "notes/broken.xml": '<document xmlns="urn:hl7-org:v3"><code code="34391-3"/>',
    }


def write(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write *contents* below *folder*; return it."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
