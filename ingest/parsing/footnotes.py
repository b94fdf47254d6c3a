"""SPL footnotes -> a mark where each is called and its text below, as FDA's stylesheet does."""

from __future__ import annotations

from lxml import etree

from ingest.markup import Element, flatten, local_name

_MARKS = "*†‡§¶#"


def mark_footnotes(element: Element) -> None:
    """
    Put a mark where each footnote is called, and its text after the table or paragraph.

    The marks are those of FDA's own stylesheet (* † ‡ § ¶ #, then doubled), left out where the
    text already uses them for something else.
    """
    for holder in [e for e in element.iter() if local_name(e) in ("table", "paragraph")]:
        notes = [e for e in holder.iter() if local_name(e) == "footnote"]
        if not notes or (local_name(holder) == "paragraph" and _is_in_table(holder)):
            continue
        used = flatten(holder, skip=lambda e: local_name(e).startswith("footnote"))
        marks = (mark * n for n in range(1, 50) for mark in _MARKS if mark not in used)
        named: dict[str, str] = {}
        texts: list[str] = []
        for note in notes:
            text = flatten(note)
            mark = next(marks, "[note]")
            named[note.get("ID") or ""] = mark
            if text:
                texts.append(f"{mark} {text}")
            _become(note, mark if text else "")
        for call in [e for e in holder.iter() if local_name(e) == "footnoteref"]:
            _become(call, named.get(call.get("IDREF") or "", ""))
        _append_notes(holder, texts)


def _is_in_table(element: Element) -> bool:
    return any(local_name(ancestor) == "table" for ancestor in element.iterancestors())


def _become(element: Element, text: str) -> None:
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "mark", text, tail


def _append_notes(holder: Element, texts: list[str]) -> None:
    if local_name(holder) == "table":
        foot = etree.SubElement(holder, "tfoot")
        for text in texts:
            etree.SubElement(etree.SubElement(foot, "tr"), "td").text = text
        return
    parent = holder.getparent()
    if parent is not None:
        for text in reversed(texts):
            note = etree.Element("paragraph")
            note.text = text
            note.tail, holder.tail = holder.tail, None
            parent.insert(parent.index(holder) + 1, note)
