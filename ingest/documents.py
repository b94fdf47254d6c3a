"""
The nouns of ingestion: source file -> document -> section -> block -> chunk.

All dates are ISO 8601 strings cut to the precision the record gives ("2019", "2019-11",
"2019-11-29"): a day that nobody wrote down is never made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceType(StrEnum):
    """What a source is; each type has its own section in an answer and its own collection."""

    GUIDELINE = "guideline"
    LABEL = "label"
    STUDY = "study"


class SourceKind(StrEnum):
    """Whose words a source holds: its publisher's, or this project's summary of them."""

    ORIGINAL = "original"
    SUMMARY = "summary"


class Status(StrEnum):
    """Whether a document may support a statement today."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"


class Direction(StrEnum):
    """What a recommendation says to do; *against* is not the absence of a recommendation."""

    FOR = "for"
    AGAINST = "against"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """
    One recommendation's direction and strength, as its own scheme states them.

    ``strength`` and ``certainty`` keep the scheme's words ("weak", "A", "moderate"); None
    where the source gives none. ``scheme`` is "GRADE", "USPSTF", "class/level" or another name.
    """

    direction: Direction | None
    strength: str | None = None
    certainty: str | None = None
    scheme: str | None = None
    population: str | None = None


class BlockKind(StrEnum):
    """How a block may be cut: prose at sentence ends, everything else not at all."""

    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class Block:
    """
    The smallest run of text that has its own meaning: a paragraph, list item or table row.

    ``lead`` is what an item or row leans on (the sentence a list hangs from; a table's caption
    and column heads). It is stored and indexed beside the text, never quoted as part of it.
    """

    kind: BlockKind
    text: str
    lead: str = ""
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """
    A run of blocks under one heading path, in document order.

    ``code`` is the section's machine name where the format has one: a LOINC code for label
    sections, a lower-case part name ("results") for abstracts; None otherwise.
    """

    headings: tuple[str, ...]
    blocks: tuple[Block, ...]
    code: str | None = None

    @property
    def text(self) -> str:
        """The section's blocks, a line each; block offsets count into this."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """
    What a drug label says about itself.

    ``ingredients`` are active moieties as ``ingest.naming.ingredient`` writes them (lower
    case, salts dropped), sorted: the identity of what the label is about.
    """

    ingredients: tuple[str, ...]
    brands: tuple[str, ...] = ()
    generics: tuple[str, ...] = ()
    set_id: str | None = None
    version: str | None = None
    effective: str | None = None
    labeler: str | None = None
    marketing_category: str | None = None
    routes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


class NoticeKind(StrEnum):
    """How one publication's record points at another; MEDLINE's CommentsCorrections terms."""

    RETRACTION_IN = "retraction_in"
    RETRACTION_OF = "retraction_of"
    ERRATUM_IN = "erratum_in"
    ERRATUM_FOR = "erratum_for"
    UPDATE_IN = "update_in"
    UPDATE_OF = "update_of"
    CONCERN_IN = "concern_in"
    CONCERN_FOR = "concern_for"
    COMMENT_IN = "comment_in"
    COMMENT_ON = "comment_on"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Notice:
    """A link from one publication to another, in either direction."""

    kind: NoticeKind
    pmid: str | None = None
    doi: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """
    What a study's record says about it; None and empty mean the record does not say.

    ``design`` is one of ``ingest.appraising.DESIGNS``; ``participants`` the number randomised
    or analysed; ``evidence_level`` runs from 1 (best) to 5 (Oxford CEBM 2011).
    """

    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    journal: str | None = None
    year: int | None = None
    authors: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    language: str | None = None
    design: str | None = None
    participants: int | None = None
    evidence_level: int | None = None
    notices: tuple[Notice, ...] = ()
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class GuidelineFacts:
    """
    What a guideline says about itself.

    ``series`` names what its editions have in common ("aasm-chronic-insomnia"); of two
    documents of one series the newer supersedes. ``supersedes`` and ``superseded_by`` hold
    what the guideline itself names, in its words or ids.
    """

    series: str | None = None
    year: int | None = None
    version: str | None = None
    scheme: str | None = None
    population: str | None = None
    supersedes: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()


Facts = LabelFacts | StudyFacts | GuidelineFacts


@dataclass(frozen=True, slots=True)
class Source:
    """
    Who says so; shown with every citation.

    ``id`` is the same for every version of a source ("label:<set id>", "study:pmid:<n>",
    "guideline:<series>"). ``summary_of`` names the real source where ``kind`` is a summary.
    """

    id: str
    type: SourceType
    title: str
    facts: Facts
    kind: SourceKind = SourceKind.ORIGINAL
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    licence: str | None = None
    summary_of: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a document was read: a file's name below its source folder, and its digest.

    ``record`` names the entry inside a file that holds many (a PMID, a zip member, a key).
    ``parser`` is the parser's name and version ("spl/1").
    """

    path: str
    sha256: str
    parser: str
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed record: ``id`` is the source id and, where there are versions, which one."""

    id: str
    source: Source
    sections: tuple[Section, ...]
    origin: Origin
    needs_review: bool = False

    @property
    def text(self) -> str:
        """The stored text: sections two newlines apart; chunk offsets count into this."""
        return "\n\n".join(section.text for section in self.sections)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A file, or one record of it, that is not a document, and why."""

    path: str
    reason: str
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    The unit that is embedded, retrieved and cited.

    ``document_text[start:end] == text`` always holds. ``header`` ("naltrexone > Warnings >
    2013-10") and ``lead`` are indexed with the text and kept apart from what is quoted.
    """

    id: str
    document_id: str
    type: SourceType
    headings: tuple[str, ...]
    code: str | None
    header: str
    lead: str
    text: str
    start: int
    end: int
    recommendation: Recommendation | None = None

    @property
    def indexed_text(self) -> str:
        """What goes to the embedder and the lexical index."""
        return "\n".join(part for part in (self.header, self.lead, self.text) if part)
