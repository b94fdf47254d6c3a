"""JATS abstract and body -> sections: prose, lists, tables and captions under heading paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ingest.documents import Block, BlockKind, Section
from ingest.markup import Element, flatten, local_name, squeeze, table_blocks
from ingest.parsing.abstracts import (
    ABSTRACT,
    abstract_part,
    heading_of,
    is_part_name,
    merged,
    part_code,
)
from ingest.parsing.crossrefs import clean, without_citations
from ingest.parsing.formulas import become_text

MAIN_TEXT = "Main text"
APPENDIX = "Appendix"
FLOATS = "Tables and figures"

_UNSTORED = frozenset(
    "ack author-notes bio contrib-group fn-group funding-group glossary graphic kwd-group label"
    " media notes object-id permissions ref-list sec-meta supplementary-material title".split()
)
_SECTIONS = frozenset({"sec", "boxed-text", "app"})
# Headings of what is about the paper, not about its subject: top level only.
_ADMINISTRATION = re.compile(
    r"(?:(?:potential |declaration of )?(?:competing|conflicting|conflicts? of) interests?"
    r"|declarations? of (?:conflicting |competing )?interests?|disclosures?(?: statement)?"
    r"|(?:other )?contributions?(?: to the study)?|(?:list of )?abbreviations(?: used)?"
    r"|(?:the )?(?:author|authors?[’']?s?[’']?) (?:contributions?|roles?|information|details)"
    r"|acknowledge?ments?|pre-?publication history|references|funding|financial disclosures?"
    r"|support|transparency|consent for publication|ethics|ethical|human and animal rights"
    r"|additional files?|additional information and declarations|supporting information"
    r"|(?:electronic )?supplement(?:ary|al) (?:material|information|data|file)s?"
    r"|availability of (?:data|supporting data)|data availability|publisher[’']s note)"
    r"(?:$|[ .:/,].*)",
    re.IGNORECASE,
)
_HIDDEN_TYPES = frozenset(
    {"supplementary-material", "coi-statement", "conflict", "data-availability"}
)
_ABOUT_FILES = re.compile(r"(?:electronic )?supplementary material", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\d+\.)+\s+")
_SENTENCE_END = (".", "?", "!")


def abstract_sections(meta: Element) -> Iterator[Section]:
    """Yield the sections of every abstract that is text; pictures and contents lists are not."""
    for abstract in meta.iterchildren("{*}abstract", "{*}trans-abstract"):
        kind = (abstract.get("abstract-type") or "").lower()
        if kind in ("graphical", "toc", "teaser", "web-summary", "video"):
            continue
        language = abstract.get("{http://www.w3.org/XML/1998/namespace}lang") or "other language"
        title = _title(abstract)
        if local_name(abstract) == "trans-abstract":
            head = f"{ABSTRACT} ({language})"
        elif kind and kind != "normal" and title:
            head = heading_of(title)
        else:
            head = ABSTRACT
        _unbolden(abstract)
        yield from merged(_labelled(_walk(abstract, (head,), "abstract", 1)))


def _unbolden(abstract: Element) -> None:
    """Write a bold part name that opens its text ("**Results:** ...") as MEDLINE does: capitals."""
    for bold in list(abstract.iterfind("{*}p/{*}bold")):
        name, tail = flatten(bold), bold.tail or ""
        label = name.rstrip(":. ")
        ends = name != label or tail.lstrip().startswith(":") or label.isupper()
        if ends and is_part_name(label):
            bold.tail = tail.lstrip(":. \n")
            become_text(bold, f"{label.upper()}: ")


def _labelled(sections: Iterator[Section]) -> Iterator[Section]:
    """Give abstract parts their own heading and code: "Results" under "Abstract" is "results"."""
    for section in sections:
        head, *parts = section.headings
        if parts and _ABOUT_FILES.match(parts[0]):
            continue
        if parts:
            named = (head, heading_of(parts[0]), *parts[1:])
            yield Section(named, section.blocks, part_code(parts[0]))
            continue
        for block in section.blocks:
            for part in abstract_part(None, block.text):
                kept = (block,) if part.code == "abstract" else part.blocks
                yield Section((head, *part.headings[1:]), kept, part.code)


def body_sections(article: Element) -> Iterator[Section]:
    """
    Yield the sections of the body, its appendices and stray tables, in document order.

    References, acknowledgements, statements about authors, funding, interests and files, and
    lists of abbreviations are not stored.
    """
    for name, head in (("body", MAIN_TEXT), ("back", APPENDIX), ("floats-group", FLOATS)):
        for part in article.iterchildren("{*}" + name):
            yield from merged(_walk(part, (head,), None, 0))


def _walk(
    element: Element, path: tuple[str, ...], code: str | None, depth: int
) -> Iterator[Section]:
    """Yield the sections of *element*; *path* is its own, *depth* 0 for a body."""
    blocks: list[Block] = []
    for child in element:
        name = local_name(child)
        if name == "app-group":
            yield from _walk(child, path, code, depth)
        elif name in _SECTIONS:
            if blocks:
                yield Section(path, tuple(blocks), code)
                blocks = []
            title = _title(child)
            if depth == 0 and _is_administration(child, title):
                continue
            above = path if depth else ()
            inner = (*above, title) if title else (above or path)
            own = code or (part_code(title) if title else None)
            yield from _walk(child, inner, own, depth + 1)
        else:
            blocks += _blocks(child, blocks[-1] if blocks else None)
    if blocks:
        yield Section(path, tuple(blocks), code)


def _is_administration(section: Element, title: str) -> bool:
    kind = (section.get("sec-type") or "").lower()
    return kind in _HIDDEN_TYPES or _ADMINISTRATION.fullmatch(title) is not None


def _title(element: Element) -> str:
    for child in element:
        if local_name(child) == "title":
            return _NUMBERED.sub("", _text(child), count=1).rstrip(" :.")
        if local_name(child) == "caption":
            return _title(child)
    return ""


def _text(element: Element) -> str:
    return without_citations(flatten(element))


def _blocks(element: Element, before: Block | None) -> list[Block]:
    """Return the blocks of one child of a section; *before* is the block it follows."""
    name = local_name(element)
    if not name or name in _UNSTORED:
        return []
    if name == "list":
        lead = before.text if before is not None and before.kind is BlockKind.PROSE else ""
        return _items(element, "" if lead.endswith(_SENTENCE_END) else _last_sentence(lead))
    read = _READERS.get(name)
    return _prose(_text(element)) if read is None else read(element)


def _contents(element: Element) -> list[Block]:
    blocks: list[Block] = []
    for child in element:
        blocks += _blocks(child, blocks[-1] if blocks else None)
    return blocks


def _definitions(element: Element) -> list[Block]:
    return [_item(_text(item)) for item in element if local_name(item) == "def-item"]


def _prose(text: str) -> list[Block]:
    return [Block(BlockKind.PROSE, text)] if text else []


def _item(text: str, lead: str = "") -> Block:
    return Block(BlockKind.ITEM, text, lead=lead)


def _items(element: Element, lead: str) -> list[Block]:
    """Return a list's items; what a nested list hangs from is its own item."""
    blocks: list[Block] = []
    for item in element:
        if local_name(item) != "list-item":
            continue
        nested = [child for child in item if local_name(child) == "list"]
        text = without_citations(flatten(item, skip=lambda e: local_name(e) == "list"))
        if text:
            blocks.append(_item(text, lead))
        for inner in nested:
            blocks += _items(inner, text or lead)
    return blocks


def _last_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!]) (?=[A-Z])", text)[-1]


def _caption(element: Element) -> str:
    """Return "Figure 2. Survival. Kaplan-Meier estimates ...": label, title and legend."""
    parts = []
    for child in element:
        name = local_name(child)
        if name == "label":
            parts.append(_text(child).rstrip(".:") + ".")
        elif name == "caption":
            parts += [_ended(_text(part)) for part in child if local_name(part)] or [_text(child)]
        elif name == "p":
            parts.append(_text(child))
    return squeeze(" ".join(part for part in parts if part != "."))


def _ended(text: str) -> str:
    return text if not text or text.endswith((*_SENTENCE_END, ":", ";", ",")) else f"{text}."


def _table(wrap: Element) -> list[Block]:
    """Return a table's rows under its caption, then its notes; a picture leaves the caption."""
    caption = _caption(wrap)
    rows = [
        clean(row)
        for table in wrap.iter("{*}table")
        for row in table_blocks(table, caption=caption)
    ]
    label = _ended(caption.split(". ")[0])
    notes = [
        Block(BlockKind.PROSE, text, lead=label)
        for foot in wrap.iterchildren("{*}table-wrap-foot")
        for note in foot.iterchildren()
        for text in _notes(note)
        if text
    ]
    return [*(rows or _prose(caption)), *notes]


def _notes(element: Element) -> list[str]:
    if local_name(element) == "fn-group":
        return [_text(note) for note in element if local_name(note) == "fn"]
    return [_text(element)]


_CONTAINERS = "caption disp-quote fig-group statement table-wrap-group verse-group"
_READERS: dict[str, Callable[[Element], list[Block]]] = {
    **dict.fromkeys(_CONTAINERS.split(), _contents),
    "def-list": _definitions,
    "table": lambda table: [clean(row) for row in table_blocks(table)],
    "fig": lambda figure: _prose(_caption(figure)),
    "table-wrap": _table,
}
