"""
Cited works as RIS, the format that reference managers exchange.

Tags and types are those of the RIS format specification of Research Information Systems (Reference
Manager, appendix C): ``JOUR`` for a study; ``RPRT`` for a guideline and, for the reasons given in
``service.exporting.csl``, for a drug label, told apart by ``M3`` ("type of work"). ``STAT`` is a
statute, which a label is not. Lines end with CR LF, as the specification demands; files are UTF-8,
which it does not know and which every present reader expects.

RIS has no place outside its records: the question, date, snapshot, review status and disclaimer
are in a note (``N1``) of every record. The answer itself is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.exporting.csl import Item, items
from service.exporting.exports import Export

_TYPES = {"article-journal": "JOUR", "report": "RPRT"}


def as_ris(export: Export) -> str:
    """Return one record per cited document; nothing where none is cited."""
    return "".join("".join(_lines(item)) for item in items(export))


def _lines(item: Item) -> Iterator[str]:
    yield _line("TY", _TYPES[item["type"]])
    yield _line("ID", item["id"])
    for author in item.get("author", ()):
        yield _line("AU", written_name(author))
    yield _line("TI", item["title"])
    issued = item["issued"]["date-parts"][0] if "issued" in item else []
    for tag, value in (
        ("T2", item.get("container-title")),
        ("PY", f"{issued[0]:04d}" if issued else None),
        ("DA", _date(issued) if len(issued) > 1 else None),
        ("PB", item.get("publisher")),
        ("ET", item.get("version")),
        ("M3", item.get("genre")),
        ("DO", item.get("DOI")),
        ("AN", item.get("PMID")),
        ("C2", item.get("PMCID")),
        ("UR", item.get("URL", "").replace(";", "%3B")),  # one that is written parts addresses
        ("Y2", _date(item["accessed"]["date-parts"][0]) if "accessed" in item else None),
        ("N1", item.get("note")),
    ):
        if value:
            yield _line(tag, value)
    yield _line("ER", "")


def _line(tag: str, value: str) -> str:
    return f"{tag}  - {value}\r\n"


def written_name(name: dict[str, str]) -> str:
    """Write a CSL name as RIS and BibTeX do: "Family, Given, Suffix"; one that is whole, whole."""
    if "literal" in name:
        return name["literal"]
    return ", ".join(name[part] for part in ("family", "given", "suffix") if part in name)


def _date(parts: list[int]) -> str:
    """Write a date as YYYY/MM/DD, with what it has of them."""
    return "/".join(f"{part:02d}" for part in parts)
