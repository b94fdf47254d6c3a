"""
Guidelines in Markdown, our corpus format: front matter, then headings, lists, tables.

Front matter (YAML between two lines of ``---``; every value is read as the text it is written in):

    title: "..."            needed      publisher: "..."     year: 2017
    version: "3.0"                      published: 2017-02-15 (or 2017-02, 2017)
    series: "aasm-insomnia"             what the editions have in common; letters, digits, - and .
    scheme: GRADE                       GRADE | USPSTF | class/level | other | another name
    population: "..."                   whom the whole guideline is about
    supersedes: ["..."]                 superseded_by: ["..."]
    url: https://...                    licence: CC0-1.0
    kind: summary                       original (default) | summary
    summary_of: "..."                   needed where kind is summary

An unknown key, or a value that is not one, refuses the file. A file without front matter is read
too: its title is its first heading, or its name.

Body: CommonMark and pipe tables. A recommendation is a list item or paragraph that begins with
``**Recommendation**`` or ``**Recommendation (for; weak; certainty low; population adults):**``
(``ingest.parsing.marking``); the mark stays in the block's text, so that it is never cut from its
strength. In a file that marks any, nothing else is taken for one, but for rows of tables whose
heads name a direction or a strength. In a file that marks none, sentences and notations that
recommend are ("We suggest that clinicians not use ...", "(Strong For)").

Document id: ``guideline:<series, or slug of the title>@<version, or year>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml
from frontmatter.default_handlers import YAMLHandler

from ingest.documents import DeadLetter, Document, Origin
from ingest.errors import ParseError
from ingest.parsing.front_matter import FrontMatter, checked, document_id
from ingest.parsing.markdown_outline import markdown_pieces
from ingest.parsing.marking import Marks, is_marked
from ingest.parsing.outlining import Piece, PieceKind, arrange
from ingest.reading import SourceFile

VERSION = "markdown/1"
MAX_BRACKETS = 200
"""Opening brackets in front matter; deeper nesting exhausts the YAML reader."""


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield the one document of a Markdown file.

    Raises ParseError for text that is not UTF-8, wrong front matter, a recommendation whose mark
    contradicts its sentence, or a file without text.
    """
    values, body = front_matter(decoded(file.data))
    pieces = markdown_pieces(body)
    about = checked(values or {"title": _title(pieces, file.path)})
    marked = any(is_marked(piece.opening) for piece in pieces)
    marks = Marks(
        scheme=about.recommending_scheme,
        population=about.population,
        strict=bool(values),
        only_marked=marked,
    )
    yield guideline(file, about, pieces, marks, VERSION)


def guideline(
    file: SourceFile, about: FrontMatter, pieces: list[Piece], marks: Marks, version: str
) -> Document:
    """Return the document of a guideline file; raises ParseError where it has no text."""
    sections = arrange(pieces, marks.judge, scheme=about.recommending_scheme)
    if not sections:
        raise ParseError("the file has no text below its headings")
    source = about.source(file.path)
    return Document(
        id=document_id(source),
        source=source,
        sections=sections,
        origin=Origin(path=file.path, sha256=file.sha256, parser=version),
    )


def decoded(data: bytes) -> str:
    """Return the text of a UTF-8 file, byte order mark dropped; raises ParseError otherwise."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8 text: byte {error.start} cannot be read") from error


def front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return a Markdown text's front matter, its values as written, and its body."""
    handler = YAMLHandler()
    if not re.match(r"---\s*\n", text):
        return {}, text
    try:
        # The base loader makes no dates, numbers or booleans: "3.10" stays "3.10".
        head, body = handler.split(text)
        if head.count("[") + head.count("{") > MAX_BRACKETS:
            raise ParseError("front matter nested too deeply to be read")
        values = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - it builds texts and lists only
    except ValueError:
        return {}, text  # a text that merely begins with a rule
    except (yaml.YAMLError, RecursionError) as error:
        raise ParseError(f"front matter is not YAML: {' '.join(str(error).split())}") from error
    if values is None:
        return {}, body
    if not isinstance(values, dict):
        raise ParseError("front matter is not a list of keys and values")
    return {str(key): value for key, value in values.items()}, body


def _title(pieces: list[Piece], path: str) -> str:
    heading = next((p.text for p in pieces if p.kind is PieceKind.HEADING and p.text), None)
    return heading or PurePosixPath(path).stem
