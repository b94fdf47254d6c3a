"""One small made-up file of every native format: what fuzzers and mutations start from."""

from __future__ import annotations

import hashlib
import html
import json

from ingest.reading import Format, SourceFile
from tests import sample_corpus, sample_pdf

_TABLE = (
    "<table><caption>Reactions</caption><thead><tr><th>Reaction</th><th colspan='2'>Zorvanex</th>"
    "</tr></thead><tbody><tr><td rowspan='2'>Rash</td><td>3%</td><td>10<sup>9</sup>/L</td></tr>"
    "<tr><td>1%</td><td>p &lt; 0.05</td></tr></tbody></table>"
)
_NGC_MARKDOWN = """---
id: ngc-90001
---

# General

## Guideline Title

Waking after sleep medicines.

## Date Released

2009 May (revised 2014 Feb 3)

## Guideline Status

This guideline updates a previous version: Waking. 2009. 3 p.

# Recommendations

## Major Recommendations

**Note** : strengths are defined below.

###  Treatment

  1. The Work Group recommends asking about driving:
    * at night
    * by day

( **Strong For; Reviewed** )
  2. The Work Group suggests _**against** _ zorvaxone above 25 mg/m  2  . ( **Weak Against** )

###  Definitions:

  * **Strong for** (or "The Work Group recommends")

## Target Population

Adults who sleep
"""
_MMWR = """[Skip directly to site content](#content)

# Rash for Beginners — 2024 #

_Supplements_ / October 10, 2024 / 73(4);50–58

Ann Author, PhD^1^

##### Altmetric: #####

On This Page

* [Methods](#methods)

## _Abstract_ ##

CDC recommends quellomine for nobody. Counts were ≤5×10^9^/L.[Top](#)

### Acknowledgments ###

The nurses.

## References ##

1. Author A. A paper about rash. 2001;1:1–2.

##### __TABLE 1. Doses__[Return to your place in the text](#T1_up) #####

| Drug | Dose |
| --- | --- |
| quellomine | 5 mg |

Suggested citation for this article: Author A.
"""
_ADVICE = "We suggest that clinicians not use zorvaxone for insomnia (weak recommendation)."


def _uspstf() -> str:
    topic = {
        "title": "Rash: Screening",
        "topicYear": 2021,
        "uspstfAlias": "rash-screening",
        "specific": [1],
        "rationale": "<h2>Rationale</h2><h3>Importance</h3><p>Above 10<sup>9</sup>/L.</p>",
        "clinical": f"<h2>Practice Considerations</h2><ul><li>count</li></ul>{_TABLE}",
        "pubDate": "2021-03-09",
    }
    specific = {
        "id": 1,
        "title": "Rash: Screening -- Adults 18 years or older",
        "grade": "B",
        "text": "The USPSTF recommends screening for rash.<br><br>See &ldquo;Practice&rdquo;.",
        "servFreq": "<p>Every 2 years</p>",
        "riskText": "",
        "general": "7",
    }
    answer = {"generalRecommendations": {"7": topic}, "specificRecommendations": [specific]}
    return json.dumps(answer)


def _openfda() -> str:
    label = json.loads(sample_corpus.openfda())["results"][0]
    label["boxed_warning"] = ["WARNING: RASH See full prescribing information. 5.1 Rash Severe."]
    label["warnings_and_cautions"] = ["5 WARNINGS 5.1 Rash Stop. 5.2 Sleep ( 4 ) Wait. Wait."]
    label["adverse_reactions_table"] = [_TABLE]
    return json.dumps({"meta": {}, "results": [label, {**label, "set_id": "b"}]})


def _jats() -> str:
    sections = (
        f'<sec id="s1"><title>Results</title><table-wrap id="t1">{_TABLE}</table-wrap>'
        '<p>See <xref ref-type="bibr" rid="b1">1</xref>–<xref ref-type="bibr" rid="b3">3</xref>, '
        '<inline-formula><mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup>'
        "<mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>."
        '<fn id="f1"><p>A note.</p></fn></p></sec></body>'
        '<back><ref-list><ref id="b1"><label>1</label><mixed-citation>A. B.</mixed-citation></ref>'
        "</ref-list></back>"
    )
    abstract = "<abstract><sec><title>Aim</title><p>To see.</p></sec></abstract></article-meta>"
    whole = sample_corpus.jats().replace("</body>", sections)
    return whole.replace("</article-meta>", abstract)


def _html() -> str:
    nav = '<nav class="menu"><ul><li>Home</li></ul></nav>'
    listed = f"<h2>Advice</h2><ul><li>Stop<ol><li>at once</li></ol></li></ul>{_TABLE}</main>"
    return sample_corpus.page().replace("<main>", f"{nav}<main>").replace("</main>", listed)


def _ngc_xml() -> str:
    major = html.escape(
        "<div><p><strong>Treatment</strong></p><ol><li>The Work Group recommends one of: <ul>"
        f"<li>rest</li></ul>(<strong>Strong For</strong>)</li></ol>{_TABLE}</div>"
    )
    field = f'<Field Name="Major Recommendations"><FieldValue Value="{major}"/></Field></Section>'
    return sample_corpus.ngc().replace("</Section>", field)


def _pdf() -> bytes:
    lines = [
        (72.0, 740.0, 16.0, "F2", "Sleep and Waking, 2021"),
        (72.0, 700.0, 10.0, "F2", "1. Treatment"),
        (72.0, 680.0, 10.0, "F1", _ADVICE),
        (72.0, 668.0, 10.0, "F1", "Sleep is common at all ages, so that most people have some"),
        (324.0, 672.0, 6.0, "F1", "9"),
        (84.0, 640.0, 10.0, "F1", "• lozenges of 5 mg, to be dissolved in the mouth slowly, and"),
        (84.0, 626.0, 10.0, "F1", "• nothing else at all, whatever anybody says about it."),
    ]
    return sample_pdf.made([lines, lines[2:]])


_PUBMED = sample_corpus.pubmed(
    sample_corpus.TRIAL, "A trial.", "Sleep: 9 min, 10<sup>9</sup>/L.", kind="Clinical Trial"
).replace(
    "</MedlineCitation>",
    '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J</RefSource>'
    "<PMID>99000009</PMID></CommentsCorrections></CommentsCorrectionsList><MeshHeadingList>"
    "<MeshHeading><DescriptorName>Sleep</DescriptorName></MeshHeading></MeshHeadingList>"
    "</MedlineCitation>",
)
_MEDLINE = sample_corpus.medline().replace(
    "LA  - eng", "LA  - eng\nMH  - *Sleep/drug effects\nAID - 10.1/x [doi]\nRIN - J. PMID: 99000009"
)
_MARKDOWN = (
    sample_corpus.guideline(2024, sample_corpus.AGAINST)
    + "\n| Drug | Dose |\n|---|---|\n| zorvaxone | 10^9^/L |\n\n> quoted\n\n1. one\n   - two\n"
)

SAMPLES: dict[Format, bytes] = {
    Format.SPL: sample_corpus.tablets()
    .replace("Headache occurred", f"{_TABLE}<list><item>Headache</item></list> Headache occurred")
    .encode(),
    Format.OPENFDA: _openfda().encode(),
    Format.PUBMED: _PUBMED.encode(),
    Format.MEDLINE: _MEDLINE.encode(),
    Format.JATS: _jats().encode(),
    Format.MARKDOWN: _MARKDOWN.encode(),
    Format.HTML: _html().encode(),
    Format.PDF: _pdf(),
    Format.NGC_XML: _ngc_xml().encode(),
    Format.NGC_MARKDOWN: _NGC_MARKDOWN.encode(),
    Format.USPSTF: _uspstf().encode(),
    Format.PAGES_JSON: json.dumps({"https://www.example.org/mmwr/su7304a1.htm": _MMWR}).encode(),
}


def as_file(form: Format, data: bytes) -> SourceFile:
    """Return *data* as a source file that was found to have the format *form*."""
    return SourceFile(f"made/up.{form}", data, hashlib.sha256(data).hexdigest(), form)
