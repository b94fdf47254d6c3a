"""
Drug labels as PDF: numbered sections of 21 CFR 201.57, or the parts of an OTC "Drug Facts" panel.

The full prescribing information is kept under its LOINC codes; highlights and the table of
contents repeat it and are left out. Names are read from the printed title lines; a PDF seldom
says a set id, and none is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.documents import Document, LabelFacts, Origin, Recommendation, Section
from ingest.errors import ParseError
from ingest.naming import ingredient_set
from ingest.parsing import loinc
from ingest.parsing.labels import document_id, label_source, slug
from ingest.parsing.outlining import Candidate, Piece, PieceKind, arrange
from ingest.parsing.pdf_lines import Line
from ingest.reading import SourceFile

LICENCE = "public domain (US government)"

_HIGHLIGHTS = "HIGHLIGHTS OF PRESCRIBING INFORMATION"
_FULL = "FULL PRESCRIBING INFORMATION"
_FACTS = "Drug Facts"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+\S")
_BOXED = re.compile(r"(?:BOXED )?WARNINGS?(?::|$)")
_NAMED = re.compile(r"to use\s+(.+?)\s+safely and effectively", re.IGNORECASE)
_PRODUCT = re.compile(
    r"(?P<brand>[^().]{2,40}?)\s+(?:\((?P<generic>[a-z][a-z ,/-]{3,60})\).*|- (?P<other>[a-z].+))"
)
_REVISED = re.compile(
    rf"Revised:?\s+(?:(?P<month>\d{{1,2}})|(?P<name>{'|'.join(_MONTHS)})[a-z]*)"
    r"[/ ](?P<year>\d{4})"
)
_FORMS = re.compile(
    r"\b(?:tablets?|capsules?|injection|solution|suspension|cream|ointment|patch(?:es)?|syrup|film"
    r"|powder|extended[- ]release|delayed[- ]release|for oral use|oral|usp|coated|chewable)\b.*",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\b\d[\d.,]*\s*(?:mg|mcg|µg|g|mL|%).*")


def is_label(pages: Sequence[Sequence[Line]]) -> bool:
    """Tell whether the first pages are those of a drug label."""
    texts = [line.text for page in pages[:4] for line in page]
    if any(text.upper().startswith((_HIGHLIGHTS, _FULL)) for text in texts):
        return True
    active = any(text.lower().startswith("active ingredient") for text in texts)
    return active and any(_FACTS.lower() in text.lower() for text in texts)


def label_document(
    file: SourceFile, pages: Sequence[Sequence[Line]], pieces: list[Piece], version: str
) -> Document:
    """Return the label that *pages* print; raises ParseError where it has no known section."""
    texts = [line.text for page in pages for line in page]
    over_the_counter = not any(text.upper().startswith(_FULL) for text in texts)
    kept = _drug_facts(pieces) if over_the_counter else _full_information(pieces)
    sections = tuple(_coded(arrange(kept, _none)))
    if not any(section.code for section in sections):
        raise ParseError("a drug label without a section that can be told from its heading")
    facts = _facts(texts, over_the_counter=over_the_counter)
    source = label_source(facts, fallback_id=slug(file.path), licence=LICENCE)
    return Document(
        id=document_id(source, facts),
        source=source,
        sections=sections,
        origin=Origin(file.path, file.sha256, version),
        needs_review=True,
    )


def _full_information(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield what stands below the last heading "FULL PRESCRIBING INFORMATION", renamed sections."""
    starts = [
        at
        for at, piece in enumerate(pieces)
        if piece.text.upper().startswith(_FULL) and "CONTENTS" not in piece.text.upper()
    ]
    start = starts[-1] if starts else -1
    rest = pieces[start].text[len(_FULL) :].strip() if starts else ""
    if rest:
        # The boxed warning's title often stands in the same run of bold lines.
        yield Piece(PieceKind.HEADING, rest, 1)
    for piece in pieces[start + 1 :]:
        if piece.kind is PieceKind.HEADING and _BOXED.match(piece.text):
            yield Piece(PieceKind.HEADING, piece.text, 1)
        else:
            yield piece


def _drug_facts(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield a panel's parts, each under its own heading, all at one level."""
    for piece in pieces:
        code = loinc.code_of_title(_otc_title(piece.text)) if len(piece.text) < 120 else None  # noqa: PLR2004 - a heading
        if code is not None and piece.kind is not PieceKind.ITEM:
            yield Piece(PieceKind.HEADING, piece.text, 2)
        elif piece.kind is PieceKind.HEADING:
            yield Piece(PieceKind.HEADING, piece.text, 1)
        else:
            yield piece


def _otc_title(text: str) -> str:
    """Return the title that LOINC gives a Drug Facts heading (21 CFR 201.66)."""
    bare = re.sub(r"\s*\(.*\)$", "", text).strip(" :").lower()
    for opening, title in (
        ("active ingredient", "active ingredient"),
        ("inactive ingredient", "inactive ingredient"),
        ("uses", "indications and usage"),
        ("ask a doctor or pharmacist", "ask doctor or pharmacist"),
        ("ask a doctor before", "ask doctor"),
        ("stop use", "stop use"),
        ("when using", "when using"),
        ("if pregnant", "pregnancy or breast feeding"),
        ("keep out of reach", "keep out of reach of children"),
        ("directions", "dosage and administration"),
        ("other information", "storage and handling"),
        ("questions", "questions"),
    ):
        if bare.startswith(opening):
            return title
    return bare


def _coded(sections: tuple[Section, ...]) -> Iterator[Section]:
    for section in sections:
        yield Section(section.headings, section.blocks, _code(section.headings))


def _code(headings: tuple[str, ...]) -> str | None:
    """Return the code of the innermost heading that has one."""
    for heading in reversed(headings):
        if _BOXED.match(heading) and heading.isupper():
            return loinc.BOXED_WARNING
        number = _NUMBER.match(heading)
        code = loinc.code_of_title(heading) or loinc.code_of_title(_otc_title(heading))
        code = code or (loinc.code_of_number(number.group(1)) if number else None)
        if code is not None:
            return code
    return None


def _facts(texts: list[str], *, over_the_counter: bool) -> LabelFacts:
    """Return what the printed lines say of the product."""
    joined = " ".join(texts[:80])
    revised = _REVISED.search(" ".join(texts))
    named = _NAMED.search(joined)
    generic = ""
    if over_the_counter:
        at = next((i for i, t in enumerate(texts) if t.lower().startswith("active ingredient")), -1)
        generic = _AMOUNT.sub("", texts[at + 1]) if 0 <= at < len(texts) - 1 else ""
    elif named is not None:
        generic = named.group(1)
    product = next((m for text in texts[:12] if (m := _PRODUCT.fullmatch(text))), None)
    if product is not None and not over_the_counter:
        generic = product.group("generic") or product.group("other") or generic
    brand = product.group("brand") if product is not None else ""
    plain = _FORMS.sub("", generic).strip(" ,.*").lower()
    names = [name for name in re.split(r",| and |;|/", plain) if name.strip()]
    identity = ingredient_set(names)
    is_brand = bool(brand) and not set(brand.lower().split()) & set(" ".join(identity).split())
    return LabelFacts(
        ingredients=identity,
        brands=(brand.title(),) if is_brand and not over_the_counter else (),
        generics=(plain,) if plain else (),
        effective=_date(revised),
        marketing_category="OTC drug label" if over_the_counter else None,
    )


def _date(revised: re.Match[str] | None) -> str | None:
    if revised is None:
        return None
    month = revised.group("month")
    number = int(month) if month else _MONTHS.index(revised.group("name")) + 1
    return f"{revised.group('year')}-{number:02}" if 1 <= number <= 12 else revised.group("year")  # noqa: PLR2004 - months


def _none(_: Candidate) -> Recommendation | None:
    return None
