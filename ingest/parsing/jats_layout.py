"""JATS layout: tables, figures and lists out of the paragraphs they interrupt, next to them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.markup import Element, local_name
from ingest.parsing.formulas import become_text

_FLOATS = frozenset(
    "table-wrap table-wrap-group fig fig-group boxed-text supplementary-material media fn"
    " table-wrap-foot".split()
)
_LISTS = frozenset("list def-list disp-quote".split())
_CELLS = frozenset("td th caption title".split())


def settle(article: Element) -> None:
    """
    Move block-level content, in place, to where it reads best.

    Tables and figures gathered at the end go behind the paragraph that first names them; those
    inside a paragraph go behind it, its sentence closed up; a list cuts its paragraph in two.
    Formulas stay in their sentence.
    """
    body = article.find("{*}body")
    if body is not None:
        _bring_home(article, body)
    for paragraph in list(article.iter("{*}p")):
        if not any(local_name(a) in _CELLS for a in paragraph.iterancestors()):
            _open_up(paragraph)


def _bring_home(article: Element, body: Element) -> None:
    gathered = {
        identity: element
        for element in _gathered(article)
        if (identity := element.get("id")) is not None
    }
    # Two tables first named in one paragraph keep the order in which it names them.
    last: dict[Element, Element] = {}
    for xref in list(body.iter("{*}xref")) if gathered else ():
        home = next((a for a in xref.iterancestors("{*}p") if _is_top(a)), None)
        for identity in (xref.get("rid") or "").split():
            if home is not None and identity in gathered:
                element = gathered.pop(identity)
                _take_out(element)
                _insert_after(last.get(home, home), element)
                last[home] = element


def _gathered(article: Element) -> Iterator[Element]:
    """Yield the tables and figures at the end of *article*, and its footnotes."""
    for part in article.iterchildren("{*}floats-group", "{*}back"):
        for element in part.iter("{*}table-wrap", "{*}fig", "{*}fn"):
            parent = element.getparent()
            is_note = parent is not None and local_name(parent) == "fn-group"
            if local_name(element) == "fn":
                if is_note and element.get("fn-type") not in _ABOUT_AUTHORS:
                    yield element
            elif local_name(part) == "floats-group" or _is_display(element):
                yield element


_ABOUT_AUTHORS = frozenset({"con", "conflict", "COI-statement", "financial-disclosure"})


def _is_display(element: Element) -> bool:
    return any(a.get("sec-type") == "display-objects" for a in element.iterancestors())


def _is_top(paragraph: Element) -> bool:
    parent = paragraph.getparent()
    return parent is not None and local_name(parent) in ("sec", "body")


def _open_up(paragraph: Element) -> None:
    """Lift floats out of *paragraph*; cut it at its lists."""
    place = current = paragraph
    for child in list(paragraph):
        name = local_name(child)
        if name in _FLOATS:
            _take_out(child, heir=None if current is paragraph else current)
            _insert_after(place, child)
            place = child
        elif name in _LISTS:
            current = etree.Element(paragraph.tag)
            current.text, child.tail = child.tail, None
            _insert_after(place, child)
            _insert_after(child, current)
            place = current
        elif current is not paragraph:
            current.append(child)


def _take_out(element: Element, *, heir: Element | None = None) -> None:
    """Take *element* out; the text behind it stays where it was, or goes to the end of *heir*."""
    if heir is not None:
        tail, element.tail = element.tail or "", None
        if len(heir):
            heir[-1].tail = (heir[-1].tail or "") + tail
        else:
            heir.text = (heir.text or "") + tail
    become_text(element, "")
    element.tail = None


def _insert_after(place: Element, element: Element) -> None:
    """Insert *element* as the next sibling of *place*, whose own tail stays before it."""
    parent = place.getparent()
    if parent is not None:
        parent.insert(parent.index(place) + 1, element)
