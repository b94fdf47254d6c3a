"""
USPSTF Prevention TaskForce API answer (JSON) -> one document a topic.

``generalRecommendations`` are the topics; ``specificRecommendations`` belong to one topic each and
become its recommendations, one block each, the grade printed at the end. Grades: A, B and C
("selectively offer") are for, D against, I (insufficient evidence) neither; the letter is the
strength. What a topic says of other organisations' recommendations is prose, never ours to grade.

Left out on purpose: tools, keywords, categories, BMI and risk codes (filters of the app), and the
grade definitions. A recommendation with an unknown grade or topic, or whose words deny its grade,
is a dead letter; so is a topic without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingest.documents import (
    Block,
    BlockKind,
    DeadLetter,
    Document,
    GuidelineFacts,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceType,
)
from ingest.errors import ParseError
from ingest.grading import USPSTF, letter_direction
from ingest.markup import flatten, parse_html, squeeze
from ingest.parsing.front_matter import document_id, slug_of
from ingest.parsing.guideline_markdown import decoded
from ingest.parsing.html_outline import html_pieces
from ingest.parsing.outlining import BULLET, Candidate, Piece, PieceKind, arrange
from ingest.reading import SourceFile
from ingest.recommending import contradicts

VERSION = "uspstf/1"
PUBLISHER = "US Preventive Services Task Force"
ADDRESS = "https://www.uspreventiveservicestaskforce.org/uspstf/recommendation/"

_PARTS = (
    ("rationale", "Rationale"),
    ("clinical", "Clinical Considerations"),
    ("pathwayToBenefit", "Pathway to Benefit"),
    ("discussion", "Discussion"),
    ("other", "Recommendations of Others"),
)
_BREAKS = re.compile(r"(?:<br\s*/?>\s*(?:&nbsp;\s*)*){2,}", re.IGNORECASE)

Id = Annotated[str, BeforeValidator(str)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Specific(BaseModel):
    """One graded recommendation."""

    model_config = ConfigDict(frozen=True)

    id: Id
    title: str
    grade: str = Field(pattern="^[A-DI]$")
    text: str = Field(min_length=1)
    general: Id
    serv_freq: Text = Field(default="", alias="servFreq")
    risk_text: Text = Field(default="", alias="riskText")


class _Topic(BaseModel):
    """One topic; its parts are HTML."""

    model_config = ConfigDict(frozen=True, extra="allow")

    title: str = Field(min_length=1)
    alias: Text = Field(default="", alias="uspstfAlias")
    year: int | None = Field(default=None, alias="topicYear")
    published: str | None = Field(
        default=None, alias="pubDate", pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"
    )


def parse(file: SourceFile) -> Iterator[Document | DeadLetter]:
    """
    Yield one document a topic, and a dead letter for each recommendation that cannot be kept.

    Raises ParseError where the file is not an answer of the API.
    """
    topics, specifics = _read(file)
    graded: dict[str, list[_Specific]] = {key: [] for key in topics}
    for raw in specifics:
        found = _specific(raw, file.path, topics)
        if isinstance(found, DeadLetter):
            yield found
        else:
            graded[found.general].append(found)
    for key, raw in topics.items():
        try:
            topic = _Topic.model_validate(raw)
        except ValidationError as error:
            yield DeadLetter(file.path, _reason(error), record=f"topic {key}")
            continue
        if not graded[key]:
            reason = "a topic without a recommendation"
            yield DeadLetter(file.path, reason, record=f"topic {key}")
            continue
        yield _document(file, key, topic, graded[key], raw)


def _read(file: SourceFile) -> tuple[Mapping[str, object], Sequence[object]]:
    try:
        answer = json.loads(decoded(file.data))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not readable JSON: {error}") from error
    topics = answer.get("generalRecommendations") if isinstance(answer, dict) else None
    specifics = answer.get("specificRecommendations") if isinstance(answer, dict) else None
    if not isinstance(topics, dict) or not isinstance(specifics, list):
        raise ParseError("no generalRecommendations and specificRecommendations in the JSON")
    return topics, specifics


def _specific(raw: object, path: str, topics: Mapping[str, object]) -> _Specific | DeadLetter:
    name = f"recommendation {raw.get('id')}" if isinstance(raw, dict) else "recommendation"
    try:
        found = _Specific.model_validate(raw)
    except ValidationError as error:
        return DeadLetter(path, _reason(error), record=name)
    if found.general not in topics:
        return DeadLetter(path, f"its topic {found.general} is not in the file", record=name)
    if contradicts(letter_direction(found.grade), _flat(found.text)):
        return DeadLetter(path, f"its words deny its grade {found.grade}", record=name)
    return found


def _document(
    file: SourceFile, key: str, topic: _Topic, specifics: list[_Specific], raw: object
) -> Document:
    series = f"uspstf-{slug_of(topic.alias or topic.title)}"
    source = Source(
        id=f"guideline:{series}",
        type=SourceType.GUIDELINE,
        title=_flat(topic.title),
        facts=GuidelineFacts(series=series, year=topic.year, scheme=USPSTF),
        publisher=PUBLISHER,
        published=topic.published or (str(topic.year) if topic.year else None),
        url=f"{ADDRESS}{topic.alias}" if topic.alias else None,
    )
    sections = [Section(("Recommendations",), tuple(_block(found) for found in specifics))]
    for found in specifics:
        population = _population(found)
        for html, name in ((found.serv_freq, "Frequency of Service"), (found.risk_text, "Risk")):
            sections.extend(_prose(html, (name, population) if population else (name,)))
    parts = raw if isinstance(raw, dict) else {}
    for field, name in _PARTS:
        part = parts.get(field)
        if isinstance(part, str):
            sections.extend(_prose(part, (name,)))
    return Document(
        id=document_id(source),
        source=source,
        sections=tuple(sections),
        origin=Origin(file.path, file.sha256, VERSION, record=f"topic {key}"),
    )


def _block(found: _Specific) -> Block:
    """Return a recommendation's words and its grade, in one block."""
    text = f"{_flat(found.text)} (Grade: {found.grade})"
    return Block(
        BlockKind.RECOMMENDATION,
        text,
        recommendation=Recommendation(
            direction=letter_direction(found.grade),
            strength=found.grade,
            scheme=USPSTF,
            population=_population(found),
        ),
    )


def _population(found: _Specific) -> str | None:
    """Return whom a recommendation is about: its title's words after the topic's."""
    _, dashes, population = found.title.partition(" -- ")
    return (_flat(population) or None) if dashes else None


def _prose(html: str, top: tuple[str, ...]) -> Sequence[Section]:
    if not html.strip():
        return ()
    pieces = _pieces(html)
    named = bool(pieces) and pieces[0].kind is PieceKind.HEADING
    if named and len(top) == 1 and (top != ("Rationale",) or pieces[0].text == "Rationale"):
        top = ()  # "<h2>Practice Considerations</h2>": the part brings its own name
    return arrange(pieces, _none, top=top)


def _pieces(html: str) -> list[Piece]:
    return list(html_pieces(parse_html(_BREAKS.sub("<p></p>", html))))


def _flat(html: str) -> str:
    """Return the text of a fragment on one line, list items behind bullets."""
    if "<" not in html:
        return squeeze(flatten(parse_html(html))) if html.strip() else ""
    parts = [
        f"{BULLET.strip()} {piece.text}" if piece.kind is PieceKind.ITEM else piece.text
        for piece in _pieces(html)
    ]
    return squeeze(" ".join(parts))


def _none(_: Candidate) -> Recommendation | None:
    return None


def _reason(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
