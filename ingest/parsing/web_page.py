"""
Guideline pages in HTML: the page's own text, without navigation, as sections.

What a page says about itself stands in ``<meta>`` tags. Pages of our corpus carry the front matter
keys of ``ingest.parsing.guideline_markdown`` by name, one tag an entry of a list; such a page is
read as strictly as Markdown with front matter. Other pages give what publishers' meta tags give
(citation_title, og:title, DC.publisher, article:published_time ...), and are never refused for it.

The text is that of ``main``, ``article`` or the element with the role "main", else of the body;
navigation, page headers and footers, asides, forms, scripts and hidden elements are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ingest.documents import DeadLetter, Document
from ingest.errors import ParseError
from ingest.markup import Element, flatten, local_name, parse_html
from ingest.parsing.front_matter import FrontMatter, checked
from ingest.parsing.guideline_markdown import guideline
from ingest.parsing.html_outline import html_pieces, name_headings
from ingest.parsing.marking import Marks, is_marked
from ingest.reading import SourceFile

VERSION = "html/1"

_LISTED = frozenset(("supersedes", "superseded_by"))
_OWN = frozenset(FrontMatter.model_fields)
_PUBLISHERS = {
    "title": ("citation_title", "dc.title", "og:title"),
    "publisher": ("citation_publisher", "dc.publisher", "og:site_name", "dc.creator"),
    "published": (
        "citation_publication_date",
        "citation_date",
        "article:published_time",
        "dc.date",
        "dcterms.issued",
    ),
    "url": ("og:url", "citation_fulltext_html_url"),
}
_FURNITURE = frozenset("nav aside form dialog button".split())
_ROLES = frozenset("navigation banner contentinfo search complementary menu dialog".split())
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|breadcrumbs?|menu|sidebar|cookie\w*|share|social|skip-?links?|"
    r"site-(?:header|footer)|page-?footer|related-links)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield the one document of a page.

    Raises ParseError for a page without text, for wrong values in a page of our corpus (one with
    ``series`` or ``kind`` meta tags), and for a recommendation whose mark its sentence denies.
    """
    root = parse_html(_decoded(file.data))
    metas = _metas(root)
    ours = "series" in metas or "kind" in metas
    about = _own(metas) if ours else _foreign(root, metas, file.path)
    content = _content(root)
    if not ours:
        name_headings(content)
    pieces = list(html_pieces(content, skip=_is_furniture))
    marks = Marks(
        scheme=about.recommending_scheme,
        population=about.population,
        strict=ours,
        only_marked=any(is_marked(piece.opening) for piece in pieces),
    )
    yield guideline(file, about, pieces, marks, VERSION)


def _decoded(data: bytes) -> str:
    """Return a page's text in the encoding it names; UTF-8 else."""
    named = _CHARSET.search(data[:4096])
    encoding = named.group(1).decode("ascii") if named else "utf-8"
    try:
        text = data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ParseError(f"not readable as {encoding}: {error}") from error
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _metas(root: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in root.iter():
        if local_name(element) != "meta":
            continue
        name = element.get("name") or element.get("property") or ""
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _own(metas: dict[str, list[str]]) -> FrontMatter:
    values: dict[str, object] = {}
    for key in _OWN & metas.keys():
        if key in _LISTED:
            values[key] = metas[key]
        elif len(metas[key]) > 1:
            raise ParseError(f"front matter: {key} is given twice")
        else:
            values[key] = metas[key][0]
    return checked(values)


def _foreign(root: Element, metas: dict[str, list[str]], path: str) -> FrontMatter:
    """Return what a publisher's own tags say, as far as it is sound."""
    said = {
        key: next((metas[name][0] for name in names if name in metas), "")
        for key, names in _PUBLISHERS.items()
    }
    published = _iso(said["published"])
    url = said["url"] or _canonical(root)
    title = said["title"] or _first(root, "h1") or _first(root, "title")
    return checked(
        {
            "title": title or PurePosixPath(path).stem,
            "publisher": said["publisher"],
            "published": published,
            "year": published[:4] if published else None,
            "url": url if re.match(r"https?://", url) else None,
        }
    )


def _iso(text: str) -> str | None:
    """Write "2017/2/5" or "2017-02-05T10:00Z" as "2017-02-05"; None for anything else."""
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day = match.groups()
    date = year
    if month and 1 <= int(month) <= 12:  # noqa: PLR2004 - months
        date += f"-{int(month):02}"
        if day and 1 <= int(day) <= 31:  # noqa: PLR2004 - days
            date += f"-{int(day):02}"
    return date if "1900" <= year <= "2100" else None


def _canonical(root: Element) -> str:
    links = (e for e in root.iter() if local_name(e) == "link")
    return next((e.get("href") or "" for e in links if e.get("rel") == "canonical"), "")


def _first(root: Element, name: str) -> str:
    return next((flatten(e) for e in root.iter() if local_name(e) == name and flatten(e)), "")


def _content(root: Element) -> Element:
    """Return the element that holds the page's own text."""
    for found in (
        [e for e in root.iter() if local_name(e) == "main" or e.get("role") == "main"],
        [e for e in root.iter() if local_name(e) == "article"],
        [e for e in root.iter() if local_name(e) == "body"],
    ):
        # Of several articles each is a part of the page: only one alone is its text.
        if len(found) == 1 and flatten(found[0]):
            return found[0]
    return root


def _is_furniture(element: Element) -> bool:
    name = local_name(element)
    if name in _FURNITURE or (element.get("role") or "").lower() in _ROLES:
        return True
    if name in ("header", "footer"):
        # A header with a heading inside the text is the text's own.
        return not any(local_name(e) in ("h1", "h2", "h3") for e in element.iter())
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if "display:none" in (element.get("style") or "").replace(" ", ""):
        return True
    names = f"{element.get('id') or ''} {element.get('class') or ''}"
    return name in ("div", "ul", "section") and bool(_NAMED.search(names))
