"""An export as one HTML file that needs nothing else: to keep, to mail, to print."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from service.exporting.exports import Export
from service.exporting.outline import Kind, Line, outline

_STYLE = """
:root { color-scheme: light; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #16202a; background: #fff;
  font: 1rem/1.5 "Source Sans 3", "Segoe UI", system-ui, sans-serif; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 .4em; break-after: avoid; }
h1 { font-size: 1.6rem; margin-top: 0; } h2 { font-size: 1.35rem; } h3 { font-size: 1.1rem; }
h4 { font-size: 1rem; } p { margin: .4em 0; }
.subject { font-weight: 600; margin-top: .9em; break-after: avoid; }
.review { font-weight: 600; border-left: .25rem solid #8a5a00; padding-left: .6rem; }
.notice { font-style: italic; } .disclaimer { margin-top: 2em; border-top: 1px solid; }
blockquote { margin: .4em 0; padding-left: .8rem; border-left: .15rem solid #9aa7b2; }
blockquote, li { break-inside: avoid; overflow-wrap: anywhere; }
ul { padding-left: 1.1rem; } .references { list-style: none; padding: 0; font-size: .92rem; }
.references li { margin: .5em 0; }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 10.5pt; }
  a { color: inherit; text-decoration: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LISTS = {Kind.ITEM: "<ul>", Kind.REFERENCE: '<ul class="references">'}


def as_html(export: Export) -> str:
    """Return *export* as an HTML document without scripts that loads nothing."""
    return "\n".join(_document(export)) + "\n"


def _document(export: Export) -> Iterator[str]:
    lines = list(outline(export))
    yield "<!doctype html>"
    yield '<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(lines[0].text)}</title>\n<style>{_STYLE}</style>"
    yield "</head>\n<body>\n<main>"
    for kind, group in groupby(lines, lambda line: line.kind):
        if kind in _LISTS:
            yield _LISTS[kind]
        yield from map(_laid_out, group)
        if kind in _LISTS:
            yield "</ul>"
    yield "</main>\n</body>\n</html>"


def _laid_out(line: Line) -> str:
    text = escape(line.text)
    match line.kind:
        case Kind.TITLE | Kind.HEADING:
            return f"<h{line.level}>{text}</h{line.level}>"
        case Kind.STATEMENT:
            return f"<blockquote>{text}</blockquote>"
        case Kind.ITEM:
            return f"<li>{text}</li>"
        case Kind.REFERENCE:
            return f"<li>{text}{_link(line.link)}</li>"
        case _:
            return f'<p class="{line.kind.value}">{text}</p>'


def _link(address: str | None) -> str:
    """Write an address out, so that it can be read on paper."""
    if address is None:
        return ""
    shown = escape(address)
    return f'<br><a href="{shown}" rel="noopener noreferrer">{shown}</a>'
