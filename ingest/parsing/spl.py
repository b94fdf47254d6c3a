"""
DailyMed Structured Product Labeling (HL7 v3 XML) -> one document per label.

Structure: FDA, "Structured Product Labeling (SPL) Implementation Guide with Validation
Procedures". Highlights (``excerpt/highlight``) repeat the sections they stand in and are left out;
so are pictures. A section without a code of its own speaks for the section that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.documents import DeadLetter, Document, LabelFacts, Origin, Section
from ingest.errors import ParseError
from ingest.markup import Element, flatten, local_name, parse_xml, squeeze
from ingest.naming import ingredient_set
from ingest.parsing import loinc
from ingest.parsing.labels import (
    brand_names,
    distinct,
    document_id,
    iso_date,
    label_source,
    slug,
)
from ingest.parsing.narrative import read_narrative
from ingest.reading import SourceFile

VERSION = "spl/1"
LICENCE = "public domain (US government)"
_PANEL = "51945-4"


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield the label that *file* holds, or a dead letter where it is another kind of SPL.

    Raises ParseError where the file is not well-formed XML or not SPL.
    """
    root = parse_xml(file.data)
    if local_name(root) != "document":
        raise ParseError(f"SPL has the root element <document>, not <{local_name(root)}>")
    kind = _child(root, "code")
    code = kind.get("code") if kind is not None else None
    if code not in loinc.LABEL_TYPES:
        name = (kind.get("displayName") if kind is not None else None) or "no document type"
        yield DeadLetter(file.path, f"SPL, but not a drug label for people: {name} ({code})")
        return
    sections = tuple(_sections(root))
    if not sections:
        yield DeadLetter(file.path, "a label without any text")
        return
    facts = read_facts(root)
    source = label_source(facts, fallback_id=slug(file.path), licence=LICENCE)
    origin = Origin(file.path, file.sha256, VERSION)
    yield Document(document_id(source, facts), source, sections, origin)


def read_facts(root: Element) -> LabelFacts:
    """Return what the label's header and its product data say; absent parts are None or ()."""
    set_id, version = _child(root, "setid"), _child(root, "versionnumber")
    effective = _child(root, "effectivetime")
    active = [e for e in _all(root, "ingredient", "activeingredient") if _is_active(e)]
    moieties = [name for e in active for name in _moieties(e)]
    substances = [name for e in active for name in _names(e)]
    products = _all(root, "manufacturedproduct", "manufacturedmedicine", "partproduct")
    named = [name for e in products for name in _names(e)]
    generics = distinct(name.lower() for e in _all(root, "genericmedicine") for name in _names(e))
    return LabelFacts(
        ingredients=ingredient_set(moieties),
        brands=brand_names(named, generics, substances, moieties),
        generics=generics,
        set_id=(set_id.get("root") or set_id.get("extension") or "").lower() or None
        if set_id is not None
        else None,
        version=(version.get("value") if version is not None else None) or None,
        effective=iso_date(effective.get("value") if effective is not None else None),
        labeler=_labeler(root),
        marketing_category="; ".join(
            distinct(_display(code) for e in _all(root, "approval") for code in _all(e, "code"))
        )
        or None,
        routes=distinct(_display(e).lower() for e in _all(root, "routecode")),
        forms=distinct(
            _display(form).lower() for e in products if (form := _child(e, "formcode")) is not None
        ),
    )


def _is_active(ingredient: Element) -> bool:
    """Tell active from inactive ingredients: class codes ACTIB, ACTIM and ACTIR, never IACT."""
    if local_name(ingredient) == "activeingredient":
        return True
    return (ingredient.get("classCode") or "").upper().startswith("ACTI")


def _moieties(ingredient: Element) -> list[str]:
    """Return the names of an active ingredient's active moieties, or else its own."""
    moieties = [name for e in _all(ingredient, "activemoiety") for name in _names(e)]
    return moieties or _names(ingredient)


def _names(element: Element) -> list[str]:
    """Return the names directly below *element*, or below the substance it wraps."""
    holders = [element, *(c for c in element if local_name(c).endswith("ingredientsubstance"))]
    found = [
        squeeze(" ".join(part for part in c.itertext() if isinstance(part, str)))
        for e in holders
        for c in e
        if local_name(c) == "name"
    ]
    return [name for name in found if name]


def _labeler(root: Element) -> str | None:
    author = _child(root, "author")
    if author is None:
        return None
    organizations = _all(author, "representedorganization")
    return next((name for e in organizations for name in _names(e)), None)


def _sections(root: Element) -> Iterator[Section]:
    body = next(iter(_all(root, "structuredbody")), None)
    for section in _child_sections(body) if body is not None else ():
        yield from _section(section, (), None)


def _child_sections(element: Element) -> Iterator[Element]:
    for component in element:
        if local_name(component) == "component":
            yield from (child for child in component if local_name(child) == "section")


def _section(element: Element, above: tuple[str, ...], parent: str | None) -> Iterator[Section]:
    own = _child(element, "code")
    own_code = own.get("code") if own is not None else None
    is_coded = own_code not in (None, loinc.UNCLASSIFIED)
    title = _child(element, "title")
    heading = flatten(title) if title is not None else ""
    code = own_code if is_coded or parent is None else loinc.code_below(parent, heading)
    if not heading and code is not None and (is_coded or not above):
        heading = loinc.section_name(code)
    headings = (*above, heading) if heading else above
    text = _child(element, "text")
    for passage in read_narrative(text, headings=code != _PANEL) if text is not None else ():
        yield Section((*headings, *passage.headings), passage.blocks, code)
    for child in _child_sections(element):
        yield from _section(child, headings, code)


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if local_name(child) == name), None)


def _all(element: Element, *names: str) -> list[Element]:
    return [e for e in element.iter() if local_name(e) in names]


def _display(code: Element) -> str:
    return code.get("displayName") or ""
