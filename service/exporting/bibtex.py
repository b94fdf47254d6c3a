"""
Cited works as BibTeX, which LaTeX and most reference managers read.

Entry types are BibTeX's own (O. Patashnik, "BibTeXing", 1988), so that every style knows them:
``article`` for a study, ``techreport`` for guidelines and labels, told apart by ``type``. ``doi``,
``url`` and ``urldate`` are those of biblatex (manual 3.20, section 2.2); both are read verbatim
there, so that what TeX or a brace counter would trip over is percent-encoded in them, not escaped.

The question, date, snapshot, review status and disclaimer stand in the note of each entry and, as
the comment BibTeX takes anything outside entries for, at the head. The answer itself is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from service.exporting.csl import Item, items
from service.exporting.exports import Export, one_line
from service.exporting.ris import written_name
from service.wording import wording

ESCAPES = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces whether or not a backslash stands before them, so none may be bare.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{each: f"\\{each}" for each in "&%_#$"},
}
"""Every character that TeX takes for more than itself, and how it is written."""

_TYPES = {"article-journal": "article", "report": "techreport"}
_VERBATIM = "!*'();:@&=+$,/?[]~#%_-."


def as_bibtex(export: Export) -> str:
    """Return one entry per cited document under a comment that says what they were cited in."""
    head = "".join(f"% {line}\n" for line in _head(export))
    entries = ("\n" + "".join(_lines(item)) for item in items(export))
    return head + "".join(entries)


def escaped(text: str) -> str:
    """Return *text* so that TeX prints it as it is."""
    return "".join(ESCAPES.get(each, each) for each in text)


def _head(export: Export) -> Iterator[str]:
    """Yield the lines of the comment; an at sign would begin an entry."""
    for turn in export.turns:
        answer = turn["answer"]
        told = wording(
            "export.about",
            question=turn["question"],
            date=turn["asked_at"][:10],
            snapshot=answer["provenance"]["snapshot"],
            review=export.review_of(turn),
        )
        yield one_line(told).replace("@", "(at)")
    disclaimer = export.turns[-1]["answer"]["disclaimer"]
    yield one_line(wording("export.disclaimer", **disclaimer)).replace("@", "(at)")


def _lines(item: Item) -> Iterator[str]:
    issued = item["issued"]["date-parts"][0] if "issued" in item else []
    is_report = item["type"] == "report"
    yield f"@{_TYPES[item['type']]}{{{item['id']},\n"
    names = [
        "{" + escaped(name["literal"]) + "}" if "literal" in name else escaped(written_name(name))
        for name in item.get("author", ())
    ]
    for field, value in (
        ("author", " and ".join(names)),
        ("title", "{" + escaped(item["title"]) + "}"),  # a style must not lower the case of names
        ("journal", escaped(item.get("container-title", ""))),
        ("institution" if is_report else "publisher", escaped(item.get("publisher", ""))),
        ("type", escaped(item.get("genre", ""))),
        ("number", escaped(item.get("version", ""))),
        ("year", f"{issued[0]:04d}" if issued else ""),
        ("date", "-".join(f"{part:02d}" for part in issued) if len(issued) > 1 else ""),
        ("doi", _verbatim(item.get("DOI", ""))),
        ("pmid", escaped(item.get("PMID", ""))),
        ("pmcid", escaped(item.get("PMCID", ""))),
        ("url", _verbatim(item.get("URL", ""))),
        ("urldate", "-".join(f"{part:02d}" for part in _accessed(item))),
        ("note", escaped(item["note"])),
    ):
        if value:
            yield f"  {field} = {{{value}}},\n"
    yield "}\n"


def _accessed(item: Item) -> list[int]:
    parts: list[int] = item["accessed"]["date-parts"][0] if "accessed" in item else []
    return parts


def _verbatim(text: str) -> str:
    return quote(text, safe=_VERBATIM)
